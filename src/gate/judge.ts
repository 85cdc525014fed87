import {
  type Action,
  type Config,
  Intent,
  type Maneuver,
  NS_PER_MS,
  Proposal,
  type ProposalSource,
  type Reason,
  type Scene,
  type Utterance,
  type Verdict,
} from '../domain/index.ts';
import { activeLaw } from '../law/index.ts';
import type { ActionContext } from './action-context.ts';
import { distrust, saysEmergency } from './caution.ts';
import type { Finding } from './finding.ts';
import { saysForbidden } from './forbidden-words.ts';
import { RULES } from './rules.ts';
import { translate } from './translate.ts';

/** All that a verdict depends on; the gate has no memory and no clock. */
export interface GateInput {
  readonly proposalId: string;
  /** Unchecked: validated here. */
  readonly proposal: unknown;
  readonly source: ProposalSource;
  /** What was said; null for a proposal read off a sign. */
  readonly utterance: Utterance | null;
  readonly originId: string;
  /** How sure the model was of its decision, 0–1, where it is known. */
  readonly confidence?: number | undefined;
  readonly scene: Scene;
  readonly config: Config;
  readonly history: {
    /** The speed set last, m/s; null where none holds. */
    readonly lastSetSpeedMps?: number | null;
    /** Intents the planner may still act on, oldest first. */
    readonly liveIntents: readonly { readonly id: string; readonly maneuver: Maneuver }[];
  };
  readonly nowNs: bigint;
  readonly nextSequence: number;
  readonly nextIntentId: (sequence: number) => string;
}

const toReason = (finding: Finding, actionIndex?: number): Reason => ({
  code: finding.code,
  effect: finding.effect,
  ...(actionIndex === undefined ? {} : { actionIndex }),
  ...(finding.causeId === undefined ? {} : { causeId: finding.causeId }),
  slots: { ...finding.slots },
});

/** The proposal as the vocabulary reads it; null for anything else, hostile getters included. */
function parseProposal(proposal: unknown): Proposal | null {
  try {
    return Proposal.safeParse(proposal).data ?? null;
  } catch {
    return null;
  }
}

/** Whether an action only says again what is to be done at once anyway; "left, then left" has a trigger. */
function isRepeated(action: Action, earlier: readonly Action[]): boolean {
  if (action.trigger !== undefined && action.trigger.type !== 'NOW') return false;
  const same = JSON.stringify({ ...action, trigger: undefined });
  return earlier.some(
    (before) =>
      (before.trigger === undefined || before.trigger.type === 'NOW') &&
      JSON.stringify({ ...before, trigger: undefined }) === same,
  );
}

/** A model that was hardly surer of acting than of something else is asked about; a confidence that is no number is low. */
function isUnsure({ confidence, config }: GateInput): boolean {
  return confidence !== undefined && !(confidence >= config.thought.minConfidence);
}

/** What a proposal without actions comes to. */
const SAID = {
  CLARIFY: { code: 'ASKED_BACK', effect: 'NOTE' },
  REFUSE: { code: 'DECLINED', effect: 'NOTE' },
  INFORM: { code: 'TOLD', effect: 'NOTE' },
} as const satisfies Record<string, Finding>;

/**
 * Judges a proposal: validates it, converts it to SI, looks at every rule for every action and says
 * EXECUTE with intents, CLARIFY, REFUSE or INFORM, always with coded reasons. A proposal passes whole
 * or not at all. Pure: the same input gives the same verdict.
 */
export function judge(input: GateInput): Verdict {
  const { proposalId, source, originId, scene, config, utterance, history, nowNs } = input;
  const proposal = parseProposal(input.proposal);
  const base = { proposalId, stampNs: nowNs, source, originId, intents: [], proposal };
  if (proposal === null) {
    const reason = toReason({ code: 'SCHEMA_INVALID', effect: 'BLOCK' });
    return { ...base, outcome: 'REFUSE', reasons: [reason] };
  }
  if (proposal.decision !== 'EXECUTE') {
    return { ...base, outcome: proposal.decision, reasons: [toReason(SAID[proposal.decision])] };
  }

  const law = activeLaw(scene, config);
  const mistrust = distrust(source, utterance, config);
  const emergencyAsked = source !== 'SIGN' && utterance !== null && saysEmergency(utterance.text);
  const forbiddenAsked = source === 'THOUGHT' && utterance !== null && saysForbidden(utterance.text);
  const reasons: Reason[] = [];
  const intents: Intent[] = [];
  for (const [index, action] of proposal.actions.entries()) {
    const context: ActionContext = {
      action,
      index,
      earlier: proposal.actions.slice(0, index),
      scene,
      config,
      law,
      liveIntents: history.liveIntents,
      lastSetSpeedMps: history.lastSetSpeedMps ?? null,
      emergencyAsked,
      forbiddenAsked,
    };
    if (isRepeated(action, context.earlier)) {
      reasons.push(toReason({ code: 'SAID_TWICE', effect: 'NOTE' }, index));
      continue;
    }
    const { maneuver, trigger, findings } = translate(context);
    reasons.push(...findings.map((finding) => toReason(finding, index)));
    if (maneuver === null) continue;
    for (const rule of RULES) {
      const finding = rule.check({ ...context, maneuver, trigger, distrust: mistrust });
      if (finding) reasons.push(toReason(finding, index));
    }
    const sequence = input.nextSequence + intents.length;
    const ttlMs = trigger.type === 'NOW' ? config.gate.intentTtlMs : config.gate.heldIntentTtlMs;
    const intent = Intent.safeParse({
      id: input.nextIntentId(sequence),
      sequence,
      stampNs: nowNs,
      validUntilNs: nowNs + BigInt(ttlMs) * NS_PER_MS,
      source,
      authority: source === 'SIGN' ? 'SIGN_TEXT' : (utterance?.authority ?? 'UNKNOWN'),
      originId,
      trigger,
      maneuver,
    });
    if (intent.success) intents.push(intent.data);
    else reasons.push(toReason({ code: 'OUT_OF_RANGE', effect: 'BLOCK' }, index));
  }

  if (reasons.some((reason) => reason.effect === 'BLOCK')) return { ...base, outcome: 'REFUSE', reasons };
  if (reasons.some((reason) => reason.effect === 'ASK')) return { ...base, outcome: 'CLARIFY', reasons };
  if (source === 'THOUGHT' && !(config.thought.mayAct && config.thought.adapter !== 'none')) {
    // Our decision: an untuned model's wish needs a yes, and no answer is no.
    return {
      ...base,
      outcome: 'CONFIRM',
      reasons: [...reasons, toReason({ code: 'MODEL_NOT_TUNED', effect: 'ASK' })],
    };
  }
  if (source === 'THOUGHT' && isUnsure(input)) {
    return {
      ...base,
      outcome: 'CONFIRM',
      reasons: [...reasons, toReason({ code: 'MODEL_UNSURE', effect: 'ASK' })],
    };
  }
  if (reasons.length === 0) reasons.push(toReason({ code: 'WITHIN_RULES', effect: 'NOTE' }));
  return { ...base, outcome: 'EXECUTE', reasons, intents };
}
