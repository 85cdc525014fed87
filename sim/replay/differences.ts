import { isDeepStrictEqual } from 'node:util';
import { type JournalEntry, NS_PER_MS, nsToSeconds, type TimeNs } from '../../src/domain/index.ts';
import { type BuildSettings, type ConfigChange, configChanges } from './config-changes.ts';
import { explainDifference } from './explain-difference.ts';
import {
  type Account,
  type DifferencePart,
  type DifferingPair,
  OriginAccounts,
  type OriginRecord,
  summary,
} from './origin-account.ts';

/** One origin that two builds made different things of. */
export interface Difference extends DifferingPair {
  readonly type: 'difference';
  /** When it began, and the same as seconds from the start of the replay. */
  readonly stampNs: TimeNs;
  readonly atS: number;
  /** What such differences are counted by: `EXECUTE → CONFIRM`, `only in B: EXECUTE`. */
  readonly kind: string;
  /** One sentence. */
  readonly explanation: string;
  /** The settings that the explanation rests on. */
  readonly causes: readonly ConfigChange[];
}

/** An origin that both builds have been silent about for this long, and for a deadline more, is compared. */
const SILENCE_NS = 60_000_000_000n;
/** How often it is looked for such. */
const LOOK_EVERY_NS = 10_000_000_000n;

/** Both builds of a comparison. */
export interface ComparedSettings {
  readonly a: BuildSettings;
  readonly b: BuildSettings;
}

/**
 * Pairs two journals by origin while they are written and tells in what they differ. Memory holds the origins of
 * the last minute or so; one that is heard of again after such a silence is paired anew.
 */
export class DifferenceFinder {
  /** The settings that the builds do not share. */
  readonly changes: readonly ConfigChange[];
  readonly #a = new OriginAccounts();
  readonly #b = new OriginAccounts();
  readonly #onDifference: (difference: Difference) => void;
  readonly #settledNs: TimeNs;
  #startNs: TimeNs | null = null;
  #lookedNs: TimeNs = 0n;

  constructor(settings: ComparedSettings, onDifference: (difference: Difference) => void) {
    this.changes = configChanges(settings.a, settings.b);
    this.#onDifference = onDifference;
    const deadlinesMs = [settings.a, settings.b].map(({ config }) => config.thought.deadlineMs);
    this.#settledNs = SILENCE_NS + BigInt(Math.max(...deadlinesMs)) * NS_PER_MS;
  }

  /** Takes the next entry of a journal; each journal in its own order. */
  add(build: 'A' | 'B', entry: JournalEntry): void {
    this.#startNs ??= entry.stampNs;
    (build === 'A' ? this.#a : this.#b).add(entry);
  }

  /** Compares what has settled by now; call as the logs go on. */
  settle(nowNs: TimeNs): void {
    if (nowNs - this.#lookedNs < LOOK_EVERY_NS) return;
    this.#lookedNs = nowNs;
    this.#compare(nowNs - this.#settledNs);
  }

  /** Compares what is left. */
  end(): void {
    this.#compare(null);
  }

  /** Compares the origins that nothing was heard of since `silentSinceNs`; null: all. By time, then by name. */
  #compare(silentSinceNs: TimeNs | null): void {
    const pairs: { key: string; firstNs: TimeNs; a?: OriginRecord; b?: OriginRecord }[] = [];
    for (const key of new Set([...this.#a.open.keys(), ...this.#b.open.keys()])) {
      const [a, b] = [this.#a.open.get(key), this.#b.open.get(key)];
      const records = [a, b].filter((record) => record !== undefined);
      if (silentSinceNs !== null && records.some(({ lastNs }) => lastNs > silentSinceNs)) continue;
      const firstNs = a !== undefined && (b === undefined || a.firstNs < b.firstNs) ? a.firstNs : b!.firstNs;
      pairs.push({ key, firstNs, ...(a === undefined ? {} : { a }), ...(b === undefined ? {} : { b }) });
      this.#a.open.delete(key);
      this.#b.open.delete(key);
    }
    pairs.sort((x, y) =>
      x.firstNs === y.firstNs ? (x.key < y.key ? -1 : 1) : x.firstNs < y.firstNs ? -1 : 1,
    );
    for (const { a, b, firstNs } of pairs) {
      const difference = this.#difference(a, b, firstNs);
      if (difference !== null) this.#onDifference(difference);
    }
  }

  #difference(a: OriginRecord | undefined, b: OriginRecord | undefined, stampNs: TimeNs): Difference | null {
    const parts = differingParts(a?.account, b?.account);
    if (parts.length === 0) return null;
    const { originId } = (a ?? b)!;
    const accounts = {
      origin: a?.origin ?? b?.origin ?? null,
      parts,
      a: a?.account ?? null,
      b: b?.account ?? null,
    };
    return {
      type: 'difference',
      originId,
      kind: kindOf(accounts.a, accounts.b, parts),
      stampNs,
      atS: nsToSeconds(stampNs - (this.#startNs ?? stampNs)),
      ...explainDifference({ originId, ...accounts }, this.changes),
      ...accounts,
    };
  }
}

/** All differences of two whole journals. */
export function findDifferences(
  a: Iterable<JournalEntry>,
  b: Iterable<JournalEntry>,
  settings: ComparedSettings,
): Difference[] {
  const found: Difference[] = [];
  const finder = new DifferenceFinder(settings, (difference) => found.push(difference));
  for (const entry of a) finder.add('A', entry);
  for (const entry of b) finder.add('B', entry);
  finder.end();
  return found;
}

function differingParts(a: Account | undefined, b: Account | undefined): DifferencePart[] {
  const presence: readonly DifferencePart[] = a === undefined || b === undefined ? ['presence'] : [];
  const of = <T>(take: (account: Account) => readonly T[]): [readonly T[], readonly T[]] => [
    a === undefined ? [] : take(a),
    b === undefined ? [] : take(b),
  ];
  const compared: readonly [DifferencePart, [readonly unknown[], readonly unknown[]]][] = [
    ['outcome', of(({ verdicts }) => verdicts.map(({ outcome }) => outcome))],
    ['reasons', of(({ verdicts }) => verdicts.map(({ reasons }) => reasons))],
    ['proposal', of(({ proposals }) => proposals)],
    ['intents', of(({ intents }) => intents)],
    ['replies', of(({ replies }) => replies)],
    ['latency', of(({ latenciesMs }) => latenciesMs)],
    ['sign', of(({ holds }) => holds)],
    ['health', of(({ health }) => health)],
  ];
  const differing = compared.filter(([, [x, y]]) => !isDeepStrictEqual(x, y)).map(([part]) => part);
  return [...presence, ...differing];
}

/** The words that a difference is counted under: the weightiest part it differs in. */
function kindOf(a: Account | null, b: Account | null, parts: readonly DifferencePart[]): string {
  const [x, y] = [summary(a), summary(b)];
  if (a === null) return `only in B: ${y}`;
  if (b === null) return `only in A: ${x}`;
  if (x !== y) return `${x} → ${y}`;
  const outcome = parts.find((part) => part !== 'replies' && part !== 'latency') ?? parts[0];
  return `${x}, ${PART_WORDS[outcome!]}`;
}

const PART_WORDS: Readonly<Record<DifferencePart, string>> = {
  presence: 'in one build only',
  outcome: 'another number of times',
  reasons: 'other reasons',
  proposal: 'another proposal',
  intents: 'other intents',
  replies: 'another reply',
  latency: 'another latency',
  sign: 'at other times or for other reasons',
  health: 'another number of times',
};
