import { DESTINATIONS, NAME_HEADS, NAME_TAILS, ROADS } from '../../models/training/generator/lexicon.ts';
import type { Template, TemplateTurn } from '../../models/training/generator/template.ts';
import {
  ANY_VEHICLE,
  CLASS_WORDS,
  COLOURS,
  PEOPLE,
  POSITIONS,
  VEHICLES,
  WORKERS,
} from '../../src/prompt/object-words.ts';
import { CATEGORY_WORDS } from '../../src/prompt/place-words.ts';

type Piece = TemplateTurn['readings'][number];
type Words = { readonly en: readonly string[]; readonly ja: readonly string[] };

/** A text as it is compared: NFKC, lower case, without punctuation, symbols and blanks. */
export function plainText(text: string): string {
  return text
    .normalize('NFKC')
    .toLowerCase()
    .replace(/[\p{P}\p{S}\p{Z}\p{C}]/gu, '');
}

const ENGLISH_NUMBER =
  '(?:\\d{1,4}|(?:zero|one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|thirteen|fourteen|fifteen|sixteen|seventeen|eighteen|nineteen|twenty|thirty|forty|fifty|sixty|seventy|eighty|ninety|hundred|thousand|and|half|an?){1,6})';
const ENGLISH_UNIT =
  '(?:km?h?|kph|clicks|m|s|(?:seconds?|miles?|(?:kilo)?met(?:re|er)s?)(?:(?:an|per)hour)?|mph)?';
const JAPANESE_NUMBER =
  '(?:時速)?(?:\\d{1,4}|[〇零一二三四五六七八九十百千]{1,7}|(?:に|さん|よん|ご|ろく|なな|はち|きゅう)?(?:じゅう|ひゃく))';
const JAPANESE_UNIT = '(?:キロ(?:メートル)?|きろ|kmh?|メートル|メーター|マイル|m|秒|つ)?';
const NUMBER = `(?:${ENGLISH_NUMBER}${ENGLISH_UNIT}|${JAPANESE_NUMBER}${JAPANESE_UNIT}|ふたつ|みっつ)`;

const both = ({ en, ja }: Words): readonly string[] => [...en, ...ja];

const escaped = (text: string): string => plainText(text).replace(/[\\^$.*+?()[\]{}|]/g, '\\$&');

/** One of these texts; the longest first, so that the expression needn't come back. */
function oneOf(texts: readonly string[]): string {
  const plain = [...new Set(texts.map(escaped))].filter((text) => text !== '');
  return `(?:${plain.toSorted((a, b) => b.length - a.length).join('|')})`;
}

const KIND_OF_PLACE = oneOf(Object.values(CATEGORY_WORDS).flatMap(both));
const NAME = `(?:${oneOf(both(NAME_HEADS))}{1,2}${oneOf(Object.values(NAME_TAILS).flatMap(both))})`;
const THING = (() => {
  const nouns = [...VEHICLES, ...PEOPLE, ...WORKERS, ...Object.values(CLASS_WORDS), ANY_VEHICLE];
  const colour = oneOf(COLOURS.flatMap(({ en, ja }) => [en, ja]));
  const where = oneOf(Object.values(POSITIONS).flatMap(both));
  return `(?:${where}?${colour}?${oneOf(nouns.flatMap(both))}${where}?)`;
})();

/** Names that scenes of evaluation sets have and the training's lexicon need not. */
export interface EvaluationNames {
  readonly places: readonly string[];
  readonly roads: readonly string[];
}

/**
 * Whatever a template can say, as one expression over {@link plainText}. Slots stand for anything that training may say
 * there and for the names of the evaluation's own scenes, in either language, and for a bit more: numbers that nobody
 * says, things where people are meant. Not for any text at all: then "turn left at the {place}" would say
 * "turn left at the light then pull over".
 */
export class TemplatePatterns {
  readonly #names: EvaluationNames;

  constructor(names: EvaluationNames) {
    this.#names = names;
  }

  /** In any turn of the talk and in any reading of the recogniser. */
  of({ turns }: Template): RegExp {
    const readings = turns.flatMap((turn) => turn.readings.map((reading) => this.#pattern(reading)));
    return new RegExp(`^(?:${readings.join('|')})$`, 'u');
  }

  #pattern(piece: Piece): string {
    if ('text' in piece) return escaped(piece.text);
    if ('slot' in piece) return this.#slot(piece.slot.replace(/\d+$/, ''));
    if ('sequence' in piece) return piece.sequence.map((part) => this.#pattern(part)).join('');
    return `(?:${piece.choice.map((part) => this.#pattern(part)).join('|')})${piece.optional ? '?' : ''}`;
  }

  #slot(slot: string): string {
    const { places, roads } = this.#names;
    switch (slot) {
      case 'side':
      case 'other':
        return '(?:left|right|左|右|ひだり|みぎ)';
      case 'speed':
      case 'dist':
      case 'gap':
      case 'lanes':
        return NUMBER;
      case 'place':
      case 'cat':
      case 'nowhere':
        return KIND_OF_PLACE;
      case 'poi':
        return `(?:${NAME}|${oneOf(places)})`;
      case 'dest':
        return oneOf([...both(DESTINATIONS), ...places]);
      case 'road':
        return oneOf([...both(ROADS), ...roads]);
      case 'vehicle':
      case 'person':
      case 'worker':
      case 'two':
        return THING;
      default:
        throw new Error(`There is no slot called {${slot}}.`);
    }
  }
}
