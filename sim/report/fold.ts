import type { Folded, Moment, MomentIntent, MomentProposal, MomentReply, MomentVerdict } from './moment.ts';

/**
 * Folds equal neighbours into one row with a count and the time of the last. A sign
 * that holds is judged anew every few seconds, and nobody wants to read that.
 *
 * @param keyOf What makes two rows equal; times are no part of it.
 * @param merge What a row takes over from an equal one that follows; default nothing.
 */
export function foldEqual<T extends Folded>(
  rows: readonly T[],
  keyOf: (row: T) => string,
  merge: (kept: T, next: T) => T = (kept) => kept,
): T[] {
  const folded: T[] = [];
  let lastKey: string | undefined;
  for (const row of rows) {
    const key = keyOf(row);
    const kept = folded.at(-1);
    if (kept !== undefined && key === lastKey) {
      folded[folded.length - 1] = {
        ...merge(kept, row),
        count: (kept.count ?? 1) + (row.count ?? 1),
        lastT: row.lastT ?? row.t,
      };
    } else folded.push(row);
    lastKey = key;
  }
  return folded;
}

const keyOfReply = ({ language, stage, text }: MomentReply): string =>
  JSON.stringify([language, stage, text]);

const keyOfProposal = ({ source, proposal, rule }: MomentProposal): string =>
  JSON.stringify([source, proposal, rule]);

const keyOfVerdict = ({ source, outcome, reasons }: MomentVerdict): string =>
  JSON.stringify([source, outcome, reasons]);

// Phases belong to the key: an intent that failed is not one of those that were done.
const keyOfIntent = (intent: MomentIntent): string =>
  JSON.stringify([
    intent.source,
    intent.authority,
    intent.trigger,
    intent.maneuver,
    intent.delivery,
    intent.deliveryDetail,
    intent.phases.map(({ phase, reason }) => [phase, reason]),
  ]);

const mergeIntents = ({ endT: _endT, ...kept }: MomentIntent, next: MomentIntent): MomentIntent => ({
  ...kept,
  validUntilT: next.validUntilT,
  ...(next.endT === undefined ? {} : { endT: next.endT }),
});

/** A moment with its equal neighbours folded. */
export function foldMoment(moment: Moment): Moment {
  return {
    ...moment,
    replies: foldEqual(moment.replies, keyOfReply),
    proposals: foldEqual(moment.proposals, keyOfProposal),
    verdicts: foldEqual(moment.verdicts, keyOfVerdict),
    intents: foldEqual(moment.intents, keyOfIntent, mergeIntents),
  };
}
