/** Array types of the tensor elements that cross threads. float16 travels as its raw 16 bits. */
export interface TensorArrays {
  readonly float32: Float32Array;
  readonly float64: Float64Array;
  readonly float16: Uint16Array;
  readonly int8: Int8Array;
  readonly uint8: Uint8Array;
  readonly int32: Int32Array;
  readonly int64: BigInt64Array;
  readonly bool: Uint8Array;
}

/** Element types of {@link OnnxTensor}. */
export type TensorType = keyof TensorArrays;

/** A tensor as plain data: row-major `data` of shape `dims`. */
export type OnnxTensor = {
  [T in TensorType]: { readonly type: T; readonly data: TensorArrays[T]; readonly dims: readonly number[] };
}[TensorType];

/** Tensors by the names of a model's inputs or outputs. */
export type OnnxTensors = Readonly<Record<string, OnnxTensor>>;

/** Name, element type and shape of an input or output; a number that is open is given by its name. */
export interface OnnxValueInfo {
  readonly name: string;
  readonly type: string;
  readonly shape: readonly (number | string)[];
}
