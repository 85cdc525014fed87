import type { Intent, IntentPlace, Maneuver } from '../../src/domain/index.ts';
import type { IntentLedger, LedgerEntry } from './intent-ledger.ts';
import { edgeIndexOf, junctionsAhead, type MotionState, placePathM } from './motion-state.ts';

/** Free road ahead that counts as clear, metres. */
const CLEAR_M = 50;
/** Traffic ahead slower than this counts as slowing, m/s. */
const SLOW_TRAFFIC_MPS = 5;

/** READY: begin. WAIT: not yet. NEVER: what it waited for cannot happen any more. */
export type TriggerState = 'READY' | 'WAIT' | 'NEVER';

/** Asked every tick until it is ready. */
export type ArmedTrigger = () => TriggerState;

/**
 * The maneuver with the place it is to happen at taken from its trigger, where the maneuver itself
 * can have one: such an intent begins at once and does its work there.
 */
export function placeFromTrigger(intent: Intent): { maneuver: Maneuver; immediate: boolean } {
  const { maneuver, trigger } = intent;
  if (trigger.type !== 'AT') return { maneuver, immediate: trigger.type === 'NOW' };
  const { place } = trigger;
  switch (maneuver.kind) {
    case 'STOP':
    case 'PULL_OVER':
    case 'PARK':
      return { maneuver: { ...maneuver, place: maneuver.place ?? place }, immediate: true };
    case 'TURN':
      if (place.type !== 'JUNCTION') return { maneuver, immediate: false };
      return {
        maneuver: { ...maneuver, junctionId: maneuver.junctionId ?? place.junctionId },
        immediate: true,
      };
    default:
      return { maneuver, immediate: false };
  }
}

/** Arms a trigger on the present state; undefined where it waits for something that is not there. */
export function armTrigger(
  state: MotionState,
  ledger: IntentLedger,
  entry: LedgerEntry,
): ArmedTrigger | undefined {
  const { trigger } = entry.intent;
  switch (trigger.type) {
    case 'NOW':
      return () => 'READY';
    case 'AT':
      return armPlace(state, trigger.place);
    case 'WHEN':
      return () => (conditionHolds(state, trigger.condition) ? 'READY' : 'WAIT');
    case 'AFTER':
      return armEvent(state, ledger, entry, trigger.event);
  }
}

function armPlace(state: MotionState, place: IntentPlace): ArmedTrigger | undefined {
  const fixedM = place.type === 'DISTANCE' ? state.pathM + place.distanceM : undefined;
  if (fixedM === undefined && placePathM(state, place) === undefined) return undefined;
  // A place is found anew each tick, because a new route moves it; once it is no longer ahead it was passed.
  let seenM = fixedM ?? Number.POSITIVE_INFINITY;
  return () => {
    seenM = fixedM ?? placePathM(state, place) ?? seenM;
    return state.pathM >= seenM ? 'READY' : 'WAIT';
  };
}

function conditionHolds(
  state: MotionState,
  condition: 'ROAD_CLEAR' | 'LIGHT_GREEN' | 'LIGHT_RED' | 'TRAFFIC_SLOWS',
): boolean {
  const { signal, obstacles } = state.world;
  const ahead = obstacles.filter((o) => o.laneIndex === state.laneIndex && o.gapM > 0 && o.gapM < CLEAR_M);
  switch (condition) {
    case 'ROAD_CLEAR':
      return ahead.length === 0;
    case 'LIGHT_GREEN':
      return signal?.light === 'GREEN';
    case 'LIGHT_RED':
      return signal?.light === 'RED';
    case 'TRAFFIC_SLOWS':
      return ahead.some((o) => o.speedMps < SLOW_TRAFFIC_MPS);
  }
}

function armEvent(
  state: MotionState,
  ledger: IntentLedger,
  entry: LedgerEntry,
  event: 'PREVIOUS_ACTION' | 'JUNCTION' | 'OBJECT_PASSED' | 'STOPPED',
): ArmedTrigger | undefined {
  switch (event) {
    case 'STOPPED':
      return () => (state.speedMps === 0 ? 'READY' : 'WAIT');
    case 'PREVIOUS_ACTION': {
      const { previousId } = entry;
      if (previousId === undefined) return () => 'READY';
      return () => {
        if (!ledger.hasEnded(previousId)) return 'WAIT';
        return ledger.get(previousId)?.status.phase === 'DONE' ? 'READY' : 'NEVER';
      };
    }
    case 'JUNCTION': {
      const next = junctionsAhead(state, Number.POSITIVE_INFINITY)[0];
      if (next === undefined) return undefined;
      return () =>
        edgeIndexOf(state) > next.edgeIndex && !state.path.inJunction(state.pathM) ? 'READY' : 'WAIT';
    }
    case 'OBJECT_PASSED': {
      const ahead = state.world.obstacles.filter((o) => o.gapM > 0).sort((a, b) => a.gapM - b.gapM);
      const nearest = ahead[0];
      if (nearest === undefined) return undefined;
      const isAhead = () => state.world.obstacles.some((o) => o.id === nearest.id && o.gapM > -4);
      return () => (isAhead() ? 'WAIT' : 'READY');
    }
  }
}
