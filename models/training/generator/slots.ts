import { CodriverError, type Language, type Poi, PoiCategory } from '../../../src/domain/index.ts';
import { CATEGORY_WORDS, TAIL_WORDS } from '../../../src/prompt/place-words.ts';
import { DESTINATIONS, ROADS } from './lexicon.ts';
import { ambiguousPhrase, referringPhrase } from './phrases.ts';
import type { Random } from './random.ts';
import { onlyPlaces, type SampledScene, type SampledThing, tailOf } from './scene-sampler.ts';
import {
  englishDistance,
  englishGap,
  englishSpeed,
  japaneseDistance,
  japaneseGap,
  japaneseSpeed,
  type Spoken,
} from './spoken-numbers.ts';

const NUMBERS = {
  speed: { en: englishSpeed, ja: japaneseSpeed },
  dist: { en: englishDistance, ja: japaneseDistance },
  gap: { en: englishGap, ja: japaneseGap },
} as const;

const SIDES = {
  en: { LEFT: ['left'], RIGHT: ['right'] },
  ja: { LEFT: ['左', '左', '左', '左', 'ひだり'], RIGHT: ['右', '右', '右', '右', 'みぎ'] },
} as const;

/** The words and meanings of one talk's slots; a slot of one name means the same throughout. */
export class Slots {
  readonly #random: Random;
  readonly #sampled: SampledScene;
  readonly #language: Language;
  readonly #filled = new Map<string, Spoken>();

  constructor(random: Random, sampled: SampledScene, language: Language) {
    this.#random = random;
    this.#sampled = sampled;
    this.#language = language;
  }

  /** What is said for a slot; undefined where the scene has nothing for it. */
  said(slot: string): string | undefined {
    return this.#get(slot)?.said;
  }

  /** A meaning with its slots filled; undefined where one has nothing. */
  meaning(text: string): string | undefined {
    let complete = true;
    const filled = text.replace(/\{(\w+)\}/g, (_whole, slot: string) => {
      const value = this.#get(slot)?.meant;
      if (value === undefined) complete = false;
      return value ?? '';
    });
    return complete ? filled : undefined;
  }

  #get(slot: string): Spoken | undefined {
    const known = this.#filled.get(slot);
    if (known !== undefined) return known;
    const spoken = this.#fill(slot);
    if (spoken !== undefined) this.#filled.set(slot, spoken);
    return spoken;
  }

  #fill(slot: string): Spoken | undefined {
    const random = this.#random;
    const language = this.#language;
    const name = slot.replace(/\d+$/, '');
    switch (name) {
      case 'side':
        return this.#side(random.pick(['LEFT', 'RIGHT']));
      case 'other':
        return this.#side(this.#get('side')?.meant === 'LEFT' ? 'RIGHT' : 'LEFT');
      case 'speed':
      case 'dist':
      case 'gap':
        return NUMBERS[name][language](random);
      case 'lanes':
        return random.pick(
          language === 'en'
            ? [
                { said: 'two', meant: '2' },
                { said: '2', meant: '2' },
                { said: 'three', meant: '3' },
              ]
            : [
                { said: '二つ', meant: '2' },
                { said: '2つ', meant: '2' },
                { said: 'ふたつ', meant: '2' },
                { said: '三つ', meant: '3' },
                { said: '3つ', meant: '3' },
              ],
        );
      case 'dest':
      case 'road': {
        const said = random.pick((name === 'dest' ? DESTINATIONS : ROADS)[language]);
        return { said, meant: JSON.stringify(said.replace(/^the /, '')) };
      }
      case 'cat': {
        const category = random.pick(
          PoiCategory.options.filter((each) => CATEGORY_WORDS[each].en.length > 0),
        );
        return { said: random.pick(CATEGORY_WORDS[category][language]), meant: category };
      }
      case 'poi':
      case 'place':
      case 'nowhere':
        return this.#place(name);
      case 'vehicle':
      case 'person':
      case 'worker':
        return this.#thing(name);
      case 'two': {
        const said = ambiguousPhrase(random, this.#sampled.things, language);
        return said === undefined ? undefined : { said, meant: '' };
      }
      default:
        throw new CodriverError('BAD_ARGUMENT', `There is no slot called {${slot}}.`);
    }
  }

  #side(meant: 'LEFT' | 'RIGHT'): Spoken {
    return { said: this.#random.pick(SIDES[this.#language][meant]), meant };
  }

  #place(name: 'poi' | 'place' | 'nowhere'): Spoken | undefined {
    const { scene } = this.#sampled;
    const random = this.#random;
    const language = this.#language;
    const pois = scene.route?.pois ?? [];
    if (name === 'nowhere') {
      const count = (category: string): number => pois.filter((poi) => poi.category === category).length;
      const kinds = PoiCategory.options.filter((category) => count(category) !== 1);
      // Kinds that the scene has twice are asked about as often as ones that it lacks.
      const twice = kinds.filter((category) => count(category) > 1);
      const tails = Object.keys(TAIL_WORDS).filter(
        (tail) => !pois.some((poi) => sharesWord(tailOf(poi), tail) || poi.category === 'RESTAURANT'),
      );
      const words = [
        ...kinds.map((category) => CATEGORY_WORDS[category][language]),
        ...tails.map((tail) => TAIL_WORDS[tail]?.[language] ?? []),
      ].filter((each) => each.length > 0);
      const chosen =
        twice.length > 0 && random.chance(0.5)
          ? CATEGORY_WORDS[random.pick(twice)][language]
          : random.pick(words);
      return { said: random.pick(chosen.length > 0 ? chosen : random.pick(words)), meant: '' };
    }
    const taken = [...this.#filled.values()].map((spoken) => spoken.meant);
    const free = (poi: Poi): boolean => !taken.includes(JSON.stringify(poi.name));
    if (name === 'poi') {
      const candidates = pois.filter(free);
      if (candidates.length === 0) return undefined;
      const poi = random.pick(candidates);
      return { said: poi.name, meant: JSON.stringify(poi.name) };
    }
    const candidates = onlyPlaces(scene, language).filter(({ poi }) => free(poi));
    if (candidates.length === 0) return undefined;
    const { poi, words } = random.pick(candidates);
    return { said: random.pick(words), meant: JSON.stringify(poi.name) };
  }

  #thing(name: 'vehicle' | 'person' | 'worker'): Spoken | undefined {
    const { things } = this.#sampled;
    const isWorker = ({ kind }: SampledThing): boolean =>
      kind.authority !== undefined && kind.authority !== 'EMERGENCY_SERVICE';
    const isPerson = ({ object }: SampledThing): boolean =>
      object.class === 'PEDESTRIAN' || object.class === 'BICYCLE';
    const fitting = things.filter((thing) => {
      if (name === 'worker') return isWorker(thing);
      return name === 'person' ? isPerson(thing) && !isWorker(thing) : !isPerson(thing);
    });
    const taken = [...this.#filled.values()].map((spoken) => spoken.meant);
    for (const thing of this.#random.shuffled(fitting)) {
      if (taken.includes(thing.object.id)) continue;
      const said = referringPhrase(this.#random, thing, things, this.#language);
      if (said !== undefined) return { said, meant: thing.object.id };
    }
    return undefined;
  }
}

/** Whether two names' ends are called by one word. */
function sharesWord(tail: string | undefined, other: string): boolean {
  if (tail === undefined) return false;
  const words = TAIL_WORDS[tail];
  return TAIL_WORDS[other]?.en.some((word) => words?.en.includes(word)) ?? false;
}
