import { CodriverError } from '../domain/index.ts';
import type { EvalCase } from './eval-set.ts';

/** Which part of a set is run. */
export interface Selection {
  readonly category?: string;
  /** So many at most, spread evenly over the rest. */
  readonly limit?: number;
}

/** A part of a set, in its order. Errors: BAD_ARGUMENT for a category that none is of. */
export function selectCases(cases: readonly EvalCase[], { category, limit }: Selection): readonly EvalCase[] {
  const chosen = category === undefined ? cases : cases.filter((one) => one.category === category);
  if (chosen.length === 0) {
    const known = [...new Set(cases.map((one) => one.category))].toSorted();
    throw new CodriverError('BAD_ARGUMENT', `No utterance of the set is of the category "${category}".`, {
      remedy: `Its categories are ${known.join(', ')}.`,
    });
  }
  if (limit === undefined || limit >= chosen.length) return chosen;
  // The first ones would be of one language and one category.
  return Array.from({ length: limit }, (_, i) => chosen[Math.floor((i * chosen.length) / limit)] as EvalCase);
}
