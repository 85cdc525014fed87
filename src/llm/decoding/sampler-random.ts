import { createHash } from 'node:crypto';
import { CodriverError } from '../../domain/errors.ts';

/**
 * How tokens are drawn: logits are divided by the temperature, then all but the `topK` most likely tokens are dropped,
 * then all but the most likely ones that together reach `topP` (the order of transformers; llama.cpp divides last). Of
 * equally likely tokens those with lower ids are kept. Under a schema all of this happens among the allowed tokens.
 */
export interface Sampling {
  /** 0 is greedy; 1 leaves the model's probabilities; up to 100. */
  readonly temperature: number;
  /** A whole number of at least 1; absent: all tokens. */
  readonly topK?: number;
  /** Above 0 and at most 1; absent: all tokens. */
  readonly topP?: number;
  /** A whole number of at least 0, default 0: the same request with the same seed gives the same tokens. */
  readonly seed?: number;
}

/** Refuses numbers out of range, as BAD_ARGUMENT. */
export function checkSampling({ temperature, topK = 1, topP = 1, seed = 0 }: Sampling): void {
  const check = (name: string, value: number, fits: boolean, range: string): void => {
    if (!fits) throw new CodriverError('BAD_ARGUMENT', `${name} must be ${range}, not ${value}.`);
  };
  check('temperature', temperature, temperature >= 0 && temperature <= 100, 'from 0 to 100');
  check('topK', topK, Number.isSafeInteger(topK) && topK >= 1, 'a whole number of at least 1');
  check('topP', topP, topP > 0 && topP <= 1, 'above 0 and at most 1');
  check('seed', seed, Number.isSafeInteger(seed) && seed >= 0, 'a whole number of at least 0');
}

/** Draws the tokens of one request; its temperature is above 0. */
export class RandomSampler {
  readonly #sampling: Sampling;
  #draws = 0;

  constructor(sampling: Sampling) {
    this.#sampling = sampling;
  }

  /**
   * Draws among all tokens, or those whose bit is set in `mask` (bit i of word i/32); -1 when none of them is
   * possible.
   */
  pick(logits: Float32Array, mask?: Int32Array): number {
    const weights = this.#weights(logits, mask);
    const sorted = Float64Array.from(weights).sort();
    const { cutoff, ties } = this.#cut(sorted);
    if (cutoff === 0) return -1;
    let left = ties;
    let total = 0;
    for (const [id, weight] of weights.entries()) {
      const kept = weight > cutoff || (weight === cutoff && left-- > 0);
      if (kept) total += weight;
      else weights[id] = 0;
    }
    let rest = this.#uniform() * total;
    let last = -1;
    for (const [id, weight] of weights.entries()) {
      if (weight === 0) continue;
      if (rest < weight) return id;
      rest -= weight;
      last = id;
    }
    // Rounding left a crumb behind the last token.
    return last;
  }

  /** Probability of each token as a share of the most likely one's; 0 where it may not come. */
  #weights(logits: Float32Array, mask: Int32Array | undefined): Float64Array {
    const allowed = (id: number): boolean =>
      mask === undefined || (((mask[id >> 5] ?? 0) >>> (id & 31)) & 1) === 1;
    let best = Number.NEGATIVE_INFINITY;
    for (let id = 0; id < logits.length; id++) {
      if (allowed(id)) best = Math.max(best, logits[id] as number);
    }
    const weights = new Float64Array(logits.length);
    if (best === Number.NEGATIVE_INFINITY) return weights;
    for (let id = 0; id < logits.length; id++) {
      if (allowed(id)) weights[id] = Math.exp(((logits[id] as number) - best) / this.#sampling.temperature);
    }
    return weights;
  }

  /** The least weight that is kept, and how many tokens of just that weight are. `sorted` ascends. */
  #cut(sorted: Float64Array): { cutoff: number; ties: number } {
    const { topK = sorted.length, topP = 1 } = this.#sampling;
    const at = (rank: number): number => sorted[sorted.length - 1 - rank] as number;
    let kept = Math.min(topK, sorted.length);
    while (kept > 0 && at(kept - 1) === 0) kept--;
    if (topP < 1) {
      let total = 0;
      for (let rank = 0; rank < kept; rank++) total += at(rank);
      let [sum, rank] = [0, 0];
      while (rank < kept && sum < topP * total) sum += at(rank++);
      kept = rank;
    }
    if (kept === 0) return { cutoff: 0, ties: 0 };
    const cutoff = at(kept - 1);
    let ties = 0;
    while (ties < kept && at(kept - 1 - ties) === cutoff) ties++;
    return { cutoff, ties };
  }

  /** A number in [0, 1) that depends on the seed and on how many were drawn before. */
  #uniform(): number {
    const { seed = 0 } = this.#sampling;
    const digest = createHash('sha256')
      .update(`${seed}:${this.#draws++}`)
      .digest();
    return digest.readUIntBE(0, 6) / 2 ** 48;
  }
}
