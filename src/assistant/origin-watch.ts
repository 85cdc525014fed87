import type { IntentStatus, JournalEntry, Verdict } from '../domain/index.ts';
import { isFinished } from './intent-ledger.ts';

/** What came of something that was said. */
export interface Answer {
  readonly verdict: Verdict;
  /** What the passenger was told. */
  readonly reply: string;
}

/** Something that was said, followed. */
export interface Followed {
  /** Resolves with the verdict; null where the run ended before. */
  readonly answer: Promise<Answer | null>;
  /** Resolves when every intent of it has ended, with where each stands. */
  readonly ended: Promise<readonly IntentStatus[]>;
  /** Ids of its intents so far. */
  intentIds(): readonly string[];
}

interface Watched {
  readonly onStatus: (status: IntentStatus) => void;
  readonly answered: (answer: Answer | null) => void;
  readonly end: (statuses: readonly IntentStatus[]) => void;
  readonly intents: Map<string, IntentStatus | null>;
  verdict: Verdict | undefined;
  isAnswered: boolean;
}

/** Follows utterances through the journal: from what was said to the verdict, the reply and the planner's news. */
export class OriginWatch {
  readonly #watched = new Map<string, Watched>();

  /** Begins to follow; call it before the utterance is heard. */
  follow(originId: string, onStatus: (status: IntentStatus) => void): Followed {
    let answered: Watched['answered'] = () => {};
    let end: Watched['end'] = () => {};
    const answer = new Promise<Answer | null>((resolve) => {
      answered = resolve;
    });
    const ended = new Promise<readonly IntentStatus[]>((resolve) => {
      end = resolve;
    });
    const intents = new Map<string, IntentStatus | null>();
    this.#watched.set(originId, { onStatus, answered, end, intents, verdict: undefined, isAnswered: false });
    return { answer, ended, intentIds: () => [...intents.keys()] };
  }

  /** Takes a journal entry. */
  onEntry(entry: JournalEntry): void {
    if (this.#watched.size === 0) return;
    switch (entry.type) {
      case 'verdict':
        this.#onVerdict(entry.verdict);
        break;
      case 'reply':
        if (entry.stage === 'VERDICT') this.#onReply(entry.originId, entry.text);
        break;
      case 'intent':
        if (entry.delivery !== 'SENT') this.#onUndelivered(entry.intent.id, entry.detail, entry.stampNs);
        break;
      case 'status':
        this.#onStatus(entry.status);
        break;
      default:
    }
  }

  /** The run is over: whoever waits is told what there is. */
  close(): void {
    for (const [id, watched] of this.#watched) this.#finish(id, watched);
  }

  #onVerdict(verdict: Verdict): void {
    const watched = this.#watched.get(verdict.originId);
    if (watched === undefined) return;
    watched.verdict = verdict;
    for (const { id } of verdict.intents) watched.intents.set(id, null);
    // What came to nothing is not answered in words.
    if (verdict.outcome === 'DROPPED') this.#onReply(verdict.originId, '');
  }

  #onReply(originId: string, reply: string): void {
    const watched = this.#watched.get(originId);
    if (watched?.verdict === undefined || watched.isAnswered) return;
    watched.isAnswered = true;
    watched.answered({ verdict: watched.verdict, reply });
    this.#finishIfEnded(originId, watched);
  }

  #onUndelivered(intentId: string, detail: string, stampNs: bigint): void {
    this.#onStatus({ intentId, stampNs, phase: 'FAILED', reason: 'INTENT', detail: detail.slice(0, 400) });
  }

  #onStatus(status: IntentStatus): void {
    for (const [id, watched] of this.#watched) {
      if (!watched.intents.has(status.intentId)) continue;
      watched.intents.set(status.intentId, status);
      watched.onStatus(status);
      this.#finishIfEnded(id, watched);
    }
  }

  #finishIfEnded(id: string, watched: Watched): void {
    const over = [...watched.intents.values()].every((status) => status !== null && isFinished(status.phase));
    if (watched.isAnswered && over) this.#finish(id, watched);
  }

  #finish(id: string, watched: Watched): void {
    this.#watched.delete(id);
    watched.answered(null);
    watched.end([...watched.intents.values()].filter((status) => status !== null));
  }
}
