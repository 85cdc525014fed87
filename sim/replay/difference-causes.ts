import { type ConfigChange, valueWords } from './config-changes.ts';
import type { Account, DifferingPair, Hold } from './origin-account.ts';

/** A setting that explains a difference, in words. */
export interface Cause {
  readonly change: ConfigChange;
  /** `speech confidence 0.55 is below 0.8 (gate.minSpeechConfidence; 0.6 in A)`. */
  readonly words: string;
}

/** The setting that a code of a reason, of a sign's effect or of a health entry rests on. */
const SETTING_OF: Readonly<Record<string, string>> = {
  LOW_CONFIDENCE: 'gate.minSpeechConfidence',
  // Who is not trusted may not raise a speed that is held.
  ABOVE_HELD_SPEED: 'gate.minSpeechConfidence',
  GAP_TOO_SMALL: 'gate.minTimeGapS',
  PLATE_UNREAD: 'gate.minPlateConfidence',
  EXPIRED: 'gate.intentTtlMs',
  MODEL_NOT_TUNED: 'thought.mayAct',
  LATE: 'thought.deadlineMs',
  NO_MODEL: 'model',
  MODEL_MISSING: 'model',
  OVER_VEHICLE_MAX: 'vehicle.maxSpeedKmh',
  LIMITED_TO_VEHICLE_MAX: 'vehicle.maxSpeedKmh',
  CLASS_MEANT: 'vehicle.classes',
  CLASS_NOT_MEANT: 'vehicle.classes',
  LIMIT_UNKNOWN: 'region.defaultLimitKmh',
  OVER_LIMIT: 'region.defaultLimitKmh',
  LIMITED_TO_LAW: 'region.defaultLimitKmh',
  NO_SUCH_LANE: 'region.driveSide',
  TIME_INSIDE: 'region.timeZone',
  TIME_OUTSIDE: 'region.timeZone',
  DAY_MEANT: 'region.timeZone',
  DAY_EXCLUDED: 'region.timeZone',
};

/** The settings that differ and that a code found by one build alone rests on; else a model that answers otherwise. */
export function findCauses(pair: DifferingPair, changes: readonly ConfigChange[]): Cause[] {
  const codes = { A: codesOf(pair.a), B: codesOf(pair.b) };
  const causes = new Map<string, Cause>();
  for (const [build, other] of [
    ['B', 'A'],
    ['A', 'B'],
  ] as const) {
    for (const code of codes[build]) {
      const change = changes.find(({ path }) => path === SETTING_OF[code]);
      if (change === undefined || codes[other].has(code) || causes.has(change.path)) continue;
      const words = causeWords(code, change, build, pair);
      if (words !== null) causes.set(change.path, { change, words });
    }
  }
  for (const change of changes) {
    if (!shapes(change.path, pair)) continue;
    causes.set(change.path, { change, words: causeWords('', change, 'B', pair) ?? change.path });
  }
  if (causes.size > 0) return [...causes.values()];
  const model = changes.find(({ path }) => path === 'model');
  if (model === undefined || !(isThought(pair.a) || isThought(pair.b))) return [];
  const words = `another model answers (${valueWords(model.a)} in A, ${valueWords(model.b)} in B)`;
  return [{ change: model, words }];
}

/** Whether a model was asked, or answered. */
function isThought(account: Account | null): boolean {
  if (account === null) return false;
  return account.promptTokens.length > 0 || account.proposals.some(({ source }) => source === 'THOUGHT');
}

/** Whether a setting shapes, without any code, what differs. */
function shapes(path: string, { parts, a, b }: DifferingPair): boolean {
  if (path.startsWith('thought.declared.')) return parts.includes('latency');
  const intents = [...(a?.intents ?? []), ...(b?.intents ?? [])];
  return (
    path === 'region.driveSide' &&
    parts.includes('intents') &&
    intents.some(({ kind }) => kind === 'PULL_OVER')
  );
}

function codesOf(account: Account | null): ReadonlySet<string> {
  if (account === null) return new Set();
  return new Set([
    ...account.verdicts.flatMap(({ reasons }) => reasons.map(({ code }) => code)),
    ...account.holds.flatMap((hold) => hold.why.filter((code) => code !== 'PLATE_UNREAD' || wasRead(hold))),
    ...account.intents.map(({ delivery }) => delivery),
    ...account.health.map((words) => words.split(' ').at(-1) ?? ''),
  ]);
}

/** What was measured against which bound, in the build that found the code; null where the bound did not matter. */
function causeWords(
  code: string,
  change: ConfigChange,
  build: 'A' | 'B',
  pair: DifferingPair,
): string | null {
  const [here, there, other] = build === 'B' ? [change.b, change.a, 'A'] : [change.a, change.b, 'B'];
  const bound = `${valueWords(here)} (${change.path}; ${valueWords(there)} in ${other})`;
  const account = build === 'B' ? pair.b : pair.a;
  switch (code) {
    case 'LOW_CONFIDENCE':
    case 'ABOVE_HELD_SPEED':
      if (pair.origin?.kind !== 'UTTERANCE' || pair.origin.confidence >= Number(here)) return null;
      return `speech confidence ${pair.origin.confidence} is below ${bound}`;
    case 'GAP_TOO_SMALL': {
      const gap = askedGap(account);
      return gap === null ? `the least time gap is ${bound}` : `a gap of ${gap} is below ${bound}`;
    }
    case 'PLATE_UNREAD': {
      const plates = account?.holds.flatMap((hold) => hold.plates) ?? [];
      const plate = plates.find(({ text, confidence }) => text !== null && confidence < Number(here));
      if (plate === undefined) return null;
      const text = plate.text?.replaceAll('\n', ' ');
      return `plate “${text}” was read with confidence ${round(plate.confidence)}, below ${bound}`;
    }
    case 'LATE':
      return `the deadline is ${bound}, in milliseconds`;
    case 'EXPIRED':
      return `an intent is valid for ${bound}, in milliseconds`;
    case 'NO_MODEL':
    case 'MODEL_MISSING':
      return `${build} runs no model (${valueWords(there)} in ${other})`;
    case 'MODEL_NOT_TUNED':
      return `a wish of the model needs a yes where thought.mayAct is ${valueWords(here)} (${valueWords(there)} in ${other})`;
  }
  return `${change.path} is ${valueWords(here)} (${valueWords(there)} in ${other})`;
}

function askedGap(account: Account | null): string | null {
  for (const { proposal } of account?.proposals.toReversed() ?? []) {
    if (proposal.decision !== 'EXECUTE') continue;
    const action = proposal.actions.find(({ kind }) => kind === 'KEEP_DISTANCE');
    if (action?.kind === 'KEEP_DISTANCE') return `${action.gap.value} ${action.gap.unit.toLowerCase()}`;
  }
  return null;
}

/** A plate that nobody has read yet says nothing of how sure a reading has to be. */
const wasRead = ({ plates }: Hold): boolean => plates.some(({ text }) => text !== null);

const round = (value: number): number => Math.round(value * 10_000) / 10_000;
