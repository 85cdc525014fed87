import { createCipheriv } from 'node:crypto';
import { open } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { CodriverError } from '../../src/domain/index.ts';
import { nearestHalf } from '../../src/llm/formats/half.ts';
import { ggufHeader, type MetaValue, type TensorEntry } from '../../test/llm/make-gguf.ts';

/** The sizes of a published model; the weights written for it are noise. */
interface Shape {
  readonly blocks: number;
  readonly hidden: number;
  readonly feedForward: number;
  readonly heads: number;
  readonly keyValueHeads: number;
  readonly vocabulary: number;
}

/** Shapes by name; both tie the output matrix to the embeddings. */
export const SHAPES: Readonly<Record<string, Shape>> = {
  'qwen2.5-0.5b': {
    blocks: 24,
    hidden: 896,
    feedForward: 4864,
    heads: 14,
    keyValueHeads: 2,
    vocabulary: 151936,
  },
  'qwen2.5-1.5b': {
    blocks: 28,
    hidden: 1536,
    feedForward: 8960,
    heads: 12,
    keyValueHeads: 2,
    vocabulary: 151936,
  },
};

const F32 = 0;
/** ggml type code, bytes of a block of 32 weights, and where its half-precision numbers stand. */
const QUANTS = {
  q4_0: { type: 2, blockBytes: 18, fileType: 2 },
  q4_1: { type: 3, blockBytes: 20, fileType: 3 },
} as const;
/** The 4-bit types that can be written: llama.cpp repacks q4_0 into memory of its own and maps q4_1 as it is. */
export type Quant = keyof typeof QUANTS;

/** A multiple of both block sizes. */
const CHUNK_BYTES = 180 * 16384;
/** Standard deviation of 16 equally likely levels one apart. */
const LEVEL_DEVIATION = 4.61;

/**
 * Writes a GGUF of the named shape whose weights are reproducible noise of the size that keeps activations near 1,
 * with a made-up vocabulary. llama.cpp loads it; its text means nothing, its speed and its memory are the real ones.
 * Returns the bytes of the file. Throws BAD_ARGUMENT for an unknown shape.
 */
export async function writeShapedGguf(file: string, shapeName: string, quant: Quant): Promise<number> {
  const shape = SHAPES[shapeName];
  if (shape === undefined) {
    throw new CodriverError('BAD_ARGUMENT', `There is no model shape "${shapeName}".`, {
      remedy: `Name one of ${Object.keys(SHAPES).join(', ')}.`,
    });
  }
  const tensors = tensorsOf(shape, quant);
  const out = await open(file, 'w');
  try {
    await out.writeFile(ggufHeader(metadataOf(shapeName, shape, quant), tensors));
    const noise = createCipheriv('aes-128-ctr', Buffer.alloc(16, 7), Buffer.alloc(16));
    for (const tensor of tensors) {
      for (let left = tensor.byteLength; left > 0; left -= CHUNK_BYTES) {
        const bytes = noise.update(Buffer.alloc(Math.min(CHUNK_BYTES, left)));
        if (tensor.type === F32) fillFloats(bytes, tensor.name.endsWith('norm.weight') ? 1 : 0);
        else fixScales(bytes, quant, tensor.shape.at(-1) as number);
        await out.writeFile(bytes);
      }
      await out.writeFile(Buffer.alloc((32 - (tensor.byteLength % 32)) % 32));
    }
    return (await out.stat()).size;
  } finally {
    await out.close();
  }
}

function tensorsOf(shape: Shape, quant: Quant): TensorEntry[] {
  const { hidden, feedForward, vocabulary } = shape;
  const keyValue = (hidden / shape.heads) * shape.keyValueHeads;
  const matrix = (name: string, rows: number, columns: number): TensorEntry => ({
    name: `${name}.weight`,
    type: QUANTS[quant].type,
    shape: [rows, columns],
    byteLength: ((rows * columns) / 32) * QUANTS[quant].blockBytes,
  });
  const vector = (name: string, size: number): TensorEntry => ({
    name,
    type: F32,
    shape: [size],
    byteLength: 4 * size,
  });
  const tensors = [matrix('token_embd', vocabulary, hidden), vector('output_norm.weight', hidden)];
  for (let i = 0; i < shape.blocks; i++) {
    const block = `blk.${i}`;
    tensors.push(
      vector(`${block}.attn_norm.weight`, hidden),
      matrix(`${block}.attn_q`, hidden, hidden),
      vector(`${block}.attn_q.bias`, hidden),
      matrix(`${block}.attn_k`, keyValue, hidden),
      vector(`${block}.attn_k.bias`, keyValue),
      matrix(`${block}.attn_v`, keyValue, hidden),
      vector(`${block}.attn_v.bias`, keyValue),
      matrix(`${block}.attn_output`, hidden, hidden),
      vector(`${block}.ffn_norm.weight`, hidden),
      matrix(`${block}.ffn_gate`, feedForward, hidden),
      matrix(`${block}.ffn_up`, feedForward, hidden),
      matrix(`${block}.ffn_down`, hidden, feedForward),
    );
  }
  return tensors;
}

function metadataOf(name: string, shape: Shape, quant: Quant): Record<string, MetaValue> {
  const bytes = byteLevelAlphabet();
  return {
    'general.architecture': 'qwen2',
    'general.name': `${name} shape, weights of noise`,
    'general.file_type': QUANTS[quant].fileType,
    'qwen2.block_count': shape.blocks,
    'qwen2.context_length': 32768,
    'qwen2.embedding_length': shape.hidden,
    'qwen2.feed_forward_length': shape.feedForward,
    'qwen2.attention.head_count': shape.heads,
    'qwen2.attention.head_count_kv': shape.keyValueHeads,
    'qwen2.attention.layer_norm_rms_epsilon': { float: 1e-6 },
    'qwen2.rope.freq_base': { float: 1e6 },
    'tokenizer.ggml.model': 'gpt2',
    'tokenizer.ggml.pre': 'qwen2',
    'tokenizer.ggml.tokens': Array.from({ length: shape.vocabulary }, (_, i) => bytes[i] ?? `made${i}`),
    'tokenizer.ggml.merges': ['a b'],
    'tokenizer.ggml.eos_token_id': shape.vocabulary - 1,
  };
}

/** GPT-2's 256 letters for bytes: printable ones as they are, the others from U+0100 on. */
function byteLevelAlphabet(): string[] {
  let next = 0x100;
  return Array.from({ length: 256 }, (_, byte) => {
    const printable = (byte > 32 && byte < 127) || (byte > 160 && byte !== 173);
    return String.fromCharCode(printable ? byte : next++);
  });
}

function fillFloats(bytes: Buffer, value: number): void {
  for (let at = 0; at < bytes.length; at += 4) bytes.writeFloatLE(value, at);
}

/** Replaces the noise in every block's scale (and minimum) by the numbers that make 1/√columns the deviation. */
function fixScales(bytes: Buffer, quant: Quant, columns: number): void {
  const scale = 1 / (LEVEL_DEVIATION * Math.sqrt(columns));
  const half = nearestHalf(scale);
  const minimum = nearestHalf(7.5 * scale) | 0x8000;
  const { blockBytes } = QUANTS[quant];
  for (let at = 0; at < bytes.length; at += blockBytes) {
    bytes.writeUInt16LE(half, at);
    if (quant === 'q4_1') bytes.writeUInt16LE(minimum, at + 2);
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: { shape: { type: 'string' }, quant: { type: 'string', default: 'q4_0' } },
  });
  if (positionals[0] === undefined || !(values.quant in QUANTS)) {
    throw new CodriverError('BAD_ARGUMENT', 'No file to write to was named, or the quant is unknown.', {
      remedy: `make-gguf.ts FILE --shape NAME --quant ${Object.keys(QUANTS).join('|')}`,
    });
  }
  console.log(await writeShapedGguf(positionals[0], values.shape ?? '', values.quant as Quant));
}
