/** Points of one line; longer ones keep the extremes of each bucket. Ten hours at 10 Hz stay as they are. */
const MAX_POINTS = 400_000;

/** Stands for "no value from here on" in {@link PackedSeries.kmh}. */
export const NO_VALUE = -32_768;

/** A line over time, packed: base64 of little-endian numbers, six bytes a point. */
export interface PackedSeries {
  readonly count: number;
  /** Uint32, milliseconds since the run began, rising. */
  readonly t: string;
  /** Int16, tenths of km/h; {@link NO_VALUE} where there is none. */
  readonly kmh: string;
}

/** Base64 of the bytes of a typed array, little-endian as every machine we run on is. */
export function packNumbers(values: Uint32Array | Int16Array | Int32Array): string {
  return Buffer.from(values.buffer, values.byteOffset, values.byteLength).toString('base64');
}

/** Collects a line over time; long ones keep the extremes of each bucket, so no stop or peak is lost. */
export class SeriesBuilder {
  readonly #ms: number[] = [];
  readonly #tenths: number[] = [];

  /** Number of samples so far. */
  get size(): number {
    return this.#ms.length;
  }

  /** Adds one sample; `t` in seconds, not before the last, `speedMps` in m/s or null for none from here on. */
  add(t: number, speedMps: number | null): void {
    this.#ms.push(Math.max(Math.round(t * 1000), this.#ms.at(-1) ?? 0));
    this.#tenths.push(toTenths(speedMps));
  }

  /** Adds one sample only where the value differs from the last: for lines drawn as steps. */
  addStep(t: number, speedMps: number | null): void {
    if (this.#tenths.at(-1) !== toTenths(speedMps)) this.add(t, speedMps);
  }

  /** The line, at most about `maxPoints` points. */
  build(maxPoints = MAX_POINTS): PackedSeries {
    const kept = this.#tenths.length <= maxPoints ? this.#tenths.map((_, i) => i) : this.#extremes(maxPoints);
    return {
      count: kept.length,
      t: packNumbers(Uint32Array.from(kept, (i) => this.#ms[i]!)),
      kmh: packNumbers(Int16Array.from(kept, (i) => this.#tenths[i]!)),
    };
  }

  #extremes(maxPoints: number): number[] {
    const values = this.#tenths;
    const bucket = Math.ceil((2 * values.length) / maxPoints);
    const kept: number[] = [];
    for (let start = 0; start < values.length; start += bucket) {
      let low = start;
      let high = start;
      for (let i = start; i < Math.min(start + bucket, values.length); i++) {
        if (values[i]! < values[low]!) low = i;
        if (values[i]! > values[high]!) high = i;
      }
      kept.push(Math.min(low, high));
      if (low !== high) kept.push(Math.max(low, high));
    }
    if (kept.at(-1) !== values.length - 1) kept.push(values.length - 1);
    return kept;
  }
}

function toTenths(speedMps: number | null): number {
  if (speedMps === null) return NO_VALUE;
  return Math.min(Math.max(Math.round(speedMps * 36), NO_VALUE + 1), 32_767);
}
