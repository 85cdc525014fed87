import { type Intent, NS_PER_S, type TimeNs } from '../../src/domain/index.ts';
import { EGO_DIMENSIONS } from '../world/geometry.ts';
import type { Begun } from './begun.ts';
import { type MotionState, placePathM } from './motion-state.ts';
import { approachSpeed, brakingDistance, PROMPT_DECEL_MPS2, type SpeedBound } from './speed-law.ts';

/** How long the car stands at a stop sign before it goes on by itself. */
const STAND_NS = 2n * NS_PER_S;
/** Between the front bumper and the line that stands at the sign. */
const LINE_MARGIN_M = 1;

/**
 * Takes an intent of source SIGN: a speed is a cap, a stop is a stand at the sign's line, after which the
 * planner drives on by itself. Neither can be cancelled by a passenger.
 */
export function beginSignOrder(state: MotionState, intent: Intent): Begun {
  const { maneuver } = intent;
  if (maneuver.kind === 'SET_SPEED' && maneuver.speedMps !== null) {
    state.signs.cap = { speedMps: maneuver.speedMps, untilNs: intent.validUntilNs };
    return { ok: true, done: () => true, undo: () => {} };
  }
  if (maneuver.kind !== 'STOP' || maneuver.place === undefined) {
    return { ok: false, reason: 'INTENT_NOT_SUPPORTED', detail: `a sign cannot ask for ${maneuver.kind}` };
  }
  const placeM = placePathM(state, maneuver.place);
  if (placeM === undefined) return { ok: false, reason: 'STOP_SIGN', detail: 'it is not on the way ahead' };
  const atPathM = placeM - EGO_DIMENSIONS.frontM - LINE_MARGIN_M;
  if (brakingDistance(state.speedMps, 0, PROMPT_DECEL_MPS2) > atPathM - state.pathM) {
    return { ok: false, reason: 'STOP_SIGN', detail: 'too close to stop at the line' };
  }
  const stop = { atPathM, stoodSinceNs: undefined };
  state.signs.stop = stop;
  return { ok: true, done: () => state.signs.stop !== stop, undo: () => {} };
}

/** Ends caps that lapsed and stands that lasted long enough; call once a tick. */
export function lapseSignOrders(state: MotionState, nowNs: TimeNs): void {
  const { signs } = state;
  if (signs.cap !== undefined && nowNs >= signs.cap.untilNs) signs.cap = undefined;
  const { stop } = signs;
  if (stop === undefined) return;
  if (state.speedMps > 0) stop.stoodSinceNs = undefined;
  else if (state.pathM > stop.atPathM - 2) stop.stoodSinceNs ??= nowNs;
  const stood = stop.stoodSinceNs !== undefined && nowNs - stop.stoodSinceNs >= STAND_NS;
  if (stood || state.pathM > stop.atPathM + EGO_DIMENSIONS.frontM) signs.stop = undefined;
}

/** The line at a stop sign as a bound on the next step's speed. */
export function signStopBound(state: MotionState, dtS: number): SpeedBound[] {
  const { stop } = state.signs;
  if (stop === undefined) return [];
  const distanceM = stop.atPathM - state.pathM;
  return [
    {
      speedMps: approachSpeed(distanceM, dtS),
      maxDecelMps2: PROMPT_DECEL_MPS2,
      behavior: 'STOP_SIGN',
      distanceM: Math.max(0, distanceM),
      stops: true,
    },
  ];
}
