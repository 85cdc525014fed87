import type { Language } from '../../../src/domain/index.ts';
import {
  ANY_VEHICLE,
  CLASS_WORDS,
  COLOURS,
  MOTOR_VEHICLES,
  POSITIONS,
} from '../../../src/prompt/object-words.ts';
import type { Random } from './random.ts';
import type { SampledThing } from './scene-sampler.ts';

type Position = keyof typeof POSITIONS;

/** Something said of a thing: the words, and which things they fit. */
interface Phrase {
  readonly text: string;
  readonly fits: (thing: SampledThing) => boolean;
}

function positionOf({ object }: SampledThing): Position {
  if (object.xM < 0) return 'behind';
  if (Math.abs(object.yM) < 1.5) return 'front';
  return object.yM > 0 ? 'left' : 'right';
}

/** Words for a thing's kind: what its label names, what its class is called, or any vehicle. */
function nouns(random: Random, thing: SampledThing, language: Language): Phrase[] {
  const { kind, labelled, object } = thing;
  const phrases: Phrase[] = [];
  if (labelled) {
    phrases.push({
      text: random.pick(kind[language]),
      fits: (other) => other.labelled && other.kind === kind,
    });
  }
  const classWords = CLASS_WORDS[object.class][language];
  if (classWords.length > 0 && (!labelled || kind.authority === undefined)) {
    const text = random.pick(classWords);
    phrases.push({ text, fits: (other) => other.object.class === object.class });
  }
  if (MOTOR_VEHICLES.has(object.class) && random.chance(0.35)) {
    phrases.push({
      text: random.pick(ANY_VEHICLE[language]),
      fits: (other) => MOTOR_VEHICLES.has(other.object.class),
    });
  }
  return phrases;
}

/**
 * Words that fit `thing` and nothing else of the scene, without article: "white van", "bus on the left", 「前のトラック」.
 * Undefined where no words do.
 */
export function referringPhrase(
  random: Random,
  thing: SampledThing,
  things: readonly SampledThing[],
  language: Language,
): string | undefined {
  const candidates: string[] = [];
  const position = positionOf(thing);
  for (const noun of nouns(random, thing, language)) {
    const where = random.pick(POSITIONS[position][language]);
    const colour = thing.colour === undefined ? undefined : COLOURS[thing.colour]?.[language];
    const wholly = noun.text === 'guy' || noun.text === 'one' || noun.text === 'やつ';
    for (const withColour of colour === undefined ? [false] : [false, true]) {
      for (const withPlace of wholly ? [true] : [false, true]) {
        const fits = (other: SampledThing): boolean =>
          noun.fits(other) &&
          (!withColour || other.colour === thing.colour) &&
          (!withPlace || positionOf(other) === position);
        const fitting = things.filter(fits);
        // Of several in front of the car, "in front" is the nearest.
        const nearest = fitting.every((other) => Math.abs(other.object.xM) >= Math.abs(thing.object.xM));
        if (fitting.length > 1 && !(withPlace && position === 'front' && nearest)) continue;
        candidates.push(
          language === 'ja'
            ? `${withPlace ? where : ''}${withColour ? colour : ''}${noun.text}`
            : `${withColour ? `${colour} ` : ''}${noun.text}${withPlace ? ` ${where}` : ''}`,
        );
      }
    }
  }
  const hue = thing.colour === undefined ? undefined : COLOURS[thing.colour];
  if (
    hue !== undefined &&
    random.chance(0.3) &&
    things.every((other) => other === thing || other.colour !== thing.colour)
  ) {
    // "the blue one", 「青いの」「銀色のやつ」
    const bare = hue.ja.endsWith('の') ? `${hue.ja}やつ` : hue.ja + random.pick(['の', 'やつ']);
    candidates.push(language === 'ja' ? bare : `${hue.en} one`);
  }
  return candidates.length === 0 ? undefined : random.pick(candidates);
}

/** Words that fit at least two things of the scene. */
export function ambiguousPhrase(
  random: Random,
  things: readonly SampledThing[],
  language: Language,
): string | undefined {
  const candidates: string[] = [];
  for (const thing of things) {
    for (const noun of nouns(random, thing, language)) {
      // Of several vehicles in front of the car, "the car" is the nearest: that is not ambiguous enough.
      const fitting = things.filter(noun.fits);
      const front = fitting.filter((other) => positionOf(other) === 'front');
      if (fitting.length > 1 && front.length !== 1) candidates.push(noun.text);
    }
  }
  return candidates.length === 0 ? undefined : random.pick(candidates);
}
