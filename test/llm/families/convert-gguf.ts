import path from 'node:path';
import { describeModel } from '../../../src/llm/architectures/describe.ts';
import type { ModelWeights } from '../../../src/llm/architectures/model-weights.ts';
import type { DecoderSpec } from '../../../src/llm/architectures/spec.ts';
import { dequantize } from '../../../src/llm/formats/dequantize.ts';
import { openModel } from '../../../src/llm/formats/open-model.ts';
import { type MadeTensor, type MetaValue, makeGguf } from '../make-gguf.ts';

/** Writes a checkpoint as llama.cpp's converter does, in F32, into `folder`; the file. */
export async function convertToGguf(
  location: string,
  folder: string,
  extra: Record<string, MetaValue> = {},
): Promise<string> {
  const source = await openModel(location);
  try {
    const { spec, weights } = describeModel(source);
    const tensors: MadeTensor[] = [];
    for (const { name, shape } of weights.tensors.values()) {
      const values = await valuesOf(weights, name);
      if (spec.architecture === 'llama' && /attn_[qk]\.weight$/.test(name))
        tensors.push(made(name, shape, neighbours(values, spec)));
      else if (spec.norm.gammaOffset !== 0 && name.endsWith('norm.weight'))
        tensors.push(
          made(
            name,
            shape,
            values.map((value) => value + 1),
          ),
        );
      else if (spec.architecture === 'bloom' && /attn_[qkv]\./.test(name)) {
        if (name.includes('attn_q')) tensors.push(await fused(weights, name, shape));
      } else tensors.push(made(name, shape, values));
    }
    const factors = spec.blocks[0]?.rope?.factors;
    if (spec.architecture === 'llama' && factors !== undefined)
      tensors.push(made('rope_freqs.weight', [factors.length], Float32Array.from(factors)));
    const file = path.join(folder, `${spec.architecture}-${tensors.length}.gguf`);
    makeGguf(file, { ...metadataOf(spec), ...extra }, tensors);
    return file;
  } finally {
    await source.close();
  }
}

async function valuesOf(weights: ModelWeights, name: string): Promise<Float32Array> {
  const tensor = weights.get(name);
  return dequantize(tensor.type, await weights.readTensor(tensor));
}

function made(name: string, shape: readonly number[], values: Float32Array): MadeTensor {
  return { name, type: 0, shape, data: new Uint8Array(values.buffer, values.byteOffset, values.byteLength) };
}

/** convert_hf_to_gguf.py's `permute`: rows i and i + half of a head become neighbours. */
function neighbours(values: Float32Array, { headSize, embedding }: DecoderSpec): Float32Array {
  const result = new Float32Array(values.length);
  const half = headSize / 2;
  for (let row = 0; row < values.length / embedding; row++) {
    const inHead = row % headSize;
    const to = row - inHead + (inHead < half ? 2 * inHead : 2 * (inHead - half) + 1);
    result.set(values.subarray(row * embedding, (row + 1) * embedding), to * embedding);
  }
  return result;
}

/** Queries, keys and values one after the other. */
async function fused(weights: ModelWeights, name: string, shape: readonly number[]): Promise<MadeTensor> {
  const parts: number[] = [];
  for (const part of ['q', 'k', 'v'])
    parts.push(...(await valuesOf(weights, name.replace('attn_q', `attn_${part}`))));
  const [rows, ...rest] = shape as [number, ...number[]];
  return made(name.replace('attn_q', 'attn_qkv'), [3 * rows, ...rest], Float32Array.from(parts));
}

function metadataOf(spec: DecoderSpec): Record<string, MetaValue> {
  const { architecture } = spec;
  const keys: Record<string, MetaValue> = {
    block_count: spec.blocks.length,
    embedding_length: spec.embedding,
    feed_forward_length: spec.feedForward,
    context_length: spec.context,
    'attention.head_count': spec.heads,
    [`attention.layer_norm${spec.norm.kind === 'rms' ? '_rms' : ''}_epsilon`]: { float: spec.norm.epsilon },
  };
  const base = spec.blocks[0]?.rope?.base;
  if (base !== undefined) {
    keys['attention.head_count_kv'] = spec.kvHeads;
    keys['attention.key_length'] = spec.headSize;
    keys['rope.freq_base'] = { float: base };
  }
  return Object.fromEntries([
    ['general.architecture', architecture],
    ...Object.entries(keys).map(([key, value]) => [`${architecture}.${key}`, value]),
  ]) as Record<string, MetaValue>;
}
