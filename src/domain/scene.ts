import { z } from 'zod';
import { TrackedObject } from './object.ts';
import { PlannerStatus } from './planner-status.ts';
import { RouteContext } from './route.ts';
import { SignDetection } from './sign.ts';
import { StampNs } from './time.ts';
import { VehicleState } from './vehicle.ts';

/** Local civil time, which plates speak of. */
export const CivilTime = z.object({
  /** ISO date, `2026-11-24`. */
  date: z.iso.date(),
  /** Minutes since local midnight, 0–1439. */
  minuteOfDay: z.int().min(0).max(1439),
  weekday: z.enum(['MON', 'TUE', 'WED', 'THU', 'FRI', 'SAT', 'SUN']),
  /** National holiday. */
  holiday: z.boolean(),
});
export type CivilTime = z.infer<typeof CivilTime>;

/** A sign in the scene: as detected and read, with where it is now. */
export const SceneSign = SignDetection.extend({
  /** When it was first seen and last seen. */
  firstSeenNs: StampNs,
  lastSeenNs: StampNs,
  /** PASSED once the car is beyond it; what it ordered may still hold. */
  state: z.enum(['AHEAD', 'PASSED']),
});
export type SceneSign = z.infer<typeof SceneSign>;

/** The present as codriver understands it: what prompt and gate both look at. */
export const Scene = z.object({
  stampNs: StampNs,
  civil: CivilTime,
  vehicle: VehicleState.nullable(),
  route: RouteContext.nullable(),
  planner: PlannerStatus.nullable(),
  signs: z.array(SceneSign),
  objects: z.array(TrackedObject),
});
export type Scene = z.infer<typeof Scene>;
