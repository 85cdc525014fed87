import { z } from 'zod';
import { Language } from './language.ts';
import { StampNs } from './time.ts';

/**
 * Who asks, from high to low; the order is the law's where there is one (a police
 * officer's hand signal overrides a light) and ours elsewhere. A private flagger or
 * attendant requests, he does not order.
 */
export const AUTHORITIES = [
  'EMERGENCY_SERVICE',
  'TRAFFIC_WARDEN',
  'DRIVER_OR_OWNER',
  'OCCUPANT',
  'FLAGGER_OR_ATTENDANT',
  'SIGN_TEXT',
  'UNKNOWN',
] as const;
export const Authority = z.enum(AUTHORITIES);
export type Authority = z.infer<typeof Authority>;

/** Where a voice came from. */
export const Seat = z.enum([
  'FRONT_LEFT',
  'FRONT_RIGHT',
  'REAR_LEFT',
  'REAR_CENTER',
  'REAR_RIGHT',
  'OUTSIDE',
  'UNKNOWN',
]);
export type Seat = z.infer<typeof Seat>;

/** What was heard, as the speech recogniser wrote it. */
export const Utterance = z.object({
  id: z.string().min(1),
  stampNs: StampNs,
  text: z.string().min(1).max(2000),
  language: Language,
  /** Recogniser's confidence, 0–1. */
  confidence: z.number().min(0).max(1),
  /** Other readings, best first, without the one in `text`. */
  alternatives: z.array(z.object({ text: z.string(), confidence: z.number().min(0).max(1) })).default([]),
  seat: Seat,
  authority: Authority,
  /** False where the recogniser thinks the voice came from a loudspeaker (radio, telephone). */
  live: z.boolean().default(true),
});
export type Utterance = z.infer<typeof Utterance>;

/** One turn of the talk, in the order it happened. */
export const DialogueTurn = z.object({
  stampNs: StampNs,
  speaker: z.enum(['OCCUPANT', 'CODRIVER']),
  language: Language,
  text: z.string(),
});
export type DialogueTurn = z.infer<typeof DialogueTurn>;

/** The talk so far, oldest first. */
export const Dialogue = z.object({ turns: z.array(DialogueTurn) });
export type Dialogue = z.infer<typeof Dialogue>;
