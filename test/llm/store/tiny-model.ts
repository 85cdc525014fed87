import { makeGguf, noise, randomBlocks } from '../make-gguf.ts';

/** Numbers of a llama that is small but has rows of several groups. */
export const TINY = {
  blocks: 3,
  embedding: 128,
  heads: 4,
  kvHeads: 2,
  headSize: 32,
  feedForward: 256,
  vocabulary: 96,
} as const;

const F32 = 0;

/** Options of {@link makeTinyLlama}. */
export interface TinyOptions {
  /** ggml type code of a matrix; default F32. */
  readonly typeOf?: (name: string) => number;
  /** A number put into row 3, column 5 of the named F32 tensor. */
  readonly spoil?: { readonly name: string; readonly value: number };
  readonly seed?: number;
  readonly shape?: Partial<Record<keyof typeof TINY, number>>;
}

/** Writes a GGUF file of the llama architecture with random weights and a vocabulary of letters. */
export function makeTinyLlama(file: string, options: TinyOptions = {}): void {
  const { typeOf = () => F32, spoil } = options;
  const shape: Record<keyof typeof TINY, number> = { ...TINY, ...options.shape };
  const { blocks, embedding, heads, kvHeads, headSize, feedForward, vocabulary } = shape;
  let seed = options.seed ?? 1;
  const matrix = (name: string, rows: number, columns: number) => {
    const type = typeOf(name);
    const data = Buffer.from(randomBlocks(type, rows * columns, seed++));
    if (spoil?.name === name) data.writeFloatLE(spoil.value, 4 * (3 * columns + 5));
    return { name, type, shape: [rows, columns], data };
  };
  const norm = (name: string) => {
    const next = noise(seed++);
    const data = Float32Array.from({ length: embedding }, () => 0.5 + next());
    return { name, type: F32, shape: [embedding], data: new Uint8Array(data.buffer) };
  };
  const tensors = [matrix('token_embd.weight', vocabulary, embedding), norm('output_norm.weight')];
  for (let block = 0; block < blocks; block++) {
    const prefix = `blk.${block}`;
    tensors.push(
      norm(`${prefix}.attn_norm.weight`),
      norm(`${prefix}.ffn_norm.weight`),
      matrix(`${prefix}.attn_q.weight`, heads * headSize, embedding),
      matrix(`${prefix}.attn_k.weight`, kvHeads * headSize, embedding),
      matrix(`${prefix}.attn_v.weight`, kvHeads * headSize, embedding),
      matrix(`${prefix}.attn_output.weight`, embedding, heads * headSize),
      matrix(`${prefix}.ffn_gate.weight`, feedForward, embedding),
      matrix(`${prefix}.ffn_up.weight`, feedForward, embedding),
      matrix(`${prefix}.ffn_down.weight`, embedding, feedForward),
    );
  }
  const metadata = {
    'general.architecture': 'llama',
    'llama.block_count': blocks,
    'llama.embedding_length': embedding,
    'llama.feed_forward_length': feedForward,
    'llama.attention.head_count': heads,
    'llama.attention.head_count_kv': kvHeads,
    'llama.context_length': 64,
    'llama.attention.layer_norm_rms_epsilon': { float: 1e-5 },
    'llama.rope.freq_base': { float: 10_000 },
    'tokenizer.ggml.model': 'gpt2',
    'tokenizer.ggml.tokens': Array.from({ length: vocabulary }, (_, i) => `t${i}`),
    'tokenizer.ggml.eos_token_id': 2,
  };
  makeGguf(file, metadata, tensors);
}
