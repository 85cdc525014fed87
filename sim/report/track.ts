import type { GnssFix } from '../../src/domain/index.ts';
import { packNumbers } from './series.ts';

/** Mean radius of the earth, metres (IUGG). */
const EARTH_RADIUS_M = 6_371_008.8;
/** Points closer together than this draw the same line. */
const MIN_STEP_M = 0.5;
const RADIANS = Math.PI / 180;

/** Where the car was: base64 of little-endian numbers, twelve bytes a point. */
export interface PackedTrack {
  readonly kind: 'GNSS' | 'POSE';
  readonly count: number;
  /** Uint32, milliseconds since the run began, rising. */
  readonly t: string;
  /** Int32, centimetres east and north of the first point. */
  readonly east: string;
  readonly north: string;
  /** WGS 84 of the first point; null for poses in a map of unknown place. */
  readonly origin: { readonly latitudeDeg: number; readonly longitudeDeg: number } | null;
}

/**
 * Collects a track. Fixes are projected on the plane that touches the earth at the
 * first of them (equirectangular): over 100 km the error of a distance is below 1 %
 * outside the polar circles, and no map has to be fetched.
 */
export class TrackBuilder {
  readonly #kind: PackedTrack['kind'];
  readonly #ms: number[] = [];
  readonly #east: number[] = [];
  readonly #north: number[] = [];
  #origin: { latitudeDeg: number; longitudeDeg: number } | null = null;
  #originM: { eastM: number; northM: number } | null = null;

  constructor(kind: PackedTrack['kind']) {
    this.#kind = kind;
  }

  /** Number of points so far. */
  get size(): number {
    return this.#ms.length;
  }

  /** Adds a GNSS fix; `t` in seconds. */
  addFix(t: number, { latitudeDeg, longitudeDeg }: GnssFix): void {
    this.#origin ??= { latitudeDeg, longitudeDeg };
    const origin = this.#origin;
    // Across the antimeridian the short way is meant.
    const eastDeg = ((longitudeDeg - origin.longitudeDeg + 540) % 360) - 180;
    this.add(
      t,
      eastDeg * RADIANS * Math.cos(origin.latitudeDeg * RADIANS) * EARTH_RADIUS_M,
      (latitudeDeg - origin.latitudeDeg) * RADIANS * EARTH_RADIUS_M,
    );
  }

  /** Adds a point; metres east and north of anywhere. Points where the car hardly moved are left out. */
  add(t: number, eastM: number, northM: number): void {
    this.#originM ??= { eastM, northM };
    const east = Math.round((eastM - this.#originM.eastM) * 100);
    const north = Math.round((northM - this.#originM.northM) * 100);
    const last = this.#ms.length - 1;
    if (last >= 0) {
      const stepM = Math.hypot(east - this.#east[last]!, north - this.#north[last]!) / 100;
      if (stepM < MIN_STEP_M) return;
    }
    this.#ms.push(Math.max(Math.round(t * 1000), this.#ms[last] ?? 0));
    this.#east.push(east);
    this.#north.push(north);
  }

  /** The track, or null where there are not two points to draw a line between. */
  build(): PackedTrack | null {
    if (this.#ms.length < 2) return null;
    return {
      kind: this.#kind,
      count: this.#ms.length,
      t: packNumbers(Uint32Array.from(this.#ms)),
      east: packNumbers(Int32Array.from(this.#east)),
      north: packNumbers(Int32Array.from(this.#north)),
      origin: this.#origin,
    };
  }
}
