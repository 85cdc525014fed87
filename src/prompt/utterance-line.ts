import type { Utterance } from '../domain/index.ts';
import { quoteData } from './quote.ts';

/** Other readings shown to the model, and the least share of the best one's confidence that they need. */
const MOST_READINGS = 2;
const LEAST_SHARE = 0.5;

/**
 * The line that carries an utterance: who speaks (`say` an occupant, `radio` a loudspeaker, `outside` somebody
 * beside the car), what was heard, and what else it may have been.
 */
export function utteranceLine(utterance: Utterance): string {
  const who = !utterance.live ? 'radio' : utterance.seat === 'OUTSIDE' ? 'outside' : 'say';
  const readings = utterance.alternatives
    .filter(({ confidence }) => confidence >= LEAST_SHARE * utterance.confidence)
    .slice(0, MOST_READINGS)
    .map(({ text }) => ` or ${quoteData(text)}`);
  return `${who} ${quoteData(utterance.text)}${readings.join('')}`;
}
