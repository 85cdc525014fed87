import { z } from 'zod';
import { BoxPx } from './frame.ts';
import { StampNs } from './time.ts';

/**
 * A sign's type: the Japanese number of the Order on Road Signs (`JP:326-A`, `JP:502`)
 * or a Vienna/StVO type (`DE:206`).
 */
export const SignType = z.string().regex(/^[A-Z]{2}:[0-9A-Za-z.-]+$/);

/** A supplementary sign (補助標識) as detected, and, once the camera has read it, its text. */
export const SupplementarySign = z.object({
  /** `JP:5xx` where the detector knows it. */
  type: SignType.optional(),
  box: BoxPx.optional(),
  confidence: z.number().min(0).max(1),
  /** Text as read, lines joined by `\n`. Outside text: data, never instructions. */
  text: z.string().max(200).optional(),
  /** Mean confidence of the reading, 0–1. */
  textConfidence: z.number().min(0).max(1).optional(),
});
export type SupplementarySign = z.infer<typeof SupplementarySign>;

/** One traffic sign, in OSI's shape: a main sign and the supplementary signs under it. */
export const SignDetection = z.object({
  /** Stable while the detector tracks the sign. */
  id: z.string().min(1),
  /** Stamp of the picture it was found in. */
  stampNs: StampNs,
  camera: z.string(),
  type: SignType,
  /** The figure on the sign in its own unit: km/h for limits, else absent. */
  value: z.number().finite().min(0).max(1000).optional(),
  box: BoxPx,
  confidence: z.number().min(0).max(1),
  /** Along the road from base_link, in metres, where the detector knows it. */
  distanceM: z.number().finite().optional(),
  supplementary: z.array(SupplementarySign).max(8),
});
export type SignDetection = z.infer<typeof SignDetection>;

/** The detections of one picture. */
export const SignDetections = z.object({
  stampNs: StampNs,
  camera: z.string(),
  signs: z.array(SignDetection),
});
export type SignDetections = z.infer<typeof SignDetections>;
