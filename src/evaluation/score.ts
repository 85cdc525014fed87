import type { Action, Place, Proposal } from '../domain/index.ts';
import { notation } from './notation.ts';

/** How right an answer is. An answer is right where it is so for ANY accepted answer. */
export interface Score {
  /** Its decision is that of an accepted answer. */
  readonly decision: boolean;
  /** Its actions are of the same kinds in the same order; of the three other decisions: the decision. */
  readonly kinds: boolean;
  /** It says the same, names aside from case, a leading article and blanks at their ends. */
  readonly full: boolean;
  /** Whether it means the right things of the scene; null where the best accepted answer means none, or the kinds differ. */
  readonly referents: boolean | null;
}

/** Scores an answer; one that could not be had is wrong in everything. */
export function score(given: Proposal | null, accepted: readonly Proposal[]): Score {
  if (given === null) return { decision: false, kinds: false, full: false, referents: null };
  const kinds = kindsOf(given).join();
  const alike = accepted.filter((one) => kindsOf(one).join() === kinds);
  const referents = referentsOf(given).join();
  const [best] = accepted;
  const asked = best !== undefined && alike.includes(best) && /\S/.test(referentsOf(best).join(''));
  return {
    decision: accepted.some((one) => one.decision === given.decision),
    kinds: alike.length > 0,
    full: accepted.some((one) => means(one) === means(given)),
    referents: asked ? alike.some((one) => referentsOf(one).join() === referents) : null,
  };
}

/** Kinds of the actions in order; of the three other decisions, the decision. */
export function kindsOf(proposal: Proposal): readonly string[] {
  return proposal.decision === 'EXECUTE' ? proposal.actions.map(({ kind }) => kind) : [proposal.decision];
}

/** A proposal's notation with names as they are compared. */
export function means(proposal: Proposal): string {
  if (proposal.decision !== 'EXECUTE') return notation(proposal);
  return notation({ ...proposal, actions: proposal.actions.map(withPlainNames) });
}

/** The thing that each action is about, '' where it is about none. */
function referentsOf(proposal: Proposal): string[] {
  if (proposal.decision !== 'EXECUTE') return [];
  return proposal.actions.map((action) => ('referent' in action ? (action.referent ?? '') : ''));
}

const plainName = (name: string): string =>
  name
    .trim()
    .toLowerCase()
    .replace(/^(?:the|an?)\s+/u, '');

const plainPlace = (place: Place): Place => ('poi' in place ? { poi: plainName(place.poi) } : place);

function withPlainNames(action: Action): Action {
  const { trigger } = action;
  return {
    ...action,
    ...('destination' in action && { destination: plainName(action.destination) }),
    ...('road' in action && { road: plainName(action.road) }),
    ...('place' in action && action.place !== undefined && { place: plainPlace(action.place) }),
    ...(trigger?.type === 'AT' && { trigger: { type: 'AT', place: plainPlace(trigger.place) } }),
  } as Action;
}
