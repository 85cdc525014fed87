/** Cosines and sines by position and pair. */
export interface RopeTables {
  readonly cos: Float32Array;
  readonly sin: Float32Array;
}

/**
 * Cosines and sines of rotary embeddings, each [context, headSize / 2]: angle = position · base^(−2i/headSize)
 * (Su et al. 2021, RoFormer).
 */
export function ropeTables(headSize: number, base: number, context: number): RopeTables {
  const half = headSize / 2;
  const cos = new Float32Array(context * half);
  const sin = new Float32Array(context * half);
  for (let i = 0; i < half; i++) {
    const frequency = base ** ((-2 * i) / headSize);
    for (let position = 0; position < context; position++) {
      cos[position * half + i] = Math.cos(position * frequency);
      sin[position * half + i] = Math.sin(position * frequency);
    }
  }
  return { cos, sin };
}
