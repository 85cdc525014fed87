import type { Series } from './report-data.ts';

/** More points than a timeline has pixels are of no use to anybody. */
const MAX_POINTS = 4000;

const roundTo = (value: number, digits: number): number => Number(value.toFixed(digits));

/** A speed in m/s as km/h to one decimal. */
export function toKmh(speedMps: number): number {
  return roundTo(speedMps * 3.6, 1);
}

/** Collects a line over time; long ones keep the extremes of each bucket, so no stop or peak is lost. */
export class SeriesBuilder {
  readonly #t: number[] = [];
  readonly #kmh: number[] = [];

  /** Adds one sample; `t` in seconds, `speedMps` in m/s. */
  add(t: number, speedMps: number): void {
    this.#t.push(t);
    this.#kmh.push(toKmh(speedMps));
  }

  /** Adds one sample only where the value differs from the last: for lines drawn as steps. */
  addStep(t: number, speedMps: number): void {
    if (this.#kmh.at(-1) !== toKmh(speedMps)) this.add(t, speedMps);
  }

  /** The line, at most about {@link MAX_POINTS} points. */
  build(): Series {
    const count = this.#t.length;
    if (count <= MAX_POINTS) return { t: this.#t, kmh: this.#kmh };
    const bucket = Math.ceil((2 * count) / MAX_POINTS);
    const kept: number[] = [];
    for (let start = 0; start < count; start += bucket) {
      let low = start;
      let high = start;
      for (let i = start; i < Math.min(start + bucket, count); i++) {
        if (this.#kmh[i]! < this.#kmh[low]!) low = i;
        if (this.#kmh[i]! > this.#kmh[high]!) high = i;
      }
      kept.push(Math.min(low, high));
      if (low !== high) kept.push(Math.max(low, high));
    }
    if (kept.at(-1) !== count - 1) kept.push(count - 1);
    return { t: kept.map((i) => this.#t[i]!), kmh: kept.map((i) => this.#kmh[i]!) };
  }
}
