import type { Maneuver, TurnDirection } from '../../src/domain/index.ts';
import type { Begun } from './begun.ts';
import {
  edgeIndexOf,
  type JunctionAhead,
  junctionsAhead,
  type MotionState,
  reroute,
} from './motion-state.ts';
import { findRoute, goOn } from './route-search.ts';
import { brakingDistance, COMFORT_DECEL_MPS2 } from './speed-law.ts';

/** Speed expected in a turn, for telling whether there is still room to slow down, m/s. */
const TURN_SPEED_MPS = 4.5;

const refuse = (detail: string): Begun => ({ ok: false, reason: 'INTERSECTION', detail });

/** Changes the route at a junction: the next one unless named. The destination stays, where the road still leads there. */
export function beginTurn(
  state: MotionState,
  direction: TurnDirection,
  junctionId: string | undefined,
): Begun {
  const ahead = junctionsAhead(state, Number.POSITIVE_INFINITY);
  const junction = ahead.find((candidate) => junctionId === undefined || candidate.nodeId === junctionId);
  if (junction === undefined) return refuse('no such junction on the way ahead');
  const exitEdge = junction.exits[direction];
  if (exitEdge === undefined) return refuse(`the road has no way ${direction} there`);
  const goalEdge = state.goal.edgeId;
  return takeExit(
    state,
    junction,
    direction,
    findRoute(state.map, exitEdge, goalEdge) ?? goOn(state.map, exitEdge),
  );
}

function takeExit(
  state: MotionState,
  junction: JunctionAhead,
  direction: TurnDirection,
  onward: readonly string[],
): Begun {
  const { edgeIndex } = junction;
  const before = state.path.edgeIds.slice(edgeIndex + 1);
  const done = () => edgeIndexOf(state) > edgeIndex && !state.path.inJunction(state.pathM);
  if (before[0] === onward[0]) return { ok: true, done, undo: () => {} };
  const turnSpeed = direction === 'STRAIGHT' ? state.speedMps : TURN_SPEED_MPS;
  const tooClose = brakingDistance(state.speedMps, turnSpeed, COMFORT_DECEL_MPS2) > junction.distanceM;
  if (tooClose || !reroute(state, edgeIndex, onward))
    return refuse('too close to the junction to turn there');
  return { ok: true, done, undo: () => void reroute(state, edgeIndex, before) };
}

/** Sets a new destination among the map's places: by id, by name, or the nearest of a category. */
export function beginRouteTo(state: MotionState, order: Extract<Maneuver, { kind: 'ROUTE_TO' }>): Begun {
  const current = edgeIndexOf(state);
  const here = state.path.positionAt(state.pathM);
  const room = brakingDistance(state.speedMps, 0, COMFORT_DECEL_MPS2);
  const ways = state.map.pois
    .filter((poi) =>
      order.poiId !== undefined
        ? poi.id === order.poiId
        : order.destination !== undefined
          ? poi.name === order.destination
          : poi.category === order.category,
    )
    .flatMap((poi) => {
      const passed = poi.edgeId === here.edgeId && poi.atM < here.alongM + room;
      const route = passed ? undefined : findRoute(state.map, here.edgeId, poi.edgeId);
      return route === undefined ? [] : [{ poi, route }];
    })
    .sort((a, b) => a.route.length - b.route.length);
  const best = ways[0];
  if (best === undefined) return { ok: false, reason: 'GOAL_PLANNER', detail: 'no way to such a place' };
  const old = {
    goal: state.goal,
    destination: state.destination,
    onward: state.path.edgeIds.slice(current + 1),
  };
  const restore = () => {
    state.goal = old.goal;
    state.destination = old.destination;
  };
  state.goal = { edgeId: best.poi.edgeId, alongM: best.poi.atM };
  state.destination = best.poi.name;
  const leavesBySame = best.route[1] === old.onward[0];
  const mouthM = state.path.mouthOf(current) - state.pathM;
  const tooClose =
    !leavesBySame && brakingDistance(state.speedMps, TURN_SPEED_MPS, COMFORT_DECEL_MPS2) > mouthM;
  if (tooClose || !reroute(state, current, best.route.slice(1))) {
    restore();
    return refuse('too close to the junction to turn there');
  }
  return {
    ok: true,
    done: () => state.speedMps === 0 && state.goalM - state.pathM < 1,
    undo: () => {
      restore();
      reroute(state, current, old.onward);
    },
  };
}
