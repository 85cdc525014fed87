import { z } from 'zod';
import { StampNs } from './time.ts';

/** The ego vehicle as it reports itself. */
export const VehicleState = z.object({
  stampNs: StampNs,
  /** Signed speed along base_link x. */
  speedMps: z.number().finite(),
  accelerationMps2: z.number().finite().optional(),
  /** Tyre angle, left positive. */
  steeringRad: z.number().finite().optional(),
  gear: z.enum(['PARK', 'REVERSE', 'NEUTRAL', 'DRIVE']).optional(),
  mode: z.enum(['AUTONOMOUS', 'MANUAL']).optional(),
  doorOpen: z.boolean().optional(),
  indicator: z.enum(['NONE', 'LEFT', 'RIGHT', 'HAZARD']).optional(),
  /** Pose in the map frame: metres and radians, counter-clockwise from east. */
  pose: z
    .object({ xM: z.number().finite(), yM: z.number().finite(), yawRad: z.number().finite() })
    .optional(),
});
export type VehicleState = z.infer<typeof VehicleState>;

/** Where GNSS says the car is. WGS 84, degrees. */
export const GnssFix = z.object({
  stampNs: StampNs,
  latitudeDeg: z.number().min(-90).max(90),
  longitudeDeg: z.number().min(-180).max(180),
  altitudeM: z.number().optional(),
});
export type GnssFix = z.infer<typeof GnssFix>;
