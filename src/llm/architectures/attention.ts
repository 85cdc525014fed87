import type { OnnxModelWriter } from '../../onnx/index.ts';
import { alibiSlopes } from './alibi.ts';
import type { GraphConstants } from './graph-constants.ts';
import { type RopeSpec, ropeTables } from './rope.ts';
import { SEGMENT_IO } from './segment-io.ts';
import type { DecoderSpec } from './spec.ts';
import type { WeightFile } from './weight-file.ts';

/** The row that a block gives out for each token: keys and values, behind the queries where that saves a copy. */
export function cacheRow(spec: DecoderSpec): { rowWidth: number; keyOffset: number } {
  const { heads, kvHeads, headSize, headNorms } = spec;
  const keyOffset = headNorms ? 0 : heads * headSize;
  return { rowWidth: keyOffset + 2 * kvHeads * headSize, keyOffset };
}

/** Writes the attention of blocks, from the projected queries, keys and values to the mixed values. */
export class AttentionWriter {
  readonly #graph: OnnxModelWriter;
  readonly #spec: DecoderSpec;
  readonly #weights: WeightFile;
  readonly #constants: GraphConstants;
  readonly #newRows: string[] = [];
  readonly #ropes = new Map<RopeSpec, readonly [string, string]>();
  #bias: string | undefined;

  constructor(graph: OnnxModelWriter, spec: DecoderSpec, weights: WeightFile, constants: GraphConstants) {
    this.#graph = graph;
    this.#spec = spec;
    this.#weights = weights;
    this.#constants = constants;
  }

  /**
   * Attention over the cache and `qkv` [S, (heads + 2·kvHeads) · headSize]; gives [S, heads · headSize].
   * `norms` are the factors of the norms of each query and each key.
   */
  async write(block: number, qkv: string, norms: readonly Float32Array[] | undefined): Promise<string> {
    const { heads, kvHeads, headSize, blocks, attentionScale, alibi } = this.#spec;
    const graph = this.#graph;
    const prefix = `b${block}`;
    for (const past of [SEGMENT_IO.pastKey(block), SEGMENT_IO.pastValue(block)]) {
      graph.input(past, 'float32', [1, kvHeads, 'capacity', headSize]);
    }
    const inputs = norms === undefined ? this.#packed(block, qkv) : this.#normed(block, qkv, norms);
    const { rope, window } = blocks[block] ?? {};
    const tables = rope === undefined ? ['', ''] : await this.#rope(rope);
    const bias = alibi ? ['', this.#alibi()] : [];
    const attended = graph.node(
      'GroupQueryAttention',
      [
        ...inputs,
        SEGMENT_IO.pastKey(block),
        SEGMENT_IO.pastValue(block),
        SEGMENT_IO.lastPosition,
        SEGMENT_IO.total,
        ...tables,
        ...bias,
      ],
      [`${prefix}/attended3`, `${prefix}/key`, `${prefix}/value`],
      {
        num_heads: heads,
        kv_num_heads: kvHeads,
        do_rotary: rope === undefined ? 0 : 1,
        rotary_interleaved: rope?.interleaved ? 1 : 0,
        scale: { float: attentionScale },
        ...(window === undefined ? {} : { local_window_size: window }),
      },
      'com.microsoft',
    );
    const rows = this.#constants.shape([-1, heads * headSize]);
    return graph.node('Reshape', [attended, rows], [`${prefix}/attended`]);
  }

  /** Declares the rows of all blocks written so far as the segment's output. */
  writeNewRows(): void {
    if (this.#newRows.length === 0) return;
    this.#graph.node('Concat', this.#newRows, [SEGMENT_IO.newRows], { axis: -1 });
    const width = this.#newRows.length * cacheRow(this.#spec).rowWidth;
    this.#graph.output(SEGMENT_IO.newRows, 'float32', ['S', width]);
  }

  #packed(block: number, qkv: string): string[] {
    const { heads, kvHeads, headSize } = this.#spec;
    const batched = this.#constants.shape([1, -1, (heads + 2 * kvHeads) * headSize]);
    this.#newRows.push(qkv);
    return [this.#graph.node('Reshape', [qkv, batched], [`b${block}/qkv3`]), '', ''];
  }

  #normed(block: number, qkv: string, norms: readonly Float32Array[]): string[] {
    const { heads, kvHeads, headSize, norm } = this.#spec;
    const graph = this.#graph;
    const prefix = `b${block}`;
    const sizes = [heads, kvHeads, kvHeads].map((count) => count * headSize);
    const [q, k, v] = ['q', 'k', 'v'].map((part) => `${prefix}/${part}`) as [string, string, string];
    graph.node('Split', [qkv, this.#constants.shape(sizes)], [q, k, v], { axis: -1 });
    const [query, key] = [q, k].map((part, i) => {
      const heads2 = graph.node('Reshape', [part, this.#constants.shape([-1, headSize])], [`${part}/heads`]);
      const gamma = graph.initializer(`${part}/g`, 'float32', [headSize], norms[i] as Float32Array);
      const normed = graph.node('SimplifiedLayerNormalization', [heads2, gamma], [`${part}/normed`], {
        axis: -1,
        epsilon: { float: norm.epsilon },
      });
      return this.#batched(normed, sizes[i] as number);
    }) as [string, string];
    const rows = this.#constants.shape([-1, sizes[1] as number]);
    const keyRows = graph.node('Reshape', [key, rows], [`${prefix}/key_rows`]);
    this.#newRows.push(graph.node('Concat', [keyRows, v], [`${prefix}/rows`], { axis: -1 }));
    return [query, key, this.#batched(v, sizes[2] as number)];
  }

  #batched(x: string, width: number): string {
    return this.#graph.node('Reshape', [x, this.#constants.shape([1, -1, width])], [`${x}3`]);
  }

  /** Tables of cosines and sines, once for all blocks that rotate alike. */
  async #rope(rope: RopeSpec): Promise<readonly [string, string]> {
    const { headSize, context } = this.#spec;
    const known = this.#ropes.get(rope);
    if (known !== undefined) return known;
    const names = [`rope${this.#ropes.size}/cos`, `rope${this.#ropes.size}/sin`] as const;
    this.#ropes.set(rope, names);
    const { cos, sin } = ropeTables(headSize, rope, context);
    const dims = [context, headSize / 2];
    this.#graph.externalInitializer(names[0], 'float32', dims, await this.#weights.append(cos));
    this.#graph.externalInitializer(names[1], 'float32', dims, await this.#weights.append(sin));
    return names;
  }

  /** float32 [1, heads, S, total]: slope · (position of the key − position of the query), for all blocks. */
  #alibi(): string {
    if (this.#bias !== undefined) return this.#bias;
    const graph = this.#graph;
    const { heads } = this.#spec;
    const [zero, one] = [this.#constants.scalar(0), this.#constants.scalar(1)];
    const total64 = graph.node('Cast', [SEGMENT_IO.total], ['alibi/total1'], { to: 7 });
    const total = graph.node('Squeeze', [total64], ['alibi/total']);
    const size1 = graph.node('Shape', [SEGMENT_IO.hidden], ['alibi/size1'], { start: 1, end: 2 });
    const size = graph.node('Squeeze', [size1], ['alibi/size']);
    const past = graph.node('Sub', [total, size], ['alibi/past']);
    const keys = graph.node('Range', [zero, total, one], ['alibi/keys']);
    const queries1 = graph.node('Range', [past, total, one], ['alibi/queries1']);
    const column = this.#constants.shape([-1, 1]);
    const queries = graph.node('Reshape', [queries1, column], ['alibi/queries']);
    const distance = graph.node('Sub', [keys, queries], ['alibi/distance']);
    const float = graph.node('Cast', [distance], ['alibi/float'], { to: 1 });
    const slopes = graph.initializer('alibi/slopes', 'float32', [1, heads, 1, 1], alibiSlopes(heads));
    this.#bias = graph.node('Mul', [slopes, float], ['alibi/bias']);
    return this.#bias;
  }
}
