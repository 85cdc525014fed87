import type { JournalEntry, TimeNs } from '../../src/domain/index.ts';
import { signWords } from '../../src/law/index.ts';
import type { SignCard } from './report-data.ts';

type SignEntry = Extract<JournalEntry, { type: 'sign' }>;
type OpenSign = { -readonly [K in keyof SignCard]: SignCard[K] } & {
  sightings: SignCard['sightings'][number][];
  decisions: SignCard['decisions'][number][];
};

/** Gathers what was seen and decided of each sign, by its id. */
export class SignBook {
  readonly #seconds: (stampNs: TimeNs) => number;
  readonly #signs = new Map<string, OpenSign>();

  /** @param seconds Seconds since the run began. */
  constructor(seconds: (stampNs: TimeNs) => number) {
    this.#seconds = seconds;
  }

  /** Takes one entry. */
  add(t: number, { sign, applies, why, reading }: SignEntry): void {
    const latest = {
      lastT: t,
      type: sign.type,
      name: signWords(sign),
      ...(sign.value === undefined ? {} : { value: sign.value }),
      confidence: sign.confidence,
      applies,
      why,
      reading,
      plates: sign.supplementary.map(({ type, text, textConfidence, box }) => ({
        ...(type === undefined ? {} : { type }),
        ...(text === undefined ? {} : { text }),
        ...(textConfidence === undefined ? {} : { textConfidence }),
        ...(box === undefined ? {} : { box }),
      })),
    };
    const known = this.#signs.get(sign.id);
    const card: OpenSign =
      known === undefined
        ? { id: sign.id, t, ...latest, sightings: [], decisions: [] }
        : Object.assign(known, latest);
    this.#signs.set(sign.id, card);
    card.sightings.push({
      t: this.#seconds(sign.stampNs),
      camera: sign.camera,
      box: sign.box,
      ...(sign.distanceM === undefined ? {} : { distanceM: sign.distanceM }),
    });
    const before = card.decisions.at(-1);
    if (before?.applies !== applies || before.why.join() !== why.join()) {
      card.decisions.push({ t, applies, why });
    }
  }

  /** The signs in order of time. */
  signs(): SignCard[] {
    return [...this.#signs.values()].sort((a, b) => a.t - b.t);
  }
}
