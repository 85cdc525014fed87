import {
  type Clock,
  type Intent,
  type IntentPhase,
  type IntentStatus,
  NS_PER_S,
  type PlanningBehavior,
} from '../../src/domain/index.ts';

/** How long an ended intent is still reported. */
const REPORT_ENDED_NS = 10n * NS_PER_S;
/** How many ended intents are remembered; the highest sequence still guards against the forgotten. */
const REMEMBER_ENDED = 64;

const ENDED: ReadonlySet<IntentPhase> = new Set(['REJECTED', 'DONE', 'CANCELLED', 'EXPIRED', 'FAILED']);

/** One intent the planner took, with its latest news. */
export interface LedgerEntry {
  readonly intent: Intent;
  readonly status: IntentStatus;
  /** The one taken before it. */
  readonly previousId: string | undefined;
}

/** Every intent the planner took, in order, and where each stands. */
export class IntentLedger {
  readonly #clock: Clock;
  readonly #entries = new Map<string, LedgerEntry>();
  #lastId: string | undefined;
  #highestSequence = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** True for a sequence that does not rise, or an id seen before. */
  isStale(intent: Intent): boolean {
    return intent.sequence <= this.#highestSequence || this.#entries.has(intent.id);
  }

  /** Notes that an intent was seen, whatever becomes of it: its sequence cannot be used again. */
  see(intent: Intent): void {
    this.#highestSequence = Math.max(this.#highestSequence, intent.sequence);
  }

  take(intent: Intent): LedgerEntry {
    const previousId = this.#lastId;
    this.#lastId = intent.id;
    const status = this.#status(intent.id, 'ACCEPTED', 'INTENT', '');
    const entry = { intent, status, previousId };
    this.#entries.set(intent.id, entry);
    this.#forgetOldest();
    return entry;
  }

  /** Moves an intent on. One that has ended stays as it ended. */
  set(intentId: string, phase: IntentPhase, reason: PlanningBehavior, detail = ''): void {
    const entry = this.#entries.get(intentId);
    if (entry === undefined || ENDED.has(entry.status.phase)) return;
    if (entry.status.phase === phase && entry.status.reason === reason && entry.status.detail === detail)
      return;
    this.#entries.set(intentId, { ...entry, status: this.#status(intentId, phase, reason, detail) });
  }

  get(intentId: string): LedgerEntry | undefined {
    return this.#entries.get(intentId);
  }

  /** Those in one phase, oldest first. */
  inPhase(phase: IntentPhase): LedgerEntry[] {
    return [...this.#entries.values()].filter((entry) => entry.status.phase === phase);
  }

  /** Those not ended, oldest first. */
  live(): LedgerEntry[] {
    return [...this.#entries.values()].filter((entry) => !ENDED.has(entry.status.phase));
  }

  hasEnded(intentId: string): boolean {
    const entry = this.#entries.get(intentId);
    return entry === undefined || ENDED.has(entry.status.phase);
  }

  /** Latest news of every live intent and of those that ended a short while ago. */
  report(): IntentStatus[] {
    const sinceNs = this.#clock.nowNs() - REPORT_ENDED_NS;
    return [...this.#entries.values()]
      .map((entry) => entry.status)
      .filter((status) => !ENDED.has(status.phase) || status.stampNs >= sinceNs);
  }

  #forgetOldest(): void {
    const ended = [...this.#entries].filter(([, entry]) => ENDED.has(entry.status.phase));
    for (const [id] of ended.slice(0, -REMEMBER_ENDED)) this.#entries.delete(id);
  }

  #status(intentId: string, phase: IntentPhase, reason: PlanningBehavior, detail: string): IntentStatus {
    return { intentId, stampNs: this.#clock.nowNs(), phase, reason, detail };
  }
}
