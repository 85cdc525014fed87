import type { Scene } from '../domain/index.ts';

/** More than these nobody could tell apart in words; the nearest count. */
const MOST_OBJECTS = 8;
const MOST_PLACES = 9;

/**
 * Short names for what an utterance may mean: tracks are often called by a UUID of 20 tokens, places by 15 tokens of
 * Japanese, and a small model points more surely than it copies. Objects are `1`, `2`, …, places `P1`, `P2`, …, each
 * in the order of the scene.
 */
export interface Referents {
  readonly objectNames: readonly string[];
  readonly placeNames: readonly string[];
  /** The short name of an object by its id; undefined where it has none (a light, or too far). */
  objectName(id: string): string | undefined;
  /** The short name of a place by its id; undefined where it has none (too far). */
  placeName(id: string): string | undefined;
  /** An answer with the objects' ids and the places' names for short ones; what is no such answer stays as it is. */
  restored(answer: unknown): unknown;
  /** The other way. A thing without a short name keeps its own. */
  shortened(answer: unknown): unknown;
}

type Names = ReadonlyMap<string, string>;

/** The referents of a scene: the nearest objects that are no traffic lights, and the nearest places. */
export function referentsOf(scene: Scene): Referents {
  const objects = nearest(
    scene.objects.filter((object) => object.class !== 'TRAFFIC_LIGHT'),
    ({ xM, yM }) => Math.hypot(xM, yM),
    MOST_OBJECTS,
  );
  const places = nearest(scene.route?.pois ?? [], ({ distanceM }) => Math.abs(distanceM), MOST_PLACES);
  const objectIds = new Map(objects.map(({ id }, index) => [String(index + 1), id]));
  const placeTitles = new Map(places.map(({ name }, index) => [`P${index + 1}`, name]));
  const byId = new Map(places.map(({ id }, index) => [id, `P${index + 1}`]));
  const objectNames = inverse(objectIds);
  return {
    objectNames: [...objectIds.keys()],
    placeNames: [...placeTitles.keys()],
    objectName: (id) => objectNames.get(id),
    placeName: (id) => byId.get(id),
    restored: (answer) => renamed(answer, objectIds, placeTitles),
    shortened: (answer) => renamed(answer, objectNames, inverse(placeTitles)),
  };
}

function nearest<T>(things: readonly T[], distance: (thing: T) => number, most: number): T[] {
  const kept = new Set([...things].sort((a, b) => distance(a) - distance(b)).slice(0, most));
  return things.filter((thing) => kept.has(thing));
}

function inverse(names: Names): Names {
  // Of two places with one name the nearer comes first in the scene, as a rule, and stands for both.
  return new Map([...names].reverse().map(([short, own]) => [own, short]));
}

/** Keys whose text is an object or a place. */
function renamed(value: unknown, objects: Names, places: Names): unknown {
  if (Array.isArray(value)) return value.map((entry) => renamed(entry, objects, places));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, entry]) => {
      if (typeof entry !== 'string') return [key, renamed(entry, objects, places)];
      if (key === 'referent') return [key, objects.get(entry) ?? entry];
      return [key, key === 'poi' || key === 'destination' ? (places.get(entry) ?? entry) : entry];
    }),
  );
}
