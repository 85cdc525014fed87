import type {
  Intent,
  JournalEntry,
  Maneuver,
  Outcome,
  Proposal,
  ProposalSource,
  Reason,
  TimeNs,
} from '../../src/domain/index.ts';

/** Where a decision came from. */
export type Origin =
  | {
      readonly kind: 'UTTERANCE';
      readonly text: string;
      readonly language: 'ja' | 'en';
      readonly seat: string;
      readonly confidence: number;
    }
  | {
      readonly kind: 'SIGN';
      readonly signType: string;
      readonly value?: number;
    }
  | { readonly kind: 'HEALTH'; readonly component: string };

/** An intent as two builds can be compared by it: without numbers that only count. */
export interface IntentView {
  readonly kind: Maneuver['kind'];
  /** The maneuver without its kind; intents that it cancels are named `origin/KIND`. */
  readonly parameters: Readonly<Record<string, unknown>>;
  readonly trigger: Intent['trigger'];
  readonly delivery: 'SENT' | 'NOT_DELIVERED' | 'EXPIRED';
}

/** Whether a sign holds, from one moment on. */
export interface Hold {
  readonly stampNs: TimeNs;
  readonly applies: string;
  readonly why: readonly string[];
  /** What was read on its plates; null for one unread. */
  readonly plates: readonly { readonly text: string | null; readonly confidence: number }[];
}

/** What one build made of one origin, in order. */
export interface Account {
  readonly verdicts: { readonly outcome: Outcome; readonly reasons: readonly Reason[] }[];
  readonly proposals: { readonly source: ProposalSource; readonly proposal: Proposal }[];
  /** Of the proposals, declared. */
  readonly latenciesMs: number[];
  /** Of the prompts; these differ where what was said before does. */
  readonly promptTokens: number[];
  readonly intents: IntentView[];
  /** What the passenger heard, without the signs of life. */
  readonly replies: string[];
  /** For a sign: whether it holds, at each change. */
  readonly holds: Hold[];
  /** For a part: `STATE CODE` at each change. */
  readonly health: string[];
}

/** In what two accounts of one origin may differ. */
export type DifferencePart =
  /** Only one of them is there. */
  'presence' | 'outcome' | 'reasons' | 'proposal' | 'intents' | 'replies' | 'latency' | 'sign' | 'health';

/** A pair of accounts that differ, before it is explained. */
export interface DifferingPair {
  /** As in both journals; a component where the difference is of its health. */
  readonly originId: string;
  readonly origin: Origin | null;
  readonly parts: readonly DifferencePart[];
  /** What each build made of it; null where it has nothing of the origin. */
  readonly a: Account | null;
  readonly b: Account | null;
}

/** A journal's entries of one origin, or what it says of one part's health. */
export interface OriginRecord {
  /** In the journal: an utterance's or a sign's id, or a component. */
  readonly originId: string;
  origin: Origin | null;
  readonly firstNs: TimeNs;
  lastNs: TimeNs;
  readonly account: Account;
}

const emptyAccount = (): Account => ({
  verdicts: [],
  proposals: [],
  latenciesMs: [],
  promptTokens: [],
  intents: [],
  replies: [],
  holds: [],
  health: [],
});

/** Sorts one build's journal by origin. Holds what is open, and the names of the latest intents. */
export class OriginAccounts {
  readonly open = new Map<string, OriginRecord>();
  readonly #intentNames = new Map<string, string>();

  /** Takes the next entry; what belongs to no origin is passed over. */
  add(entry: JournalEntry): void {
    switch (entry.type) {
      case 'utterance': {
        const { id, text, language, seat, confidence } = entry.utterance;
        this.#record('utterance', id, entry.stampNs).origin = {
          kind: 'UTTERANCE',
          text,
          language,
          seat,
          confidence,
        };
        return;
      }
      case 'reply':
        if (entry.stage === 'HEARD' || entry.stage === 'THINKING') return;
        this.#record('utterance', entry.originId, entry.stampNs).account.replies.push(entry.text);
        return;
      case 'prompt':
        this.#record('utterance', entry.originId, entry.stampNs).account.promptTokens.push(
          entry.promptTokens,
        );
        return;
      case 'proposal': {
        const { account } = this.#record(sortOf(entry.source), entry.originId, entry.stampNs);
        account.proposals.push({ source: entry.source, proposal: entry.proposal });
        account.latenciesMs.push(entry.latencyMs);
        return;
      }
      case 'verdict': {
        const { source, originId, outcome, reasons } = entry.verdict;
        this.#record(sortOf(source), originId, entry.stampNs).account.verdicts.push({ outcome, reasons });
        return;
      }
      case 'intent':
        this.#addIntent(entry);
        return;
      case 'sign': {
        const { id, type, value, supplementary } = entry.sign;
        const record = this.#record('sign', id, entry.stampNs);
        record.origin = {
          kind: 'SIGN',
          signType: type,
          ...(value === undefined ? {} : { value }),
        };
        record.account.holds.push({
          stampNs: entry.stampNs,
          applies: entry.applies,
          why: entry.why,
          plates: supplementary.map((plate) => ({
            text: plate.text ?? null,
            confidence: plate.textConfidence ?? plate.confidence,
          })),
        });
        return;
      }
      case 'health': {
        const record = this.#record('health', entry.component, entry.stampNs);
        record.origin = { kind: 'HEALTH', component: entry.component };
        record.account.health.push(`${entry.state} ${entry.code}`);
        return;
      }
      default:
        return;
    }
  }

  #addIntent({ stampNs, intent, delivery }: Extract<JournalEntry, { type: 'intent' }>): void {
    const { kind, ...parameters } = intent.maneuver;
    const { account } = this.#record(sortOf(intent.source), intent.originId, stampNs);
    this.#intentNames.set(intent.id, `${intent.originId}/${kind}`);
    if (this.#intentNames.size > INTENTS_KEPT) {
      this.#intentNames.delete(this.#intentNames.keys().next().value!);
    }
    account.intents.push({
      kind,
      parameters:
        'intentIds' in parameters
          ? { cancels: parameters.intentIds.map((id) => this.#intentNames.get(id) ?? id) }
          : parameters,
      trigger: intent.trigger,
      delivery,
    });
  }

  #record(sort: string, originId: string, stampNs: TimeNs): OriginRecord {
    const key = `${sort}:${originId}`;
    const known = this.open.get(key);
    if (known !== undefined) {
      known.lastNs = stampNs;
      return known;
    }
    const made = { originId, origin: null, firstNs: stampNs, lastNs: stampNs, account: emptyAccount() };
    this.open.set(key, made);
    return made;
  }
}

/** An intent is cancelled soon or never. */
const INTENTS_KEPT = 1000;

const sortOf = (source: ProposalSource): string => (source === 'SIGN' ? 'sign' : 'utterance');

/** What an account comes to, in a word or two; what is repeated is said once. */
export function summary(account: Account | null): string {
  if (account === null) return 'nothing';
  const { verdicts, holds, health } = account;
  const parts = [
    ...(holds.length === 0 ? [] : [`sign ${once(holds.map(({ applies }) => applies))}`]),
    ...(verdicts.length === 0 ? [] : [once(verdicts.map(({ outcome }) => outcome))]),
    ...(health.length === 0 ? [] : [once(health)]),
  ];
  return parts.join(' + ') || 'no verdict';
}

function once(words: readonly string[]): string {
  return words.filter((word, index) => word !== words[index - 1]).join(', ');
}
