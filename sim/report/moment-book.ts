import type { IntentStatus, JournalEntry, TimeNs, Verdict } from '../../src/domain/index.ts';
import { foldMoment } from './fold.ts';
import type { Moment, MomentIntent } from './moment.ts';
import type { LatencySeries } from './report-data.ts';
import { wordsOfReason } from './words.ts';

type EntryOf<T extends JournalEntry['type']> = Extract<JournalEntry, { type: T }>;
type OpenMoment = { -readonly [K in keyof Moment]: Moment[K] extends readonly (infer E)[] ? E[] : Moment[K] };
type OpenIntent = { -readonly [K in keyof MomentIntent]: MomentIntent[K] } & {
  phases: MomentIntent['phases'][number][];
};

const STILL_OPEN: ReadonlySet<string> = new Set(['ACCEPTED', 'EXECUTING']);

/** Gathers what came of each utterance and sign, by the id it all began with. */
export class MomentBook {
  readonly #seconds: (stampNs: TimeNs) => number;
  readonly #moments = new Map<string, OpenMoment>();
  readonly #intents = new Map<string, OpenIntent>();
  readonly #latencies = new Map<LatencySeries['source'], number[]>();

  /** @param seconds Seconds since the run began. */
  constructor(seconds: (stampNs: TimeNs) => number) {
    this.#seconds = seconds;
  }

  /** Takes an entry that belongs to a moment. */
  add(
    t: number,
    entry: EntryOf<'utterance' | 'reply' | 'prompt' | 'proposal' | 'verdict' | 'intent' | 'status'>,
  ): void {
    switch (entry.type) {
      case 'utterance': {
        const { stampNs: _stampNs, ...utterance } = entry.utterance;
        this.#moment(utterance.id, t).utterance = utterance;
        return;
      }
      case 'reply': {
        const { originId, language, stage, text } = entry;
        this.#moment(originId, t).replies.push({ t, language, stage, text });
        return;
      }
      case 'prompt': {
        const { originId, text, promptTokens } = entry;
        this.#moment(originId, t).prompts.push({ t, text, promptTokens });
        return;
      }
      case 'proposal':
        this.#addProposal(t, entry);
        return;
      case 'verdict':
        this.#addVerdict(t, entry.verdict);
        return;
      case 'intent':
        this.#addIntent(t, entry);
        return;
      case 'status':
        this.addStatus(entry.status);
    }
  }

  /** News of an intent; the same news twice is taken once. */
  addStatus(status: IntentStatus): void {
    const item = this.#intents.get(status.intentId);
    if (item === undefined || item.phases.at(-1)?.phase === status.phase) return;
    const { phase, reason, detail } = status;
    const t = this.#seconds(status.stampNs);
    item.phases.push({ t, phase, reason, detail });
    if (!STILL_OPEN.has(phase)) item.endT = Math.max(t, item.t);
  }

  /** The moments in order of time, equal neighbours in them folded. */
  moments(): Moment[] {
    return [...this.#moments.values()].sort((a, b) => a.t - b.t).map(foldMoment);
  }

  /** Latencies of the proposals, by source. */
  latencies(): LatencySeries[] {
    return [...this.#latencies].map(([source, ms]) => ({ source, kind: 'JOURNAL', ms }));
  }

  #moment(id: string, t: number): OpenMoment {
    let moment = this.#moments.get(id);
    if (moment === undefined) {
      moment = { id, t, utterance: null, replies: [], prompts: [], proposals: [], verdicts: [], intents: [] };
      this.#moments.set(id, moment);
    }
    return moment;
  }

  #addProposal(t: number, entry: EntryOf<'proposal'>): void {
    const { rule, decodedTokens, appendedTokens, source, proposal, latencyMs } = entry;
    this.#moment(entry.originId, t).proposals.push({
      t,
      id: entry.proposalId,
      source,
      proposal,
      ...(rule === undefined ? {} : { rule }),
      ...(decodedTokens === undefined ? {} : { decodedTokens }),
      ...(appendedTokens === undefined ? {} : { appendedTokens }),
      latencyMs,
    });
    const known = this.#latencies.get(source);
    if (known === undefined) this.#latencies.set(source, [latencyMs]);
    else known.push(latencyMs);
  }

  #addVerdict(t: number, verdict: Verdict): void {
    const { proposalId, source, outcome } = verdict;
    this.#moment(verdict.originId, t).verdicts.push({
      t,
      proposalId,
      source,
      outcome,
      reasons: verdict.reasons.map((reason) => ({
        code: reason.code,
        effect: reason.effect,
        ...(reason.causeId === undefined ? {} : { causeId: reason.causeId }),
        words: wordsOfReason(reason),
      })),
    });
  }

  #addIntent(t: number, { intent, delivery, detail }: EntryOf<'intent'>): void {
    // A second entry for one intent is news of its delivery, such as its expiry on the way.
    const known = this.#intents.get(intent.id);
    if (known !== undefined) {
      known.delivery = delivery;
      known.deliveryDetail = detail;
      return;
    }
    const item: OpenIntent = {
      t,
      id: intent.id,
      sequence: intent.sequence,
      source: intent.source,
      authority: intent.authority,
      validUntilT: this.#seconds(intent.validUntilNs),
      trigger: intent.trigger,
      maneuver: intent.maneuver,
      delivery,
      deliveryDetail: detail,
      phases: [],
    };
    this.#intents.set(intent.id, item);
    this.#moment(intent.originId, t).intents.push(item);
  }
}
