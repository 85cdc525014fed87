import type {
  Clock,
  Config,
  Intent,
  Language,
  Maneuver,
  PlannerStatus,
  Proposal,
  ProposalSource,
  Scene,
  Utterance,
  Verdict,
} from '../domain/index.ts';
import { judge } from '../gate/index.ts';
import { activeLaw } from '../law/index.ts';
import { IntentLedger } from './intent-ledger.ts';
import type { UnstampedEntry } from './journal.ts';
import type { IntentSink } from './ports.ts';
import { statusReply, undeliveredReply, verdictReply } from './replies.ts';

/** A proposal on its way to the gate. */
export interface ProposalTicket {
  readonly source: ProposalSource;
  readonly originId: string;
  readonly utterance: Utterance | null;
  /** Unchecked: the gate validates it. */
  readonly proposal: unknown;
  /** Probability of the model's decision, where it is known. */
  readonly confidence?: number | undefined;
  readonly latencyMs: number;
  readonly rule?: string;
  readonly decodedTokens?: number;
  readonly appendedTokens?: number;
}

interface ExecutiveOptions {
  readonly firstSequence?: number | undefined;
  readonly config: Config;
  readonly clock: Clock;
  readonly sink: IntentSink;
  readonly record: (entry: UnstampedEntry) => void;
  readonly scene: () => Scene;
  /** Told to the passenger and remembered in the dialogue. */
  readonly say: (originId: string, language: Language, stage: 'VERDICT' | 'STATUS', text: string) => void;
}

/** The last stretch of both paths: gate, ledger, planner, and what the passenger hears of it. */
export class Executive {
  readonly ledger: IntentLedger;
  readonly #options: ExecutiveOptions;
  readonly #languages = new Map<string, Language>();
  #proposals = 0;

  constructor(options: ExecutiveOptions) {
    this.#options = options;
    this.ledger = new IntentLedger(options.firstSequence);
  }

  /** Judges one proposal and sends what is let through. The verdict is recorded before anything leaves. */
  async decide(ticket: ProposalTicket): Promise<Verdict> {
    const { config, clock, record } = this.#options;
    const scene = this.#options.scene();
    const proposalId = `p${++this.#proposals}`;
    const verdict = judge({
      proposalId,
      proposal: ticket.proposal,
      source: ticket.source,
      utterance: ticket.utterance,
      originId: ticket.originId,
      confidence: ticket.confidence,
      scene,
      config,
      history: { lastSetSpeedMps: this.ledger.lastSetSpeedMps, liveIntents: this.ledger.liveManeuvers },
      nowNs: clock.nowNs(),
      nextSequence: this.ledger.nextSequence,
      nextIntentId: (sequence) => `i${sequence}`,
    });
    if (verdict.proposal !== null) record(proposalEntry(ticket, proposalId, verdict.proposal));
    record({ type: 'verdict', verdict });
    if (ticket.utterance !== null) {
      const limitMps = activeLaw(scene, config).limitMps;
      const language = ticket.utterance.language;
      this.#options.say(
        ticket.originId,
        language,
        'VERDICT',
        verdictReply(verdict, scene, limitMps, language),
      );
    }
    for (const intent of verdict.intents) this.ledger.sent(intent);
    await Promise.all(verdict.intents.map((intent) => this.#send(intent, ticket.utterance?.language)));
    return verdict;
  }

  /** Records a proposal that came to nothing: late, broken, or voided by a newer order. */
  drop(ticket: Pick<ProposalTicket, 'source' | 'originId' | 'utterance'>, code: string): void {
    const verdict: Verdict = {
      proposalId: `p${++this.#proposals}`,
      stampNs: this.#options.clock.nowNs(),
      source: ticket.source,
      originId: ticket.originId,
      outcome: 'DROPPED',
      reasons: [{ code, effect: 'NOTE', slots: {} }],
      intents: [],
      proposal: null,
    };
    this.#options.record({ type: 'verdict', verdict });
  }

  /** Withdraws intents that wait for a trigger and are older than `beforeNs`: a stop or a cancel voids them. */
  async voidHeld(beforeNs: bigint, utterance: Utterance): Promise<void> {
    const held = this.ledger.heldBefore(beforeNs);
    if (held.length === 0) return;
    const { clock, config } = this.#options;
    const sequence = this.ledger.nextSequence;
    const stampNs = clock.nowNs();
    const cancel: Intent = {
      id: `i${sequence}`,
      sequence,
      stampNs,
      validUntilNs: stampNs + BigInt(config.gate.intentTtlMs) * 1_000_000n,
      source: 'REFLEX',
      authority: utterance.authority,
      originId: utterance.id,
      trigger: { type: 'NOW' },
      maneuver: { kind: 'CANCEL', intentIds: held.map((intent) => intent.id) },
    };
    this.ledger.sent(cancel);
    await this.#send(cancel, utterance.language);
  }

  /** Takes the planner's news: each new phase is recorded and, where a passenger asked for it, told. */
  onPlannerStatus(status: PlannerStatus): void {
    for (const news of status.intents) {
      const live = this.ledger.live.find(({ intent }) => intent.id === news.intentId);
      if (!this.ledger.update(news)) continue;
      this.#options.record({ type: 'status', status: news });
      if (live === undefined || news.phase === 'ACCEPTED') continue;
      const language = this.#languages.get(news.intentId);
      if (language === undefined) continue;
      const text = statusReply(news, live.intent.maneuver, language);
      this.#options.say(live.intent.originId, language, 'STATUS', text);
    }
  }

  async #send(intent: Intent, language: Language | undefined): Promise<void> {
    if (language !== undefined) this.#languages.set(intent.id, language);
    const delivery = await this.#options.sink.submit(intent);
    const { record, clock } = this.#options;
    const outcome = delivery.delivered ? 'SENT' : delivery.detail === 'EXPIRED' ? 'EXPIRED' : 'NOT_DELIVERED';
    record({ type: 'intent', intent, delivery: outcome, detail: delivery.detail });
    if (!delivery.delivered) {
      this.#lose(intent.id, intent.originId, intent.maneuver, language);
      return;
    }
    if (delivery.phase === undefined || delivery.reason === undefined) return;
    const status = {
      intentId: intent.id,
      stampNs: clock.nowNs(),
      phase: delivery.phase,
      reason: delivery.reason,
      detail: delivery.detail,
    };
    if (!this.ledger.update(status)) return;
    record({ type: 'status', status });
    if (status.phase === 'REJECTED' && language !== undefined) {
      this.#options.say(intent.originId, language, 'STATUS', statusReply(status, intent.maneuver, language));
    }
  }

  #lose(intentId: string, originId: string, maneuver: Maneuver, language: Language | undefined): void {
    this.ledger.lost(intentId);
    if (language === undefined) return;
    this.#options.say(originId, language, 'STATUS', undeliveredReply(maneuver, language));
  }
}

function proposalEntry(ticket: ProposalTicket, proposalId: string, proposal: Proposal): UnstampedEntry {
  return {
    type: 'proposal',
    originId: ticket.originId,
    proposalId,
    source: ticket.source,
    proposal,
    latencyMs: ticket.latencyMs,
    ...(ticket.rule === undefined ? {} : { rule: ticket.rule }),
    ...(ticket.decodedTokens === undefined ? {} : { decodedTokens: ticket.decodedTokens }),
    ...(ticket.appendedTokens === undefined ? {} : { appendedTokens: ticket.appendedTokens }),
  };
}
