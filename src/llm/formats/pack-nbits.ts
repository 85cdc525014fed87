import { CodriverError } from '../../domain/errors.ts';
import { GROUP } from './dequantize.ts';
import { GGML_TYPES, type GgmlTypeName } from './ggml-types.ts';
import { halfToNumber } from './half.ts';

/**
 * A quantised matrix [rows, columns] in the layout of onnxruntime's MatMulNBits with block size 32:
 * w = scale·(q − zeroPoint) + offset, zero point 8 (4 bits) or 128 (8 bits), one scale and offset for each
 * group of 32 in a row. `offsets` is absent where it is zero by construction.
 */
export interface PackedMatrix {
  readonly rows: number;
  readonly bits: 4 | 8;
  /** uint8 [rows, columns / 32, bits × 4]. */
  readonly quants: Uint8Array;
  /** [rows, columns / 32]. */
  readonly scales: Float32Array;
  /** [columns / 32, rows]: transposed, ready to be multiplied from the right. */
  readonly offsets?: Float32Array;
}

/** Types that are kept quantised. */
export type PackableType = 'Q4_0' | 'Q4_1' | 'Q8_0';

/** Whether a type is kept quantised by {@link packMatrix}. */
export function isPackable(type: GgmlTypeName): type is PackableType {
  return type === 'Q4_0' || type === 'Q4_1' || type === 'Q8_0';
}

/** Buffers that consecutive calls of {@link packMatrix} share; a result is good until the next call. */
export class PackScratch {
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
 * Repacks ggml blocks without changing a weight. Q4_1's w = d·q + m becomes d·(q − 8) + (m + 8d); the sum
 * m + 8d is exact in float64 and rounded once to float32.
 */
export function packMatrix(
  type: PackableType,
  bytes: Uint8Array,
  rows: number,
  columns: number,
  scratch: PackScratch = new PackScratch(),
): PackedMatrix {
  const groups = columns / GROUP;
  const { blockBytes } = GGML_TYPES[type];
  if (bytes.byteLength !== rows * groups * blockBytes) {
    throw new CodriverError(
      'INTERNAL',
      `A ${type} matrix of ${rows}×${columns} has ${bytes.byteLength} bytes.`,
    );
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const scales = scratch.floats('scales', rows * groups);
  if (type === 'Q8_0') {
    const quants = scratch.bytes(rows * columns);
    for (let block = 0; block < rows * groups; block++) {
      const at = block * blockBytes;
      scales[block] = halfToNumber(view.getUint16(at, true));
      // int8 to uint8 with zero point 128 flips the top bit.
      for (let i = 0; i < GROUP; i++) quants[block * GROUP + i] = (bytes[at + 2 + i] as number) ^ 0x80;
    }
    return { rows, bits: 8, quants, scales };
  }
  const quants = scratch.bytes((rows * columns) / 2);
  const halfWords = new Uint16Array(quants.buffer, 0, quants.byteLength / 2);
  const offsets = type === 'Q4_1' ? scratch.floats('offsets', groups * rows) : undefined;
  for (let row = 0; row < rows; row++) {
    for (let group = 0; group < groups; group++) {
      const block = row * groups + group;
      const at = block * blockBytes;
      const d = halfToNumber(view.getUint16(at, true));
      scales[block] = d;
      if (offsets !== undefined)
        offsets[group * rows + row] = halfToNumber(view.getUint16(at + 2, true)) + 8 * d;
      interleaveNibbles(view, at + blockBytes - GROUP / 2, halfWords, block * 8);
    }
  }
  return offsets === undefined
    ? { rows, bits: 4, quants, scales }
    : { rows, bits: 4, quants, scales, offsets };
}

/**
 * ggml keeps element i in the low and element i + 16 in the high nibble of byte i; MatMulNBits keeps
 * neighbours together. Four bytes are moved at a time.
 */
function interleaveNibbles(view: DataView, at: number, target: Uint16Array, to: number): void {
  for (let word = 0; word < 4; word++) {
    const bytes = view.getUint32(at + 4 * word, true);
    const low = bytes & 0x0f0f0f0f;
    const high = (bytes >>> 4) & 0x0f0f0f0f;
    const lowPairs = low | (low >>> 4);
    const highPairs = high | (high >>> 4);
    target[to + word] = (lowPairs & 0xff) | ((lowPairs >>> 8) & 0xff00);
    target[to + 4 + word] = (highPairs & 0xff) | ((highPairs >>> 8) & 0xff00);
  }
}
