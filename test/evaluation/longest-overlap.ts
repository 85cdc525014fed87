import type { Template, TemplateTurn } from '../../models/training/generator/template.ts';
import { plainText } from './template-pattern.ts';

type Piece = TemplateTurn['readings'][number];

/** So many ways of saying one reading are looked at. */
const MOST_WAYS = 16;

/** What a slot says is no part of a common wording. */
const SLOT = '\n';

/** The ways of saying a piece, slots as line breaks; the first few where there are many. */
function waysOf(piece: Piece): string[] {
  if ('text' in piece) return [plainText(piece.text)];
  if ('slot' in piece) return [SLOT];
  if ('choice' in piece) {
    const ways = piece.choice.flatMap(waysOf);
    return (piece.optional ? [...ways, ''] : ways).slice(0, MOST_WAYS);
  }
  let ways = [''];
  for (const part of piece.sequence) {
    const next = waysOf(part);
    ways = ways.flatMap((before) => next.map((after) => before + after)).slice(0, MOST_WAYS);
  }
  return ways;
}

/** The longest wording that a template and an utterance share. */
export interface Overlap {
  readonly text: string;
  readonly utterance: string;
  readonly template: string;
}

/** The longest stretch of {@link plainText} that is in one of the utterances and in one of the templates; null of none. */
export function longestOverlap(
  templates: readonly Template[],
  utterances: readonly string[],
): Overlap | null {
  const plain = utterances.map(plainText);
  let best: Overlap | null = null;
  let length = 0;
  let stretches = stretchesOf(plain, 1);
  for (const { id, turns } of templates) {
    const fragments = turns
      .flatMap(({ readings }) => readings.flatMap(waysOf))
      .flatMap((way) => way.split(SLOT));
    for (const fragment of fragments) {
      // Only what is longer than the longest so far is looked up.
      for (let at = 0; at + length < fragment.length; at++) {
        let text = fragment.slice(at, at + length + 1);
        while (stretches.has(text)) {
          best = { text, utterance: utterances[stretches.get(text) ?? 0] ?? '', template: id };
          length = text.length;
          stretches = stretchesOf(plain, length + 1);
          text = fragment.slice(at, at + length + 1);
        }
      }
    }
  }
  return best;
}

/** Every stretch of so many characters, and the index of a text that has it. */
function stretchesOf(texts: readonly string[], length: number): Map<string, number> {
  const found = new Map<string, number>();
  for (const [index, text] of texts.entries())
    for (let at = 0; at + length <= text.length; at++) found.set(text.slice(at, at + length), index);
  return found;
}
