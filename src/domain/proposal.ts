import { z } from 'zod';
import { PoiCategory, TurnDirection } from './route.ts';

/** Kinds of action; the whole vocabulary of driving wishes. */
export const ACTION_KINDS = [
  'SET_SPEED',
  'KEEP_DISTANCE',
  'CHANGE_LANE',
  'TURN',
  'OVERTAKE',
  'FOLLOW',
  'YIELD',
  'PULL_OVER',
  'STOP',
  'RESUME',
  'PARK',
  'ROUTE_TO',
  'AVOID',
  'SIGNAL',
  'TELL',
  'CANCEL',
] as const;
export const ActionKind = z.enum(ACTION_KINDS);
export type ActionKind = z.infer<typeof ActionKind>;

const Side = z.enum(['LEFT', 'RIGHT']);

/** A speed as people say it. Whole numbers only: a grammar can bound those. */
export const SpokenSpeed = z.strictObject({ value: z.int().min(0).max(200), unit: z.enum(['KMH', 'MPH']) });
/** A distance or time gap as people say it. */
export const SpokenGap = z.strictObject({ value: z.int().min(1).max(200), unit: z.enum(['M', 'S']) });
/** A distance as people say it. */
export const SpokenDistance = z.strictObject({ value: z.int().min(0).max(9999), unit: z.enum(['M', 'KM']) });

/** Places that need no name. */
export const Landmark = z.enum([
  'HERE',
  'NEXT_CORNER',
  'NEXT_SIGNAL',
  'NEXT_JUNCTION',
  'SECOND_JUNCTION',
  'DESTINATION',
]);
export type Landmark = z.infer<typeof Landmark>;

/** Somewhere on the road: an ordinal landmark, a distance ahead, or a named place of the Scene. */
export const Place = z.union([
  z.strictObject({ landmark: Landmark }),
  z.strictObject({ ahead: SpokenDistance }),
  z.strictObject({ poi: z.string().min(1).max(80) }),
]);
export type Place = z.infer<typeof Place>;

/** When to act. Left out means now. */
export const Trigger = z.union([
  z.strictObject({ type: z.literal('NOW') }),
  z.strictObject({
    type: z.literal('AFTER'),
    event: z.enum(['PREVIOUS_ACTION', 'JUNCTION', 'OBJECT_PASSED', 'STOPPED']),
  }),
  z.strictObject({ type: z.literal('AT'), place: Place }),
  z.strictObject({
    type: z.literal('WHEN'),
    condition: z.enum(['ROAD_CLEAR', 'LIGHT_GREEN', 'LIGHT_RED', 'TRAFFIC_SLOWS']),
  }),
]);
export type Trigger = z.infer<typeof Trigger>;

const timing = { trigger: Trigger.optional() };
/** The id of a tracked object of the Scene. */
const referent = { referent: z.string().min(1).max(80).optional() };
const action = <K extends ActionKind, S extends z.ZodRawShape>(kind: K, shape: S) =>
  z.strictObject({ kind: z.literal(kind), ...shape, ...timing });

/** Slowing to a part of the present speed. Whole percent, in tens: xgrammar writes a fraction such as 0.6 as 0.59999999999999996. */
export const SpeedPercent = z.literal([10, 20, 30, 40, 50, 60, 70, 80, 90]);

/** Every form of every action. One object a form, so that a grammar never allows two at once. */
export const ACTIONS = [
  action('SET_SPEED', { target: SpokenSpeed }),
  action('SET_SPEED', { change: z.enum(['FASTER', 'SLOWER']) }),
  action('SET_SPEED', { percent: SpeedPercent }),
  action('SET_SPEED', { restore: z.literal(true) }),
  action('KEEP_DISTANCE', { gap: SpokenGap, ...referent }),
  action('CHANGE_LANE', { direction: Side, count: z.int().min(1).max(3) }),
  action('TURN', { direction: TurnDirection }),
  action('OVERTAKE', referent),
  action('FOLLOW', referent),
  action('YIELD', referent),
  action('PULL_OVER', { side: Side.optional(), place: Place.optional() }),
  action('STOP', { urgency: z.enum(['COMFORT', 'PROMPT', 'EMERGENCY']), place: Place.optional() }),
  action('RESUME', {}),
  action('PARK', { place: Place.optional() }),
  action('ROUTE_TO', { destination: z.string().min(1).max(80) }),
  action('ROUTE_TO', { category: PoiCategory }),
  action('AVOID', { road: z.string().min(1).max(80) }),
  action('AVOID', { feature: z.enum(['HIGHWAY', 'TOLL', 'NARROW_ROAD', 'TRAFFIC_JAM']) }),
  action('SIGNAL', { signal: z.enum(['HAZARD', 'HORN', 'HEADLIGHT']) }),
  action('TELL', {
    phrase: z.enum(['THANK_YOU', 'GO_AHEAD', 'PLEASE_WAIT', 'WE_ARE_STOPPING', 'TICKET_PLEASE']),
    ...referent,
  }),
  action('CANCEL', { which: z.enum(['LAST', 'ALL']) }),
] as const;

export const Action = z.union(ACTIONS);
export type Action = z.infer<typeof Action>;

/** What is asked back. */
export const ClarifyTopic = z.enum([
  'WHICH_DIRECTION',
  'WHICH_OBJECT',
  'WHICH_PLACE',
  'WHICH_SPEED',
  'WHICH_OCCUPANT',
  'NOT_UNDERSTOOD',
]);
/** Why something is refused. */
export const RefuseTopic = z.enum(['UNLAWFUL', 'UNSAFE', 'IMPOSSIBLE', 'NOT_AUTHORIZED', 'OUT_OF_SCOPE']);
/** What is told. Code fills in the facts from the Scene and the planner's status. */
export const InformTopic = z.enum([
  'STOP_REASON',
  'SPEED',
  'SPEED_LIMIT',
  'SIGN',
  'ROUTE',
  'ARRIVAL',
  'SURROUNDINGS',
  'STATUS',
  'CAPABILITIES',
  'SMALL_TALK',
]);

/**
 * What the model or the reflex wants. A model writes no free reply: what the
 * passenger hears is rendered from the verdict and the real status.
 */
export const Proposal = z.union([
  z.strictObject({ decision: z.literal('EXECUTE'), actions: z.array(Action).min(1).max(4) }),
  z.strictObject({ decision: z.literal('CLARIFY'), topic: ClarifyTopic, about: ActionKind.optional() }),
  z.strictObject({ decision: z.literal('REFUSE'), topic: RefuseTopic, about: ActionKind.optional() }),
  z.strictObject({ decision: z.literal('INFORM'), topic: InformTopic }),
]);
export type Proposal = z.infer<typeof Proposal>;

/** Who proposed. SIGN is the law read off the road; it can only make the car more careful. */
export const ProposalSource = z.enum(['REFLEX', 'THOUGHT', 'SIGN']);
export type ProposalSource = z.infer<typeof ProposalSource>;
