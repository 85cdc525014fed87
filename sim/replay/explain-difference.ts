import { nsToSeconds } from '../../src/domain/index.ts';
import { explain } from '../../src/gate/explain.ts';
import { type ConfigChange, valueWords } from './config-changes.ts';
import { findCauses } from './difference-causes.ts';
import { type Account, type DifferingPair, summary } from './origin-account.ts';

/** Longer texts are cut in a sentence; the accounts hold them whole. */
const MOST_CHARACTERS = 120;

/**
 * One sentence that says what each build made of an origin, in the words of the reasons' codes, and why they
 * differ, by the settings that do.
 */
export function explainDifference(
  pair: DifferingPair,
  changes: readonly ConfigChange[],
): { explanation: string; causes: readonly ConfigChange[] } {
  const [a, b] = sides(pair);
  const what = `${originWords(pair)}: ${a} in A, ${b} in B`;
  const causes = findCauses(pair, changes);
  if (causes.length > 0) {
    const because = causes.map(({ words }) => words).join('; ');
    return { explanation: `${what}, because ${because}.`, causes: causes.map(({ change }) => change) };
  }
  const [only, ...others] = changes;
  if (only === undefined) return { explanation: `${what}, though no setting differs.`, causes: [] };
  if (others.length > 0) {
    return { explanation: `${what}; ${pastWords(pair)}.`, causes: [] };
  }
  const setting = `${only.path} (${valueWords(only.a)} in A, ${valueWords(only.b)} in B)`;
  return { explanation: `${what}; all that differs is ${setting}.`, causes: [only] };
}

/** No setting explains it alone: the past does. */
function pastWords({ a, b }: DifferingPair): string {
  const [inA, inB] = [causesOf(a), causesOf(b)];
  const through = [...inA, ...inB].filter((id) => !(inA.has(id) && inB.has(id)));
  if (through.length > 0) return `it follows from ${[...new Set(through)].join(', ')}, see there`;
  const [x, y] = [a?.promptTokens.at(-1), b?.promptTokens.at(-1)];
  if (x === undefined || y === undefined || x === y) return 'it follows from what the builds did before';
  return `it follows from what was said before: the prompt has ${x} tokens in A, ${y} in B`;
}

/** The signs and objects that an account's reasons name. */
function causesOf(account: Account | null): Set<string> {
  const reasons = account?.verdicts.flatMap((verdict) => verdict.reasons) ?? [];
  return new Set(reasons.flatMap(({ causeId }) => causeId ?? []));
}

/** An origin for people. */
function originWords({ originId, origin }: Pick<DifferingPair, 'originId' | 'origin'>): string {
  switch (origin?.kind) {
    case 'UTTERANCE':
      return `“${cut(origin.text)}”`;
    case 'SIGN':
      return `sign ${origin.signType}${origin.value === undefined ? '' : ` ${origin.value}`}`;
    case 'HEALTH':
      return `health of ${origin.component}`;
    default:
      return originId;
  }
}

/** What each build made of it, told by the weightiest part in which they differ. */
function sides({ parts, a, b }: DifferingPair): [string, string] {
  const each = (say: (account: Account) => string): [string, string] => [
    (a && say(a)) || 'nothing',
    (b && say(b)) || 'nothing',
  ];
  const differ = new Set(parts);
  if (differ.has('presence'))
    return each((account) => verdictWords(account) || healthWords(account) || 'heard');
  if (differ.has('outcome') || differ.has('reasons')) return each(verdictWords);
  if (differ.has('sign')) return each(signWords);
  if (differ.has('intents')) return each(intentWords);
  if (differ.has('proposal')) return each(proposalWords);
  if (differ.has('health')) return each(healthWords);
  if (differ.has('replies')) return each(({ replies }) => replies.map((text) => `“${cut(text)}”`).join(' '));
  return each(({ latenciesMs }) => latenciesMs.map((ms) => `${ms} ms declared`).join(', '));
}

/** The last verdict with the reasons that decided it; where there is none, whether the sign holds. */
function verdictWords(account: Account): string {
  const verdict = account.verdicts.at(-1);
  if (verdict === undefined) return signWords(account);
  const weighty = verdict.reasons.filter(({ effect }) => effect !== 'NOTE');
  const told = (weighty.length > 0 ? weighty : verdict.reasons).map((reason) =>
    explain(reason, 'en').replace(/\.$/, ''),
  );
  return `${summary(account)} (${[...new Set(told)].join('; ')})`;
}

/** Whether the sign holds; where that changed, from when on. */
function signWords({ holds }: Account): string {
  const startNs = holds[0]?.stampNs ?? 0n;
  const told = holds
    .filter(({ applies, why }, index) => {
      const before = holds[index - 1];
      return before === undefined || before.applies !== applies || before.why.join() !== why.join();
    })
    .map(({ applies, why, stampNs }) => {
      const afterS = nsToSeconds(stampNs - startNs).toFixed(1);
      return `${applies} (${why.join(', ')})${stampNs > startNs ? ` after ${afterS} s` : ''}`;
    });
  return cut(told.join(', '));
}

function healthWords({ health }: Account): string {
  return health.at(-1) ?? '';
}

function intentWords({ intents }: Account): string {
  const told = intents.map(({ kind, parameters, trigger, delivery }) => {
    const when = trigger.type === 'NOW' ? '' : ` ${JSON.stringify(trigger)}`;
    const arrived = delivery === 'SENT' ? '' : ` ${delivery}`;
    return `${kind} ${JSON.stringify(parameters)}${when}${arrived}`;
  });
  return cut(told.join(', '));
}

function proposalWords({ proposals }: Account): string {
  return cut(proposals.map(({ proposal }) => JSON.stringify(proposal)).join(', '));
}

function cut(text: string): string {
  const characters = [...text];
  return characters.length <= MOST_CHARACTERS ? text : `${characters.slice(0, MOST_CHARACTERS).join('')}…`;
}
