import type {
  Bilingual,
  Intent,
  IntentPhase,
  PlanningBehavior,
  Proposal,
  Reason,
  Utterance,
} from '../../src/domain/index.ts';

/** A row that stands for `count` equal ones in a row, the last of them at `lastT`. Absent: it stands for itself. */
export interface Folded {
  readonly t: number;
  readonly count?: number;
  readonly lastT?: number;
}

/** Everything that came of one utterance, or of one sign that made an intent. */
export interface Moment {
  readonly id: string;
  readonly t: number;
  readonly utterance: Omit<Utterance, 'stampNs'> | null;
  readonly replies: readonly MomentReply[];
  readonly prompts: readonly { t: number; text: string; promptTokens: number }[];
  readonly proposals: readonly MomentProposal[];
  readonly verdicts: readonly MomentVerdict[];
  readonly intents: readonly MomentIntent[];
}

export interface MomentReply extends Folded {
  readonly language: string;
  readonly stage: string;
  readonly text: string;
}

export interface MomentProposal extends Folded {
  readonly id: string;
  readonly source: string;
  readonly proposal: Proposal;
  readonly rule?: string;
  readonly decodedTokens?: number;
  readonly appendedTokens?: number;
  readonly latencyMs: number;
}

export interface MomentVerdict extends Folded {
  readonly proposalId: string;
  readonly source: string;
  readonly outcome: string;
  readonly reasons: readonly (Pick<Reason, 'code' | 'effect' | 'causeId'> & { words: Bilingual })[];
}

/** One intent: how it was delivered and what became of it. Where folded, phases are those of the first. */
export interface MomentIntent extends Folded {
  readonly id: string;
  readonly sequence: number;
  readonly source: string;
  readonly authority: string;
  readonly validUntilT: number;
  readonly trigger: Intent['trigger'];
  readonly maneuver: Intent['maneuver'];
  readonly delivery: string;
  readonly deliveryDetail: string;
  readonly phases: readonly { t: number; phase: IntentPhase; reason: PlanningBehavior; detail: string }[];
  /** When it was over; absent where it had not ended. */
  readonly endT?: number;
}
