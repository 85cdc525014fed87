/** How one block rotates queries and keys (Su et al. 2021, RoFormer). */
export interface RopeSpec {
  readonly base: number;
  /** What the frequency of each pair is divided by; absent: 1. */
  readonly factors?: readonly number[];
  /**
   * Which numbers of a head are a pair: neighbours (llama as GGUF files have it), or i and i + half (Hugging Face,
   * and GGUF files of the other families).
   */
  readonly interleaved: boolean;
}

/** The angles by which the pairs of a head turn from one position to the next: base^(−2i/headSize) / factorᵢ. */
export function ropeFrequencies(headSize: number, rope: RopeSpec): number[] {
  return Array.from(
    { length: headSize / 2 },
    (_, i) => rope.base ** ((-2 * i) / headSize) / (rope.factors?.[i] ?? 1),
  );
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

/** Linear scaling: all positions are divided by `factor`. */
export function linearFactors(headSize: number, factor: number): number[] {
  return Array.from({ length: headSize / 2 }, () => factor);
}

/** The numbers of Llama 3's scaling. */
export interface Llama3Scaling {
  readonly factor: number;
  readonly lowFrequency: number;
  readonly highFrequency: number;
  /** The context that the model was first trained with. */
  readonly context: number;
}

/**
 * Llama 3.1's scaling: pairs that turn less than `lowFrequency` times in the first context are slowed by `factor`,
 * those that turn more than `highFrequency` times are left, those between lie between.
 */
export function llama3Factors(headSize: number, base: number, scaling: Llama3Scaling): number[] {
  const { factor, lowFrequency, highFrequency, context } = scaling;
  return ropeFrequencies(headSize, { base, interleaved: false }).map((frequency) => {
    const turns = (context * frequency) / (2 * Math.PI);
    const left = Math.min(1, Math.max(0, (turns - lowFrequency) / (highFrequency - lowFrequency)));
    return 1 / ((1 - left) / factor + left);
  });
}
