import { z } from 'zod';
import { ProposalSource } from './proposal.ts';
import { PoiCategory, TurnDirection } from './route.ts';
import { StampNs } from './time.ts';
import { Authority } from './utterance.ts';

const Side = z.enum(['LEFT', 'RIGHT']);

/** A place in the planner's terms. Distances along the route at the time of the stamp. */
export const IntentPlace = z.union([
  z.strictObject({ type: z.literal('JUNCTION'), junctionId: z.string(), distanceM: z.number().finite() }),
  z.strictObject({ type: z.literal('POI'), poiId: z.string(), distanceM: z.number().finite() }),
  z.strictObject({ type: z.literal('DISTANCE'), distanceM: z.number().finite().min(0) }),
  z.strictObject({ type: z.literal('DESTINATION') }),
]);
export type IntentPlace = z.infer<typeof IntentPlace>;

/** When the planner may begin. */
export const IntentTrigger = z.union([
  z.strictObject({ type: z.literal('NOW') }),
  z.strictObject({
    type: z.literal('AFTER'),
    event: z.enum(['PREVIOUS_ACTION', 'JUNCTION', 'OBJECT_PASSED', 'STOPPED']),
  }),
  z.strictObject({ type: z.literal('AT'), place: IntentPlace }),
  z.strictObject({
    type: z.literal('WHEN'),
    condition: z.enum(['ROAD_CLEAR', 'LIGHT_GREEN', 'LIGHT_RED', 'TRAFFIC_SLOWS']),
  }),
]);
export type IntentTrigger = z.infer<typeof IntentTrigger>;

const referent = { referentId: z.string().min(1).optional() };

/** What the planner is asked, in SI. */
export const Maneuver = z.discriminatedUnion('kind', [
  /** `null` restores the planner's own speed. */
  z.strictObject({ kind: z.literal('SET_SPEED'), speedMps: z.number().min(0).max(60).nullable() }),
  z.strictObject({
    kind: z.literal('KEEP_DISTANCE'),
    timeGapS: z.number().min(1).max(10).optional(),
    distanceM: z.number().min(2).max(200).optional(),
    ...referent,
  }),
  z.strictObject({ kind: z.literal('CHANGE_LANE'), direction: Side, count: z.int().min(1).max(3) }),
  z.strictObject({ kind: z.literal('TURN'), direction: TurnDirection, junctionId: z.string().optional() }),
  z.strictObject({ kind: z.literal('OVERTAKE'), ...referent }),
  z.strictObject({ kind: z.literal('FOLLOW'), ...referent }),
  z.strictObject({ kind: z.literal('YIELD'), ...referent }),
  z.strictObject({ kind: z.literal('PULL_OVER'), side: Side, place: IntentPlace.optional() }),
  z.strictObject({
    kind: z.literal('STOP'),
    urgency: z.enum(['COMFORT', 'PROMPT', 'EMERGENCY']),
    place: IntentPlace.optional(),
  }),
  z.strictObject({ kind: z.literal('RESUME') }),
  z.strictObject({ kind: z.literal('PARK'), place: IntentPlace.optional() }),
  z.strictObject({
    kind: z.literal('ROUTE_TO'),
    destination: z.string().optional(),
    poiId: z.string().optional(),
    category: PoiCategory.optional(),
  }),
  z.strictObject({
    kind: z.literal('AVOID'),
    road: z.string().optional(),
    feature: z.enum(['HIGHWAY', 'TOLL', 'NARROW_ROAD', 'TRAFFIC_JAM']).optional(),
  }),
  z.strictObject({ kind: z.literal('SIGNAL'), signal: z.enum(['HAZARD', 'HORN', 'HEADLIGHT']) }),
  z.strictObject({
    kind: z.literal('TELL'),
    phrase: z.enum(['THANK_YOU', 'GO_AHEAD', 'PLEASE_WAIT', 'WE_ARE_STOPPING', 'TICKET_PLEASE']),
    ...referent,
  }),
  /** Cancels the intents named; an empty list is all. */
  z.strictObject({ kind: z.literal('CANCEL'), intentIds: z.array(z.string()) }),
]);
export type Maneuver = z.infer<typeof Maneuver>;

/** What the gate lets through: one maneuver with everything both ends need to trust it. */
export const Intent = z.strictObject({
  id: z.string().min(1),
  /** Rises by one with each intent of this run of codriver. */
  sequence: z.int().min(1),
  stampNs: StampNs,
  /** Beyond this the planner does not act on it. */
  validUntilNs: StampNs,
  source: ProposalSource,
  authority: Authority,
  /** The utterance or sign it came from. */
  originId: z.string(),
  trigger: IntentTrigger,
  maneuver: Maneuver,
});
export type Intent = z.infer<typeof Intent>;
