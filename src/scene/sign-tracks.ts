import type { SceneSign, SignDetection, SignDetections, SupplementarySign, TimeNs } from '../domain/index.ts';

/** A sign not seen any more counts as passed once it is this near by dead reckoning. */
const CLOSE_M = 15;
/** Pictures may lack a sign (a truck in front) for this long before it counts as gone. */
const GONE_NS = 500_000_000n;
/** Where no distance is known, a sign not seen for this long counts as passed. */
const GONE_WITHOUT_DISTANCE_NS = 2_000_000_000n;
/** Passed signs are dropped after this way or this time. */
const FORGET_M = 300;
const FORGET_NS = 60_000_000_000n;
/** A sign never reached that was not seen for this long is dropped: the road led elsewhere. */
const NEVER_REACHED_NS = 60_000_000_000n;
/** Most signs held; the oldest passed ones go first. */
const MOST_SIGNS = 64;

/**
 * What holds until something else replaces it: speed limits and their ends, no overtaking. The latest
 * passed one of each is kept however long ago it was, since forgetting it would make the car less careful.
 */
const LASTING: readonly RegExp[] = [/^(JP:323|DE:27[48]|DE:282)/, /^(JP:314|DE:276|DE:280)/];

interface Track {
  detection: SignDetection;
  readonly firstSeenNs: TimeNs;
  lastSeenNs: TimeNs;
  seenAtM: number;
  passed: { readonly atNs: TimeNs; readonly atM: number } | undefined;
}

/** Follows the detector's signs by id, keeps their distances up to date and notices when they are passed. */
export class SignTracks {
  readonly #tracks = new Map<string, Track>();

  /** `odometerM`: the car's odometer at the detections' stamp. */
  onSigns(detections: SignDetections, odometerM: number): void {
    for (const sign of detections.signs) {
      const track = this.#tracks.get(sign.id);
      if (track === undefined) {
        this.#tracks.set(sign.id, {
          detection: sign,
          firstSeenNs: detections.stampNs,
          lastSeenNs: detections.stampNs,
          seenAtM: odometerM,
          passed: undefined,
        });
      } else if (detections.stampNs >= track.lastSeenNs) {
        track.detection = merged(track.detection, sign);
        track.lastSeenNs = detections.stampNs;
        track.seenAtM = odometerM;
        track.passed = undefined;
      }
    }
  }

  /** The signs as of `nowNs` and the odometer's reading then, nearest ahead first, then passed, latest first. */
  at(nowNs: TimeNs, odometerM: number): SceneSign[] {
    for (const track of this.#tracks.values()) {
      if (track.passed === undefined && isPassed(track, nowNs, odometerM)) {
        track.passed = { atNs: nowNs, atM: odometerM };
      }
    }
    this.#forget(nowNs, odometerM);
    const signs = [...this.#tracks.values()].map((track): SceneSign => {
      const distanceM = distanceNow(track, odometerM);
      return {
        ...track.detection,
        ...(distanceM === undefined ? {} : { distanceM }),
        firstSeenNs: track.firstSeenNs,
        lastSeenNs: track.lastSeenNs,
        state: track.passed === undefined ? 'AHEAD' : 'PASSED',
      };
    });
    return signs.sort(byNearness);
  }

  #forget(nowNs: TimeNs, odometerM: number): void {
    const lasting = LASTING.map((pattern) => this.#latestPassed(pattern));
    const entries = [...this.#tracks].sort(([, a], [, b]) => Number(a.lastSeenNs - b.lastSeenNs));
    let surplus = this.#tracks.size - MOST_SIGNS;
    for (const [id, track] of entries) {
      if (lasting.includes(id)) continue;
      const gone =
        track.passed === undefined
          ? nowNs - track.lastSeenNs > NEVER_REACHED_NS
          : nowNs - track.passed.atNs > FORGET_NS || odometerM - track.passed.atM > FORGET_M;
      if (gone || (surplus > 0 && track.passed !== undefined)) {
        this.#tracks.delete(id);
        surplus--;
      }
    }
  }

  #latestPassed(pattern: RegExp): string | undefined {
    let latest: [string, Track] | undefined;
    for (const entry of this.#tracks) {
      const [, track] = entry;
      if (track.passed === undefined || !pattern.test(track.detection.type)) continue;
      if (latest === undefined || track.lastSeenNs >= latest[1].lastSeenNs) latest = entry;
    }
    return latest?.[0];
  }
}

function distanceNow(track: Track, odometerM: number): number | undefined {
  const { distanceM } = track.detection;
  return distanceM === undefined ? undefined : distanceM - (odometerM - track.seenAtM);
}

function isPassed(track: Track, nowNs: TimeNs, odometerM: number): boolean {
  const distanceM = distanceNow(track, odometerM);
  const unseenNs = nowNs - track.lastSeenNs;
  if (distanceM === undefined) return unseenNs > GONE_WITHOUT_DISTANCE_NS;
  return distanceM < 0 || (distanceM < CLOSE_M && unseenNs > GONE_NS);
}

/** The newer detection, with readings of plates that it lacks taken from the older one. */
function merged(older: SignDetection, newer: SignDetection): SignDetection {
  const supplementary = newer.supplementary.map((plate, index): SupplementarySign => {
    const before = older.supplementary[index];
    if (plate.text !== undefined || before?.text === undefined) return plate;
    return {
      ...plate,
      text: before.text,
      ...(before.textConfidence === undefined ? {} : { textConfidence: before.textConfidence }),
    };
  });
  // A detector that loses a plate for a picture (glare, a branch) has not seen it taken down.
  const kept = older.supplementary.slice(newer.supplementary.length);
  return { ...newer, supplementary: [...supplementary, ...kept] };
}

function byNearness(a: SceneSign, b: SceneSign): number {
  if (a.state !== b.state) return a.state === 'AHEAD' ? -1 : 1;
  if (a.state === 'PASSED') return Number(b.lastSeenNs - a.lastSeenNs) || compareIds(a, b);
  const infinity = Number.POSITIVE_INFINITY;
  const [near, far] = [a.distanceM ?? infinity, b.distanceM ?? infinity];
  return near === far ? compareIds(a, b) : near - far;
}

function compareIds(a: SceneSign, b: SceneSign): number {
  return a.id < b.id ? -1 : 1;
}
