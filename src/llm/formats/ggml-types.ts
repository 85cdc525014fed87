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
  Q8_0: { code: 8, blockElements: 32, blockBytes: 34 },
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
