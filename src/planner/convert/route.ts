import { RouteContext } from '../../domain/index.ts';
import * as wire from '../../generated/codriver/planner/v1/planner.ts';
import { checked, defined, present } from './check.ts';
import { wordsOf } from './words.ts';

const exit = wordsOf('Junction.exits', wire.TurnDirection);
const planned = wordsOf('Junction.planned', wire.TurnDirection);
const category = wordsOf('Poi.category', wire.PoiCategory);
const side = wordsOf('Poi.side', wire.Side);

/** A route as it goes over the wire. One that breaks the schema is BAD_MESSAGE. */
export function routeToWire(input: RouteContext): wire.RouteContext {
  const route = checked(RouteContext, 'RouteContext', input);
  return {
    stampNs: route.stampNs,
    roadName: route.roadName,
    laneCount: route.laneCount,
    laneIndex: route.laneIndex,
    mapLimitMps: route.mapLimitMps ?? undefined,
    junctions: route.junctions.map((junction) => ({
      id: junction.id,
      name: junction.name,
      distanceM: junction.distanceM,
      exits: junction.exits.map((way) => exit.toWire(way)),
      planned: planned.toWireOptional(junction.planned),
      signalized: junction.signalized,
    })),
    pois: route.pois.map((poi) => ({
      ...poi,
      category: category.toWire(poi.category),
      side: side.toWire(poi.side),
    })),
    remainingM: route.remainingM,
    destination: route.destination,
  };
}

/** A route as it came; anything unknown, missing or out of range is BAD_MESSAGE. */
export function routeFromWire(message: wire.RouteContext | undefined): RouteContext {
  const route = present('RouteContext', message);
  return checked(
    RouteContext,
    'RouteContext',
    defined({
      ...route,
      mapLimitMps: route.mapLimitMps ?? null,
      junctions: route.junctions.map((junction) =>
        defined({
          ...junction,
          exits: junction.exits.map((way) => exit.fromWire(way)),
          planned: planned.fromWireOptional(junction.planned),
        }),
      ),
      pois: route.pois.map((poi) => ({
        ...poi,
        category: category.fromWire(poi.category),
        side: side.fromWire(poi.side),
      })),
    }),
  );
}
