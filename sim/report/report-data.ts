import type { Bilingual, BoxPx, ModelTier, PlanningBehavior } from '../../src/domain/index.ts';
import type { Moment } from './moment.ts';
import type { PackedSeries } from './series.ts';
import type { PackedTrack } from './track.ts';

/**
 * What the page is given, as JSON. Times named `t` are seconds since the run began,
 * to the millisecond; speeds are km/h because people read them. Moments and pictures
 * are written apart, one a line, so that neither writer nor reader holds them twice.
 */
export interface ReportData {
  readonly language: 'en' | 'ja';
  readonly run: RunFacts;
  readonly counts: Readonly<Record<string, number>>;
  readonly speed: PackedSeries;
  readonly target: PackedSeries;
  /** The limit that holds, as steps: from `limit` entries, or guessed from signs where a journal has none. */
  readonly limit: PackedSeries;
  /** Where the car was; null where neither GNSS nor a pose says. */
  readonly track: PackedTrack | null;
  readonly planner: readonly PlannerSpan[];
  readonly moments: readonly Moment[];
  readonly signs: readonly SignCard[];
  readonly health: readonly HealthItem[];
  /** Where the model lives, fastest tier first; empty where none ran or nobody measured. */
  readonly tiers: readonly ModelTier[];
  /** Size of the pictures that boxes refer to, by camera. */
  readonly cameras: Readonly<Record<string, { readonly widthPx: number; readonly heightPx: number }>>;
  readonly latencies: readonly LatencySeries[];
}

/** What was run, and how. */
export interface RunFacts {
  readonly title: string;
  readonly mode: 'LIVE' | 'LOCKSTEP' | null;
  readonly loop: 'OPEN' | 'CLOSED' | null;
  readonly model: { readonly name: string; readonly sha256: string } | null;
  /** Decimal nanoseconds of `t` = 0. */
  readonly startNs: string;
  readonly utcOffsetMin: number;
  readonly durationS: number;
  /** False where the run was cut off before its last entry. */
  readonly complete: boolean;
}

/** From `t` on, until the next span, the planner did this. */
export interface PlannerSpan {
  readonly t: number;
  readonly motion: 'DRIVING' | 'STOPPING' | 'STOPPED';
  readonly behavior: PlanningBehavior;
  readonly distanceM?: number;
}

/** One sign, in its latest state. */
export interface SignCard {
  readonly id: string;
  /** First and last time it was journalled. */
  readonly t: number;
  readonly lastT: number;
  readonly type: string;
  readonly name: Bilingual;
  readonly value?: number;
  readonly confidence: number;
  readonly applies: 'APPLIES' | 'DOES_NOT_APPLY' | 'UNKNOWN';
  readonly why: readonly string[];
  readonly reading: Bilingual;
  readonly plates: readonly { type?: string; text?: string; textConfidence?: number; box?: BoxPx }[];
  /** Where it was in which picture, at every journalled detection. */
  readonly sightings: readonly { t: number; camera: string; box: BoxPx; distanceM?: number }[];
  /** How the decision on it changed, oldest first. */
  readonly decisions: readonly { t: number; applies: string; why: readonly string[] }[];
}

/** A part of codriver said how it was. */
export interface HealthItem {
  readonly t: number;
  readonly component: string;
  readonly state: 'OK' | 'DEGRADED' | 'LOST';
  readonly code: string;
  readonly text: string;
}

/** Latencies of one source. JOURNAL: declared in lockstep, measured live. WALL: measured apart from the run. */
export interface LatencySeries {
  readonly source: 'REFLEX' | 'THOUGHT' | 'SIGN';
  readonly kind: 'JOURNAL' | 'WALL';
  readonly ms: readonly number[];
}
