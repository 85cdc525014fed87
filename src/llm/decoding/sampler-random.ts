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
  #weights = new Float64Array();

  constructor(sampling: Sampling) {
    this.#sampling = sampling;
  }

  /**
   * Draws among all tokens, or those whose bit is set in `mask` (bit i of word i/32); -1 when none of them is
   * possible.
   */
  pick(logits: Float32Array, mask?: Int32Array): number {
    const weights = this.#weighted(logits, mask);
    const { cutoff, ties } = this.#cut(weights);
    let left = ties;
    let total = 0;
    let last = -1;
    for (let id = 0; id < weights.length; id++) {
      const weight = weights[id] as number;
      if (weight > cutoff || (weight === cutoff && left-- > 0)) {
        total += weight;
        last = id;
      } else weights[id] = 0;
    }
    let rest = last < 0 ? 0 : this.#uniform() * total;
    for (let id = 0; id < last; id++) {
      rest -= weights[id] as number;
      if (rest < 0) return id;
    }
    return last;
  }

  /** Probability of each token as a share of the most likely one's; 0 where it may not come. */
  #weighted(logits: Float32Array, mask: Int32Array | undefined): Float64Array {
    if (this.#weights.length !== logits.length) this.#weights = new Float64Array(logits.length);
    const weights = this.#weights;
    const { temperature } = this.#sampling;
    let best = Number.NEGATIVE_INFINITY;
    for (let id = 0; id < logits.length; id++) {
      const allowed = mask === undefined || (((mask[id >> 5] ?? 0) >>> (id & 31)) & 1) === 1;
      const logit = allowed ? (logits[id] as number) : Number.NEGATIVE_INFINITY;
      weights[id] = logit;
      if (logit > best) best = logit;
    }
    for (let id = 0; id < weights.length; id++) {
      const logit = weights[id] as number;
      weights[id] = logit === Number.NEGATIVE_INFINITY ? 0 : Math.exp((logit - best) / temperature);
    }
    return weights;
  }

  /** The least weight that is kept, and how many tokens of just that weight are. */
  #cut(weights: Float64Array): { cutoff: number; ties: number } {
    const { topK = weights.length, topP = 1 } = this.#sampling;
    const limited = topK < weights.length;
    if (!limited && topP === 1) return { cutoff: 0, ties: 0 };
    const ranked = limited
      ? mostLikely(weights, topK, Number.POSITIVE_INFINITY).subarray(0, topK)
      : mostLikely(weights, Number.POSITIVE_INFINITY, topP * sumOf(weights));
    let kept = ranked.length;
    if (topP < 1) {
      const share = topP * sumOf(limited ? ranked : weights);
      let [sum, rank] = [0, 0];
      while (rank < kept && sum < share) sum += ranked[rank++] as number;
      kept = rank;
    }
    if (kept === 0) return { cutoff: 0, ties: 0 };
    const cutoff = ranked[kept - 1] as number;
    let ties = 0;
    while (ties < kept && ranked[kept - 1 - ties] === cutoff) ties++;
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

/** Tokens below these shares of the best one are sorted only when they must be: a whole vocabulary takes 20 ms. */
const FLOORS = [1e-2, 1e-4];

/** The weights above 0, falling: the first `count` of them, or as many as sum up to `mass`, and perhaps more. */
function mostLikely(weights: Float64Array, count: number, mass: number): Float64Array {
  for (const floor of FLOORS) {
    const likely = weights.filter((weight) => weight > floor);
    if (likely.length >= count || sumOf(likely) >= mass) return likely.sort().reverse();
  }
  return weights
    .filter((weight) => weight > 0)
    .sort()
    .reverse();
}

function sumOf(weights: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < weights.length; i++) sum += weights[i] as number;
  return sum;
}
