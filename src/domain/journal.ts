import { z } from 'zod';
import { Intent } from './intent.ts';
import { Language } from './language.ts';
import { ModelTier } from './model-tier.ts';
import { IntentStatus, PlannerStatus } from './planner-status.ts';
import { Proposal, ProposalSource } from './proposal.ts';
import { SceneSign } from './scene.ts';
import { StampNs } from './time.ts';
import { Utterance } from './utterance.ts';
import { GnssFix, VehicleState } from './vehicle.ts';
import { Verdict } from './verdict.ts';

const entry = <T extends string, S extends z.ZodRawShape>(type: T, shape: S) =>
  z.strictObject({ stampNs: StampNs, type: z.literal(type), ...shape });

/**
 * One line of what happened, in order: the JSONL of `replay --json`, the report's
 * input, what `npm start` prints. Lockstep runs write the same bytes, so nothing
 * here is measured in wall time.
 */
export const JournalEntry = z.discriminatedUnion('type', [
  entry('run', {
    title: z.string(),
    mode: z.enum(['LIVE', 'LOCKSTEP']),
    loop: z.enum(['OPEN', 'CLOSED']),
    /** Model and its sha256, or null where codriver is reflex-only. */
    model: z.strictObject({ name: z.string(), sha256: z.string() }).nullable(),
    /** Offset of local time from UTC, minutes. */
    utcOffsetMin: z.int(),
  }),
  /** A camera picture passed; the picture itself stays in the log or the report's folder. */
  entry('frame', { camera: z.string(), index: z.int(), widthPx: z.int(), heightPx: z.int() }),
  entry('vehicle', { vehicle: VehicleState }),
  /** Where GNSS says the car is, at most once a second. */
  entry('gnss', { fix: GnssFix }),
  entry('sign', {
    sign: SceneSign,
    /** Whether it holds for this vehicle now, and why, as law's codes. */
    applies: z.enum(['APPLIES', 'DOES_NOT_APPLY', 'UNKNOWN']),
    why: z.array(z.string()),
    /** The plates' reading in words, for people. */
    reading: z.strictObject({ ja: z.string(), en: z.string() }),
  }),
  /** The speed limit in force changed; null: none is known. `causeId` is the sign, where one sets it. */
  entry('limit', { limitMps: z.number().nullable(), causeId: z.string().optional() }),
  entry('utterance', { utterance: Utterance }),
  entry('reply', {
    originId: z.string(),
    language: Language,
    stage: z.enum(['HEARD', 'THINKING', 'VERDICT', 'STATUS', 'HEALTH']),
    text: z.string(),
  }),
  entry('prompt', { originId: z.string(), text: z.string(), promptTokens: z.int() }),
  entry('proposal', {
    originId: z.string(),
    proposalId: z.string(),
    source: ProposalSource,
    proposal: Proposal,
    /** For REFLEX the rule's id; for THOUGHT the model's tokens. */
    rule: z.string().optional(),
    decodedTokens: z.int().optional(),
    appendedTokens: z.int().optional(),
    /** Declared, in lockstep; else measured. */
    latencyMs: z.number(),
  }),
  entry('verdict', { verdict: Verdict }),
  entry('intent', {
    intent: Intent,
    delivery: z.enum(['SENT', 'NOT_DELIVERED', 'EXPIRED']),
    detail: z.string(),
  }),
  entry('status', { status: IntentStatus }),
  entry('planner', { planner: PlannerStatus }),
  entry('health', {
    component: z.enum(['MODEL', 'PLANNER', 'CAMERA', 'OCR', 'LOG', 'INPUT']),
    state: z.enum(['OK', 'DEGRADED', 'LOST']),
    code: z.string(),
    text: z.string(),
    /** Where the model lives and what was read of it: measured, hence in live runs only. */
    tiers: z.array(ModelTier).optional(),
  }),
  entry('end', { counts: z.record(z.string(), z.int()) }),
]);
export type JournalEntry = z.infer<typeof JournalEntry>;
