import { CodriverError } from '../../domain/errors.ts';
import {
  ADAPTED_MODULES,
  type AdaptedModule,
  type AdaptedProduct,
  adaptedProducts,
} from '../architectures/adapted-products.ts';
import type { DecoderSpec } from '../architectures/spec.ts';
import { dequantize } from '../formats/dequantize.ts';
import type { SafetensorsFile, SafetensorsInfo } from '../formats/safetensors.ts';
import type { AdapterConfig } from './adapter-config.ts';

/** One layer's two factors: what is added to its output is (x·Aᵀ)·Bᵀ. */
export interface LayerFactors {
  /** [rank, columns], row-major, as PEFT has it. */
  readonly a: Float32Array;
  /** [rows, rank], row-major, multiplied by the adapter's scale, rows in the order of the model's. */
  readonly b: Float32Array;
  readonly rank: number;
}

/** Factors by block and module; layers that are not adapted are absent. */
export type AdapterFactors = ReadonlyMap<string, LayerFactors>;

/** The key of a layer in {@link AdapterFactors}. */
export function layerKey(block: number, module: AdaptedModule): string {
  return `${block}.${module}`;
}

/** A tensor's name as PEFT gives it; Gemma 3 with images has its text model one level down. */
const NAME =
  /^base_model\.model\.(?:model\.|language_model\.model\.|model\.language_model\.)layers\.(\d{1,5})\.(self_attn|mlp)\.(\w+)\.lora_([AB])\.weight$/;

const OWNERS: Readonly<Record<AdaptedModule, 'self_attn' | 'mlp'>> = {
  q_proj: 'self_attn',
  k_proj: 'self_attn',
  v_proj: 'self_attn',
  o_proj: 'self_attn',
  gate_proj: 'mlp',
  up_proj: 'mlp',
  down_proj: 'mlp',
};

/** The two tensors of a layer, as far as they were found. */
interface Found {
  a?: SafetensorsInfo;
  b?: SafetensorsInfo;
  readonly block: number;
  readonly module: AdaptedModule;
}

/**
 * Reads all factors of an open adapter. Errors: ADAPTER_UNSUPPORTED for a tensor that is none of an adapted layer,
 * ADAPTER_MISMATCH where shapes or blocks are another model's, ADAPTER_CORRUPT for a half of a layer, ranks that are not
 * the configuration's, and weights that are no numbers.
 */
export async function readFactors(
  file: SafetensorsFile,
  { rank, scale, baseName }: AdapterConfig,
  spec: DecoderSpec,
): Promise<AdapterFactors> {
  const sizes = layerSizes(spec);
  const factors = new Map<string, LayerFactors>();
  for (const [key, { a, b, block, module }] of findLayers(file)) {
    if (a === undefined || b === undefined)
      throw corrupt(file, `layer ${block}'s ${module} has only its lora_${a === undefined ? 'B' : 'A'}`);
    const { rows, columns } = sizes[module];
    if (block >= spec.blocks.length) {
      const has = `blocks 0 to ${spec.blocks.length - 1}`;
      throw mismatch(
        file,
        `it adapts block ${block}, and this ${spec.architecture} model has ${has}`,
        baseName,
      );
    }
    for (const [tensor, outer, inner] of [
      [a, columns, 1],
      [b, rows, 0],
    ] as const) {
      const found = tensor.shape.join(' × ');
      if (tensor.shape.length !== 2) throw corrupt(file, `tensor "${tensor.name}" is ${found}`);
      if (tensor.shape[1 - inner] !== rank)
        throw corrupt(file, `tensor "${tensor.name}" is ${found}, but the configuration's rank is ${rank}`);
      if (tensor.shape[inner] !== outer) {
        const side = inner === 1 ? 'takes in' : 'gives out';
        throw mismatch(
          file,
          `tensor "${tensor.name}" is ${found}, but the model's ${module} ${side} ${outer} numbers`,
          baseName,
        );
      }
    }
    const scaled = (await values(file, b)).map((value) => value * scale);
    const interleaved = spec.blocks[block]?.rope?.interleaved === true;
    const turned = interleaved && (module === 'q_proj' || module === 'k_proj');
    factors.set(key, {
      a: await values(file, a),
      b: turned ? neighbours(scaled, rank, spec.headSize) : scaled,
      rank,
    });
  }
  if (factors.size === 0) throw corrupt(file, 'it has no tensors');
  return factors;
}

function findLayers(file: SafetensorsFile): Map<string, Found> {
  const layers = new Map<string, Found>();
  for (const tensor of file.tensors.values()) {
    const [, digits, owner, name, half] = NAME.exec(tensor.name) ?? [];
    const module = ADAPTED_MODULES.find((known) => known === name && OWNERS[known] === owner);
    if (module === undefined) {
      throw new CodriverError(
        'ADAPTER_UNSUPPORTED',
        `The adapter ${file.file} has a tensor "${tensor.name}", which is not computed here.`,
        {
          remedy: `Train an adapter of ${ADAPTED_MODULES.join(', ')} alone.`,
          details: { file: file.file, tensor: tensor.name },
        },
      );
    }
    const block = Number(digits);
    const key = layerKey(block, module);
    const layer = layers.get(key) ?? { block, module };
    layer[half === 'A' ? 'a' : 'b'] = tensor;
    layers.set(key, layer);
  }
  return layers;
}

function layerSizes(spec: DecoderSpec): Record<AdaptedModule, { rows: number; columns: number }> {
  const entries = adaptedProducts(spec).flatMap(({ columns, parts }: AdaptedProduct) =>
    parts.map(({ module, rows }) => [module, { rows, columns }] as const),
  );
  return Object.fromEntries(entries) as Record<AdaptedModule, { rows: number; columns: number }>;
}

async function values(file: SafetensorsFile, tensor: SafetensorsInfo): Promise<Float32Array> {
  const bytes = new Uint8Array(tensor.bytes);
  await file.read(tensor, 0, bytes);
  const numbers = dequantize(tensor.type, bytes);
  const bad = numbers.findIndex((value) => !Number.isFinite(value));
  if (bad >= 0) throw corrupt(file, `number ${bad} of tensor "${tensor.name}" is ${numbers[bad]}`);
  return numbers;
}

/**
 * Rows of Hugging Face's order, where number i of a head turns with i + half, in the order where it turns with its
 * neighbour: what llama.cpp's convert_lora_to_gguf.py does to B, and its `permute` to the base's rows.
 */
function neighbours(b: Float32Array, rank: number, headSize: number): Float32Array {
  const result = new Float32Array(b.length);
  const half = headSize / 2;
  for (let row = 0; row < b.length / rank; row++) {
    const inHead = row % headSize;
    const to = row - inHead + (inHead < half ? 2 * inHead : 2 * (inHead - half) + 1);
    result.set(b.subarray(row * rank, (row + 1) * rank), to * rank);
  }
  return result;
}

function corrupt({ file }: SafetensorsFile, why: string): CodriverError {
  return new CodriverError('ADAPTER_CORRUPT', `The adapter ${file} is damaged: ${why}.`, {
    remedy: 'Save or copy the adapter again, with the adapter_config.json that belongs to it.',
    details: { file },
  });
}

function mismatch({ file }: SafetensorsFile, why: string, baseName: string | undefined): CodriverError {
  const made = baseName ? ` (it was made for ${baseName})` : '';
  return new CodriverError('ADAPTER_MISMATCH', `The adapter ${file} is for another model: ${why}${made}.`, {
    remedy: 'Load the model that it was trained for, or an adapter for this one.',
    details: { file, ...(baseName && { base: baseName }) },
  });
}
