import type { z } from 'zod';
import type { SpokenDistance, SpokenSpeed } from '../domain/index.ts';

/** Metres a second in a kilometre an hour and in an international mile an hour (1609.344 m). */
const MPS_PER = { KMH: 1 / 3.6, MPH: 1609.344 / 3600 } as const;

/** How much "faster" or "slower" is where nobody says. Our decision: 10 km/h. */
export const SPEED_STEP_MPS = 10 / 3.6;

/** A spoken speed in m/s. */
export function speedToMps(speed: z.infer<typeof SpokenSpeed>): number {
  // Divided, so that 30 km/h spoken and 30 km/h on a sign are the same number.
  return speed.unit === 'KMH' ? speed.value / 3.6 : speed.value * MPS_PER.MPH;
}

/** A spoken distance in metres. */
export function distanceToM(distance: z.infer<typeof SpokenDistance>): number {
  return distance.unit === 'KM' ? distance.value * 1000 : distance.value;
}

/** m/s as the number people say, rounded to one decimal. */
export function mpsToSpoken(mps: number, unit: 'KMH' | 'MPH'): number {
  return Math.round((mps / MPS_PER[unit]) * 10) / 10;
}
