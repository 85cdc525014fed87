import type { Intent, IntentStatus, Maneuver } from '../domain/index.ts';

const FINISHED: ReadonlySet<IntentStatus['phase']> = new Set([
  'REJECTED',
  'DONE',
  'CANCELLED',
  'EXPIRED',
  'FAILED',
]);

/** Whether the planner is done with an intent in this phase. */
export function isFinished(phase: IntentStatus['phase']): boolean {
  return FINISHED.has(phase);
}

/** One intent the planner may still act on. */
export interface LiveIntent {
  readonly intent: Intent;
  readonly phase: IntentStatus['phase'] | 'SENT';
}

/** What was sent and how it stands: the gate's history and the answer to "which one is cancelled?". */
export class IntentLedger {
  readonly #live = new Map<string, LiveIntent>();
  readonly #lastPhase = new Map<string, string>();
  #sequence: number;
  #lastSetSpeedMps: number | null = null;

  /** @param firstSequence of the first intent */
  constructor(firstSequence = 1) {
    this.#sequence = firstSequence - 1;
  }

  /** The sequence number that the next intent takes. */
  get nextSequence(): number {
    return this.#sequence + 1;
  }

  /** The speed asked for last by anybody, m/s; null where none holds. */
  get lastSetSpeedMps(): number | null {
    return this.#lastSetSpeedMps;
  }

  /** Intents that have not ended, oldest first. */
  get live(): readonly LiveIntent[] {
    return [...this.#live.values()];
  }

  /** For the gate: id and maneuver of each live intent. */
  get liveManeuvers(): { id: string; maneuver: Maneuver }[] {
    return this.live.map(({ intent }) => ({ id: intent.id, maneuver: intent.maneuver }));
  }

  /** Call for every intent that leaves the gate, whether or not it arrives. */
  sent(intent: Intent): void {
    this.#sequence = Math.max(this.#sequence, intent.sequence);
    if (intent.maneuver.kind === 'SET_SPEED') this.#lastSetSpeedMps = intent.maneuver.speedMps;
    this.#live.set(intent.id, { intent, phase: 'SENT' });
  }

  /** An intent that never arrived is not live. */
  lost(intentId: string): void {
    this.#live.delete(intentId);
  }

  /** Takes the planner's news; true when the phase is new, so that each is told once. */
  update(status: IntentStatus): boolean {
    if (this.#lastPhase.get(status.intentId) === status.phase) return false;
    this.#lastPhase.set(status.intentId, status.phase);
    const entry = this.#live.get(status.intentId);
    if (entry === undefined) return true;
    if (isFinished(status.phase)) this.#live.delete(status.intentId);
    else this.#live.set(status.intentId, { intent: entry.intent, phase: status.phase });
    return true;
  }

  /** Intents that wait for their trigger and are older than `beforeNs`. */
  heldBefore(beforeNs: bigint): Intent[] {
    return this.live
      .filter(
        ({ intent, phase }) =>
          phase !== 'EXECUTING' && intent.trigger.type !== 'NOW' && intent.stampNs < beforeNs,
      )
      .map(({ intent }) => intent);
  }
}
