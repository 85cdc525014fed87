import { CodriverError } from '../../domain/errors.ts';
import { OnnxModelWriter } from '../../onnx/index.ts';
import { dequantize } from '../formats/dequantize.ts';
import { type AdaptedProduct, adaptedProducts, writeSidePath } from './adapted-products.ts';
import { AttentionWriter } from './attention.ts';
import { GraphConstants } from './graph-constants.ts';
import { type Activation, LinearWriter } from './linear.ts';
import type { ModelWeights } from './model-weights.ts';
import { SEGMENT_IO } from './segment-io.ts';
import type { DecoderSpec } from './spec.ts';
import type { WeightFile } from './weight-file.ts';

/** Blocks `from` to `to` (not included) of a model, and perhaps its head. */
export interface SegmentRange {
  readonly from: number;
  readonly to: number;
  readonly head: boolean;
}

/** All of a model. */
export function wholeModel(spec: DecoderSpec): SegmentRange {
  return { from: 0, to: spec.blocks.length, head: true };
}

/** How a segment is written. */
export interface WriteOptions {
  /** The blocks take an adapter in, as inputs (see `adapterInputs`); default false. */
  readonly adaptable?: boolean;
  readonly onProgress?: (fraction: number) => void;
}

/**
 * Writes blocks and head of a decoder model as one ONNX graph, in onnxruntime's fused operators: norm →
 * QKV → attention → output → norm → feed-forward, as the spec says. Embedding is not part of it. The caller owns
 * the KV cache: past keys and values are fed without a copy, and only the rows of the new tokens come back.
 * A segment of no blocks has no inputs but `hidden`.
 */
export async function writeSegment(
  model: ModelWeights,
  spec: DecoderSpec,
  range: SegmentRange,
  weights: WeightFile,
  { adaptable = false, onProgress = () => {} }: WriteOptions = {},
): Promise<Uint8Array> {
  const { from, to, head } = range;
  if (!(from >= 0 && from <= to && to <= spec.blocks.length) || (from === to && !head)) {
    throw new CodriverError('INTERNAL', `There are no blocks ${from} to ${to} of ${spec.blocks.length}.`);
  }
  const writer = new OnnxModelWriter(spec.architecture);
  await new SegmentWriter(writer, model, spec, weights, adaptable).write(range, onProgress);
  return writer.finish();
}

/** The residual stream, and the half of a block that is still to be added to it. */
interface Stream {
  readonly residual: string;
  readonly pending?: string;
}

class SegmentWriter {
  readonly #graph: OnnxModelWriter;
  readonly #model: ModelWeights;
  readonly #spec: DecoderSpec;
  readonly #linear: LinearWriter;
  readonly #constants: GraphConstants;
  readonly #attention: AttentionWriter;
  readonly #adapted: readonly AdaptedProduct[];

  constructor(
    graph: OnnxModelWriter,
    model: ModelWeights,
    spec: DecoderSpec,
    weights: WeightFile,
    adaptable: boolean,
  ) {
    this.#graph = graph;
    this.#model = model;
    this.#spec = spec;
    this.#linear = new LinearWriter(graph, weights, model);
    this.#constants = new GraphConstants(graph);
    this.#attention = new AttentionWriter(graph, spec, weights, this.#constants);
    this.#adapted = adaptable ? adaptedProducts(spec) : [];
  }

  async write({ from, to, head }: SegmentRange, onProgress: (fraction: number) => void): Promise<void> {
    const { embedding } = this.#spec;
    const graph = this.#graph;
    graph.input(SEGMENT_IO.hidden, 'float32', [1, 'S', embedding]);
    if (to > from) {
      graph.input(SEGMENT_IO.lastPosition, 'int32', [1]);
      graph.input(SEGMENT_IO.total, 'int32', [1]);
    }
    const rows = this.#constants.shape([-1, embedding]);
    let stream: Stream = { residual: graph.node('Reshape', [SEGMENT_IO.hidden, rows], ['rows0']) };
    if (from > 0) stream = this.#continued(stream.residual);
    for (let block = from; block < to; block++) {
      stream = await this.#block(block, stream);
      onProgress((block + 1 - from) / (to - from + 1));
    }
    this.#attention.writeNewRows();
    if (head) await this.#head(stream);
    else this.#hiddenOut(stream);
    onProgress(1);
  }

  /**
   * The stream where a segment goes on in mid-model. onnxruntime's norm with a sum in it rounds otherwise than its
   * plain norm, so the sum is kept, with zeros: a segment gives the same bits as the whole model.
   */
  #continued(residual: string): Stream {
    if (this.#spec.normPlacement === 'after') return { residual };
    return { residual, pending: this.#graph.node('Sub', [residual, residual], ['zeros0']) };
  }

  async #block(block: number, stream: Stream): Promise<Stream> {
    const { normPlacement, embedding } = this.#spec;
    const prefix = `b${block}`;
    const tensor = (name: string): string => `blk.${block}.${name}`;
    if (normPlacement === 'after') {
      const attended = await this.#attend(block, { name: stream.residual, columns: embedding });
      const first = await this.#norm(`${prefix}/n1`, tensor('attn_norm'), {
        ...stream,
        pending: attended,
      });
      const fed = await this.#feedForward(block, first);
      const second = await this.#norm(`${prefix}/n2`, tensor('ffn_norm'), {
        residual: first.name,
        pending: fed,
      });
      return { residual: second.name };
    }
    const around = normPlacement === 'around';
    const attentionIn = await this.#norm(`${prefix}/n1`, tensor('attn_norm'), stream);
    let pending = await this.#attend(block, attentionIn);
    if (around)
      pending = (
        await this.#norm(`${prefix}/p1`, tensor('post_attention_norm'), {
          residual: pending,
        })
      ).name;
    const feedIn = await this.#norm(`${prefix}/n2`, tensor('ffn_norm'), {
      residual: attentionIn.sum,
      pending,
    });
    pending = await this.#feedForward(block, feedIn);
    if (around)
      pending = (await this.#norm(`${prefix}/p2`, tensor('post_ffw_norm'), { residual: pending })).name;
    return { residual: feedIn.sum, pending };
  }

  async #attend(block: number, x: Activation): Promise<string> {
    const { biases, headNorms, heads, headSize } = this.#spec;
    const prefix = `b${block}`;
    const names = ['q', 'k', 'v'].map((part) => `blk.${block}.attn_${part}`);
    const base = await this.#product(`${prefix}/qkv`, x, names, biases !== 'none');
    const qkv = this.#withAdapter(block, 'qkv', x, base);
    const norms = headNorms
      ? await Promise.all(['q', 'k'].map((part) => this.#gamma(`blk.${block}.attn_${part}_norm`)))
      : undefined;
    const attended = await this.#attention.write(block, qkv, norms);
    const input = { name: attended, columns: heads * headSize };
    const out = await this.#product(`${prefix}/out`, input, [`blk.${block}.attn_output`], biases === 'all');
    return this.#withAdapter(block, 'out', input, out);
  }

  async #feedForward(block: number, x: Activation): Promise<string> {
    const { gated, feedForward, biases } = this.#spec;
    const prefix = `b${block}`;
    const bias = biases === 'all';
    const up = `blk.${block}.ffn_up`;
    let active: string;
    if (gated) {
      const both = await this.#product(`${prefix}/gate_up`, x, [`blk.${block}.ffn_gate`, up], bias);
      const parts = [`${prefix}/gate`, `${prefix}/up`] as const;
      const sizes = this.#constants.shape([feedForward, feedForward]);
      this.#graph.node('Split', [both, sizes], parts, { axis: -1 });
      const [gate, upper] = [
        this.#withAdapter(block, 'gate', x, parts[0]),
        this.#withAdapter(block, 'up', x, parts[1]),
      ];
      active = this.#graph.node('Mul', [this.#activated(prefix, gate), upper], [`${prefix}/gated`]);
    } else {
      active = this.#activated(prefix, await this.#product(`${prefix}/up`, x, [up], bias));
    }
    const input = { name: active, columns: feedForward };
    const down = await this.#product(`${prefix}/down`, input, [`blk.${block}.ffn_down`], bias);
    return this.#withAdapter(block, 'down', input, down);
  }

  /** A product with what an adapter adds to it; the product itself where the graph takes none in. */
  #withAdapter(block: number, name: AdaptedProduct['name'], x: Activation, base: string): string {
    const product = this.#adapted.find((one) => one.name === name);
    return product === undefined
      ? base
      : writeSidePath(this.#graph, block, product, x, base, `${base}/adapted`);
  }

  #activated(prefix: string, x: string): string {
    const output = [`${prefix}/activated`];
    switch (this.#spec.activation) {
      case 'silu':
        return this.#graph.node('QuickGelu', [x], output, { alpha: { float: 1 } }, 'com.microsoft');
      case 'relu':
        return this.#graph.node('Relu', [x], output);
      case 'gelu':
        return this.#graph.node('Gelu', [x], output);
      case 'gelu-tanh':
        return this.#graph.node('Gelu', [x], output, { approximate: 'tanh' });
    }
  }

  async #head(stream: Stream): Promise<void> {
    const { embedding, tableWidth, vocabulary, finalNorm, tiedHead } = this.#spec;
    const normed = finalNorm
      ? (await this.#norm('head/n', 'output_norm', stream)).name
      : this.#sum('head/sum', stream);
    const last = this.#constants.shape([-1]);
    let input = this.#graph.node('Gather', [normed, last], ['head/last'], { axis: 0 });
    if (tableWidth !== embedding)
      input = await this.#product('head/out', { name: input, columns: embedding }, ['project_out'], false);
    const matrix = tiedHead ? 'token_embd' : 'output';
    await this.#product(SEGMENT_IO.logits, { name: input, columns: tableWidth }, [matrix], false);
    this.#graph.output(SEGMENT_IO.logits, 'float32', [1, vocabulary]);
  }

  #hiddenOut(stream: Stream): void {
    this.#graph.node('Identity', [this.#sum('hidden_sum', stream)], [SEGMENT_IO.hiddenOut]);
    this.#graph.output(SEGMENT_IO.hiddenOut, 'float32', ['S', this.#spec.embedding]);
  }

  #sum(output: string, { residual, pending }: Stream): string {
    return pending === undefined ? residual : this.#graph.node('Add', [residual, pending], [output]);
  }

  /** x·Wᵀ + b for the named products side by side. */
  async #product(output: string, x: Activation, names: readonly string[], bias: boolean): Promise<string> {
    const tensors = names.map((name) => this.#model.get(`${name}.weight`));
    if (!bias) return this.#linear.product(output, x, tensors);
    const product = await this.#linear.product(`${output}/product`, x, tensors);
    const parts = await Promise.all(names.map((name) => this.#vector(`${name}.bias`)));
    const values = Float32Array.from(parts.flatMap((part) => [...part]));
    this.#graph.initializer(`${output}/b`, 'float32', [values.length], values);
    return this.#graph.node('Add', [product, `${output}/b`], [output]);
  }

  /** The norm of residual + pending; also gives that sum, the new residual stream. */
  async #norm(
    output: string,
    tensor: string,
    { residual, pending }: Stream,
  ): Promise<Activation & { sum: string }> {
    const { kind, epsilon } = this.#spec.norm;
    const gamma = await this.#gamma(tensor);
    const columns = gamma.length;
    const graph = this.#graph;
    const factors = [graph.initializer(`${output}/g`, 'float32', [columns], gamma)];
    if (kind === 'layer') {
      const beta = await this.#vector(`${tensor}.bias`);
      factors.push(graph.initializer(`${output}/b`, 'float32', [columns], beta));
    }
    const simplified = kind === 'rms' ? 'Simplified' : '';
    const attributes = { epsilon: { float: epsilon } };
    if (pending === undefined) {
      const operator = `${simplified}LayerNormalization`;
      graph.node(operator, [residual, ...factors], [output], { axis: -1, ...attributes });
      return { name: output, columns, sum: residual };
    }
    const sum = `${output}/sum`;
    graph.node(
      `Skip${simplified}LayerNormalization`,
      [residual, pending, ...factors],
      [output, '', '', sum],
      attributes,
      'com.microsoft',
    );
    return { name: output, columns, sum };
  }

  /** The factors of a norm. */
  async #gamma(tensor: string): Promise<Float32Array> {
    const { gammaOffset } = this.#spec.norm;
    const stored = await this.#vector(`${tensor}.weight`);
    return gammaOffset === 0 ? stored : stored.map((value) => value + gammaOffset);
  }

  async #vector(name: string): Promise<Float32Array> {
    const tensor = this.#model.get(name);
    return dequantize(tensor.type, await this.#model.readTensor(tensor));
  }
}
