import type { IntentPlace, TimeNs, TurnDirection } from '../../src/domain/index.ts';
import { EGO_DIMENSIONS, laneOffset } from '../world/geometry.ts';
import type { Obstacle, RoadMap, SignalAhead } from '../world/road-map.ts';
import type { LateralMotion } from './lateral.ts';
import { RoutePath } from './route-path.ts';
import { exitsOf } from './route-search.ts';

/** What the world tells the planner each tick. */
export interface PlannerWorld {
  readonly obstacles: readonly Obstacle[];
  /** The light that governs the way ahead; null where there is none in sight. */
  readonly signal: SignalAhead | null;
  /** What signs allow; null where nobody knows. */
  readonly legalLimitMps: number | null;
}

/** A place where the car is to stand until it is told to go on. */
export interface StopOrder {
  readonly intentId: string;
  /** Path coordinate of base_link when standing; undefined: as soon as the deceleration allows. */
  readonly atPathM: number | undefined;
  readonly decelMps2: number;
  /** True where the car is to stand at the kerb. */
  readonly kerb: boolean;
  readonly parked: boolean;
}

/** What signs were said to order. Kept apart from what passengers want: neither replaces the other. */
export interface SignOrders {
  /** A cap lapses with its intent, so that no old sign holds the car back. */
  cap: { readonly speedMps: number; readonly untilNs: TimeNs } | undefined;
  /** A line to stand at once; `stoodSinceNs` is set while standing there. */
  stop: { readonly atPathM: number; stoodSinceNs: TimeNs | undefined } | undefined;
}

/** The car, its way and what it was asked, as the planner's parts share it. */
export interface MotionState {
  readonly map: RoadMap;
  readonly driveSide: 'LEFT' | 'RIGHT';
  path: RoutePath;
  /** Path coordinate of base_link. */
  pathM: number;
  speedMps: number;
  accelerationMps2: number;
  lateral: LateralMotion;
  laneIndex: number;
  /** Where the route ends: an edge, and where along it base_link is to stand; undefined: at its end. */
  goal: { readonly edgeId: string; readonly alongM: number | undefined };
  /** The same as a path coordinate. */
  goalM: number;
  destination: string | undefined;
  world: PlannerWorld;
  stop: StopOrder | undefined;
  setSpeedMps: number | undefined;
  readonly signs: SignOrders;
  timeGapS: number;
  standstillM: number;
  hazard: boolean;
}

/** A junction ahead on the path. */
export interface JunctionAhead {
  readonly nodeId: string;
  readonly edgeIndex: number;
  /** From base_link to its mouth. */
  readonly distanceM: number;
  readonly exits: Partial<Record<TurnDirection, string>>;
}

/** Index of the edge that base_link is on. */
export function edgeIndexOf(state: MotionState): number {
  return state.path.positionAt(state.pathM).index;
}

/** Where a lane's centre lies on the present edge, metres left of the path. */
export function laneCentre(state: MotionState, laneIndex: number): number {
  return laneOffset(state.path.edgeAt(edgeIndexOf(state)), laneIndex, state.driveSide);
}

/** Junctions whose mouth lies ahead, nearest first: nodes with lights or more than one way out. */
export function junctionsAhead(state: MotionState, withinM: number): JunctionAhead[] {
  const found: JunctionAhead[] = [];
  for (let i = edgeIndexOf(state); i < state.path.edgeCount; i++) {
    const edge = state.path.edgeAt(i);
    const distanceM = state.path.mouthOf(i) - state.pathM;
    const exits = exitsOf(state.map, edge.id);
    const isJunction = Object.keys(exits).length > 1 || state.map.nodes[edge.to]?.signalized === true;
    if (distanceM >= 0 && distanceM <= withinM && isJunction) {
      found.push({ nodeId: edge.to, edgeIndex: i, distanceM, exits });
    }
  }
  return found;
}

/** Path coordinate of a POI ahead on the path; undefined where the path does not pass it. */
export function poiPathM(state: MotionState, poiId: string): number | undefined {
  const poi = state.map.pois.find((candidate) => candidate.id === poiId);
  if (poi === undefined) return undefined;
  for (let i = edgeIndexOf(state); i < state.path.edgeCount; i++) {
    if (state.path.edgeAt(i).id !== poi.edgeId) continue;
    const pathM = state.path.coordinateOf(i, poi.atM);
    if (pathM >= state.pathM) return pathM;
  }
  return undefined;
}

/** Path coordinate of a place ahead; undefined where it is unknown or passed. */
export function placePathM(state: MotionState, place: IntentPlace): number | undefined {
  switch (place.type) {
    case 'JUNCTION': {
      const ahead = junctionsAhead(state, Number.POSITIVE_INFINITY);
      const junction = ahead.find((candidate) => candidate.nodeId === place.junctionId);
      return junction === undefined ? undefined : state.pathM + junction.distanceM;
    }
    case 'POI':
      return poiPathM(state, place.poiId);
    case 'DISTANCE':
      return state.pathM + place.distanceM;
    case 'DESTINATION':
      return state.goalM;
  }
}

/** Path coordinate where base_link stands at the end of the route. */
export function goalPathM(path: RoutePath, goal: MotionState['goal']): number {
  const last = path.edgeCount - 1;
  const reachesGoal = path.edgeAt(last).id === goal.edgeId && goal.alongM !== undefined;
  return reachesGoal ? path.coordinateOf(last, goal.alongM ?? 0) : path.lengthM - EGO_DIMENSIONS.frontM;
}

/** Replaces the edges after `edgeIndex`. False, and nothing changed, where the car is already past that way out. */
export function reroute(state: MotionState, edgeIndex: number, onward: readonly string[]): boolean {
  const path = new RoutePath(state.map, [...state.path.edgeIds.slice(0, edgeIndex + 1), ...onward]);
  const current = edgeIndexOf(state);
  const pastMouth = onward.length > 0 && state.pathM > path.mouthOf(edgeIndex);
  if (edgeIndex < current || (edgeIndex === current && pastMouth)) return false;
  state.path = path;
  state.goalM = goalPathM(path, state.goal);
  return true;
}
