import { CodriverError } from '../../domain/errors.ts';
import { halfToNumber } from '../formats/half.ts';
import { expandGroups, type QuantisedRows } from './group-quantiser.ts';
import type { Section, StoredTensor } from './manifest.ts';

/** A quantised tensor's sections within the bytes of its block; nothing is copied. */
export function quantisedRows(tensor: StoredTensor, block: Uint8Array): QuantisedRows {
  return {
    quants: sectionOf(block, tensor.data),
    scales: halves(block, tensor.scales),
    minima: halves(block, tensor.minima),
  };
}

/** A tensor's numbers as float32, out of the bytes of its block. */
export function expandTensor(tensor: StoredTensor, block: Uint8Array): Float32Array {
  const { encoding, data } = tensor;
  switch (encoding.type) {
    case 'f32':
      // A copy: it outlives the buffer, which may be read into again.
      return new Float32Array(sectionOf(block, data).slice().buffer);
    case 'f16':
      return Float32Array.from(halves(block, data), halfToNumber);
    case 'groups':
      return expandGroups(quantisedRows(tensor, block), encoding);
  }
}

/** A matrix as MatMulNBits takes it: w = scale·(q − zeroPoint) + offset with zero point 8 or 128. */
export interface PackedStoredMatrix {
  readonly bits: 4 | 8;
  readonly blockSize: number;
  /** uint8 [rows, columns / blockSize, bits × blockSize / 8]; the block's own bytes. */
  readonly quants: Uint8Array;
  /** [rows, columns / blockSize]. */
  readonly scales: Float32Array;
  /** [columns / blockSize, rows]; absent where symmetric. */
  readonly offsets?: Float32Array;
}

/**
 * A quantised matrix of two dimensions for onnxruntime: quants as they lie, scales and offsets widened. A
 * minimum becomes an offset (minimum + zeroPoint·scale), rounded once to float32.
 */
export function packStored(tensor: StoredTensor, block: Uint8Array): PackedStoredMatrix {
  const { encoding, shape, name } = tensor;
  const [rows, columns] = shape as [number, number];
  if (encoding.type !== 'groups' || shape.length !== 2)
    throw new CodriverError('INTERNAL', `Tensor "${name}" is not a quantised matrix.`);
  const { quants, scales: scaleBits, minima } = quantisedRows(tensor, block);
  const { bits, group: blockSize, symmetric } = encoding;
  const scales = Float32Array.from(scaleBits, halfToNumber);
  if (symmetric) return { bits, blockSize, quants, scales };
  const zeroPoint = 2 ** (bits - 1);
  const offsets = new Float32Array(scales.length);
  const groups = columns / blockSize;
  for (let row = 0; row < rows; row++) {
    for (let group = 0; group < groups; group++) {
      const i = row * groups + group;
      offsets[group * rows + row] = halfToNumber(minima[i] as number) + zeroPoint * (scales[i] as number);
    }
  }
  return { bits, blockSize, quants, scales, offsets };
}

function sectionOf(block: Uint8Array, { offset, bytes }: Section): Uint8Array {
  return block.subarray(offset, offset + bytes);
}

function halves(block: Uint8Array, section: Section | undefined): Uint16Array {
  if (section === undefined) return new Uint16Array();
  const { buffer, byteOffset } = sectionOf(block, section);
  return new Uint16Array(buffer, byteOffset, section.bytes / 2);
}
