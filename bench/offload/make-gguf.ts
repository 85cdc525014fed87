import { createCipheriv } from 'node:crypto';
import { open } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { CodriverError } from '../../src/domain/index.ts';
import { type DecoderSpec, expectedTensors } from '../../src/llm/architectures/spec.ts';
import { nearestHalf } from '../../src/llm/formats/half.ts';
import { namedShape, SHAPE_NAMES } from '../../src/llm/shapes/index.ts';
import { madeUpVocabulary } from '../../src/llm/shapes/made-up-vocabulary.ts';
import { elementsOf } from '../../src/llm/store/manifest.ts';
import { ggufHeader, type MetaValue, type TensorEntry } from '../../test/llm/make-gguf.ts';

/** The one whose metadata is written here. */
const ARCHITECTURE = 'qwen2';

const F32 = 0;
/** ggml type code, bytes of a block of 32 weights, and where its half-precision numbers stand. */
const QUANTS = {
  q4_0: { type: 2, blockBytes: 18, fileType: 2 },
  q4_1: { type: 3, blockBytes: 20, fileType: 3 },
} as const;
/** The 4-bit types that can be written. */
export type Quant = keyof typeof QUANTS;

/** A multiple of both block sizes. */
const CHUNK_BYTES = 180 * 16384;
/** Standard deviation of 16 equally likely levels one apart. */
const LEVEL_DEVIATION = 4.61;

/**
 * Writes a GGUF of the named shape whose weights are reproducible noise of the size that keeps activations near 1,
 * with a made-up vocabulary. llama.cpp loads it; its text means nothing, its speed and its memory are the real ones.
 * Returns the bytes of the file. Throws BAD_ARGUMENT for a shape that is unknown or of another architecture.
 */
export async function writeShapedGguf(file: string, shapeName: string, quant: Quant): Promise<number> {
  const spec = namedShape(shapeName);
  if (spec?.architecture !== ARCHITECTURE) {
    const fitting = SHAPE_NAMES.filter((name) => namedShape(name)?.architecture === ARCHITECTURE);
    throw new CodriverError('BAD_ARGUMENT', `No GGUF of a shape "${shapeName}" is made here.`, {
      remedy: `Name one of ${fitting.join(', ')}.`,
    });
  }
  const tensors = tensorsOf(spec, quant);
  const out = await open(file, 'w');
  try {
    await out.writeFile(ggufHeader(metadataOf(shapeName, spec, quant), tensors));
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

function tensorsOf(spec: DecoderSpec, quant: Quant): TensorEntry[] {
  const { type, blockBytes } = QUANTS[quant];
  return [...expectedTensors(spec)].map(([name, shape]) => {
    const elements = elementsOf(shape);
    return shape.length === 1
      ? { name, type: F32, shape, byteLength: 4 * elements }
      : { name, type, shape, byteLength: (elements / 32) * blockBytes };
  });
}

function metadataOf(name: string, spec: DecoderSpec, quant: Quant): Record<string, MetaValue> {
  const { tokens, ends } = madeUpVocabulary(spec.vocabulary);
  return {
    'general.architecture': ARCHITECTURE,
    'general.name': `${name} shape, weights of noise`,
    'general.file_type': QUANTS[quant].fileType,
    'qwen2.block_count': spec.blocks.length,
    'qwen2.context_length': spec.context,
    'qwen2.embedding_length': spec.embedding,
    'qwen2.feed_forward_length': spec.feedForward,
    'qwen2.attention.head_count': spec.heads,
    'qwen2.attention.head_count_kv': spec.kvHeads,
    'qwen2.attention.layer_norm_rms_epsilon': { float: spec.norm.epsilon },
    'qwen2.rope.freq_base': { float: spec.blocks[0]?.rope?.base as number },
    'tokenizer.ggml.model': 'gpt2',
    'tokenizer.ggml.pre': 'qwen2',
    'tokenizer.ggml.tokens': [...tokens],
    'tokenizer.ggml.merges': ['a b'],
    'tokenizer.ggml.eos_token_id': ends[0] as number,
  };
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
