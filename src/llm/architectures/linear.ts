import type { OnnxModelWriter } from '../../onnx/index.ts';
import { dequantize } from '../formats/dequantize.ts';
import {
  isPackable,
  type PackableType,
  type PackedMatrix,
  PackScratch,
  packLayout,
  packMatrix,
} from '../formats/pack-nbits.ts';
import type { WeightSource, WeightTensor } from '../formats/weight-source.ts';
import type { WeightFile } from './weight-file.ts';

/** Most bytes of a matrix that are in memory at once while it is repacked. */
const SLICE_BYTES = 1 << 17;

/** An activation and, once some layer asked for them, its group sums by size of the group. */
export interface Activation {
  readonly name: string;
  readonly columns: number;
  groupSums?: Map<number, string>;
}

/** Writes the matrix products of a model, keeping quantised weights exactly as the file has them. */
export class LinearWriter {
  readonly #graph: OnnxModelWriter;
  readonly #weights: WeightFile;
  readonly #source: WeightSource;
  readonly #scratch = new PackScratch();
  #slice = new Uint8Array();
  #offsets = new Float32Array();
  readonly #groupMatrices = new Set<string>();

  constructor(graph: OnnxModelWriter, weights: WeightFile, source: WeightSource) {
    this.#graph = graph;
    this.#weights = weights;
    this.#source = source;
  }

  /**
   * y = x·[W1; W2; …]ᵀ for matrices over the same input, as [.., ΣN]. Matrices of one type become one
   * product; mixed types are multiplied apart and concatenated.
   */
  async product(output: string, x: Activation, tensors: readonly WeightTensor[]): Promise<string> {
    const first = tensors[0] as WeightTensor;
    if (tensors.every((tensor) => tensor.type === first.type)) return this.#fused(output, x, tensors);
    const parts: string[] = [];
    for (const [i, tensor] of tensors.entries()) parts.push(await this.#fused(`${output}/${i}`, x, [tensor]));
    return this.#graph.node('Concat', parts, [output], { axis: -1 });
  }

  async #fused(output: string, x: Activation, tensors: readonly WeightTensor[]): Promise<string> {
    const type = (tensors[0] as WeightTensor).type;
    const rows = tensors.reduce((sum, tensor) => sum + (tensor.shape[0] as number), 0);
    if (isPackable(type)) return this.#quantised(output, x, type, rows, tensors);
    const parts: Uint8Array[] = [];
    for (const tensor of tensors) parts.push(await this.#source.readTensor(tensor));
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
    tensors: readonly WeightTensor[],
  ): Promise<string> {
    const { bits, blockSize, hasOffsets } = packLayout(type);
    const groups = x.columns / blockSize;
    const quants = this.#weights.reserve((rows * x.columns * bits) / 8);
    const scales = this.#weights.reserve(rows * groups * 4);
    const offsets = hasOffsets ? this.#offsetsOf(groups * rows) : undefined;
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
    this.#graph.externalInitializer(`${output}/q`, 'uint8', [rows, groups, (bits * blockSize) / 8], quants);
    this.#graph.externalInitializer(`${output}/s`, 'float32', [rows * groups], scales);
    const symmetric = offsets === undefined ? output : `${output}/symmetric`;
    this.#graph.node(
      'MatMulNBits',
      [x.name, `${output}/q`, `${output}/s`],
      [symmetric],
      { K: x.columns, N: rows, bits, block_size: blockSize, accuracy_level: 4 },
      'com.microsoft',
    );
    if (offsets === undefined) return output;
    const offsetsAt = await this.#weights.append(offsets);
    this.#graph.externalInitializer(`${output}/o`, 'float32', [groups, rows], offsetsAt);
    return this.#graph.node('Gemm', [this.#groupSums(x, blockSize), `${output}/o`, symmetric], [output]);
  }

  /** Room for the offsets of one product; good until the next one. */
  #offsetsOf(length: number): Float32Array {
    if (this.#offsets.length < length) this.#offsets = new Float32Array(length);
    return this.#offsets.subarray(0, length);
  }

  /** A tensor, packed some rows at a time: loading must not need memory of the order of the file. */
  async *#slices(type: PackableType, tensor: WeightTensor, columns: number): AsyncGenerator<PackedMatrix> {
    const rows = tensor.shape[0] as number;
    const rowBytes = tensor.bytes / rows;
    const step = Math.max(1, Math.floor(SLICE_BYTES / rowBytes));
    if (this.#slice.length < step * rowBytes) this.#slice = new Uint8Array(step * rowBytes);
    for (let row = 0; row < rows; row += step) {
      const count = Math.min(step, rows - row);
      const bytes = this.#slice.subarray(0, count * rowBytes);
      await this.#source.readTensorPart(tensor, row * rowBytes, bytes);
      yield packMatrix(type, bytes, count, columns, this.#scratch, tensor.name);
    }
  }

  /**
   * Σx over each group, once for all products that share x: a 4-bit product with ones and zeros, so that both
   * terms of a weight see the same rounded x (as in ggml's Q4_1 · Q8_1).
   */
  #groupSums(x: Activation, group: number): string {
    x.groupSums ??= new Map();
    const known = x.groupSums.get(group);
    if (known !== undefined) return known;
    const groups = x.columns / group;
    const matrix = `groups${group}/${x.columns}`;
    if (!this.#groupMatrices.has(matrix)) {
      this.#groupMatrices.add(matrix);
      // Nibble 9 is one, nibble 8 is zero: row i has ones in group i.
      const quants = new Uint8Array((groups * x.columns) / 2).fill(0x88);
      for (let i = 0; i < groups; i++)
        quants.fill(0x99, (i * groups + i) * (group / 2), (i * groups + i + 1) * (group / 2));
      this.#graph.initializer(`${matrix}/q`, 'uint8', [groups, groups, group / 2], quants);
      this.#graph.initializer(
        `${matrix}/s`,
        'float32',
        [groups * groups],
        new Float32Array(groups * groups).fill(1),
      );
    }
    const sums = this.#graph.node(
      'MatMulNBits',
      [x.name, `${matrix}/q`, `${matrix}/s`],
      [`${x.name}/sums${group}`],
      { K: x.columns, N: groups, bits: 4, block_size: group, accuracy_level: 4 },
      'com.microsoft',
    );
    x.groupSums.set(group, sums);
    return sums;
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
