import type { z } from 'zod';
import type { IntentPlace, Junction, Landmark, Place, Poi, RouteContext } from '../domain/index.ts';
import type { Finding } from './finding.ts';
import { distanceToM } from './units.ts';

/** Junctions not yet reached, nearest first. */
export function junctionsAhead(route: RouteContext): Junction[] {
  return route.junctions
    .filter((junction) => junction.distanceM > 0)
    .sort((a, b) => a.distanceM - b.distanceM);
}

/** The junction a landmark means; undefined where the route shows none. */
export function junctionAt(route: RouteContext, landmark: Landmark): Junction | undefined {
  const ahead = junctionsAhead(route);
  if (landmark === 'NEXT_SIGNAL') return ahead.find((junction) => junction.signalized);
  return ahead[landmark === 'SECOND_JUNCTION' ? 1 : 0];
}

const plain = (name: string): string => name.normalize('NFKC').toLowerCase().replace(/\s+/g, '');

/** Places ahead that a name or id may mean: an exact match alone, else all that contain it. */
export function poisNamed(route: RouteContext, name: string): Poi[] {
  const wanted = plain(name);
  const exact = route.pois.filter((poi) => poi.id === name || plain(poi.name) === wanted);
  if (exact.length > 0 || wanted === '') return exact;
  return route.pois.filter((poi) => plain(poi.name).includes(wanted));
}

/** A place in the planner's terms: `null` is here, undefined with a finding where it can't be told. */
export function resolvePlace(
  place: z.infer<typeof Place>,
  route: RouteContext | null,
): { place: IntentPlace | null } | { finding: Finding } {
  if ('ahead' in place) return { place: { type: 'DISTANCE', distanceM: distanceToM(place.ahead) } };
  if ('landmark' in place && place.landmark === 'HERE') return { place: null };
  if (route === null) return { finding: { code: 'NO_ROUTE', effect: 'BLOCK' } };
  if ('poi' in place) {
    const [poi, ...others] = poisNamed(route, place.poi);
    if (poi === undefined)
      return { finding: { code: 'WHICH_PLACE', effect: 'ASK', slots: { name: place.poi } } };
    if (others.length > 0) {
      return { finding: { code: 'SEVERAL_PLACES', effect: 'ASK', slots: { name: place.poi } } };
    }
    return { place: { type: 'POI', poiId: poi.id, distanceM: poi.distanceM } };
  }
  if (place.landmark === 'DESTINATION') {
    return route.destination === undefined && route.remainingM === undefined
      ? { finding: { code: 'NO_DESTINATION', effect: 'ASK' } }
      : { place: { type: 'DESTINATION' } };
  }
  const junction = junctionAt(route, place.landmark);
  return junction === undefined
    ? { finding: { code: 'NO_JUNCTION', effect: 'BLOCK' } }
    : { place: { type: 'JUNCTION', junctionId: junction.id, distanceM: junction.distanceM } };
}
