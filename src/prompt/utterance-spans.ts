import type { Utterance } from '../domain/index.ts';

/** Longest span in words, and the most words looked at. */
const MOST_WORDS = 4;
const LOOKED_AT = 24;
/** Domain texts of names hold this many characters. */
const MOST_CHARACTERS = 80;

/**
 * Every run of one to four words of the utterance, as it stands there: what a destination or a road can be
 * called. Words are Intl.Segmenter's, since Japanese has no spaces. In order of appearance, none twice.
 */
export function utteranceSpans(utterance: Utterance): string[] {
  const { text, language } = utterance;
  const words = [...new Intl.Segmenter(language, { granularity: 'word' }).segment(text)]
    .filter((segment) => segment.isWordLike)
    .slice(0, LOOKED_AT);
  const spans = new Set<string>();
  for (let from = 0; from < words.length; from++) {
    for (let to = from; to < Math.min(words.length, from + MOST_WORDS); to++) {
      const last = words[to];
      if (last === undefined) continue;
      const span = text.slice(words[from]?.index, last.index + last.segment.length);
      if (span.length <= MOST_CHARACTERS) spans.add(span);
    }
  }
  return [...spans];
}
