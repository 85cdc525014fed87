import type { Begun } from './begun.ts';
import { edgeIndexOf, type MotionState } from './motion-state.ts';

/** Free road wanted beside and behind the car in the lane it changes to, and ahead of it, metres. */
const CLEAR_BEHIND_M = 12;
const CLEAR_AHEAD_M = 6;

/** Begins a lane change, or waits for a gap and then begins. Done when the car is in its new lane. */
export function beginLaneChange(state: MotionState, direction: 'LEFT' | 'RIGHT', count: number): Begun {
  const towardsKerb = direction === state.driveSide;
  const target = state.laneIndex + (towardsKerb ? -count : count);
  const laneCount = state.path.edgeAt(edgeIndexOf(state)).laneCount;
  if (target < 0 || target >= laneCount) {
    return { ok: false, reason: 'NO_DRIVABLE_LANE', detail: `no lane ${target} of ${laneCount}` };
  }
  let begun = false;
  const isClear = () =>
    !state.world.obstacles.some(
      (o) => o.laneIndex === target && o.gapM > -CLEAR_BEHIND_M && o.gapM < CLEAR_AHEAD_M,
    );
  return {
    ok: true,
    done: () => {
      if (!begun && isClear()) {
        state.laneIndex = target;
        begun = true;
        return false;
      }
      return begun && !state.lateral.moving;
    },
    undo: () => {},
  };
}
