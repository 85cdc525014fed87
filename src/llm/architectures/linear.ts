import type { OnnxModelWriter } from '../../onnx/index.ts';
import { dequantize, GROUP } from '../formats/dequantize.ts';
import type { GgufFile, GgufTensorInfo } from '../formats/gguf.ts';
import {
  isPackable,
  type PackableType,
  type PackedMatrix,
  PackScratch,
  packMatrix,
} from '../formats/pack-nbits.ts';
import type { WeightFile } from './weight-file.ts';

/** Most bytes of a matrix that are in memory at once while it is repacked. */
const SLICE_BYTES = 1 << 17;

/** An activation and, once some layer asked for them, its group sums. */
export interface Activation {
  readonly name: string;
  readonly columns: number;
  groupSums?: string;
}

/** Writes the matrix products of a model, keeping quantised weights exactly as the file has them. */
export class LinearWriter {
  readonly #graph: OnnxModelWriter;
  readonly #weights: WeightFile;
  readonly #gguf: GgufFile;
  readonly #scratch = new PackScratch();
  #slice = new Uint8Array();
  #offsets = new Float32Array();
  readonly #groupMatrices = new Set<number>();

  constructor(graph: OnnxModelWriter, weights: WeightFile, gguf: GgufFile) {
    this.#graph = graph;
    this.#weights = weights;
    this.#gguf = gguf;
  }

  /**
   * y = x·[W1; W2; …]ᵀ for matrices over the same input, as [.., ΣN]. Matrices of one type become one
   * product; mixed types are multiplied apart and concatenated.
   */
  async product(output: string, x: Activation, tensors: readonly GgufTensorInfo[]): Promise<string> {
    const first = tensors[0] as GgufTensorInfo;
    if (tensors.every((tensor) => tensor.type === first.type)) return this.#fused(output, x, tensors);
    const parts: string[] = [];
    for (const [i, tensor] of tensors.entries()) parts.push(await this.#fused(`${output}/${i}`, x, [tensor]));
    return this.#graph.node('Concat', parts, [output], { axis: -1 });
  }

  async #fused(output: string, x: Activation, tensors: readonly GgufTensorInfo[]): Promise<string> {
    const type = (tensors[0] as GgufTensorInfo).type;
    const rows = tensors.reduce((sum, tensor) => sum + (tensor.shape[0] as number), 0);
    if (isPackable(type)) return this.#quantised(output, x, type, rows, tensors);
    const parts: Uint8Array[] = [];
    for (const tensor of tensors) parts.push(await this.#gguf.readTensor(tensor));
    const at = await this.#weights.append(
      transposed(dequantize(type, Buffer.concat(parts)), rows, x.columns),
    );
    this.#graph.externalInitializer(`${output}/w`, 'float32', [x.columns, rows], at);
    return this.#graph.node('MatMul', [x.name, `${output}/w`], [output]);
  }

  async #quantised(
    output: string,
    x: Activation,
    type: PackableType,
    rows: number,
    tensors: readonly GgufTensorInfo[],
  ): Promise<string> {
    const groups = x.columns / GROUP;
    const bits = type === 'Q8_0' ? 8 : 4;
    const quants = this.#weights.reserve((rows * x.columns * bits) / 8);
    const scales = this.#weights.reserve(rows * groups * 4);
    const offsets = type === 'Q4_1' ? this.#offsetsOf(groups * rows) : undefined;
    let row = 0;
    for (const tensor of tensors) {
      for await (const slice of this.#slices(type, tensor, x.columns)) {
        await this.#weights.write(quants, (row * x.columns * bits) / 8, slice.quants);
        await this.#weights.write(scales, row * groups * 4, slice.scales);
        for (let group = 0; group < groups; group++) {
          const values = slice.offsets?.subarray(group * slice.rows, (group + 1) * slice.rows);
          if (values !== undefined) offsets?.set(values, group * rows + row);
        }
        row += slice.rows;
      }
    }
    this.#graph.externalInitializer(`${output}/q`, 'uint8', [rows, groups, bits * 4], quants);
    this.#graph.externalInitializer(`${output}/s`, 'float32', [rows * groups], scales);
    const symmetric = offsets === undefined ? output : `${output}/symmetric`;
    this.#graph.node(
      'MatMulNBits',
      [x.name, `${output}/q`, `${output}/s`],
      [symmetric],
      { K: x.columns, N: rows, bits, block_size: GROUP, accuracy_level: 4 },
      'com.microsoft',
    );
    if (offsets === undefined) return output;
    const offsetsAt = await this.#weights.append(offsets);
    this.#graph.externalInitializer(`${output}/o`, 'float32', [groups, rows], offsetsAt);
    return this.#graph.node('Gemm', [this.#groupSums(x), `${output}/o`, symmetric], [output]);
  }

  /** Room for the offsets of one product; good until the next one. */
  #offsetsOf(length: number): Float32Array {
    if (this.#offsets.length < length) this.#offsets = new Float32Array(length);
    return this.#offsets.subarray(0, length);
  }

  /** A tensor, packed some rows at a time: loading must not need memory of the order of the file. */
  async *#slices(type: PackableType, tensor: GgufTensorInfo, columns: number): AsyncGenerator<PackedMatrix> {
    const rows = tensor.shape[0] as number;
    const rowBytes = tensor.bytes / rows;
    const step = Math.max(1, Math.floor(SLICE_BYTES / rowBytes));
    if (this.#slice.length < step * rowBytes) this.#slice = new Uint8Array(step * rowBytes);
    for (let row = 0; row < rows; row += step) {
      const count = Math.min(step, rows - row);
      const bytes = this.#slice.subarray(0, count * rowBytes);
      await this.#gguf.readTensorPart(tensor, row * rowBytes, bytes);
      yield packMatrix(type, bytes, count, columns, this.#scratch);
    }
  }

  /**
   * Σx over each group of 32, once for all products that share x: a 4-bit product with ones and zeros, so
   * that both terms of a weight see the same rounded x (as in ggml's Q4_1 · Q8_1).
   */
  #groupSums(x: Activation): string {
    if (x.groupSums !== undefined) return x.groupSums;
    const groups = x.columns / GROUP;
    const matrix = `groups${x.columns}`;
    if (!this.#groupMatrices.has(x.columns)) {
      this.#groupMatrices.add(x.columns);
      // Nibble 9 is one, nibble 8 is zero: row i has ones in group i.
      const quants = new Uint8Array((groups * x.columns) / 2).fill(0x88);
      for (let i = 0; i < groups; i++)
        quants.fill(0x99, (i * groups + i) * (GROUP / 2), (i * groups + i + 1) * (GROUP / 2));
      this.#graph.initializer(`${matrix}/q`, 'uint8', [groups, groups, GROUP / 2], quants);
      this.#graph.initializer(
        `${matrix}/s`,
        'float32',
        [groups * groups],
        new Float32Array(groups * groups).fill(1),
      );
    }
    x.groupSums = this.#graph.node(
      'MatMulNBits',
      [x.name, `${matrix}/q`, `${matrix}/s`],
      [`${x.name}/sums`],
      { K: x.columns, N: groups, bits: 4, block_size: GROUP, accuracy_level: 4 },
      'com.microsoft',
    );
    return x.groupSums;
  }
}

function transposed(values: Float32Array, rows: number, columns: number): Float32Array {
  const result = new Float32Array(values.length);
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++) {
      result[column * rows + row] = values[row * columns + column] as number;
    }
  }
  return result;
}
