import { CodriverError } from '../../domain/errors.ts';
import { quickExp } from './quick-exp.ts';

/** Refuses logits among which no choice can be made. MODEL_FAILED. */
export function checkLogits(logits: Float32Array): void {
  for (let id = 0; id < logits.length; id++) {
    const logit = logits[id] as number;
    if (!(logit < Number.POSITIVE_INFINITY)) {
      throw new CodriverError('MODEL_FAILED', `The model computed ${logit} for token ${id}.`, {
        remedy: 'Check the weights: pull or convert the model again.',
        details: { token: id },
      });
    }
  }
}

/** The most likely token; the lowest id among equals. */
export function greedyToken(logits: Float32Array): number {
  let best = 0;
  let bestLogit = logits[0] as number;
  for (let id = 1; id < logits.length; id++) {
    const logit = logits[id] as number;
    if (logit > bestLogit) {
      best = id;
      bestLogit = logit;
    }
  }
  return best;
}

/** The most likely token whose bit is set in `mask` (bit i of word i/32), or -1 when none is. */
export function greedyMaskedToken(logits: Float32Array, mask: Int32Array): number {
  let best = -1;
  let bestLogit = Number.NEGATIVE_INFINITY;
  for (let word = 0; word < mask.length; word++) {
    let bits = mask[word] as number;
    while (bits !== 0) {
      const bit = 31 - Math.clz32(bits & -bits);
      bits &= bits - 1;
      const id = word * 32 + bit;
      const logit = logits[id];
      if (logit !== undefined && logit > bestLogit) {
        best = id;
        bestLogit = logit;
      }
    }
  }
  return best;
}

/** The probability of `token` by the softmax of all logits. */
export function probabilityOf(token: number, logits: Float32Array): number {
  const own = logits[token] as number;
  let sum = 0;
  for (let id = 0; id < logits.length; id++) sum += quickExp((logits[id] as number) - own);
  // As shares of the token's own: where they are too large to count, its probability is as good as none.
  return 1 / sum;
}

/** The probability of `token` by the softmax of the logits whose bits are set in `mask`, itself among them. */
export function maskedProbabilityOf(token: number, logits: Float32Array, mask: Int32Array): number {
  const own = logits[token] as number;
  let sum = 0;
  for (let word = 0; word < mask.length; word++) {
    let bits = mask[word] as number;
    while (bits !== 0) {
      const logit = logits[word * 32 + 31 - Math.clz32(bits & -bits)];
      bits &= bits - 1;
      if (logit !== undefined) sum += quickExp(logit - own);
    }
  }
  return 1 / sum;
}

/** The only token set in `mask`, or undefined when there are none or several. */
export function onlyToken(mask: Int32Array): number | undefined {
  let found: number | undefined;
  for (let word = 0; word < mask.length; word++) {
    const bits = mask[word] as number;
    if (bits === 0) continue;
    if (found !== undefined || (bits & (bits - 1)) !== 0) return undefined;
    found = word * 32 + 31 - Math.clz32(bits);
  }
  return found;
}

/** Whether every token set in `mask` is one of `tokens`. */
export function allTokensIn(mask: Int32Array, tokens: readonly number[]): boolean {
  const rest = Int32Array.from(mask);
  for (const token of tokens) clear(rest, token);
  return rest.every((word) => word === 0);
}

/** `mask` with nothing but `tokens`. */
export function keepTokens(mask: Int32Array, tokens: readonly number[]): Int32Array {
  const kept = new Int32Array(mask.length);
  for (const token of tokens)
    kept[token >> 5] = (kept[token >> 5] as number) | ((mask[token >> 5] as number) & (1 << (token & 31)));
  return kept;
}

/** `mask` without `token`. */
export function maskWithout(mask: Int32Array, token: number): Int32Array {
  const rest = Int32Array.from(mask);
  clear(rest, token);
  return rest;
}

function clear(mask: Int32Array, token: number): void {
  mask[token >> 5] = (mask[token >> 5] as number) & ~(1 << (token & 31));
}
