import type {
  Bilingual,
  BoxPx,
  Intent,
  IntentPhase,
  PlanningBehavior,
  Proposal,
  Reason,
  Utterance,
} from '../../src/domain/index.ts';

/**
 * What the page is given, as JSON. Times named `t` are seconds since the run began,
 * to the millisecond; speeds are km/h because people read them.
 */
export interface ReportData {
  readonly language: 'en' | 'ja';
  readonly run: {
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
  };
  readonly counts: Readonly<Record<string, number>>;
  readonly speed: Series;
  readonly target: Series;
  /** Limits read off signs that hold for this vehicle, as steps. */
  readonly limit: Series;
  readonly planner: readonly PlannerSpan[];
  readonly moments: readonly Moment[];
  readonly signs: readonly SignCard[];
  readonly health: readonly HealthItem[];
  /** Size of the pictures that boxes refer to, by camera. */
  readonly cameras: Readonly<Record<string, { readonly widthPx: number; readonly heightPx: number }>>;
  readonly latencies: readonly LatencySeries[];
}

/** A line over time: `t` in seconds, `kmh` of the same length. */
export interface Series {
  readonly t: readonly number[];
  readonly kmh: readonly number[];
}

/** From `t` on, until the next span, the planner did this. */
export interface PlannerSpan {
  readonly t: number;
  readonly motion: 'DRIVING' | 'STOPPING' | 'STOPPED';
  readonly behavior: PlanningBehavior;
  readonly distanceM?: number;
}

/** Everything that came of one utterance, or of one sign that made an intent. */
export interface Moment {
  readonly id: string;
  readonly t: number;
  readonly utterance: Omit<Utterance, 'stampNs'> | null;
  readonly replies: readonly { t: number; language: string; stage: string; text: string }[];
  readonly prompts: readonly { t: number; text: string; promptTokens: number }[];
  readonly proposals: readonly {
    t: number;
    id: string;
    source: string;
    proposal: Proposal;
    rule?: string;
    decodedTokens?: number;
    appendedTokens?: number;
    latencyMs: number;
  }[];
  readonly verdicts: readonly {
    t: number;
    proposalId: string;
    source: string;
    outcome: string;
    reasons: readonly (Pick<Reason, 'code' | 'effect' | 'causeId'> & { words: Bilingual })[];
  }[];
  readonly intents: readonly IntentItem[];
}

/** One intent: how it was delivered and what became of it. */
export interface IntentItem {
  readonly t: number;
  readonly id: string;
  readonly sequence: number;
  readonly source: string;
  readonly authority: string;
  readonly validUntilT: number;
  readonly trigger: Intent['trigger'];
  readonly maneuver: Intent['maneuver'];
  readonly delivery: string;
  readonly deliveryDetail: string;
  readonly phases: readonly { t: number; phase: IntentPhase; reason: PlanningBehavior; detail: string }[];
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
