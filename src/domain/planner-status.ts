import { z } from 'zod';
import { StampNs } from './time.ts';

/** Why a planner does what it does: Autoware's PlanningBehavior, in our spelling, plus the plain ones. */
export const PLANNING_BEHAVIORS = [
  'ADAPTIVE_CRUISE',
  'AVOIDANCE',
  'CROSSWALK',
  'GOAL_PLANNER',
  'INTERSECTION',
  'LANE_CHANGE',
  'MERGE',
  'NO_DRIVABLE_LANE',
  'NO_STOPPING_AREA',
  'REAR_CHECK',
  'ROUTE_OBSTACLE',
  'ROUNDABOUT',
  'RUN_OUT',
  'SIDEWALK',
  'START_PLANNER',
  'STOP_SIGN',
  'SURROUNDING_OBSTACLE',
  'TRAFFIC_SIGNAL',
  'USER_DEFINED_ATTENTION_AREA',
  'VIRTUAL_TRAFFIC_LIGHT',
  'LANE_FOLLOWING',
  'INTENT',
  'INTENT_EXPIRED',
  'INTENT_STALE',
  'INTENT_NOT_SUPPORTED',
] as const;
export const PlanningBehavior = z.enum(PLANNING_BEHAVIORS);
export type PlanningBehavior = z.infer<typeof PlanningBehavior>;

/** Where an intent stands in the planner. */
export const IntentPhase = z.enum([
  'ACCEPTED',
  'REJECTED',
  'EXECUTING',
  'DONE',
  'CANCELLED',
  'EXPIRED',
  'FAILED',
]);
export type IntentPhase = z.infer<typeof IntentPhase>;

/** News of one intent. */
export const IntentStatus = z.object({
  intentId: z.string().min(1),
  stampNs: StampNs,
  phase: IntentPhase,
  reason: PlanningBehavior,
  /** For engineers; never spoken. */
  detail: z.string().max(400).default(''),
});
export type IntentStatus = z.infer<typeof IntentStatus>;

/** What the planner does now and why. */
export const PlannerStatus = z.object({
  stampNs: StampNs,
  motion: z.enum(['DRIVING', 'STOPPING', 'STOPPED']),
  behavior: PlanningBehavior,
  /** Distance to the thing that causes it, where there is one. */
  distanceM: z.number().finite().optional(),
  targetSpeedMps: z.number().min(0).optional(),
  /** Latest news of every live intent. */
  intents: z.array(IntentStatus),
});
export type PlannerStatus = z.infer<typeof PlannerStatus>;
