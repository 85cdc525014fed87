import { CodriverError } from '../../domain/errors.ts';
import { WEIGHT_TYPES, type WeightType } from './ggml-types.ts';
import { QUANT_LAYOUTS, type QuantisedType } from './quant-blocks.ts';
import { newBlockParts } from './quant-layout.ts';

/** How a quantised type is kept in memory: onnxruntime's MatMulNBits with these settings, and offsets beside it. */
export interface PackLayout {
  readonly bits: 4 | 8;
  /** Elements of a row that share a scale: MatMulNBits' block_size. */
  readonly blockSize: 16 | 32 | 64 | 128;
  readonly hasOffsets: boolean;
}

/**
 * A quantised matrix [rows, columns] in the layout of onnxruntime's MatMulNBits:
 * w = scale·(q − zeroPoint) + offset, zero point 8 (4 bits) or 128 (8 bits), one scale and offset for each
 * block of a row. `offsets` is absent where it is zero by construction.
 */
export interface PackedMatrix {
  readonly rows: number;
  readonly bits: 4 | 8;
  readonly blockSize: 16 | 32 | 64 | 128;
  /** uint8 [rows, columns / blockSize, bits × blockSize / 8]. */
  readonly quants: Uint8Array;
  /** [rows, columns / blockSize]. */
  readonly scales: Float32Array;
  /** [columns / blockSize, rows]: transposed, ready to be multiplied from the right. */
  readonly offsets?: Float32Array;
}

/** Types that are kept quantised. */
export type PackableType = QuantisedType;

/** Whether a type is kept quantised by {@link packMatrix}. */
export function isPackable(type: WeightType): type is PackableType {
  return type in QUANT_LAYOUTS;
}

/** How {@link packMatrix} lays a type out. */
export function packLayout(type: PackableType): PackLayout {
  const { bits, group, hasOffsets } = QUANT_LAYOUTS[type];
  return { bits: bits > 4 ? 8 : 4, blockSize: group, hasOffsets };
}

/** Buffers that consecutive calls of {@link packMatrix} share; a result is good until the next call. */
export class PackScratch {
  readonly parts = newBlockParts();
  #bytes = new Uint8Array();
  readonly #floats = { scales: new Float32Array(), offsets: new Float32Array() };

  bytes(length: number): Uint8Array {
    if (this.#bytes.length < length) this.#bytes = new Uint8Array(length);
    return this.#bytes.subarray(0, length);
  }

  floats(which: 'scales' | 'offsets', length: number): Float32Array {
    if (this.#floats[which].length < length) this.#floats[which] = new Float32Array(length);
    return this.#floats[which].subarray(0, length);
  }
}

/**
 * Repacks ggml blocks without changing a weight: quants are moved to the zero point of MatMulNBits. Only
 * Q4_1 and Q4_K have no room for that; their w = d·q + m becomes d·(q − 8) + (m + 8d), whose sum is exact in
 * float64 and rounded once to float32. `name` is the tensor's, for errors.
 * Errors: MODEL_CORRUPT for a scale or offset that is not finite.
 */
export function packMatrix(
  type: PackableType,
  bytes: Uint8Array,
  rows: number,
  columns: number,
  scratch: PackScratch = new PackScratch(),
  name = 'a matrix',
): PackedMatrix {
  const { blockElements, blockBytes } = WEIGHT_TYPES[type];
  const { zero, nibbles, readScales, readQuants } = QUANT_LAYOUTS[type];
  const { bits, blockSize, hasOffsets } = packLayout(type);
  const blocksInRow = columns / blockElements;
  if (bytes.byteLength !== rows * blocksInRow * blockBytes) {
    throw new CodriverError(
      'INTERNAL',
      `A ${type} matrix of ${rows}×${columns} has ${bytes.byteLength} bytes.`,
    );
  }
  const groupsInRow = columns / blockSize;
  const groupsInBlock = blockElements / blockSize;
  const scales = scratch.floats('scales', rows * groupsInRow);
  const offsets = hasOffsets ? scratch.floats('offsets', rows * groupsInRow) : undefined;
  const quants = scratch.bytes((rows * columns * bits) / 8);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const words = new Uint16Array(quants.buffer, quants.byteOffset, quants.byteLength >> 1);
  const zeroPoint = bits === 4 ? 8 : 128;
  // Where quants use all of their bits, from 0 up, nothing is left to move them by.
  const shift = QUANT_LAYOUTS[type].bits === bits ? 0 : zeroPoint - zero;
  const correction = zeroPoint - shift - zero;
  const { parts } = scratch;
  let at = 0;
  let group = 0;
  let to = 0;
  for (let row = 0; row < rows; row++) {
    for (let inRow = 0; inRow < groupsInRow; at += blockBytes, to += (blockElements * bits) / 8) {
      readScales(bytes, at, parts);
      for (let g = 0; g < groupsInBlock; g++, group++, inRow++) {
        const scale = parts.scales[g] as number;
        scales[group] = scale;
        // x − x is zero for finite numbers only.
        let sum = scale - scale;
        if (offsets !== undefined) {
          const offset = (parts.offsets[g] as number) + correction * scale;
          offsets[inRow * rows + row] = offset;
          sum += offset - offset;
        }
        if (sum !== 0) throw notFinite(name, type, row, inRow * blockSize);
      }
      if (nibbles !== undefined) {
        pairNibbles(view, at + nibbles.at, blockElements / 2, nibbles.run, words, to);
      } else if (bits === 8) {
        readQuants(bytes, at, quants, to);
        if (shift !== 0) shiftBytes(quants, to, blockElements, shift);
      } else {
        readQuants(bytes, at, parts.quants, 0);
        moveNibbles(parts.quants, blockElements, shift, quants, to);
      }
    }
  }
  return { rows, bits, blockSize, quants, scales, ...(offsets && { offsets }) };
}

/**
 * ggml keeps an element in the low and the one `run` later in the high half of a byte; MatMulNBits keeps
 * neighbours together. Four bytes are moved at a time; `at` is even.
 */
function pairNibbles(
  from: DataView,
  start: number,
  count: number,
  run: number,
  to: Uint16Array,
  at: number,
): void {
  for (let first = 0; first < count; first += run) {
    const target = (at + first) >> 1;
    for (let word = 0; word < run / 4; word++) {
      const bytes = from.getUint32(start + first + 4 * word, true);
      const low = bytes & 0x0f0f0f0f;
      const high = (bytes >>> 4) & 0x0f0f0f0f;
      const lowPairs = low | (low >>> 4);
      const highPairs = high | (high >>> 4);
      to[target + word] = (lowPairs & 0xff) | ((lowPairs >>> 8) & 0xff00);
      to[target + run / 4 + word] = (highPairs & 0xff) | ((highPairs >>> 8) & 0xff00);
    }
  }
}

function shiftBytes(quants: Uint8Array, at: number, count: number, shift: number): void {
  for (let i = at; i < at + count; i++) quants[i] = (quants[i] as number) + shift;
}

function moveNibbles(from: Uint8Array, count: number, shift: number, to: Uint8Array, at: number): void {
  for (let i = 0; i < count / 2; i++) {
    to[at + i] = ((from[2 * i] as number) + shift) | (((from[2 * i + 1] as number) + shift) << 4);
  }
}

function notFinite(name: string, type: WeightType, row: number, column: number): CodriverError {
  return new CodriverError(
    'MODEL_CORRUPT',
    `Tensor "${name}" (${type}) has a scale that is not a finite number, in row ${row} at column ${column}.`,
    { remedy: 'Pull or convert the model again.', details: { tensor: name, row, column } },
  );
}
