import type { Maneuver, PlanningBehavior } from '../../src/domain/index.ts';
import { EGO_DIMENSIONS } from '../world/geometry.ts';
import type { Begun } from './begun.ts';
import { wantedSpeed } from './bounds.ts';
import { beginLaneChange } from './lane-change.ts';
import { edgeIndexOf, type MotionState, placePathM } from './motion-state.ts';
import { beginRouteTo, beginTurn } from './route-maneuvers.ts';
import {
  brakingDistance,
  COMFORT_DECEL_MPS2,
  DEFAULT_TIME_GAP_S,
  EMERGENCY_DECEL_MPS2,
  PROMPT_DECEL_MPS2,
  STANDSTILL_GAP_M,
} from './speed-law.ts';

/** Kinds that replace one another: a newer one of a group ends an older. */
export const MANEUVER_GROUP: Readonly<Partial<Record<Maneuver['kind'], string>>> = {
  SET_SPEED: 'speed',
  KEEP_DISTANCE: 'gap',
  CHANGE_LANE: 'lane',
  OVERTAKE: 'lane',
  TURN: 'route',
  ROUTE_TO: 'route',
  STOP: 'stop',
  PULL_OVER: 'stop',
  PARK: 'stop',
  RESUME: 'stop',
};

/** Standing this near to the place of a stop is being there. */
const ARRIVED_M = 2;

const UNSUPPORTED = new Set<Maneuver['kind']>(['FOLLOW', 'YIELD', 'AVOID', 'TELL']);

/** Whether the reference planner knows a kind at all. */
export function isSupported(kind: Maneuver['kind']): boolean {
  return !UNSUPPORTED.has(kind);
}

const at = (done: () => boolean, undo: () => void = () => {}): Begun => ({ ok: true, done, undo });
const refuse = (reason: PlanningBehavior, detail: string): Begun => ({ ok: false, reason, detail });

/** Begins a maneuver on the car's state. CANCEL is the planner's own affair and is not begun here. */
export function beginManeuver(state: MotionState, intentId: string, maneuver: Maneuver): Begun {
  switch (maneuver.kind) {
    case 'SET_SPEED':
      state.setSpeedMps = maneuver.speedMps ?? undefined;
      return at(
        () => maneuver.speedMps === null || Math.abs(state.speedMps - wantedSpeed(state)) < 0.5,
        () => {
          state.setSpeedMps = undefined;
        },
      );
    case 'KEEP_DISTANCE':
      state.timeGapS = maneuver.timeGapS ?? DEFAULT_TIME_GAP_S;
      state.standstillM = maneuver.distanceM ?? STANDSTILL_GAP_M;
      return at(
        () => true,
        () => {
          state.timeGapS = DEFAULT_TIME_GAP_S;
          state.standstillM = STANDSTILL_GAP_M;
        },
      );
    case 'CHANGE_LANE':
      return beginLaneChange(state, maneuver.direction, maneuver.count);
    case 'OVERTAKE':
      return beginLaneChange(state, state.driveSide === 'LEFT' ? 'RIGHT' : 'LEFT', 1);
    case 'TURN':
      return beginTurn(state, maneuver.direction, maneuver.junctionId);
    case 'ROUTE_TO':
      return beginRouteTo(state, maneuver);
    case 'STOP':
      return beginStop(state, intentId, maneuver);
    case 'PULL_OVER':
      if (maneuver.side !== state.driveSide) {
        return refuse('NO_STOPPING_AREA', `the kerb is on the ${state.driveSide}`);
      }
      return beginKerbStop(state, intentId, maneuver.place, false);
    case 'PARK': {
      const place = maneuver.place ?? nearestParking(state);
      if (place === undefined) return refuse('NO_STOPPING_AREA', 'no parking on the route ahead');
      return beginKerbStop(state, intentId, place, true);
    }
    case 'RESUME':
      state.stop = undefined;
      state.hazard = false;
      return at(() => true);
    case 'SIGNAL':
      if (maneuver.signal === 'HAZARD') state.hazard = true;
      return at(() => true);
    default:
      return refuse('INTENT_NOT_SUPPORTED', `${maneuver.kind} is not supported`);
  }
}

function beginStop(
  state: MotionState,
  intentId: string,
  maneuver: Extract<Maneuver, { kind: 'STOP' }>,
): Begun {
  const wanted = { COMFORT: COMFORT_DECEL_MPS2, PROMPT: PROMPT_DECEL_MPS2, EMERGENCY: EMERGENCY_DECEL_MPS2 };
  let decelMps2 = wanted[maneuver.urgency];
  let atPathM: number | undefined;
  if (maneuver.place !== undefined) {
    const placeM = placePathM(state, maneuver.place);
    if (placeM === undefined) return refuse('INTENT', 'the place is not on the way ahead');
    const isLine = maneuver.place.type === 'JUNCTION';
    atPathM = isLine ? placeM - EGO_DIMENSIONS.frontM - 1 : placeM;
    if (brakingDistance(state.speedMps, 0, Math.max(decelMps2, PROMPT_DECEL_MPS2)) > atPathM - state.pathM) {
      return refuse('INTENT', 'too close to stop there');
    }
  } else if (state.stop !== undefined && state.stop.atPathM === undefined) {
    decelMps2 = Math.max(decelMps2, state.stop.decelMps2);
  }
  return orderStop(state, { intentId, atPathM, decelMps2, kerb: false, parked: false });
}

function beginKerbStop(
  state: MotionState,
  intentId: string,
  place: Parameters<typeof placePathM>[1] | undefined,
  parked: boolean,
): Begun {
  const neededM = Math.max(brakingDistance(state.speedMps, 0, 1.2) + 3, 18);
  const placeM = place === undefined ? undefined : placePathM(state, place);
  if (place !== undefined && (placeM === undefined || placeM - state.pathM < neededM - 3)) {
    return refuse('NO_STOPPING_AREA', 'the place is too close or not on the way ahead');
  }
  const atPathM = Math.min(clearOfJunctions(state, placeM ?? state.pathM + neededM), state.goalM);
  return orderStop(state, { intentId, atPathM, decelMps2: COMFORT_DECEL_MPS2, kerb: true, parked });
}

function orderStop(state: MotionState, stop: NonNullable<MotionState['stop']>): Begun {
  state.stop = stop;
  // Standing at a light on the way there is not yet done.
  const there = () => stop.atPathM === undefined || state.pathM > stop.atPathM - ARRIVED_M;
  return at(
    () => state.speedMps === 0 && there(),
    () => {
      if (state.stop?.intentId === stop.intentId) state.stop = undefined;
    },
  );
}

/** A stopping place moved on where it would lie within a junction or 5 m of it (Road Traffic Act, article 44). */
function clearOfJunctions(state: MotionState, pathM: number): number {
  const { path } = state;
  for (let i = edgeIndexOf(state); i + 1 < path.edgeCount; i++) {
    const fromM = path.mouthOf(i) - 5 - EGO_DIMENSIONS.frontM;
    const toM = path.startOf(i + 1) + 5 + EGO_DIMENSIONS.rearM;
    if (pathM > fromM && pathM < toM) return toM;
  }
  return pathM;
}

function nearestParking(state: MotionState) {
  return state.map.pois
    .filter((poi) => poi.category === 'PARKING')
    .map((poi) => ({ type: 'POI' as const, poiId: poi.id, distanceM: 0 }))
    .find((place) => placePathM(state, place) !== undefined);
}
