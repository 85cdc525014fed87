import type { TurnDirection } from '../../src/domain/index.ts';
import { edgeLengthM, edgeOf } from '../world/geometry.ts';
import type { RoadMap } from '../world/road-map.ts';

/** How many edges a route without a goal goes on for. */
const GO_ON_EDGES = 8;

/** Ways out of the node at the end of an edge. */
export function exitsOf(map: RoadMap, edgeId: string): Partial<Record<TurnDirection, string>> {
  return map.nodes[edgeOf(map, edgeId).to]?.exits[edgeId] ?? {};
}

/** The way by which a route leaves edge `from` for edge `to`, if the road has one. */
export function wayBetween(map: RoadMap, from: string, to: string): TurnDirection | undefined {
  const entry = Object.entries(exitsOf(map, from)).find(([, edgeId]) => edgeId === to);
  return entry?.[0] as TurnDirection | undefined;
}

/** Shortest row of edges from one edge to another, both included; undefined where there is none. No U-turns. */
export function findRoute(map: RoadMap, from: string, to: string): string[] | undefined {
  const costs = new Map<string, number>([[from, 0]]);
  const cameFrom = new Map<string, string>();
  const open = new Set<string>([from]);
  while (open.size > 0) {
    const current = [...open].reduce((best, id) => (costs.get(id)! < costs.get(best)! ? id : best));
    if (current === to) {
      const route = [to];
      while (route[0] !== from) route.unshift(cameFrom.get(route[0]!)!);
      return route;
    }
    open.delete(current);
    for (const [way, next] of Object.entries(exitsOf(map, current))) {
      if (next === undefined || way === 'U_TURN') continue;
      const cost = costs.get(current)! + edgeLengthM(edgeOf(map, next));
      if (cost >= (costs.get(next) ?? Number.POSITIVE_INFINITY)) continue;
      costs.set(next, cost);
      cameFrom.set(next, current);
      open.add(next);
    }
  }
  return undefined;
}

/** The edges after `from` when going straight on, or the only way there is, for a while. */
export function goOn(map: RoadMap, from: string): string[] {
  const route = [from];
  while (route.length < GO_ON_EDGES) {
    const exits = exitsOf(map, route.at(-1)!);
    const only = Object.values(exits).length === 1 ? Object.values(exits)[0] : undefined;
    const next = exits.STRAIGHT ?? only;
    if (next === undefined || route.includes(next)) break;
    route.push(next);
  }
  return route;
}
