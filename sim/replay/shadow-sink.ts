import type { Delivery, IntentSink } from '../../src/assistant/index.ts';
import type { Clock, Intent } from '../../src/domain/index.ts';

/**
 * Stands where the planner would, in open loop: a recorded car can't obey, so an intent
 * is taken, labelled as a shadow's, and nothing of it enters the scene.
 */
export class ShadowSink implements IntentSink {
  readonly #clock: Clock;
  #lastSequence = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Accepts what is in order and in time, as a planner would at the door. */
  async submit(intent: Intent): Promise<Delivery> {
    if (intent.validUntilNs <= this.#clock.nowNs())
      return { intentId: intent.id, delivered: false, detail: 'EXPIRED' };
    const inOrder = intent.sequence > this.#lastSequence;
    this.#lastSequence = Math.max(this.#lastSequence, intent.sequence);
    return {
      intentId: intent.id,
      delivered: true,
      phase: inOrder ? 'ACCEPTED' : 'REJECTED',
      reason: inOrder ? 'LANE_FOLLOWING' : 'INTENT_STALE',
      detail: 'shadow planner: open loop, the recorded car does not obey',
    };
  }
}
