import type { WeightType } from './ggml-types.ts';
import { GROUP_QUANTS } from './group-quants.ts';
import { halfAt } from './half.ts';
import { K_QUANTS } from './k-quants.ts';
import type { BlockParts, QuantLayout } from './quant-layout.ts';

/** Types whose elements are numbers of their own and not quants. */
type PlainType = 'F32' | 'F16' | 'BF16';

/** Types made of quants and scales. */
export type QuantisedType = Exclude<WeightType, PlainType>;

/** A half-precision scale at the beginning. */
function scaleOnly(bytes: Uint8Array, at: number, { scales }: BlockParts): void {
  scales[0] = halfAt(bytes, at);
}

/** A half-precision scale, and a minimum after it. */
function scaleAndOffset(bytes: Uint8Array, at: number, { scales, offsets }: BlockParts): void {
  scales[0] = halfAt(bytes, at);
  offsets[0] = halfAt(bytes, at + 2);
}

/** 32 nibbles: element i in the low, element i + 16 in the high half of byte i. */
function nibbles(bytes: Uint8Array, at: number, quants: Uint8Array, to: number): void {
  for (let i = 0; i < 16; i++) {
    const pair = bytes[at + i] as number;
    quants[to + i] = pair & 15;
    quants[to + i + 16] = pair >> 4;
  }
}

/** Bit i of the 32 at `at` is the fifth bit of quant i. */
function fifthBits(bytes: Uint8Array, at: number, quants: Uint8Array, to: number): void {
  for (let i = 0; i < 32; i++) {
    const bit = ((bytes[at + (i >> 3)] as number) >> (i & 7)) & 1;
    quants[to + i] = (quants[to + i] as number) | (bit << 4);
  }
}

/** How each quantised type is laid out. */
export const QUANT_LAYOUTS: Readonly<Record<QuantisedType, QuantLayout>> = {
  Q4_0: {
    group: 32,
    zero: 8,
    bits: 4,
    hasOffsets: false,
    nibbles: { at: 2, run: 16 },
    readScales: scaleOnly,
    readQuants: (bytes, at, quants, to) => nibbles(bytes, at + 2, quants, to),
  },
  Q4_1: {
    group: 32,
    zero: 0,
    bits: 4,
    hasOffsets: true,
    nibbles: { at: 4, run: 16 },
    readScales: scaleAndOffset,
    readQuants: (bytes, at, quants, to) => nibbles(bytes, at + 4, quants, to),
  },
  Q5_0: {
    group: 32,
    zero: 16,
    bits: 5,
    hasOffsets: false,
    readScales: scaleOnly,
    readQuants(bytes, at, quants, to) {
      nibbles(bytes, at + 6, quants, to);
      fifthBits(bytes, at + 2, quants, to);
    },
  },
  Q5_1: {
    group: 32,
    zero: 0,
    bits: 5,
    hasOffsets: true,
    readScales: scaleAndOffset,
    readQuants(bytes, at, quants, to) {
      nibbles(bytes, at + 8, quants, to);
      fifthBits(bytes, at + 4, quants, to);
    },
  },
  Q8_0: {
    group: 32,
    zero: 128,
    bits: 8,
    hasOffsets: false,
    readScales: scaleOnly,
    readQuants(bytes, at, quants, to) {
      // int8 to uint8 with zero 128 flips the top bit.
      for (let i = 0; i < 32; i++) quants[to + i] = (bytes[at + 2 + i] as number) ^ 0x80;
    },
  },
  ...K_QUANTS,
  ...GROUP_QUANTS,
};
