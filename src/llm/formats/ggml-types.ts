/** How a ggml type lays out its elements: blocks of `blockElements` in `blockBytes` bytes. */
export interface GgmlType {
  readonly code: number;
  readonly blockElements: number;
  readonly blockBytes: number;
}

/** The ggml types that are read (ggml.h, ggml-common.h). */
export const GGML_TYPES = {
  F32: { code: 0, blockElements: 1, blockBytes: 4 },
  F16: { code: 1, blockElements: 1, blockBytes: 2 },
  Q4_0: { code: 2, blockElements: 32, blockBytes: 18 },
  Q4_1: { code: 3, blockElements: 32, blockBytes: 20 },
  Q5_0: { code: 6, blockElements: 32, blockBytes: 22 },
  Q5_1: { code: 7, blockElements: 32, blockBytes: 24 },
  Q8_0: { code: 8, blockElements: 32, blockBytes: 34 },
  Q2_K: { code: 10, blockElements: 256, blockBytes: 84 },
  Q3_K: { code: 11, blockElements: 256, blockBytes: 110 },
  Q4_K: { code: 12, blockElements: 256, blockBytes: 144 },
  Q5_K: { code: 13, blockElements: 256, blockBytes: 176 },
  Q6_K: { code: 14, blockElements: 256, blockBytes: 210 },
  BF16: { code: 30, blockElements: 1, blockBytes: 2 },
} as const satisfies Record<string, GgmlType>;

/** Name of a type in {@link GGML_TYPES}. */
export type GgmlTypeName = keyof typeof GGML_TYPES;

const NAMES_BY_CODE = new Map<number, GgmlTypeName>(
  Object.entries(GGML_TYPES).map(([name, type]) => [type.code, name as GgmlTypeName]),
);

/** The name of a type code, or undefined when the type is not read. */
export function ggmlTypeName(code: number): GgmlTypeName | undefined {
  return NAMES_BY_CODE.get(code);
}

/**
 * The groups of codriver's stores as blocks of types of their own: bits, elements of a group, and whether a minimum
 * (`A`, asymmetric) follows the scale, both float16, before the quants.
 */
const GROUP_TYPES = {
  S4_32: { blockElements: 32, blockBytes: 2 + 16 },
  S4_64: { blockElements: 64, blockBytes: 2 + 32 },
  S4_128: { blockElements: 128, blockBytes: 2 + 64 },
  A4_32: { blockElements: 32, blockBytes: 4 + 16 },
  A4_64: { blockElements: 64, blockBytes: 4 + 32 },
  A4_128: { blockElements: 128, blockBytes: 4 + 64 },
  S8_32: { blockElements: 32, blockBytes: 2 + 32 },
  S8_64: { blockElements: 64, blockBytes: 2 + 64 },
  S8_128: { blockElements: 128, blockBytes: 2 + 128 },
  A8_32: { blockElements: 32, blockBytes: 4 + 32 },
  A8_64: { blockElements: 64, blockBytes: 4 + 64 },
  A8_128: { blockElements: 128, blockBytes: 4 + 128 },
} as const;

/** Every type that a model's weights may have here. */
export const WEIGHT_TYPES = { ...GGML_TYPES, ...GROUP_TYPES };

/** Name of a type in {@link WEIGHT_TYPES}. */
export type WeightType = keyof typeof WEIGHT_TYPES;
