/** How one block rotates queries and keys (Su et al. 2021, RoFormer). */
export interface RopeSpec {
  readonly base: number;
  /** Positions are divided by this (linear scaling); 1 where they are not. */
  readonly factor: number;
  /**
   * Which numbers of a head are a pair: neighbours (llama as GGUF files have it), or i and i + half (Hugging Face,
   * and GGUF files of the other families).
   */
  readonly interleaved: boolean;
}

/** The angles by which the pairs of a head turn from one position to the next: base^(−2i/headSize) / factor. */
export function ropeFrequencies(headSize: number, rope: RopeSpec): number[] {
  return Array.from({ length: headSize / 2 }, (_, i) => rope.base ** ((-2 * i) / headSize) / rope.factor);
}

/** Cosines and sines of rotary embeddings, each [context, headSize / 2]. */
export function ropeTables(
  headSize: number,
  rope: RopeSpec,
  context: number,
): { cos: Float32Array; sin: Float32Array } {
  const half = headSize / 2;
  const cos = new Float32Array(context * half);
  const sin = new Float32Array(context * half);
  for (const [i, frequency] of ropeFrequencies(headSize, rope).entries()) {
    for (let position = 0; position < context; position++) {
      cos[position * half + i] = Math.cos(position * frequency);
      sin[position * half + i] = Math.sin(position * frequency);
    }
  }
  return { cos, sin };
}
