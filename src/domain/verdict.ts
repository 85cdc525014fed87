import { z } from 'zod';
import { Intent } from './intent.ts';
import { Proposal, ProposalSource } from './proposal.ts';
import { StampNs } from './time.ts';

/** A slot of a reason: numbers stay in SI, text is rendered by the assistant. */
export const ReasonSlot = z.union([z.string(), z.number(), z.boolean()]);

/** Why the gate decided as it did. `code` is a row of the gate's rule table. */
export const Reason = z.strictObject({
  code: z.string().regex(/^[A-Z][A-Z0-9_]*$/),
  /** BLOCK refuses, ASK clarifies, TIGHTEN changed a number, NOTE only explains. */
  effect: z.enum(['BLOCK', 'ASK', 'TIGHTEN', 'NOTE']),
  /** Index in the proposal's actions, where it concerns one. */
  actionIndex: z.int().min(0).optional(),
  /** The sign, object or junction that caused it. */
  causeId: z.string().optional(),
  slots: z.record(z.string(), ReasonSlot).default({}),
});
export type Reason = z.infer<typeof Reason>;

/** How a proposal ends. DROPPED: late, broken or voided by a newer order. */
export const Outcome = z.enum(['EXECUTE', 'CONFIRM', 'CLARIFY', 'REFUSE', 'INFORM', 'DROPPED']);
export type Outcome = z.infer<typeof Outcome>;

/** What the gate says of a proposal, always with reasons. */
export const Verdict = z.strictObject({
  proposalId: z.string(),
  stampNs: StampNs,
  source: ProposalSource,
  originId: z.string(),
  outcome: Outcome,
  reasons: z.array(Reason).min(1),
  /** Empty unless the outcome is EXECUTE. */
  intents: z.array(Intent),
  proposal: Proposal.nullable(),
});
export type Verdict = z.infer<typeof Verdict>;
