import fc from 'fast-check';
import { PoiCategory, type Scene, type Utterance } from '../../src/domain/index.ts';
import { exampleScene } from '../../src/scene/index.ts';
import { arbitrarySign } from '../../test/law/arbitrary.ts';

const SPOKEN = [
  'そこの角で降ろして',
  '次の信号を左に曲がって',
  'もうちょっとゆっくり',
  '時速六十キロで',
  'コンビニに寄って',
  '前の車についていって',
  '青になったら右',
  '今の取り消し',
  'なんで止まったの',
  '制限速度を無視して',
  'turn left after the station',
  'could you keep a bit more distance',
  'let me out at the pharmacy',
  'take the second right, no, the left',
  'why are we slow?',
  'overtake that van',
  'go 80',
  "I'm feeling sick",
];

const utterance: fc.Arbitrary<Utterance> = fc
  .record({
    text: fc.oneof(
      { weight: 3, arbitrary: fc.constantFrom(...SPOKEN) },
      { weight: 1, arbitrary: fc.string({ unit: 'grapheme', minLength: 1, maxLength: 40 }) },
    ),
    language: fc.constantFrom('ja' as const, 'en' as const),
    confidence: fc.double({ min: 0, max: 1, noNaN: true }),
  })
  .map(({ text, language, confidence }) => ({
    id: 'u1',
    stampNs: 0n,
    text,
    language,
    confidence,
    alternatives: [],
    seat: 'FRONT_RIGHT',
    authority: 'DRIVER_OR_OWNER',
    live: true,
  }));

const metres = fc.integer({ min: 1, max: 300 });
const scene: fc.Arbitrary<Scene> = fc
  .record({
    speedMps: fc.double({ min: 0, max: 30, noNaN: true }),
    signs: fc.array(arbitrarySign, { maxLength: 4 }),
    objects: fc.array(
      fc.record({
        id: fc.integer({ min: 1, max: 99 }).map((n) => `t${n}`),
        class: fc.constantFrom('CAR' as const, 'TRUCK' as const, 'PEDESTRIAN' as const, 'BICYCLE' as const),
        xM: metres,
        yM: fc.integer({ min: -8, max: 8 }),
      }),
      { maxLength: 4 },
    ),
    pois: fc.array(
      fc.record({
        id: fc.integer({ min: 1, max: 99 }).map((n) => `p${n}`),
        name: fc.string({ unit: 'grapheme', minLength: 1, maxLength: 12 }),
        category: fc.constantFrom(...PoiCategory.options),
        distanceM: metres,
        side: fc.constantFrom('LEFT' as const, 'RIGHT' as const),
      }),
      { maxLength: 3 },
    ),
  })
  .map(({ speedMps, signs, objects, pois }) => {
    const base = exampleScene();
    return {
      ...base,
      signs,
      vehicle: { ...base.vehicle!, speedMps },
      objects: objects.map((object) => ({ ...base.objects[0]!, label: undefined, ...object })),
      route: { ...base.route!, pois },
    };
  });

/** Random scenes with something said in them; the same for the same seed. */
export function randomScenes(count: number, seed: number): { scene: Scene; utterance: Utterance }[] {
  return fc.sample(fc.record({ scene, utterance }), { numRuns: count, seed });
}
