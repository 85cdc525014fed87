import { halfAt } from './half.ts';
import type { BlockParts, QuantLayout } from './quant-layout.ts';

// ggml's "K" types: super-blocks of 256 whose groups of 16 or 32 have small whole-number scales times a common
// half-precision one. Layouts: ggml-common.h; the orders of elements: ggml-quants.c, dequantize_row_q*_K.

const BLOCK = 256;

/** Two bits of element i of a run of 128: 32 bytes, four elements in each, 32 apart. */
function twoBits(bytes: Uint8Array, at: number, i: number): number {
  return ((bytes[at + (i & 31)] as number) >> (2 * (i >> 5))) & 3;
}

/** Element i of 64: 32 bytes, element i in the low and i + 32 in the high half. */
function fourBits(bytes: Uint8Array, at: number, i: number): number {
  return ((bytes[at + (i & 31)] as number) >> (4 * (i >> 5))) & 15;
}

/** Q4_K's and Q5_K's scales: d, dMin, and eight 6-bit factors of each; the last four have their top bits apart. */
function sixBitScales(bytes: Uint8Array, at: number, { scales, offsets }: BlockParts): void {
  const [d, dMin] = [halfAt(bytes, at), halfAt(bytes, at + 2)];
  const byte = (i: number): number => bytes[at + 4 + i] as number;
  for (let i = 0; i < 4; i++) {
    scales[i] = d * (byte(i) & 63);
    offsets[i] = -Math.fround(dMin * (byte(i + 4) & 63));
    scales[i + 4] = d * ((byte(i + 8) & 15) | ((byte(i) >> 2) & 48));
    offsets[i + 4] = -Math.fround(dMin * ((byte(i + 8) >> 4) | ((byte(i + 4) >> 2) & 48)));
  }
}

/** Q3_K's sixteen 6-bit scales in 12 bytes: low halves in the first eight, top two bits in the last four. */
function signedScale(bytes: Uint8Array, at: number, i: number): number {
  const low = ((bytes[at + (i & 7)] as number) >> (4 * (i >> 3))) & 15;
  const high = ((bytes[at + 8 + (i & 3)] as number) >> (2 * (i >> 2))) & 3;
  return (low | (high << 4)) - 32;
}

/** The layouts of the K types. */
export const K_QUANTS = {
  /** scales 16 × (4-bit scale, 4-bit minimum) · 2-bit quants 64 · d · dMin. */
  Q2_K: {
    group: 16,
    zero: 0,
    bits: 2,
    hasOffsets: true,
    readScales(bytes, at, { scales, offsets }) {
      const [d, dMin] = [halfAt(bytes, at + 80), halfAt(bytes, at + 82)];
      for (let i = 0; i < 16; i++) {
        const pair = bytes[at + i] as number;
        scales[i] = d * (pair & 15);
        offsets[i] = -Math.fround(dMin * (pair >> 4));
      }
    },
    readQuants(bytes, at, quants, to) {
      for (let i = 0; i < BLOCK; i++) quants[to + i] = twoBits(bytes, at + 16 + 32 * (i >> 7), i & 127);
    },
  },
  /** third bits 32 · 2-bit quants 64 · scales 12 · d. */
  Q3_K: {
    group: 16,
    zero: 4,
    bits: 3,
    hasOffsets: false,
    readScales(bytes, at, { scales }) {
      const d = halfAt(bytes, at + 108);
      for (let i = 0; i < 16; i++) scales[i] = d * signedScale(bytes, at + 96, i);
    },
    readQuants(bytes, at, quants, to) {
      for (let i = 0; i < BLOCK; i++) {
        const third = ((bytes[at + (i & 31)] as number) >> (i >> 5)) & 1;
        quants[to + i] = twoBits(bytes, at + 32 + 32 * (i >> 7), i & 127) | (third << 2);
      }
    },
  },
  /** d · dMin · scales 12 · 4-bit quants 128. */
  Q4_K: {
    group: 32,
    zero: 0,
    bits: 4,
    hasOffsets: true,
    nibbles: { at: 16, run: 32 },
    readScales: sixBitScales,
    readQuants(bytes, at, quants, to) {
      for (let i = 0; i < BLOCK; i++) quants[to + i] = fourBits(bytes, at + 16 + 32 * (i >> 6), i & 63);
    },
  },
  /** d · dMin · scales 12 · fifth bits 32 · 4-bit quants 128. */
  Q5_K: {
    group: 32,
    zero: 0,
    bits: 5,
    hasOffsets: true,
    readScales: sixBitScales,
    readQuants(bytes, at, quants, to) {
      for (let i = 0; i < BLOCK; i++) {
        const fifth = ((bytes[at + 16 + (i & 31)] as number) >> (i >> 5)) & 1;
        quants[to + i] = fourBits(bytes, at + 48 + 32 * (i >> 6), i & 63) | (fifth << 4);
      }
    },
  },
  /** 4-bit quants 128 · upper two bits 64 · int8 scales 16 · d. */
  Q6_K: {
    group: 16,
    zero: 32,
    bits: 6,
    hasOffsets: false,
    readScales(bytes, at, { scales }) {
      const d = halfAt(bytes, at + 208);
      for (let i = 0; i < 16; i++) scales[i] = d * (((bytes[at + 192 + i] as number) << 24) >> 24);
    },
    readQuants(bytes, at, quants, to) {
      for (let i = 0; i < BLOCK; i++) {
        const run = i >> 7;
        const within = i & 127;
        const low = ((bytes[at + 64 * run + (within & 63)] as number) >> (4 * (within >> 6))) & 15;
        quants[to + i] = low | (twoBits(bytes, at + 128 + 32 * run, within) << 4);
      }
    },
  },
} as const satisfies Record<string, QuantLayout>;
