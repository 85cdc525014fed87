import type { RouteContext, TurnDirection } from '../../src/domain/index.ts';
import { edgeIndexOf, junctionsAhead, type MotionState, poiPathM } from './motion-state.ts';
import { wayBetween } from './route-search.ts';

/** How far ahead the route is told, metres. */
export const ROUTE_HORIZON_M = 300;

/** The road ahead as the planner knows it, at a time of its clock. */
export function routeContextOf(state: MotionState, stampNs: bigint): RouteContext {
  const index = edgeIndexOf(state);
  const edge = state.path.edgeAt(index);
  const junctions = junctionsAhead(state, ROUTE_HORIZON_M).map(({ nodeId, edgeIndex, distanceM, exits }) => {
    const node = state.map.nodes[nodeId];
    const onward = edgeIndex + 1 < state.path.edgeCount ? state.path.edgeAt(edgeIndex + 1).id : undefined;
    const planned = onward && wayBetween(state.map, state.path.edgeAt(edgeIndex).id, onward);
    return {
      id: nodeId,
      ...(node?.name === undefined ? {} : { name: node.name }),
      distanceM,
      exits: Object.keys(exits) as TurnDirection[],
      ...(planned ? { planned } : {}),
      signalized: node?.signalized ?? false,
    };
  });
  const pois = state.map.pois
    .flatMap(({ edgeId: _edgeId, atM: _atM, ...poi }) => {
      const pathM = poiPathM(state, poi.id);
      return pathM === undefined ? [] : [{ ...poi, distanceM: pathM - state.pathM }];
    })
    .filter((poi) => poi.distanceM <= ROUTE_HORIZON_M)
    .sort((a, b) => a.distanceM - b.distanceM);
  return {
    stampNs,
    roadName: edge.name,
    laneCount: edge.laneCount,
    laneIndex: Math.min(state.laneIndex, edge.laneCount - 1),
    mapLimitMps: edge.mapLimitMps,
    junctions: junctions.slice(0, 16),
    pois: pois.slice(0, 32),
    remainingM: Math.max(0, state.goalM - state.pathM),
    ...(state.destination === undefined ? {} : { destination: state.destination }),
  };
}

/** The way the route turns at the nearest junction within `withinM`, for the indicator. */
export function turnAhead(state: MotionState, withinM: number): TurnDirection | undefined {
  const index = edgeIndexOf(state);
  const { path } = state;
  const inside = path.inJunction(state.pathM);
  const isSecondHalf = inside && state.pathM > path.mouthOf(index) ? false : inside;
  const from = isSecondHalf ? index - 1 : index;
  if (from < 0 || from + 1 >= path.edgeCount) return undefined;
  if (!inside && path.mouthOf(index) - state.pathM > withinM) return undefined;
  return wayBetween(state.map, path.edgeAt(from).id, path.edgeAt(from + 1).id);
}
