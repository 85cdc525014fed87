/** One measurement of `npm run bench`; with `--json` one object a line. */
export interface BenchRow {
  readonly bench: string;
  readonly case: string;
  readonly metric: string;
  readonly value: number;
  readonly unit: string;
  /** What it is compared with, or '' when nothing. */
  readonly peer: string;
  /** Above 1: ours is better than the peer (or than the limit). NaN when there is nothing to compare with. */
  readonly ratio: number;
  readonly rounds: number;
}

/** The middle value; the mean of the two middle ones for an even count. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  const upper = sorted[middle] ?? Number.NaN;
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? Number.NaN) + upper) / 2;
}

/** The value that a share `q` (0–1) of them lies below, by rank; NaN of none. */
export function quantile(values: readonly number[], q: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(q * sorted.length))] ?? Number.NaN;
}

/** Rows of one bench, by their parts in order. */
export function rowsOf(bench: string) {
  return (
    name: string,
    metric: string,
    value: number,
    unit: string,
    peer: string,
    ratio: number,
    rounds: number,
  ): BenchRow => ({ bench, case: name, metric, value, unit, peer, ratio, rounds });
}
