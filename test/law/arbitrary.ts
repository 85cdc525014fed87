import fc from 'fast-check';
import type { SceneSign } from '../../src/domain/index.ts';
import { makeSign } from './signs.ts';

const TYPES = [
  'JP:323',
  'JP:315',
  'JP:316',
  'JP:314',
  'JP:313',
  'JP:311-A',
  'JP:311-B',
  'JP:303',
  'JP:330-A',
  'JP:208',
];
const PLATES = [
  '8-20',
  '20-22',
  '日曜・休日を除く',
  '大型等',
  '自転車を除く',
  '終わり',
  'この先100m',
  'Speed 200 OK',
];

/** Any sign with any plates, read well, badly or not at all. */
export const arbitrarySign: fc.Arbitrary<SceneSign> = fc
  .record({
    id: fc.integer({ min: 1, max: 1e9 }),
    type: fc.constantFrom(...TYPES),
    value: fc.option(fc.integer({ min: 0, max: 200 }), { nil: undefined }),
    plates: fc.array(
      fc.record({
        text: fc.oneof(fc.constantFrom(...PLATES), fc.string({ maxLength: 12 })),
        textConfidence: fc.double({ min: 0, max: 1, noNaN: true }),
      }),
      { maxLength: 2 },
    ),
    distanceM: fc.option(fc.integer({ min: -50, max: 300 }), { nil: undefined }),
    state: fc.constantFrom('AHEAD' as const, 'PASSED' as const),
  })
  .map(({ id, type, value, plates, distanceM, state }) =>
    makeSign(type, plates, {
      id: `s${id}`,
      state,
      ...(value === undefined ? {} : { value }),
      ...(distanceM === undefined ? {} : { distanceM }),
    }),
  );
