/** A share of `n` with its 95 % interval, all 0–1; NaN of none. */
export interface Share {
  readonly right: number;
  readonly n: number;
  readonly share: number;
  readonly low: number;
  readonly high: number;
}

/** The normal distribution's two-sided 95 % point. */
const Z = 1.959963984540054;

/**
 * A share with Wilson's score interval, which stays within 0 and 1 and is honest for few cases and for shares near
 * either end (E. B. Wilson, 1927, J. Am. Stat. Assoc. 22).
 */
export function shareOf(right: number, n: number): Share {
  if (n === 0) return { right, n, share: Number.NaN, low: Number.NaN, high: Number.NaN };
  const share = right / n;
  const centre = share + Z ** 2 / (2 * n);
  const spread = Z * Math.sqrt((share * (1 - share)) / n + Z ** 2 / (4 * n ** 2));
  const scale = 1 + Z ** 2 / n;
  return {
    right,
    n,
    share,
    // Rounding would else put the ends a hair outside of what they bound.
    low: right === 0 ? 0 : (centre - spread) / scale,
    high: right === n ? 1 : (centre + spread) / scale,
  };
}

/** How many of `all` hold, as a share. */
export function shareWhere<T>(all: readonly T[], holds: (one: T) => boolean): Share {
  return shareOf(all.filter(holds).length, all.length);
}

/** The value at rank ⌈q·n⌉ of them in order (the nearest-rank quantile), `q` 0–1; NaN of none. */
export function quantile(values: readonly number[], q: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil(q * sorted.length) - 1)] ?? Number.NaN;
}
