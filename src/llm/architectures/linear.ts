import type { OnnxModelWriter } from '../../onnx/index.ts';
import { dequantize, GROUP } from '../formats/dequantize.ts';
import type { GgufFile, GgufTensorInfo } from '../formats/gguf.ts';
import { isPackable, type PackedMatrix, packMatrix } from '../formats/pack-nbits.ts';
import type { WeightFile } from './weight-file.ts';

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
    const bytes = await this.#concatenated(tensors);
    if (!isPackable(type)) {
      const at = await this.#weights.append(transposed(dequantize(type, bytes), rows, x.columns));
      this.#graph.externalInitializer(`${output}/w`, 'float32', [x.columns, rows], at);
      return this.#graph.node('MatMul', [x.name, `${output}/w`], [output]);
    }
    return this.#quantised(output, x, rows, packMatrix(type, bytes, rows, x.columns));
  }

  async #quantised(output: string, x: Activation, rows: number, matrix: PackedMatrix): Promise<string> {
    const groups = x.columns / GROUP;
    const quantsAt = await this.#weights.append(matrix.quants);
    this.#graph.externalInitializer(`${output}/q`, 'uint8', [rows, groups, matrix.bits * 4], quantsAt);
    const scalesAt = await this.#weights.append(matrix.scales);
    this.#graph.externalInitializer(`${output}/s`, 'float32', [rows * groups], scalesAt);
    const symmetric = matrix.offsets === undefined ? output : `${output}/symmetric`;
    this.#graph.node(
      'MatMulNBits',
      [x.name, `${output}/q`, `${output}/s`],
      [symmetric],
      { K: x.columns, N: rows, bits: matrix.bits, block_size: GROUP, accuracy_level: 4 },
      'com.microsoft',
    );
    if (matrix.offsets === undefined) return output;
    const offsetsAt = await this.#weights.append(matrix.offsets);
    this.#graph.externalInitializer(`${output}/o`, 'float32', [groups, rows], offsetsAt);
    return this.#graph.node('Gemm', [this.#groupSums(x), `${output}/o`, symmetric], [output]);
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

  async #concatenated(tensors: readonly GgufTensorInfo[]): Promise<Uint8Array> {
    const parts = [];
    for (const tensor of tensors) parts.push(await this.#gguf.readTensor(tensor));
    return parts.length === 1 ? (parts[0] as Uint8Array) : Buffer.concat(parts);
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
