import { z } from 'zod';
import { StampNs } from './time.ts';
import { Authority } from './utterance.ts';

/** Classes of the objects topic (Autoware's ObjectClassification, plus signals). */
export const ObjectClass = z.enum([
  'CAR',
  'TRUCK',
  'BUS',
  'MOTORCYCLE',
  'BICYCLE',
  'PEDESTRIAN',
  'TRAFFIC_LIGHT',
  'UNKNOWN',
]);
export type ObjectClass = z.infer<typeof ObjectClass>;

/** What a person's hand says. */
export const Gesture = z.enum(['STOP', 'GO', 'SLOW', 'NONE']);

/** Something that is tracked, in base_link (REP-103: x forward, y left, metres). */
export const TrackedObject = z.object({
  id: z.string().min(1),
  class: ObjectClass,
  confidence: z.number().min(0).max(1),
  xM: z.number().finite(),
  yM: z.number().finite(),
  /** Heading relative to base_link, radians, counter-clockwise. */
  yawRad: z.number().finite().default(0),
  /** Along the object's heading. */
  speedMps: z.number().finite().default(0),
  lengthM: z.number().finite().min(0).default(0),
  widthM: z.number().finite().min(0).default(0),
  /** What people would call it: "white van", "白いバン". Outside text. */
  label: z.string().max(80).optional(),
  /** For traffic lights. */
  light: z.enum(['GREEN', 'YELLOW', 'RED', 'OFF']).optional(),
  /** For persons who direct traffic. */
  gesture: Gesture.optional(),
  authority: Authority.optional(),
});
export type TrackedObject = z.infer<typeof TrackedObject>;

/** All objects at one time. */
export const TrackedObjects = z.object({ stampNs: StampNs, objects: z.array(TrackedObject) });
export type TrackedObjects = z.infer<typeof TrackedObjects>;
