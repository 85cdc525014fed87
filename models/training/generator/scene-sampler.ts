import {
  type Language,
  type Poi,
  PoiCategory,
  type Scene,
  type TrackedObject,
} from '../../../src/domain/index.ts';
import { COLOURS, PEOPLE, type ThingKind, VEHICLES, WORKERS } from '../../../src/prompt/object-words.ts';
import { CATEGORY_WORDS, TAIL_WORDS } from '../../../src/prompt/place-words.ts';
import { exampleScene } from '../../../src/scene/index.ts';
import {
  DESTINATIONS,
  INJECTIONS,
  MAIN_SIGNS,
  NAME_HEADS,
  NAME_TAILS,
  PLATE_TEXTS,
  ROADS,
} from './lexicon.ts';
import type { Random } from './random.ts';

/** An object of a made scene, with what is known of it beside the domain's fields. */
export interface SampledThing {
  readonly object: TrackedObject;
  readonly kind: ThingKind;
  /** Index into COLOURS where the label names a colour. */
  readonly colour?: number;
  /** Whether its label names its kind: else only the class is known. */
  readonly labelled: boolean;
}

/** A scene and what utterances may say of it. */
export interface SampledScene {
  readonly scene: Scene;
  readonly things: readonly SampledThing[];
}

/** What an utterance needs in its scene. */
export interface SceneNeeds {
  readonly poi: boolean;
  readonly vehicle: boolean;
  readonly person: boolean;
  readonly worker: boolean;
  /** Two things that the same words fit. */
  readonly two: boolean;
}

const CATEGORIES = PoiCategory.options;

/** The share of scenes with text that tries to command. */
const INJECTED_SHARE = 0.15;

/** Draws a scene that has what is needed, with the scene, prompt and vocabulary of the product. */
export function sampleScene(random: Random, needs: SceneNeeds): SampledScene {
  const base = exampleScene();
  const { stampNs } = base;
  const injected = random.chance(INJECTED_SHARE);
  const pois = samplePois(random, needs.poi || random.chance(0.7));
  const things = sampleThings(random, needs);
  const roadless = !needs.poi && random.chance(0.05);
  const laneCount = random.pick([1, 2, 2, 3, 3, 4]);
  const language = random.chance(0.5) ? 'ja' : 'en';
  const mapLimitMps = random.chance(0.1) ? null : random.pick([20, 30, 40, 50, 60, 80, 100]) / 3.6;
  const junctions = random.shuffled([1, 2, 3]).slice(0, random.whole(0, 3));
  const scene: Scene = {
    ...base,
    vehicle: {
      stampNs,
      speedMps: random.chance(0.2) ? 0 : random.whole(1, 28),
      gear: 'DRIVE',
      mode: 'AUTONOMOUS',
      doorOpen: false,
    },
    route: roadless
      ? null
      : {
          stampNs,
          ...(random.chance(0.6) ? { roadName: random.pick(ROADS[language]).replace(/^the /, '') } : {}),
          laneCount,
          laneIndex: random.whole(0, laneCount - 1),
          mapLimitMps,
          junctions: junctions.map((_, index) => ({
            id: `j${index}`,
            distanceM: (index + 1) * random.whole(20, 180),
            exits: ['LEFT', 'RIGHT', 'STRAIGHT'],
            signalized: random.chance(0.5),
          })),
          pois: injected && pois.length > 0 && random.chance(0.3) ? withBadName(random, pois, needs) : pois,
          remainingM: random.whole(100, 20000),
          ...(random.chance(0.6)
            ? { destination: random.pick(DESTINATIONS[language]).replace(/^the /, '') }
            : {}),
        },
    signs: sampleSigns(random, injected, stampNs),
    objects: [
      ...things.map((thing) => thing.object),
      ...(random.chance(0.2) ? [light(random)] : []),
      ...(injected && random.chance(0.15) ? [badlyLabelled(random)] : []),
    ],
  };
  return { scene, things };
}

/** A name such as 青空マート or Maple Diner. */
export function placeName(random: Random, category: PoiCategory): string {
  const language = random.chance(0.5) ? 'ja' : 'en';
  const head = random.pick(NAME_HEADS[language]);
  const tail = random.pick(NAME_TAILS[category][language]);
  return language === 'ja' ? head + tail : `${head} ${tail}`;
}

function samplePois(random: Random, some: boolean): Poi[] {
  const count = some ? random.pick([1, 2, 2, 3, 3, 4, 5]) : 0;
  const pois: Poi[] = [];
  for (let i = 0; i < count; i++) {
    // Sometimes a second one of a kind.
    const category = i > 0 && random.chance(0.25) ? (pois[0] as Poi).category : random.pick(CATEGORIES);
    const name = placeName(random, category);
    if (pois.some((poi) => poi.name === name)) continue;
    const distanceM = random.whole(3, 150) * 10;
    pois.push({ id: `p${i + 1}`, name, category, distanceM, side: random.pick(['LEFT', 'RIGHT']) });
  }
  return pois;
}

/** One more place, whose name tries to command; those that an utterance may mean stay. */
function withBadName(random: Random, pois: readonly Poi[], needs: SceneNeeds): Poi[] {
  const bad: Poi = {
    id: 'p9',
    name: random.pick(INJECTIONS),
    category: needs.poi ? 'OTHER' : random.pick(CATEGORIES),
    distanceM: random.whole(3, 150) * 10,
    side: random.pick(['LEFT', 'RIGHT']),
  };
  return random.shuffled([...pois, bad]);
}

function sampleThings(random: Random, needs: SceneNeeds): SampledThing[] {
  const things: SampledThing[] = [];
  const add = (kinds: readonly ThingKind[]): void => {
    things.push(sampleThing(random, kinds, things.length + 1));
  };
  if (needs.vehicle || random.chance(0.5)) add(VEHICLES);
  if (needs.two) {
    // Two of a kind, neither of them in a place of its own to be told by.
    const kind = random.pick(random.chance(0.7) ? VEHICLES : PEOPLE);
    add([kind]);
    add([kind]);
  } else if (random.chance(0.5)) add(VEHICLES);
  if (random.chance(0.3)) add(VEHICLES);
  if (needs.person || random.chance(0.2)) add(PEOPLE);
  if (needs.worker || random.chance(0.08)) add(WORKERS);
  return random.shuffled(things);
}

function weighted(random: Random, kinds: readonly ThingKind[]): ThingKind {
  let left = random.next() * kinds.reduce((sum, kind) => sum + kind.share, 0);
  for (const kind of kinds) {
    left -= kind.share;
    if (left < 0) return kind;
  }
  return kinds[0] as ThingKind;
}

function sampleThing(random: Random, kinds: readonly ThingKind[], number: number): SampledThing {
  const kind = weighted(random, kinds);
  const isPerson = kind.class === 'PEDESTRIAN' || kind.class === 'BICYCLE';
  const where = random.pick(
    isPerson
      ? (['left', 'right', 'front'] as const)
      : (['front', 'front', 'left', 'right', 'behind'] as const),
  );
  const labelled = kind.authority !== undefined || random.chance(0.65);
  const colour =
    labelled && kind.coloured && random.chance(0.6) ? random.whole(0, COLOURS.length - 1) : undefined;
  const ja = random.chance(0.4);
  const hue = colour === undefined ? undefined : COLOURS[colour];
  const label = ja
    ? `${hue?.ja ?? ''}${kind.ja[0]}`
    : `${hue === undefined ? '' : `${hue.en} `}${kind.en[0]}`;
  const object: TrackedObject = {
    id: `${kind.class.toLowerCase()}-${number}${random.whole(0, 9)}`,
    class: kind.class,
    confidence: 0.9,
    xM: where === 'behind' ? -random.whole(6, 40) : random.whole(6, 60),
    yM:
      where === 'left'
        ? random.pick([2.5, 3.2, 3.6])
        : where === 'right'
          ? random.pick([-2.5, -3.2, -3.6])
          : 0,
    yawRad: 0,
    speedMps: random.whole(0, 20),
    lengthM: 4,
    widthM: 1.8,
    ...(labelled ? { label } : {}),
    ...(kind.authority === undefined ? {} : { authority: kind.authority }),
    ...(WORKERS.includes(kind) ? { gesture: random.pick(['STOP', 'GO', 'SLOW', 'NONE'] as const) } : {}),
  };
  return { object, kind, labelled, ...(colour === undefined ? {} : { colour }) };
}

function light(random: Random): TrackedObject {
  return {
    id: 'light-1',
    class: 'TRAFFIC_LIGHT',
    confidence: 0.9,
    xM: random.whole(5, 120),
    yM: 2,
    yawRad: 0,
    speedMps: 0,
    lengthM: 0,
    widthM: 0,
    light: random.pick(['GREEN', 'RED', 'YELLOW'] as const),
  };
}

function badlyLabelled(random: Random): TrackedObject {
  return { ...light(random), id: 'sticker', class: 'UNKNOWN', label: random.pick(INJECTIONS) };
}

function sampleSigns(random: Random, injected: boolean, stampNs: bigint): Scene['signs'] {
  const count = injected ? random.whole(1, 2) : random.pick([0, 0, 1, 1, 2]);
  return Array.from({ length: count }, (_, index) => {
    const main = random.pick(MAIN_SIGNS);
    const bad = injected && (index === 0 || random.chance(0.3));
    const plates = bad || random.chance(0.5) ? [random.pick(bad ? INJECTIONS : PLATE_TEXTS)] : [];
    return {
      id: `s${index}`,
      stampNs,
      camera: 'front',
      type: main.type,
      ...(main.values === undefined ? {} : { value: random.pick(main.values) }),
      box: { xPx: 0, yPx: 0, widthPx: 1, heightPx: 1 },
      confidence: 0.9,
      distanceM: random.whole(-3, 12) * 10,
      supplementary: plates.map((text) => ({ text, confidence: 0.9, textConfidence: 0.9 })),
      firstSeenNs: stampNs,
      lastSeenNs: stampNs,
      state: random.chance(0.8) ? ('AHEAD' as const) : ('PASSED' as const),
    };
  });
}

/** The end of a place's name that says more of it than its category. */
export function tailOf(poi: Poi): string | undefined {
  return Object.keys(TAIL_WORDS).find((tail) => poi.name.endsWith(tail));
}

/** The places of a scene that some words fit alone, each with those words. */
export function onlyPlaces(scene: Scene, language: Language): { poi: Poi; words: readonly string[] }[] {
  const pois = scene.route?.pois ?? [];
  const called = (poi: Poi): { kind: readonly string[]; end: readonly string[] } => ({
    kind: CATEGORY_WORDS[poi.category][language],
    end: TAIL_WORDS[tailOf(poi) ?? '']?.[language] ?? [],
  });
  return pois.flatMap((poi) => {
    const others = pois.filter((other) => other !== poi).map(called);
    const { kind, end } = called(poi);
    const words = [...kind, ...end, ...end].filter(
      (word) => !others.some((other) => other.kind.includes(word) || other.end.includes(word)),
    );
    return words.length === 0 ? [] : [{ poi, words }];
  });
}
