import type { Language, Scene, TrackedObject } from '../domain/index.ts';
import { ANY_VEHICLE, CLASS_WORDS, COLOURS, PEOPLE, VEHICLES, WORKERS } from './object-words.ts';
import { CATEGORY_WORDS, TAIL_WORDS, type Words } from './place-words.ts';

type Poi = NonNullable<Scene['route']>['pois'][number];

/**
 * Which places and objects of a scene an utterance can mean by its words: names, kinds, colours, sides. It bounds what
 * the grammar lets the model point at. Where no word is known, everything may be meant.
 */

/** Text in which words are looked for; what was found is taken out, so that "petrol station" is no station. */
class Said {
  #text: string;

  constructor(text: string) {
    this.#text = plain(text);
  }

  /** Whether one of the words is there, as a whole word where it is Latin script. */
  has(words: readonly string[]): boolean {
    return words.some((word) => pattern(word).test(this.#text));
  }

  take(word: string): boolean {
    const taken = this.#text.replace(pattern(word), ' ');
    if (taken === this.#text) return false;
    this.#text = taken;
    return true;
  }
}

const plain = (text: string): string => text.normalize('NFKC').toLowerCase();

function pattern(word: string): RegExp {
  const escaped = plain(word).replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
  return /^[\p{Script=Latin}\d' -]+$/u.test(word)
    ? new RegExp(`(?<![\\p{L}\\p{N}])${escaped}(?:s|'s)?(?![\\p{L}\\p{N}])`, 'u')
    : new RegExp(escaped, 'u');
}

/** Every entry whose words are said, the longest words first. */
function saidOf<T>(said: Said, entries: readonly (readonly [T, readonly string[]])[]): T[] {
  const words = entries.flatMap(([entry, each]) => each.map((word) => ({ entry, word })));
  const found = new Set<T>();
  for (const { entry, word } of words.sort((a, b) => b.word.length - a.word.length)) {
    if (said.take(word)) {
      for (const other of words) if (other.word === word) found.add(other.entry);
      found.add(entry);
    }
  }
  return [...found];
}

const bothLanguages = (words: Words): string[] => [...words.en, ...words.ja];

/** "park" alone is what one does with a car. */
const nounOnly = (words: readonly string[]): string[] =>
  words.flatMap((word) => (word === 'park' ? ['the park', 'a park'] : [word]));

const LEFT = ['左', 'ひだり', 'left'];
const RIGHT = ['右', 'みぎ', 'right'];

/** The places that `text` can mean: those it names, or those of a kind that it names; all where it names none. */
export function placesMeant(text: string, pois: readonly Poi[]): readonly Poi[] {
  const said = new Said(text);
  const byName = saidOf(
    said,
    pois.map((poi) => [poi, [poi.name]] as const),
  );
  const tails = saidOf(
    said,
    Object.entries(TAIL_WORDS).map(([tail, words]) => [tail, nounOnly(bothLanguages(words))] as const),
  );
  const categories = saidOf(
    said,
    Object.entries(CATEGORY_WORDS).map(([category, words]) => [category, bothLanguages(words)] as const),
  );
  const byTail = pois.filter((poi) => tails.some((tail) => poi.name.endsWith(tail)));
  const byCategory = pois.filter((poi) => categories.includes(poi.category));
  const meant = new Set([...byName, ...byTail, ...byCategory]);
  if (meant.size === 0) return pois;
  const kept = pois.filter((poi) => meant.has(poi));
  const sides = [...(said.has(LEFT) ? ['LEFT'] : []), ...(said.has(RIGHT) ? ['RIGHT'] : [])];
  const there = kept.filter((poi) => sides.includes(poi.side));
  return kept.length > 1 && sides.length === 1 && there.length > 0 ? there : kept;
}

const KINDS = [...VEHICLES, ...PEOPLE, ...WORKERS];
const MOTOR: readonly string[] = ['CAR', 'TRUCK', 'BUS', 'MOTORCYCLE'];

const PLACES: readonly { readonly words: readonly string[]; readonly fits: (o: TrackedObject) => boolean }[] =
  [
    {
      words: ['前の', '目の前', '前を走', 'in front', 'ahead'],
      fits: ({ xM, yM }) => xM > 0 && Math.abs(yM) < 1.5,
    },
    { words: ['後ろの', 'うしろの', '後ろから', 'behind us'], fits: ({ xM }) => xM < 0 },
    {
      words: ['左の', '左側の', '左に', 'on the left', 'to our left', 'on our left'],
      fits: ({ yM }) => yM >= 1.5,
    },
    {
      words: ['右の', '右側の', '右に', 'on the right', 'to our right', 'on our right'],
      fits: ({ yM }) => yM <= -1.5,
    },
  ];

/** The objects that `text` can mean by kind, colour and place; all where it says none of these of any of them. */
export function objectsMeant(text: string, objects: readonly TrackedObject[]): readonly TrackedObject[] {
  const said = new Said(text);
  const labelled = (object: TrackedObject, words: readonly string[]): boolean =>
    object.label !== undefined && new Said(object.label).has(words);
  const hues = COLOURS.filter((hue) => said.has([hue.en, hue.ja, hue.ja.replace(/[いの]$/u, '')]));
  const kinds = saidOf(
    said,
    KINDS.map((kind) => [kind, [...kind.en, ...kind.ja]] as const),
  );
  const classes = saidOf(said, classEntries());
  const anyVehicle =
    said.has(bothLanguages(ANY_VEHICLE)) || classes.includes('CAR') || kinds.some(isPlainCar);
  const ofKind = kinds
    .filter((kind) => !isPlainCar(kind))
    .flatMap((kind) => {
      const called = objects.filter((object) => labelled(object, [...kind.en, ...kind.ja]));
      // One that nobody has named yet may be of the kind, too.
      return called.length > 0 ? called : objects.filter((o) => isUnlabelled(o) && kind.class === o.class);
    });
  const ofClass = objects.filter((object) => object.class !== 'CAR' && classes.includes(object.class));
  // "The car" may be any motor vehicle: where it is and its colour tell which.
  const vehicles = anyVehicle ? objects.filter((object) => MOTOR.includes(object.class)) : [];
  const meant = new Set([...ofKind, ...ofClass, ...vehicles]);
  let kept = meant.size === 0 ? [...objects] : objects.filter((object) => meant.has(object));
  kept = narrowed(kept, (object) =>
    hues.some((hue) => labelled(object, [hue.en, hue.ja, hue.ja.replace(/[いの]$/u, '')])),
  );
  // 左前 is left, not in front.
  const where = new Said(text.replace(/(?<=[左右])前/gu, ''));
  for (const { words, fits } of PLACES) if (where.has(words)) kept = narrowed(kept, fits);
  return kept;
}

const isUnlabelled = (object: TrackedObject): boolean => object.label === undefined;
const isPlainCar = (kind: (typeof KINDS)[number]): boolean => kind.en[0] === 'car';

function classEntries(): [TrackedObject['class'], string[]][] {
  const entries = Object.entries(CLASS_WORDS) as [
    TrackedObject['class'],
    Record<Language, readonly string[]>,
  ][];
  return entries.map(([objectClass, words]) => [objectClass, bothLanguages(words)]);
}

/** Those that fit, where some do and others don't. */
function narrowed<T>(things: T[], fits: (thing: T) => boolean): T[] {
  const fitting = things.filter(fits);
  return fitting.length > 0 ? fitting : things;
}
