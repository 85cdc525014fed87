import type { z } from 'zod';
import type {
  Authority,
  Bilingual,
  Gesture,
  Language,
  ObjectClass,
  Seat,
  SignType,
} from '../../src/domain/index.ts';
import type { RoadMap, RoadPosition } from '../world/road-map.ts';

/** When something of the script happens. Seconds count from the scenario's start. */
export type Cue =
  | { readonly atS: number }
  /** When the ego has come this far on an edge, or at `latestS` if it never does. */
  | { readonly edgeId: string; readonly alongM: number; readonly latestS: number }
  /** So long after another utterance. Only utterances have this cue. */
  | { readonly afterId: string; readonly delayS: number };

/** A main sign on a pole beside the road, facing the traffic of its edge, with its plates from top to bottom. */
export interface ScenarioSign {
  readonly id: string;
  readonly edgeId: string;
  /** Along the edge from its start, metres. */
  readonly alongM: number;
  readonly side: 'LEFT' | 'RIGHT';
  /** Number of the Order on Road Signs. */
  readonly type: z.infer<typeof SignType>;
  /** km/h on a limit. */
  readonly value?: number;
  /** Text on the supplementary signs; lines joined by `\n`. */
  readonly plates: readonly string[];
}

/** How a scripted object looks; sizes are the body's own. */
export type Body = 'CAR' | 'KEI' | 'VAN' | 'ADULT' | 'CHILD' | 'FLAGGER';

/** What a scripted object does. */
export type Motion =
  /** Stays where it is. */
  | { readonly kind: 'STAND' }
  /** Drives along the edges of `path` from its start; stops for red lights and for what is in front of it. */
  | {
      readonly kind: 'DRIVE';
      readonly path: readonly string[];
      readonly speedMps: number;
      readonly starts: Cue;
    }
  /** Walks across the road to the right, so far, in a straight line. */
  | { readonly kind: 'CROSS'; readonly distanceM: number; readonly speedMps: number; readonly starts: Cue };

/** A vehicle or a person of the script. */
export interface ScenarioObject {
  readonly id: string;
  readonly class: ObjectClass;
  readonly body: Body;
  /** What people would call it. */
  readonly label: string;
  readonly colorRgb: readonly [number, number, number];
  readonly start: RoadPosition;
  readonly motion: Motion;
  readonly authority?: Authority;
  /** Gestures of a person who directs traffic, each from its cue on. */
  readonly gestures?: readonly { readonly from: Cue; readonly gesture: z.infer<typeof Gesture> }[];
}

/** Fixed-time lights of one junction. */
export interface ScenarioLight {
  readonly nodeId: string;
  /** Seconds into the cycle at the scenario's start. */
  readonly offsetS: number;
  /** Edges that come in, in two groups that are green in turn. */
  readonly groups: readonly [readonly string[], readonly string[]];
  /** Green of each group; after it come `yellowS` and, for all, `allRedS`. */
  readonly greenS: readonly [number, number];
  readonly yellowS: number;
  readonly allRedS: number;
}

/** Why an utterance is in the script; the report and the tests look for these. */
export type UtterancePurpose =
  | 'SMALL_TALK'
  | 'UNLAWFUL'
  | 'NEAR_MISS'
  | 'PLAIN'
  | 'CONTRADICTS_SIGN'
  | 'EMERGENCY_STOP'
  | 'QUESTION'
  | 'RESUME'
  | 'SLOW_DOWN'
  | 'AMBIGUOUS'
  | 'CORRECTION';

/** Something a passenger says. */
export interface ScenarioUtterance {
  readonly id: string;
  readonly cue: Cue;
  readonly text: string;
  readonly language: Language;
  readonly confidence: number;
  readonly seat: Seat;
  readonly authority: Authority;
  readonly purpose: UtterancePurpose;
}

/** A street with everything that happens on it. Deterministic: time, positions and nothing else decide. */
export interface Scenario {
  readonly name: string;
  readonly title: Bilingual;
  readonly startNs: bigint;
  readonly durationS: number;
  readonly map: RoadMap;
  readonly start: RoadPosition;
  /** Edge ids in driving order, from the start's edge to the destination's. */
  readonly route: readonly string[];
  readonly signs: readonly ScenarioSign[];
  readonly objects: readonly ScenarioObject[];
  readonly lights: readonly ScenarioLight[];
  readonly utterances: readonly ScenarioUtterance[];
}
