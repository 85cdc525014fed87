import { type IntentPhase, IntentStatus, PlannerStatus, type PlanningBehavior } from '../../domain/index.ts';
import * as wire from '../../generated/codriver/planner/v1/planner.ts';
import { checked, defined, present } from './check.ts';
import { wordsOf } from './words.ts';

const motion = wordsOf('PlannerStatus.motion', wire.Motion);
const phase = wordsOf('IntentPhase', wire.IntentPhase);
const behavior = wordsOf('PlanningBehavior', wire.PlanningBehavior);

/** The planner's answer to one intent. */
export interface SubmitAnswer {
  readonly phase: IntentPhase;
  readonly reason: PlanningBehavior;
  /** For engineers; never spoken. */
  readonly detail: string;
}

/** A planner's answer as it goes over the wire. */
export function answerToWire(answer: SubmitAnswer): wire.SubmitIntentResponse {
  return {
    phase: phase.toWire(answer.phase),
    reason: behavior.toWire(answer.reason),
    detail: answer.detail.slice(0, 400),
  };
}

/** A planner's answer as it came; unknown words are BAD_MESSAGE. */
export function answerFromWire(message: wire.SubmitIntentResponse): SubmitAnswer {
  return {
    phase: phase.fromWire(message.phase),
    reason: behavior.fromWire(message.reason),
    detail: checked(IntentStatus.shape.detail, 'SubmitIntentResponse.detail', message.detail),
  };
}

/** A status as it goes over the wire. One that breaks the schema is BAD_MESSAGE. */
export function statusToWire(input: PlannerStatus): wire.PlannerStatus {
  const status = checked(PlannerStatus, 'PlannerStatus', input);
  return {
    stampNs: status.stampNs,
    motion: motion.toWire(status.motion),
    behavior: behavior.toWire(status.behavior),
    distanceM: status.distanceM,
    targetSpeedMps: status.targetSpeedMps,
    intents: status.intents.map((intent) => ({
      intentId: intent.intentId,
      stampNs: intent.stampNs,
      phase: phase.toWire(intent.phase),
      reason: behavior.toWire(intent.reason),
      detail: intent.detail,
    })),
  };
}

/** A status as it came; anything unknown, missing or out of range is BAD_MESSAGE. */
export function statusFromWire(message: wire.PlannerStatus | undefined): PlannerStatus {
  const status = present('PlannerStatus', message);
  return checked(
    PlannerStatus,
    'PlannerStatus',
    defined({
      stampNs: status.stampNs,
      motion: motion.fromWire(status.motion),
      behavior: behavior.fromWire(status.behavior),
      distanceM: status.distanceM,
      targetSpeedMps: status.targetSpeedMps,
      intents: status.intents.map((intent) => ({
        intentId: intent.intentId,
        stampNs: intent.stampNs,
        phase: phase.fromWire(intent.phase),
        reason: behavior.fromWire(intent.reason),
        detail: intent.detail,
      })),
    }),
  );
}
