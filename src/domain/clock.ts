/** Nanoseconds since the Unix epoch (live, logs) or since the start of a simulation. */
export type TimeNs = bigint;

/** The only source of time in codriver: wall, ROS or the log's. */
export interface Clock {
  /** The present, in nanoseconds. Never goes backwards within one run. */
  nowNs(): TimeNs;
}

/** Nanoseconds in a second and in a millisecond. */
export const NS_PER_S = 1_000_000_000n;
export const NS_PER_MS = 1_000_000n;

/** Seconds (may be fractional) as whole nanoseconds. */
export function secondsToNs(seconds: number): TimeNs {
  return BigInt(Math.round(seconds * 1e9));
}

/** Nanoseconds as seconds; exact up to about 104 days, so use it on differences. */
export function nsToSeconds(ns: TimeNs): number {
  return Number(ns) / 1e9;
}

/** Nanoseconds as milliseconds; for differences, as {@link nsToSeconds}. */
export function nsToMs(ns: TimeNs): number {
  return Number(ns) / 1e6;
}

/** Wall time. Steps of the system clock backwards are hidden: it is anchored once to a monotonic source. */
export class WallClock implements Clock {
  readonly #originNs = BigInt(Date.now()) * NS_PER_MS;
  readonly #monotonicOriginNs = process.hrtime.bigint();

  nowNs(): TimeNs {
    return this.#originNs + (process.hrtime.bigint() - this.#monotonicOriginNs);
  }
}

/** A clock that moves only when told to: lockstep replay, the simulator, tests. */
export class ManualClock implements Clock {
  #nowNs: TimeNs;

  constructor(startNs: TimeNs = 0n) {
    this.#nowNs = startNs;
  }

  nowNs(): TimeNs {
    return this.#nowNs;
  }

  /** Moves to `ns`; an earlier time is ignored, since a clock never goes backwards. */
  advanceTo(ns: TimeNs): void {
    if (ns > this.#nowNs) this.#nowNs = ns;
  }

  /** Moves forward by `ns`. */
  advanceBy(ns: TimeNs): void {
    this.advanceTo(this.#nowNs + ns);
  }
}
