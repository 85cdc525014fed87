import type { IntentTrigger, Maneuver } from '../domain/index.ts';
import type { ActionContext } from './action-context.ts';
import { isCautious } from './caution.ts';
import type { Finding } from './finding.ts';
import { junctionsAhead } from './places.ts';
import type { ReasonCode } from './reason-words.ts';

/** What a rule looks at: the action as translated, and whether its origin may make the car less careful. */
export interface RuleInput extends ActionContext {
  readonly maneuver: Maneuver;
  readonly trigger: IntentTrigger;
  readonly distrust: 'NOT_AUTHORIZED' | 'VOICE_NOT_LIVE' | 'LOW_CONFIDENCE' | null;
}

/** One row: where the rule comes from, and what it finds. */
export interface Rule {
  readonly code: ReasonCode;
  /** Article of the Road Traffic Act (道路交通法), a standard, or our decision. */
  readonly source: string;
  readonly check: (input: RuleInput) => Finding | null;
}

/** Maneuvers that set or keep the car in motion. */
const MOTION: ReadonlySet<Maneuver['kind']> = new Set([
  'SET_SPEED',
  'CHANGE_LANE',
  'TURN',
  'OVERTAKE',
  'FOLLOW',
  'PULL_OVER',
  'RESUME',
  'PARK',
]);

const block = (code: ReasonCode, causeId?: string): Finding =>
  causeId === undefined ? { code, effect: 'BLOCK' } : { code, effect: 'BLOCK', causeId };

/** More careful, for sure. A CANCEL is so when nothing it takes back was. */
function careful({ maneuver, scene, liveIntents }: RuleInput): boolean {
  if (maneuver.kind !== 'CANCEL') return isCautious(maneuver, scene);
  const cancelled = liveIntents.filter(
    ({ id }) => maneuver.intentIds.length === 0 || maneuver.intentIds.includes(id),
  );
  // SET_SPEED holds the car back or not depending on when it was said, so it is kept.
  return cancelled.every((live) => live.maneuver.kind !== 'SET_SPEED' && !isCautious(live.maneuver, scene));
}

function referentOf(maneuver: Maneuver): string | undefined {
  return 'referentId' in maneuver ? maneuver.referentId : undefined;
}

/** True where the car would come to rest on the road itself, not on a place of its own beside it. */
function onRoad(maneuver: Extract<Maneuver, { kind: 'PULL_OVER' | 'PARK' }>): boolean {
  return maneuver.place?.type !== 'POI' && maneuver.place?.type !== 'DESTINATION';
}

/** A sign speaks of the first junction beyond it; where its distance is unknown, of every one. */
function turnBan({ maneuver, scene, law }: RuleInput): string | undefined {
  if (maneuver.kind !== 'TURN') return undefined;
  const junctions = scene.route === null ? [] : junctionsAhead(scene.route);
  return law.bannedTurns.find((ban) => {
    if (ban.direction !== maneuver.direction) return false;
    if (ban.distanceM === undefined || maneuver.junctionId === undefined) return true;
    const meant = junctions.find((junction) => junction.distanceM >= ban.distanceM! - 5);
    return meant === undefined || meant.id === maneuver.junctionId;
  })?.causeId;
}

function redLight({ scene }: RuleInput): string | undefined {
  return scene.objects.find(
    ({ class: kind, light, xM }) => kind === 'TRAFFIC_LIGHT' && light === 'RED' && xM > 0,
  )?.id;
}

/** The gate's rules. All are looked at for every action; any BLOCK refuses, else any ASK asks back. */
export const RULES: readonly Rule[] = [
  {
    code: 'MANUAL_MODE',
    source: 'our decision: who drives by hand is not interfered with',
    check: ({ scene }) => (scene.vehicle?.mode === 'MANUAL' ? block('MANUAL_MODE') : null),
  },
  {
    code: 'NO_VEHICLE_STATE',
    source: 'ISO 21448: missing input is a triggering condition',
    check: (input) =>
      !Number.isFinite(input.scene.vehicle?.speedMps) && !careful(input) ? block('NO_VEHICLE_STATE') : null,
  },
  {
    code: 'DOOR_OPEN',
    source: 'Road Traffic Act, article 71 (iv)-3',
    check: (input) => {
      const { maneuver, scene } = input;
      const moves = MOTION.has(maneuver.kind) || maneuver.kind === 'CANCEL';
      return scene.vehicle?.doorOpen === true && moves && !careful(input) ? block('DOOR_OPEN') : null;
    },
  },
  ...(['NOT_AUTHORIZED', 'VOICE_NOT_LIVE', 'LOW_CONFIDENCE'] as const).map(
    (code): Rule => ({
      code,
      source: 'our decision: monotonic caution (docs/design.md)',
      check: (input) =>
        input.distrust === code && !careful(input)
          ? { code, effect: code === 'LOW_CONFIDENCE' ? 'ASK' : 'BLOCK' }
          : null,
    }),
  ),
  {
    code: 'SOUNDS_FORBIDDEN',
    source: 'our decision: a model that misses a refusal does not act on it',
    check: (input) =>
      input.forbiddenAsked && input.maneuver.kind !== 'PULL_OVER' && !careful(input)
        ? { code: 'SOUNDS_FORBIDDEN', effect: 'ASK' }
        : null,
  },
  {
    code: 'ABOVE_HELD_SPEED',
    source: 'our decision: monotonic caution (docs/design.md)',
    check: ({ distrust, maneuver, liveIntents }) => {
      if (distrust === null || maneuver.kind !== 'SET_SPEED' || maneuver.speedMps === null) return null;
      const wished = maneuver.speedMps;
      for (const { maneuver: held } of liveIntents) {
        if (held.kind !== 'SET_SPEED' || held.speedMps === null || held.speedMps >= wished) continue;
        return { code: 'ABOVE_HELD_SPEED', effect: 'BLOCK', slots: { limitMps: held.speedMps } };
      }
      return null;
    },
  },
  {
    code: 'WHICH_OBJECT',
    source: 'our decision: a referent is something the car sees',
    check: ({ maneuver, scene }) => {
      const id = referentOf(maneuver);
      if (id === undefined || scene.objects.some((object) => object.id === id)) return null;
      return { code: 'WHICH_OBJECT', effect: 'ASK' };
    },
  },
  {
    code: 'GAP_TOO_SMALL',
    source: 'Road Traffic Act, article 26; IEEE 2846',
    check: ({ maneuver, scene, config }) => {
      if (maneuver.kind !== 'KEEP_DISTANCE') return null;
      const minGapS = config.gate.minTimeGapS;
      const speedMps = Math.max(0, scene.vehicle?.speedMps ?? 0);
      const small =
        maneuver.timeGapS === undefined
          ? (maneuver.distanceM ?? 0) < minGapS * speedMps
          : maneuver.timeGapS < minGapS;
      return small ? { code: 'GAP_TOO_SMALL', effect: 'BLOCK', slots: { minGapS } } : null;
    },
  },
  {
    code: 'NO_SUCH_EXIT',
    source: 'map',
    check: ({ maneuver, scene }) => {
      if (maneuver.kind !== 'TURN' || maneuver.junctionId === undefined) return null;
      const junction = scene.route?.junctions.find(({ id }) => id === maneuver.junctionId);
      return junction?.exits.includes(maneuver.direction) ? null : block('NO_SUCH_EXIT', maneuver.junctionId);
    },
  },
  {
    code: 'TURN_BANNED',
    source: 'Road Traffic Act, articles 8 and 25-2; signs 301–303, 311, 313, 326',
    check: (input) => {
      const causeId = turnBan(input);
      return causeId === undefined ? null : block('TURN_BANNED', causeId);
    },
  },
  {
    code: 'NO_ROUTE',
    source: 'our decision: no lane change without a map of lanes',
    check: ({ maneuver, scene }) =>
      maneuver.kind === 'CHANGE_LANE' && scene.route === null ? block('NO_ROUTE') : null,
  },
  {
    code: 'NO_SUCH_LANE',
    source: 'map; lane 0 is the kerb lane',
    check: ({ maneuver, scene: { route }, config }) => {
      if (maneuver.kind !== 'CHANGE_LANE' || route === null) return null;
      const toKerb = maneuver.direction === config.region.driveSide;
      const lane = route.laneIndex + (toKerb ? -maneuver.count : maneuver.count);
      return lane >= 0 && lane < route.laneCount ? null : block('NO_SUCH_LANE');
    },
  },
  {
    code: 'LANE_CHANGE_BANNED',
    source: 'Road Traffic Act, article 26-2 (3)',
    check: ({ maneuver, law }) =>
      maneuver.kind === 'CHANGE_LANE' && law.laneChangeBanned !== undefined
        ? block('LANE_CHANGE_BANNED', law.laneChangeBanned)
        : null,
  },
  {
    code: 'OVERTAKING_BANNED',
    source: 'Road Traffic Act, articles 17 (5)(iv) and 30; sign 314',
    check: ({ maneuver, law }) =>
      maneuver.kind === 'OVERTAKE' && law.overtakingBanned !== undefined
        ? block('OVERTAKING_BANNED', law.overtakingBanned)
        : null,
  },
  {
    code: 'STOPPING_BANNED',
    source: 'Road Traffic Act, article 44; sign 315. A stop to avert danger is exempt',
    check: ({ maneuver, law, action }) => {
      const comfortHere =
        action.kind === 'STOP' &&
        action.urgency === 'COMFORT' &&
        action.place !== undefined &&
        'landmark' in action.place &&
        action.place.landmark === 'HERE';
      const rests =
        comfortHere || ((maneuver.kind === 'PULL_OVER' || maneuver.kind === 'PARK') && onRoad(maneuver));
      return rests && law.stoppingBanned !== undefined ? block('STOPPING_BANNED', law.stoppingBanned) : null;
    },
  },
  {
    code: 'PARKING_BANNED',
    source: 'Road Traffic Act, article 45; sign 316',
    check: ({ maneuver, law }) =>
      maneuver.kind === 'PARK' && onRoad(maneuver) && law.parkingBanned !== undefined
        ? block('PARKING_BANNED', law.parkingBanned)
        : null,
  },
  {
    code: 'RED_LIGHT_AHEAD',
    source: 'Road Traffic Act, article 7; the planner stops for it',
    check: (input) => {
      const { kind } = input.maneuver;
      const causeId = kind === 'RESUME' || kind === 'TURN' ? redLight(input) : undefined;
      return causeId === undefined ? null : { code: 'RED_LIGHT_AHEAD', effect: 'NOTE', causeId };
    },
  },
];
