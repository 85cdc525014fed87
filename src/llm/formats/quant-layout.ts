/**
 * A quantised ggml block taken apart: element i is `scales[g]·(quants[i] − zero) + offsets[g]` with
 * g = ⌊i / group⌋ and the layout's group and zero; `offsets` counts only where the layout has them. Scales and
 * offsets are as ggml computes them in float32.
 */
export interface BlockParts {
  readonly quants: Uint8Array;
  readonly scales: Float32Array;
  readonly offsets: Float32Array;
}

/** What the blocks of a quantised type are made of (ggml-common.h, ggml-quants.c). */
export interface QuantLayout {
  /** Elements that share a scale. */
  readonly group: 16 | 32 | 64 | 128;
  /** The quant that stands for zero, before the offset. */
  readonly zero: number;
  /** Bits of a quant. */
  readonly bits: number;
  readonly hasOffsets: boolean;
  /** Reads scales and offsets of the block at byte `at`. */
  readonly readScales: (bytes: Uint8Array, at: number, into: BlockParts) => void;
  /** Reads the quants of the block at byte `at` into `quants` from `to` on. */
  readonly readQuants: (bytes: Uint8Array, at: number, quants: Uint8Array, to: number) => void;
  /**
   * Where the quants are nibbles and nothing else: from byte `at` of a block on, in runs of so many bytes that
   * hold as many elements in their low halves and then as many in their high halves.
   */
  readonly nibbles?: { readonly at: number; readonly run: 16 | 32 };
}

/** Room for one block of any type. */
export function newBlockParts(): BlockParts {
  return { quants: new Uint8Array(256), scales: new Float32Array(16), offsets: new Float32Array(16) };
}
