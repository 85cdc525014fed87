import { EGO_DIMENSIONS } from '../world/geometry.ts';
import type { RoadEdge } from '../world/road-map.ts';
import { edgeIndexOf, laneCentre, type MotionState } from './motion-state.ts';
import { signStopBound } from './sign-orders.ts';
import {
  approachSpeed,
  brakingDistance,
  COMFORT_DECEL_MPS2,
  EMERGENCY_DECEL_MPS2,
  followAcceleration,
  LATERAL_MPS2,
  PROMPT_DECEL_MPS2,
  type SpeedBound,
} from './speed-law.ts';

/** Driven where neither map nor signs tell a limit: 30 km/h. An unknown limit is no permission. */
export const UNKNOWN_LIMIT_MPS = 30 / 3.6;
/** Between the front bumper and a stop line. */
const STOP_LINE_MARGIN_M = 1;

/** The highest speed allowed here: the map's limit and the signs', whichever is lower. */
export function limitHere(state: MotionState): number {
  return allowedOn(state.path.edgeAt(edgeIndexOf(state)), state.world.legalLimitMps);
}

/** The speed wanted on an empty road: the limit, or less where less was asked. */
export function wantedSpeed(state: MotionState): number {
  const asked = Math.min(
    state.setSpeedMps ?? Number.POSITIVE_INFINITY,
    state.signs.cap?.speedMps ?? Number.POSITIVE_INFINITY,
  );
  return Math.min(limitHere(state), asked);
}

/** Everything that bounds the next step's speed; what was ordered first, so that it is named where several stop the car. */
export function speedBounds(state: MotionState, dtS: number): SpeedBound[] {
  return [
    ...stopBound(state, dtS),
    ...signalBound(state, dtS),
    ...signStopBound(state, dtS),
    ...obstacleBounds(state, dtS),
    goalBound(state, dtS),
    ...bendBound(state, dtS),
    ...limitBounds(state, dtS),
  ];
}

function allowedOn(edge: RoadEdge, legalLimitMps: number | null): number {
  if (edge.mapLimitMps === null && legalLimitMps === null) return UNKNOWN_LIMIT_MPS;
  return Math.min(edge.mapLimitMps ?? Number.POSITIVE_INFINITY, legalLimitMps ?? Number.POSITIVE_INFINITY);
}

function stopBound(state: MotionState, dtS: number): SpeedBound[] {
  const { stop, speedMps } = state;
  if (stop === undefined) return [];
  const bound = { behavior: 'INTENT', stops: true, maxDecelMps2: stop.decelMps2 } as const;
  if (stop.atPathM === undefined)
    return [{ ...bound, speedMps: Math.max(0, speedMps - stop.decelMps2 * dtS) }];
  const distanceM = stop.atPathM - state.pathM;
  const maxDecelMps2 = Math.max(stop.decelMps2, PROMPT_DECEL_MPS2);
  return [
    { ...bound, speedMps: approachSpeed(distanceM, dtS), maxDecelMps2, distanceM: Math.max(0, distanceM) },
  ];
}

function signalBound(state: MotionState, dtS: number): SpeedBound[] {
  const { signal } = state.world;
  if (signal === null || signal.light === 'GREEN') return [];
  const toLineM = signal.distanceM - EGO_DIMENSIONS.frontM;
  const tolerated = signal.light === 'YELLOW' ? PROMPT_DECEL_MPS2 : EMERGENCY_DECEL_MPS2;
  if (toLineM < 0 || brakingDistance(state.speedMps, 0, tolerated) > toLineM) return [];
  const speedMps = approachSpeed(toLineM - STOP_LINE_MARGIN_M, dtS);
  return [
    {
      speedMps,
      maxDecelMps2: tolerated,
      behavior: 'TRAFFIC_SIGNAL',
      distanceM: signal.distanceM,
      stops: true,
    },
  ];
}

function obstacleBounds(state: MotionState, dtS: number): SpeedBound[] {
  const lanes = lanesOccupied(state);
  return state.world.obstacles
    .filter((obstacle) => lanes.has(obstacle.laneIndex) && obstacle.gapM > -0.5)
    .map((obstacle): SpeedBound => {
      const theirsMps = Math.max(0, obstacle.speedMps);
      const a = followAcceleration(
        state.speedMps,
        wantedSpeed(state),
        obstacle.gapM,
        theirsMps,
        state.timeGapS,
        state.standstillM,
      );
      const hardestM = obstacle.gapM - 1 + theirsMps ** 2 / (2 * EMERGENCY_DECEL_MPS2);
      return {
        speedMps: Math.min(Math.max(0, state.speedMps + a * dtS), approachSpeed(hardestM, dtS, 0, 4)),
        maxDecelMps2: EMERGENCY_DECEL_MPS2,
        behavior: theirsMps > 0.5 ? 'ADAPTIVE_CRUISE' : 'ROUTE_OBSTACLE',
        distanceM: Math.max(0, obstacle.gapM),
        stops: theirsMps <= 0.5,
      };
    });
}

function goalBound(state: MotionState, dtS: number): SpeedBound {
  const distanceM = Math.max(0, state.goalM - state.pathM);
  const speedMps = approachSpeed(distanceM, dtS);
  return { speedMps, maxDecelMps2: PROMPT_DECEL_MPS2, behavior: 'GOAL_PLANNER', distanceM, stops: true };
}

function bendBound(state: MotionState, dtS: number): SpeedBound[] {
  const horizonM = brakingDistance(state.speedMps, 2, COMFORT_DECEL_MPS2 / 1.5) + 5;
  let lowest: SpeedBound | undefined;
  for (let aheadM = 0; aheadM <= horizonM; aheadM += 1) {
    const curvature = state.path.curvatureAt(state.pathM + aheadM);
    if (Math.abs(curvature) < 5e-3) continue;
    const radiusM = Math.max(2, Math.abs(1 / curvature - state.lateral.offsetM));
    const speedMps = approachSpeed(aheadM - 1, dtS, Math.sqrt(LATERAL_MPS2 * radiusM));
    if (speedMps >= (lowest?.speedMps ?? Number.POSITIVE_INFINITY)) continue;
    lowest = {
      speedMps,
      maxDecelMps2: PROMPT_DECEL_MPS2,
      behavior: 'INTERSECTION',
      distanceM: aheadM,
      stops: false,
    };
  }
  return lowest === undefined ? [] : [lowest];
}

function limitBounds(state: MotionState, dtS: number): SpeedBound[] {
  const index = edgeIndexOf(state);
  const limit = limitHere(state);
  const wanted = wantedSpeed(state);
  const common = { maxDecelMps2: COMFORT_DECEL_MPS2, stops: false };
  const bounds: SpeedBound[] = [
    { ...common, speedMps: wanted, behavior: wanted < limit ? 'INTENT' : 'LANE_FOLLOWING' },
  ];
  const next = index + 1;
  if (next < state.path.edgeCount) {
    const distanceM = state.path.mouthOf(index) - state.pathM;
    const nextLimit = allowedOn(state.path.edgeAt(next), state.world.legalLimitMps);
    const speedMps = approachSpeed(Math.max(0, distanceM), dtS, nextLimit);
    bounds.push({ ...common, speedMps, behavior: 'LANE_FOLLOWING', distanceM });
  }
  return bounds;
}

/** The lane driven in and, while changing, every lane the car still reaches into. */
function lanesOccupied(state: MotionState): Set<number> {
  const edge = state.path.edgeAt(edgeIndexOf(state));
  const lanes = new Set([state.laneIndex]);
  const reachM = (EGO_DIMENSIONS.widthM + edge.laneWidthM) / 2 - 0.3;
  for (let lane = 0; lane < edge.laneCount; lane++) {
    if (Math.abs(laneCentre(state, lane) - state.lateral.offsetM) < reachM) lanes.add(lane);
  }
  return lanes;
}
