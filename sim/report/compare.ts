import type { Bilingual } from '../../src/domain/index.ts';
import type { Moment, MomentIntent, MomentReply, MomentVerdict } from './moment.ts';
import type { SignCard } from './report-data.ts';

/** A latency differs where it does by more than both of these. */
const LATENCY_STEP_MS = 50;
const LATENCY_SHARE = 0.1;

/** What two builds can differ in over one utterance or sign. */
export const CHANGE_KINDS = [
  'PRESENCE',
  'SIGN',
  'OUTCOME',
  'REASON',
  'INTENT',
  'PARAMETERS',
  'REPLY',
  'LATENCY',
] as const;
export type ChangeKind = (typeof CHANGE_KINDS)[number];

type ReasonWords = { readonly code: string; readonly words: Bilingual };
type Asked = Pick<MomentIntent, 'maneuver' | 'trigger'>;
type SignView = Pick<SignCard['decisions'][number], 'applies' | 'why'>;

/** One way in which they differ. `from` is the build compared against, `to` the report's own. */
export type Change =
  /** Only one of them has it. */
  | { readonly kind: 'PRESENCE'; readonly only: 'FROM' | 'TO' }
  /** They take the sign itself differently: the decisions on it in order. */
  | { readonly kind: 'SIGN'; readonly from: readonly SignView[]; readonly to: readonly SignView[] }
  /** The outcomes in order, folded; empty where nothing was judged. */
  | { readonly kind: 'OUTCOME'; readonly from: readonly string[]; readonly to: readonly string[] }
  | { readonly kind: 'REASON'; readonly gone: readonly ReasonWords[]; readonly come: readonly ReasonWords[] }
  /** Different maneuvers. */
  | { readonly kind: 'INTENT'; readonly from: readonly Asked[]; readonly to: readonly Asked[] }
  /** The same maneuvers, asked differently; only those that differ. */
  | { readonly kind: 'PARAMETERS'; readonly from: readonly Asked[]; readonly to: readonly Asked[] }
  /** What the passenger heard, without the signs of life. */
  | { readonly kind: 'REPLY'; readonly from: readonly string[]; readonly to: readonly string[] }
  | { readonly kind: 'LATENCY'; readonly fromMs: number; readonly toMs: number };

/** How two builds differ over what began with one utterance or sign. */
export interface Difference {
  /** Id of the utterance or sign: `#diff=ID` opens the report there. */
  readonly id: string;
  readonly t: number;
  /** Empty where only a note says that they differ. */
  readonly changes: readonly Change[];
  /** A sentence from outside that explains it, such as the setting that caused it. */
  readonly note?: string;
}

/** What is compared of a run; part of a report's data. */
export interface ComparedRun {
  readonly moments: readonly Moment[];
  readonly signs: readonly SignCard[];
}

/** The id that opens a report at a difference (`report.html#diff=ID`): that of the utterance or sign. */
export function differenceId(originId: string): string {
  return originId;
}

/**
 * Adds sentences, by id, to differences. A sentence about something that is in the run but
 * differs in nothing that is compared here makes a difference of its own; one about
 * something else, such as a part's health, is left out.
 */
export function addNotes(
  differences: readonly Difference[],
  notes: ReadonlyMap<string, string>,
  run: ComparedRun,
): Difference[] {
  const found = differences.map((difference) => {
    const note = notes.get(difference.id);
    return note === undefined ? difference : { ...difference, note };
  });
  const known = new Set(differences.map(({ id }) => id));
  for (const { id, t } of byId([...run.signs, ...run.moments]).values()) {
    const note = notes.get(id);
    if (note !== undefined && !known.has(id)) found.push({ id, t, changes: [], note });
  }
  return found.sort((a, b) => a.t - b.t);
}

/** Pairs two runs over the same input by the ids of utterances and signs; what differs, in order of time. */
export function compareRuns(from: ComparedRun, to: ComparedRun): Difference[] {
  const [fromMoments, toMoments] = [byId(from.moments), byId(to.moments)];
  const [fromSigns, toSigns] = [byId(from.signs), byId(to.signs)];
  const ids = new Set([...fromMoments.keys(), ...toMoments.keys(), ...fromSigns.keys(), ...toSigns.keys()]);
  const differences: Difference[] = [];
  for (const id of ids) {
    const [a, b] = [fromMoments.get(id), toMoments.get(id)];
    const [signA, signB] = [fromSigns.get(id), toSigns.get(id)];
    const changes = [...compareSigns(signA, signB), ...compareMoments(a, b, signA ?? signB)];
    const t = (b ?? signB ?? a ?? signA)?.t ?? 0;
    if (changes.length > 0) differences.push({ id, t, changes });
  }
  return differences.sort((a, b) => a.t - b.t);
}

const byId = <T extends { readonly id: string }>(items: readonly T[]): Map<string, T> =>
  new Map(items.map((item) => [item.id, item]));

const same = (a: unknown, b: unknown): boolean => JSON.stringify(a) === JSON.stringify(b);

function compareSigns(from: SignCard | undefined, to: SignCard | undefined): Change[] {
  if (from === undefined && to === undefined) return [];
  if (from === undefined) return [{ kind: 'PRESENCE', only: 'TO' }];
  if (to === undefined) return [{ kind: 'PRESENCE', only: 'FROM' }];
  const views = ({ decisions }: SignCard): SignView[] =>
    decisions.map(({ applies, why }) => ({ applies, why }));
  const [a, b] = [views(from), views(to)];
  return same(a, b) ? [] : [{ kind: 'SIGN', from: a, to: b }];
}

const NOTHING = { verdicts: [], intents: [], proposals: [], replies: [] } satisfies Partial<Moment>;

function compareMoments(from: Moment | undefined, to: Moment | undefined, sign?: SignCard): Change[] {
  // A sign that made no intent in one build is no absence: the sign itself was there.
  if (sign === undefined) {
    if (from === undefined) return [{ kind: 'PRESENCE', only: 'TO' }];
    if (to === undefined) return [{ kind: 'PRESENCE', only: 'FROM' }];
  }
  const [a, b] = [from ?? NOTHING, to ?? NOTHING];
  return [
    ...compareOutcomes(a.verdicts, b.verdicts),
    ...compareReasons(a.verdicts, b.verdicts),
    ...compareIntents(a.intents, b.intents),
    ...compareReplies(a.replies, b.replies),
    ...compareLatencies(a.proposals.at(-1)?.latencyMs, b.proposals.at(-1)?.latencyMs),
  ];
}

function compareOutcomes(from: readonly MomentVerdict[], to: readonly MomentVerdict[]): Change[] {
  const outcomes = (verdicts: readonly MomentVerdict[]): string[] =>
    verdicts.map(({ outcome }) => outcome).filter((outcome, i, all) => outcome !== all[i - 1]);
  const [a, b] = [outcomes(from), outcomes(to)];
  return same(a, b) ? [] : [{ kind: 'OUTCOME', from: a, to: b }];
}

/** Reasons are the same where their words are: code, cause and figures. */
function compareReasons(from: readonly MomentVerdict[], to: readonly MomentVerdict[]): Change[] {
  const reasons = (verdicts: readonly MomentVerdict[]): Map<string, ReasonWords> =>
    new Map(
      verdicts
        .flatMap(({ reasons }) => reasons)
        .map(({ code, words, causeId }) => [JSON.stringify([code, causeId, words.en]), { code, words }]),
    );
  const [a, b] = [reasons(from), reasons(to)];
  const gone = [...a].filter(([key]) => !b.has(key)).map(([, reason]) => reason);
  const come = [...b].filter(([key]) => !a.has(key)).map(([, reason]) => reason);
  return gone.length + come.length === 0 ? [] : [{ kind: 'REASON', gone, come }];
}

function compareIntents(from: readonly MomentIntent[], to: readonly MomentIntent[]): Change[] {
  const asked = (intents: readonly MomentIntent[]): Asked[] =>
    intents
      .map(({ maneuver, trigger }) => ({ maneuver, trigger }))
      .filter((one, i, all) => i === 0 || !same(one, all[i - 1]));
  const [a, b] = [asked(from), asked(to)];
  const kinds = (all: readonly Asked[]): string[] => all.map(({ maneuver }) => maneuver.kind);
  if (!same(kinds(a), kinds(b))) return [{ kind: 'INTENT', from: a, to: b }];
  const differing = a.flatMap((one, i) => (same(one, b[i]) ? [] : [i]));
  if (differing.length === 0) return [];
  return [{ kind: 'PARAMETERS', from: differing.map((i) => a[i]!), to: differing.map((i) => b[i]!) }];
}

function compareReplies(from: readonly MomentReply[], to: readonly MomentReply[]): Change[] {
  const heard = (replies: readonly MomentReply[]): string[] =>
    replies.filter(({ stage }) => stage !== 'HEARD' && stage !== 'THINKING').map(({ text }) => text);
  const [a, b] = [heard(from), heard(to)];
  return same(a, b) ? [] : [{ kind: 'REPLY', from: a, to: b }];
}

function compareLatencies(fromMs: number | undefined, toMs: number | undefined): Change[] {
  if (fromMs === undefined || toMs === undefined) return [];
  const step = Math.abs(fromMs - toMs);
  if (step <= LATENCY_STEP_MS || step <= LATENCY_SHARE * Math.max(fromMs, toMs)) return [];
  return [{ kind: 'LATENCY', fromMs, toMs }];
}
