/** The angle by which pair `i` of a head turns from one position to the next: base^(−2i/headSize). */
export function ropeFrequency(i: number, headSize: number, base: number): number {
  return base ** ((-2 * i) / headSize);
}

/**
 * Cosines and sines of rotary embeddings, each [context, headSize / 2] (Su et al. 2021, RoFormer).
 */
export function ropeTables(
  headSize: number,
  base: number,
  context: number,
): { cos: Float32Array; sin: Float32Array } {
  const half = headSize / 2;
  const cos = new Float32Array(context * half);
  const sin = new Float32Array(context * half);
  for (let i = 0; i < half; i++) {
    const frequency = ropeFrequency(i, headSize, base);
    for (let position = 0; position < context; position++) {
      cos[position * half + i] = Math.cos(position * frequency);
      sin[position * half + i] = Math.sin(position * frequency);
    }
  }
  return { cos, sin };
}
