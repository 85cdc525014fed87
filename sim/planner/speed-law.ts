import type { PlanningBehavior } from '../../src/domain/index.ts';

/** Accelerations the planner drives with, m/s². */
export const ACCELERATION_MPS2 = 1.2;
export const COMFORT_DECEL_MPS2 = 1.5;
export const PROMPT_DECEL_MPS2 = 3;
export const EMERGENCY_DECEL_MPS2 = 6;
/** Most sideways acceleration in a bend, m/s². */
export const LATERAL_MPS2 = 2;
/** Gap kept to a standing obstacle, metres. */
export const STANDSTILL_GAP_M = 3;
/** Time gap kept unless asked otherwise, seconds. */
export const DEFAULT_TIME_GAP_S = 1.5;
/** Anticipating slows a little more gently than comfort allows, so that discretisation never exceeds it. */
const PLANNED_DECEL_MPS2 = 1.3;

/** Something that bounds the speed of the next step, and why. */
export interface SpeedBound {
  /** Speed wanted at the end of the step. */
  readonly speedMps: number;
  /** Hardest braking it justifies. */
  readonly maxDecelMps2: number;
  readonly behavior: PlanningBehavior;
  /** To what causes it. */
  readonly distanceM?: number;
  /** True where the car is to stand. */
  readonly stops: boolean;
}

/** Speed at the end of a step of `dtS` from which braking at `decelMps2` reaches `endSpeedMps` within `distanceM`. */
export function approachSpeed(
  distanceM: number,
  dtS: number,
  endSpeedMps = 0,
  decelMps2 = PLANNED_DECEL_MPS2,
): number {
  if (distanceM <= 0.002) return endSpeedMps;
  const b = decelMps2;
  return Math.max(
    endSpeedMps,
    -b * dtS + Math.sqrt(b * b * dtS * dtS + 2 * b * distanceM + endSpeedMps ** 2),
  );
}

/** Distance needed to slow from one speed to another, metres. */
export function brakingDistance(speedMps: number, endSpeedMps: number, decelMps2: number): number {
  return Math.max(0, (speedMps ** 2 - endSpeedMps ** 2) / (2 * decelMps2));
}

/**
 * Intelligent Driver Model (Treiber, Hennecke, Helbing 2000): acceleration behind an obstacle
 * `gapM` ahead, m/s². `freeSpeedMps` is the speed wanted on an empty road.
 */
export function followAcceleration(
  speedMps: number,
  freeSpeedMps: number,
  gapM: number,
  obstacleSpeedMps: number,
  timeGapS: number,
  standstillM: number,
): number {
  const closing = speedMps - Math.max(0, obstacleSpeedMps);
  const comfort = 2 * Math.sqrt(ACCELERATION_MPS2 * COMFORT_DECEL_MPS2);
  const desiredM = standstillM + Math.max(0, speedMps * timeGapS + (speedMps * closing) / comfort);
  const free = 1 - (speedMps / Math.max(freeSpeedMps, 0.1)) ** 4;
  return ACCELERATION_MPS2 * (free - (desiredM / Math.max(gapM, 0.1)) ** 2);
}

/**
 * The speed after one step: as fast as the acceleration allows, under every bound, braking no
 * harder than the bound that asks for it justifies. Also returns the bound that decided, if any.
 */
export function nextSpeed(
  speedMps: number,
  dtS: number,
  bounds: readonly SpeedBound[],
): { speedMps: number; decidedBy: SpeedBound | undefined } {
  let next = speedMps + ACCELERATION_MPS2 * dtS;
  let decidedBy: SpeedBound | undefined;
  for (const bound of bounds) {
    const reached = Math.max(0, bound.speedMps, speedMps - bound.maxDecelMps2 * dtS);
    if (reached >= next) continue;
    next = reached;
    decidedBy = bound;
  }
  return { speedMps: next < 0.01 ? 0 : next, decidedBy };
}
