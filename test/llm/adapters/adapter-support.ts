import { cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import {
  ADAPTED_MODULES,
  type AdaptedModule,
  adaptedProducts,
} from '../../../src/llm/architectures/adapted-products.ts';
import { describeModel } from '../../../src/llm/architectures/describe.ts';
import type { DecoderSpec } from '../../../src/llm/architectures/spec.ts';
import { ResidentCpuExecutor } from '../../../src/llm/executors/resident-cpu.ts';
import { dequantize } from '../../../src/llm/formats/dequantize.ts';
import { nearestHalf } from '../../../src/llm/formats/half.ts';
import { openModel } from '../../../src/llm/formats/open-model.ts';
import type { WeightSource } from '../../../src/llm/formats/weight-source.ts';
import { noise } from '../make-gguf.ts';

/** A tensor to write. */
export interface MadeTensor {
  readonly shape: readonly number[];
  readonly values: Float32Array;
}

type FloatType = 'F32' | 'F16' | 'BF16';

/** Writes a safetensors file. */
export function makeSafetensors(
  file: string,
  tensors: Readonly<Record<string, MadeTensor>>,
  type: FloatType = 'F32',
): void {
  const header: Record<string, unknown> = {};
  const bodies: Buffer[] = [];
  let at = 0;
  for (const [name, { shape, values }] of Object.entries(tensors)) {
    const body = encode(values, type);
    header[name] = { dtype: type, shape, data_offsets: [at, at + body.length] };
    at += body.length;
    bodies.push(body);
  }
  const text = Buffer.from(JSON.stringify(header));
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(text.length));
  writeFileSync(file, Buffer.concat([length, text, ...bodies]));
}

function encode(values: Float32Array, type: FloatType): Buffer {
  if (type === 'F32') return Buffer.from(values.buffer, values.byteOffset, values.byteLength);
  const halves = Uint16Array.from(values, (value) =>
    type === 'F16' ? nearestHalf(value) : new Uint32Array(Float32Array.of(value).buffer)[0]! >>> 16,
  );
  return Buffer.from(halves.buffer);
}

const OWNERS: Readonly<Record<AdaptedModule, string>> = {
  q_proj: 'self_attn',
  k_proj: 'self_attn',
  v_proj: 'self_attn',
  o_proj: 'self_attn',
  gate_proj: 'mlp',
  up_proj: 'mlp',
  down_proj: 'mlp',
};

/** A layer's name in a checkpoint, less `.weight`. */
export function layerName(block: number, module: AdaptedModule): string {
  return `model.layers.${block}.${OWNERS[module]}.${module}`;
}

/** An adapter to write. */
export interface AdapterOptions {
  readonly rank?: number;
  readonly alpha?: number;
  readonly seed?: number;
  readonly type?: FloatType;
  /** Which layers it has; default all. */
  readonly has?: (block: number, module: AdaptedModule) => boolean;
  readonly config?: Readonly<Record<string, unknown>>;
  /** Changes the tensors before they are written. */
  readonly change?: (tensors: Record<string, MadeTensor>) => void;
  /** Of numbers; default 0.3. */
  readonly size?: number;
}

/** Random factors, as they are once stored as `type`. */
function tensorsOf(spec: DecoderSpec, options: AdapterOptions): Record<string, MadeTensor> {
  const { rank = 4, seed = 1, type = 'F32', has = () => true, size = 0.3 } = options;
  const next = noise(seed);
  const tensors: Record<string, MadeTensor> = {};
  const random = (...shape: [number, number]): MadeTensor => {
    const values = Float32Array.from({ length: shape[0] * shape[1] }, () => size * (2 * next() - 1));
    return { shape, values: dequantize(type, encode(values, type)) };
  };
  for (let block = 0; block < spec.blocks.length; block++) {
    for (const { columns, parts } of adaptedProducts(spec)) {
      for (const { module, rows } of parts) {
        if (!has(block, module)) continue;
        const name = `base_model.model.${layerName(block, module)}`;
        tensors[`${name}.lora_A.weight`] = random(rank, columns);
        tensors[`${name}.lora_B.weight`] = random(rows, rank);
      }
    }
  }
  return tensors;
}

/** Opens a model with room for adapters, does something with it, and closes it. */
export async function withAdaptable<T>(
  location: string,
  work: (executor: ResidentCpuExecutor) => Promise<T>,
): Promise<T> {
  const source = await openModel(location);
  const executor = await ResidentCpuExecutor.open(source, 1, () => {}, true);
  return work(executor).finally(() => executor.close());
}

/** The form of a model's blocks. */
export async function specOf(location: string): Promise<DecoderSpec> {
  const source = await openModel(location);
  try {
    return describeModel(source).spec;
  } finally {
    await source.close();
  }
}

/** Writes an adapter for a model of `spec` as PEFT saves it; returns its tensors. */
export function makeAdapter(
  folder: string,
  spec: DecoderSpec,
  options: AdapterOptions = {},
): Record<string, MadeTensor> {
  const { rank = 4, alpha = 8, type = 'F32', config, change } = options;
  mkdirSync(folder, { recursive: true });
  const tensors = tensorsOf(spec, options);
  change?.(tensors);
  makeSafetensors(path.join(folder, 'adapter_model.safetensors'), tensors, type);
  const settings = {
    peft_type: 'LORA',
    task_type: 'CAUSAL_LM',
    base_model_name_or_path: 'tiny',
    r: rank,
    lora_alpha: alpha,
    lora_dropout: 0.05,
    bias: 'none',
    fan_in_fan_out: false,
    modules_to_save: null,
    use_dora: false,
    use_rslora: false,
    rank_pattern: {},
    alpha_pattern: {},
    inference_mode: true,
    target_modules: [...ADAPTED_MODULES],
    ...config,
  };
  writeFileSync(path.join(folder, 'adapter_config.json'), JSON.stringify(settings, null, 2));
  return tensors;
}

/**
 * Writes a checkpoint with an adapter merged into its weights, W + scale·B·A, in float32: what the adapter means, said
 * without any of the code that computes it.
 */
export async function makeMerged(
  checkpoint: string,
  folder: string,
  tensors: Readonly<Record<string, MadeTensor>>,
  scale: number,
): Promise<void> {
  mkdirSync(folder, { recursive: true });
  cpSync(checkpoint, folder, { recursive: true });
  const source: WeightSource = await openModel(checkpoint);
  const merged: Record<string, MadeTensor> = {};
  try {
    for (const tensor of source.tensors.values()) {
      const values = Float64Array.from(dequantize(tensor.type, await source.readTensor(tensor)));
      const prefix = `base_model.model.${tensor.name.replace(/\.weight$/, '')}`;
      const [a, b] = [tensors[`${prefix}.lora_A.weight`], tensors[`${prefix}.lora_B.weight`]];
      if (a !== undefined && b !== undefined) addProduct(values, a, b, scale);
      merged[tensor.name] = { shape: tensor.shape, values: Float32Array.from(values) };
    }
  } finally {
    await source.close();
  }
  const index = path.join(folder, 'model.safetensors.index.json');
  for (const name of new Set(Object.values(weightMap(index)))) rmSync(path.join(folder, name));
  rmSync(index, { force: true });
  makeSafetensors(path.join(folder, 'model.safetensors'), merged);
}

function weightMap(index: string): Record<string, string> {
  try {
    return JSON.parse(readFileSync(index, 'utf8')).weight_map;
  } catch {
    return {};
  }
}

function addProduct(values: Float64Array, a: MadeTensor, b: MadeTensor, scale: number): void {
  const [rank, columns] = a.shape as [number, number];
  const [rows] = b.shape as [number];
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++) {
      let sum = 0;
      for (let i = 0; i < rank; i++) sum += b.values[row * rank + i]! * a.values[i * columns + column]!;
      values[row * columns + column]! += scale * sum;
    }
  }
}
