import { CodriverError } from '../../domain/errors.ts';
import { OnnxModelWriter } from '../../onnx/index.ts';
import { dequantize } from '../formats/dequantize.ts';
import type { GgufFile, GgufTensorInfo } from '../formats/gguf.ts';
import type { ModelMetadata } from '../formats/model-metadata.ts';
import { type Activation, LinearWriter } from './linear.ts';
import { ropeTables } from './rope.ts';
import type { WeightFile } from './weight-file.ts';

/** The numbers that shape a llama model. */
export interface LlamaShape {
  readonly blocks: number;
  readonly embedding: number;
  readonly feedForward: number;
  readonly heads: number;
  readonly kvHeads: number;
  readonly headSize: number;
  readonly context: number;
  readonly vocabulary: number;
  readonly normEpsilon: number;
  readonly ropeBase: number;
}

/** Reads and checks the shape; what this runtime can't compute exactly is MODEL_UNSUPPORTED. */
export function llamaShape(gguf: GgufFile, metadata: ModelMetadata): LlamaShape {
  const embedding = metadata.number('llama.embedding_length');
  const heads = metadata.number('llama.attention.head_count');
  const headSize = metadata.number('llama.attention.key_length', embedding / heads);
  const shape: LlamaShape = {
    blocks: metadata.number('llama.block_count'),
    embedding,
    feedForward: metadata.number('llama.feed_forward_length'),
    heads,
    kvHeads: metadata.number('llama.attention.head_count_kv', heads),
    headSize,
    context: metadata.number('llama.context_length'),
    vocabulary: tensorOf(gguf, 'token_embd.weight').shape[0] as number,
    normEpsilon: metadata.number('llama.attention.layer_norm_rms_epsilon'),
    ropeBase: metadata.number('llama.rope.freq_base', 10_000),
  };
  const refuse = (why: string): never => {
    throw new CodriverError('MODEL_UNSUPPORTED', `This llama model ${why}, which is not computed here.`, {
      remedy: 'Use a model of the plain llama architecture, such as smollm2-135m-instruct.',
    });
  };
  if (metadata.number('llama.rope.dimension_count', headSize) !== headSize)
    refuse('rotates a part of each head');
  if (metadata.text('llama.rope.scaling.type', 'none') !== 'none') refuse('scales its positions');
  if (gguf.tensors.has('rope_freqs.weight')) refuse('has its own rotation frequencies');
  if (metadata.number('llama.expert_count', 0) > 0) refuse('is a mixture of experts');
  if (gguf.tensors.has('blk.0.attn_q.bias')) refuse('has biases');
  return shape;
}

/** Names of a segment's inputs and outputs. */
export const LLAMA_IO = {
  /** float32 [1, S, E]: embeddings of the new tokens, or the hidden state of the segment before. */
  hidden: 'hidden',
  /** int32 [1]: tokens in the cache after this pass, less one. */
  lastPosition: 'last_position',
  /** int32 [1]: tokens in the cache after this pass. */
  total: 'total',
  /** float32 [S, blocks · (heads + 2·kvHeads) · headSize]: queries, keys (not rotated) and values of the new tokens. */
  newRows: 'new_rows',
  /** float32 [1, V]: logits of the last token. */
  logits: 'logits',
  pastKey: (block: number) => `past_key_${block}`,
  pastValue: (block: number) => `past_value_${block}`,
} as const;

/**
 * Writes a llama model with all blocks and the head as one ONNX graph: RMSNorm → QKV → rotary
 * attention → output → RMSNorm → gated feed-forward (Touvron et al. 2023), in onnxruntime's fused operators.
 * The caller owns the KV cache: past keys and values are fed [1, kvHeads, capacity, headSize] without a
 * copy, and only the rows of the new tokens come back.
 */
export async function writeLlama(
  gguf: GgufFile,
  shape: LlamaShape,
  weights: WeightFile,
  onProgress: (fraction: number) => void = () => {},
): Promise<Uint8Array> {
  const writer = new OnnxModelWriter('llama');
  const segment = new LlamaSegment(writer, gguf, shape, weights);
  await segment.write(onProgress);
  return writer.finish();
}

class LlamaSegment {
  readonly #graph: OnnxModelWriter;
  readonly #gguf: GgufFile;
  readonly #shape: LlamaShape;
  readonly #linear: LinearWriter;
  readonly #weights: WeightFile;
  readonly #newRows: string[] = [];

  constructor(graph: OnnxModelWriter, gguf: GgufFile, shape: LlamaShape, weights: WeightFile) {
    this.#graph = graph;
    this.#gguf = gguf;
    this.#shape = shape;
    this.#weights = weights;
    this.#linear = new LinearWriter(graph, weights, gguf);
  }

  async write(onProgress: (fraction: number) => void): Promise<void> {
    const { blocks, embedding, heads, kvHeads, headSize, context } = this.#shape;
    const graph = this.#graph;
    graph.input(LLAMA_IO.hidden, 'float32', [1, 'S', embedding]);
    graph.input(LLAMA_IO.lastPosition, 'int32', [1]);
    graph.input(LLAMA_IO.total, 'int32', [1]);
    const { cos, sin } = ropeTables(headSize, this.#shape.ropeBase, context);
    const angles = [context, headSize / 2];
    graph.externalInitializer('rope_cos', 'float32', angles, await this.#weights.append(cos));
    graph.externalInitializer('rope_sin', 'float32', angles, await this.#weights.append(sin));
    graph.initializer('rows', 'int64', [2], BigInt64Array.of(-1n, BigInt(embedding)));
    graph.initializer(
      'gate_up',
      'int64',
      [2],
      BigInt64Array.of(BigInt(this.#shape.feedForward), BigInt(this.#shape.feedForward)),
    );

    let residual = graph.node('Reshape', [LLAMA_IO.hidden, 'rows'], ['rows0']);
    let pending: string | undefined;
    for (let block = 0; block < blocks; block++) {
      for (const past of [LLAMA_IO.pastKey(block), LLAMA_IO.pastValue(block)]) {
        graph.input(past, 'float32', [1, kvHeads, 'capacity', headSize]);
      }
      const attentionIn = await this.#norm(
        `b${block}/n1`,
        `blk.${block}.attn_norm.weight`,
        residual,
        pending,
      );
      residual = attentionIn.sum;
      pending = await this.#attention(block, attentionIn);
      const feedIn = await this.#norm(`b${block}/n2`, `blk.${block}.ffn_norm.weight`, residual, pending);
      residual = feedIn.sum;
      pending = await this.#feedForward(block, feedIn);
      onProgress((block + 1) / (blocks + 1));
    }
    graph.node('Concat', this.#newRows, [LLAMA_IO.newRows], { axis: -1 });
    graph.output(LLAMA_IO.newRows, 'float32', ['S', blocks * (heads + 2 * kvHeads) * headSize]);
    await this.#head(residual, pending as string);
    onProgress(1);
  }

  async #attention(block: number, x: Activation): Promise<string> {
    const { heads, kvHeads, headSize } = this.#shape;
    const prefix = `b${block}`;
    const tensors = ['q', 'k', 'v'].map((part) => tensorOf(this.#gguf, `blk.${block}.attn_${part}.weight`));
    const qkv = await this.#linear.product(`${prefix}/qkv`, x, tensors);
    const width = (heads + 2 * kvHeads) * headSize;
    this.#constant(`batch${width}`, [1, -1, width]);
    const batched = this.#graph.node('Reshape', [qkv, `batch${width}`], [`${prefix}/qkv3`]);
    this.#newRows.push(qkv);
    const attended = this.#graph.node(
      'GroupQueryAttention',
      [
        batched,
        '',
        '',
        LLAMA_IO.pastKey(block),
        LLAMA_IO.pastValue(block),
        LLAMA_IO.lastPosition,
        LLAMA_IO.total,
        'rope_cos',
        'rope_sin',
      ],
      [`${prefix}/attended3`, `${prefix}/key`, `${prefix}/value`],
      { num_heads: heads, kv_num_heads: kvHeads, do_rotary: 1, rotary_interleaved: 1 },
      'com.microsoft',
    );
    this.#constant(`rows${heads * headSize}`, [-1, heads * headSize]);
    const flat = this.#graph.node('Reshape', [attended, `rows${heads * headSize}`], [`${prefix}/attended`]);
    const output = tensorOf(this.#gguf, `blk.${block}.attn_output.weight`);
    return this.#linear.product(`${prefix}/out`, { name: flat, columns: heads * headSize }, [output]);
  }

  async #feedForward(block: number, x: Activation): Promise<string> {
    const prefix = `b${block}`;
    const tensors = ['gate', 'up'].map((part) => tensorOf(this.#gguf, `blk.${block}.ffn_${part}.weight`));
    const both = await this.#linear.product(`${prefix}/gate_up`, x, tensors);
    const [gate, up] = [`${prefix}/gate`, `${prefix}/up`];
    this.#graph.node('Split', [both, 'gate_up'], [gate, up], { axis: -1 });
    const swished = this.#graph.node(
      'QuickGelu',
      [gate],
      [`${prefix}/swished`],
      { alpha: { float: 1 } },
      'com.microsoft',
    );
    const gated = this.#graph.node('Mul', [swished, up], [`${prefix}/gated`]);
    const down = tensorOf(this.#gguf, `blk.${block}.ffn_down.weight`);
    return this.#linear.product(`${prefix}/down`, { name: gated, columns: this.#shape.feedForward }, [down]);
  }

  async #head(residual: string, pending: string): Promise<void> {
    const { embedding, vocabulary } = this.#shape;
    const normed = await this.#norm('head/n', 'output_norm.weight', residual, pending);
    this.#constant('last', [-1]);
    const last = this.#graph.node('Gather', [normed.name, 'last'], ['head/last'], { axis: 0 });
    const matrix = this.#gguf.tensors.get('output.weight') ?? tensorOf(this.#gguf, 'token_embd.weight');
    await this.#linear.product(LLAMA_IO.logits, { name: last, columns: embedding }, [matrix]);
    this.#graph.output(LLAMA_IO.logits, 'float32', [1, vocabulary]);
  }

  /** RMSNorm of residual + pending (when there is one); also gives the sum, the new residual stream. */
  async #norm(
    output: string,
    tensor: string,
    residual: string,
    pending: string | undefined,
  ): Promise<Activation & { sum: string }> {
    const weight = tensorOf(this.#gguf, tensor);
    const gamma = dequantize(weight.type, await this.#gguf.readTensor(weight));
    this.#graph.initializer(`${output}/g`, 'float32', [gamma.length], gamma);
    const columns = this.#shape.embedding;
    const epsilon = { float: this.#shape.normEpsilon };
    if (pending === undefined) {
      this.#graph.node('SimplifiedLayerNormalization', [residual, `${output}/g`], [output], {
        axis: -1,
        epsilon,
      });
      return { name: output, columns, sum: residual };
    }
    const sum = `${output}/sum`;
    this.#graph.node(
      'SkipSimplifiedLayerNormalization',
      [residual, pending, `${output}/g`],
      [output, '', '', sum],
      { epsilon },
      'com.microsoft',
    );
    return { name: output, columns, sum };
  }

  readonly #constants = new Set<string>();

  #constant(name: string, values: readonly number[]): void {
    if (this.#constants.has(name)) return;
    this.#constants.add(name);
    this.#graph.initializer(name, 'int64', [values.length], BigInt64Array.from(values, BigInt));
  }
}

function tensorOf(gguf: GgufFile, name: string): GgufTensorInfo {
  const tensor = gguf.tensors.get(name);
  if (tensor !== undefined) return tensor;
  throw new CodriverError('MODEL_CORRUPT', `The model file ${gguf.file} has no tensor "${name}".`, {
    remedy: 'Pull or convert the model again.',
    details: { tensor: name },
  });
}
