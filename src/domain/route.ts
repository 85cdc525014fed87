import { z } from 'zod';
import { StampNs } from './time.ts';

/** Ways out of a junction. */
export const TurnDirection = z.enum(['LEFT', 'RIGHT', 'STRAIGHT', 'U_TURN']);
export type TurnDirection = z.infer<typeof TurnDirection>;

/** Kinds of places a passenger asks for. */
export const PoiCategory = z.enum([
  'CONVENIENCE_STORE',
  'FUEL',
  'CHARGING',
  'PARKING',
  'RESTAURANT',
  'HOSPITAL',
  'STATION',
  'TOILET',
  'PHARMACY',
  'OTHER',
]);
export type PoiCategory = z.infer<typeof PoiCategory>;

/** A junction ahead on the route. */
export const Junction = z.object({
  id: z.string().min(1),
  name: z.string().max(80).optional(),
  distanceM: z.number().finite(),
  /** Ways out that the road has; the law may still forbid one. */
  exits: z.array(TurnDirection),
  /** The way the current route takes. */
  planned: TurnDirection.optional(),
  /** True where traffic lights stand. */
  signalized: z.boolean(),
});
export type Junction = z.infer<typeof Junction>;

/** A place ahead. Names are outside text. */
export const Poi = z.object({
  id: z.string().min(1),
  name: z.string().min(1).max(80),
  category: PoiCategory,
  distanceM: z.number().finite(),
  side: z.enum(['LEFT', 'RIGHT']),
});
export type Poi = z.infer<typeof Poi>;

/** What the planner or the world knows of the road ahead. Distances along the route from base_link. */
export const RouteContext = z.object({
  stampNs: StampNs,
  roadName: z.string().max(80).optional(),
  /** Lanes in our direction; index 0 is the kerb lane. */
  laneCount: z.int().min(1).max(12),
  laneIndex: z.int().min(0).max(11),
  /** The limit the map knows, in m/s; null where it knows none. */
  mapLimitMps: z.number().positive().finite().nullable(),
  junctions: z.array(Junction).max(16),
  pois: z.array(Poi).max(32),
  /** Distance to the end of the route, where there is one. */
  remainingM: z.number().min(0).optional(),
  destination: z.string().max(80).optional(),
});
export type RouteContext = z.infer<typeof RouteContext>;
