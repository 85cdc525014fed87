import type { WeightType } from './ggml-types.ts';

/** One tensor of a model: its name there, how its elements are stored, and where it ends. */
export interface WeightTensor {
  readonly name: string;
  readonly type: WeightType;
  /** Row-major shape: the last number is the contiguous one. */
  readonly shape: readonly number[];
  readonly bytes: number;
}

/**
 * Named tensors that are read on demand, whole or in part: a GGUF file, or a folder of safetensors. Tensors
 * given to the methods are those of `tensors`. A file that ends early is MODEL_CORRUPT, naming the tensor.
 */
export interface WeightSource {
  /** What errors call it: a file or a folder. */
  readonly file: string;
  readonly tensors: ReadonlyMap<string, WeightTensor>;
  /** A whole tensor. */
  readTensor(tensor: WeightTensor): Promise<Uint8Array>;
  /** Fills `into` with a tensor's bytes from `offset` on (within the tensor). */
  readTensorPart(tensor: WeightTensor, offset: number, into: Uint8Array): Promise<void>;
  /** The same, at once; for a few bytes that are in the page cache. */
  readTensorPartSync(tensor: WeightTensor, offset: number, into: Uint8Array): void;
  close(): Promise<void>;
}
