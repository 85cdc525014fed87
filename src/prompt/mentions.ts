import type { ObjectClass, Scene, TrackedObject } from '../domain/index.ts';
import {
  ANY_VEHICLE,
  CLASS_WORDS,
  COLOURS,
  MOTOR_VEHICLES,
  PEOPLE,
  type ThingKind,
  VEHICLES,
  WORKERS,
} from './object-words.ts';
import { CATEGORY_WORDS, TAIL_WORDS, type Words } from './place-words.ts';

type Poi = NonNullable<Scene['route']>['pois'][number];

/**
 * Which places and objects of a scene an utterance can mean by its words: names, kinds, colours, sides. It bounds what
 * the grammar lets the model point at. Where no word is known, everything may be meant.
 */

const plain = (text: string): string => text.normalize('NFKC').toLowerCase();

/** A word as it stands in a text: a whole one where it is Latin script. */
function pattern(word: string): RegExp {
  const escaped = plain(word).replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
  return /^[\p{Script=Latin}\d' -]+$/u.test(word)
    ? new RegExp(`(?<![\\p{L}\\p{N}])${escaped}(?:s|'s)?(?![\\p{L}\\p{N}])`, 'u')
    : new RegExp(escaped, 'u');
}

/** Words for things, ready to be looked for. Those of the lexicon are made once. */
class WordList<T> {
  readonly #words: readonly { readonly pattern: RegExp; readonly things: readonly T[] }[];

  constructor(entries: readonly (readonly [T, readonly string[]])[]) {
    const byWord = new Map<string, T[]>();
    for (const [thing, words] of entries)
      for (const word of words) byWord.set(word, [...(byWord.get(word) ?? []), thing]);
    this.#words = [...byWord]
      .sort(([a], [b]) => b.length - a.length)
      .map(([word, things]) => ({ pattern: pattern(word), things }));
  }

  /** Whether any of the words is there. */
  isIn(said: Said): boolean {
    return this.#words.some((word) => said.has(word.pattern));
  }

  /** The things whose words are there. The longest are taken out first: "petrol station" is no station. */
  takenFrom(said: Said): ReadonlySet<T> {
    return new Set(this.#words.flatMap((word) => (said.take(word.pattern) ? word.things : [])));
  }
}

/** Text in which words are looked for. */
class Said {
  #text: string;

  constructor(text: string) {
    this.#text = plain(text);
  }

  has(word: RegExp): boolean {
    return word.test(this.#text);
  }

  take(word: RegExp): boolean {
    const taken = this.#text.replace(word, ' ');
    if (taken === this.#text) return false;
    this.#text = taken;
    return true;
  }
}

const wordsFor = (words: readonly string[]): WordList<true> => new WordList([[true, words]]);

const bothLanguages = (words: Words): string[] => [...words.en, ...words.ja];

/** "park" alone is what one does with a car. */
const nounOnly = (words: readonly string[]): string[] =>
  words.flatMap((word) => (word === 'park' ? ['the park', 'a park'] : [word]));

const SIDES = [
  { side: 'LEFT', words: wordsFor(['左', 'ひだり', 'left']) },
  { side: 'RIGHT', words: wordsFor(['右', 'みぎ', 'right']) },
];
const ENDS = new WordList(
  Object.entries(TAIL_WORDS).map(([end, words]) => [end, nounOnly(bothLanguages(words))] as const),
);
const CATEGORIES = new WordList(
  Object.entries(CATEGORY_WORDS).map(([category, words]) => [category, bothLanguages(words)] as const),
);

/** The places that `text` can mean: those it names, or those of a kind that it names; all where it names none. */
export function placesMeant(text: string, pois: readonly Poi[]): readonly Poi[] {
  const said = new Said(text);
  const named = new WordList(pois.map((poi) => [poi, [poi.name]] as const)).takenFrom(said);
  const ends = [...ENDS.takenFrom(said)];
  const categories = CATEGORIES.takenFrom(said);
  const kept = pois.filter(
    (poi) => named.has(poi) || ends.some((end) => poi.name.endsWith(end)) || categories.has(poi.category),
  );
  if (kept.length === 0) return pois;
  const sides = SIDES.filter(({ words }) => words.isIn(said));
  return sides.length === 1 ? narrowed(kept, (poi) => poi.side === sides[0]?.side) : kept;
}

const KINDS = [...VEHICLES, ...PEOPLE, ...WORKERS];
const kindNames = (kind: ThingKind): string[] => [...kind.en, ...kind.ja];
/** Of each kind, what labels call it. */
const KIND_WORDS = new Map(KINDS.map((kind) => [kind, wordsFor(kindNames(kind))]));
const ALL_KINDS = new WordList(KINDS.map((kind) => [kind, kindNames(kind)] as const));
const CLASSES = new WordList(
  (Object.entries(CLASS_WORDS) as [ObjectClass, Words][]).map(
    ([objectClass, words]) => [objectClass, bothLanguages(words)] as const,
  ),
);
const VEHICLE_WORDS = wordsFor(bothLanguages(ANY_VEHICLE));
/** 「赤い」 is said as 「赤の」, too. */
const HUES = COLOURS.map(({ en, ja }) => wordsFor([en, ja, ja.replace(/[いの]$/u, '')]));

const PLACES: readonly { readonly words: WordList<true>; readonly fits: (o: TrackedObject) => boolean }[] = [
  {
    words: wordsFor(['前の', '目の前', '前を走', 'in front', 'ahead']),
    fits: ({ xM, yM }) => xM > 0 && Math.abs(yM) < 1.5,
  },
  { words: wordsFor(['後ろの', 'うしろの', '後ろから', 'behind us']), fits: ({ xM }) => xM < 0 },
  {
    words: wordsFor(['左の', '左側の', '左に', 'on the left', 'to our left', 'on our left']),
    fits: ({ yM }) => yM >= 1.5,
  },
  {
    words: wordsFor(['右の', '右側の', '右に', 'on the right', 'to our right', 'on our right']),
    fits: ({ yM }) => yM <= -1.5,
  },
];

/** The objects that `text` can mean by kind, colour and place; all where it says none of these of any of them. */
export function objectsMeant(text: string, objects: readonly TrackedObject[]): readonly TrackedObject[] {
  const said = new Said(text);
  const hues = HUES.filter((hue) => hue.isIn(said));
  const kinds = [...ALL_KINDS.takenFrom(said)];
  const classes = CLASSES.takenFrom(said);
  const anyVehicle = VEHICLE_WORDS.isIn(said) || classes.has('CAR') || kinds.some(isPlainCar);
  const ofKind = new Set(
    kinds.filter((kind) => !isPlainCar(kind)).flatMap((kind) => calledSo(kind, objects)),
  );
  const kept = objects.filter(
    (object) =>
      ofKind.has(object) ||
      (object.class !== 'CAR' && classes.has(object.class)) ||
      // "The car" may be any motor vehicle: where it is and its colour tell which.
      (anyVehicle && MOTOR_VEHICLES.has(object.class)),
  );
  // 左前 is left, not in front.
  const where = new Said(text.replace(/(?<=[左右])前/gu, ''));
  const tests = [
    (object: TrackedObject): boolean => hues.some((hue) => isLabelled(object, hue)),
    ...PLACES.filter(({ words }) => words.isIn(where)).map(({ fits }) => fits),
  ];
  return tests.reduce<readonly TrackedObject[]>(narrowed, kept.length === 0 ? objects : kept);
}

const isPlainCar = (kind: ThingKind): boolean => kind.en[0] === 'car';

function isLabelled({ label }: TrackedObject, words: WordList<true>): boolean {
  return label !== undefined && words.isIn(new Said(label));
}

/** What is labelled as of a kind; else what nobody has named yet and may be of it. */
function calledSo(kind: ThingKind, objects: readonly TrackedObject[]): readonly TrackedObject[] {
  const words = KIND_WORDS.get(kind);
  const called = objects.filter((object) => words !== undefined && isLabelled(object, words));
  return called.length > 0
    ? called
    : objects.filter((object) => object.label === undefined && kind.class === object.class);
}

/** Those that fit, where some do. */
function narrowed<T>(things: readonly T[], fits: (thing: T) => boolean): readonly T[] {
  const fitting = things.filter(fits);
  return fitting.length > 0 ? fitting : things;
}
