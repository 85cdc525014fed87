import { ACTION_KINDS, type Proposal } from '../domain/index.ts';
import type { CaseResult } from './run.ts';
import { kindsOf } from './score.ts';

/** What can be taken for what: the kinds of action, the other decisions, and nothing. */
export const CONFUSABLE: readonly string[] = [...ACTION_KINDS, 'CLARIFY', 'REFUSE', 'INFORM', 'nothing'];

/**
 * How often each was given (columns) where each was expected (rows), in the order of {@link CONFUSABLE}. Of several
 * accepted answers the nearest counts. What both answers have is on the diagonal; the rest is paired in order, and what
 * is left over was taken for nothing, or came out of nothing.
 */
export function confusionOf(results: readonly CaseResult[]): number[][] {
  const counts = CONFUSABLE.map(() => CONFUSABLE.map(() => 0));
  const add = (expected: string, given: string): void => {
    const row = counts[CONFUSABLE.indexOf(expected)];
    const column = CONFUSABLE.indexOf(given);
    if (row !== undefined && row[column] !== undefined) row[column]++;
  };
  for (const { asked, given } of results) {
    const got = given === null ? [] : kindsOf(given);
    const pairs = asked.accepted.map((one: Proposal) => paired(kindsOf(one), got));
    const off = (one: readonly Pair[]): number => one.filter(([a, b]) => a !== b).length;
    const nearest = pairs.reduce((best, one) => (off(one) < off(best) ? one : best));
    for (const [expected, came] of nearest) add(expected, came);
  }
  return counts;
}

type Pair = readonly [expected: string, given: string];

function paired(expected: readonly string[], given: readonly string[]): Pair[] {
  const rest = [...given];
  const same: Pair[] = [];
  const missing: string[] = [];
  for (const kind of expected) {
    const at = rest.indexOf(kind);
    if (at < 0) missing.push(kind);
    else {
      rest.splice(at, 1);
      same.push([kind, kind]);
    }
  }
  const count = Math.max(missing.length, rest.length);
  return [
    ...same,
    ...Array.from({ length: count }, (_, i): Pair => [missing[i] ?? 'nothing', rest[i] ?? 'nothing']),
  ];
}
