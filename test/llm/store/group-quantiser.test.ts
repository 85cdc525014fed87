import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { halfAtLeast, halfAtMost, halfToNumber, nearestHalf } from '../../../src/llm/formats/half.ts';
import {
  ErrorTally,
  expandGroups,
  type GroupSettings,
  newQuantisedRows,
  quantiseGroups,
  UnstorableWeight,
} from '../../../src/llm/store/group-quantiser.ts';

function roundTrip(values: Float32Array, settings: GroupSettings) {
  const rows = newQuantisedRows(values.length, settings);
  const tally = new ErrorTally();
  quantiseGroups(values, settings, rows, tally);
  return { rows, tally, back: expandGroups(rows, settings) };
}

const settings = fc.record({
  bits: fc.constantFrom(4 as const, 8 as const),
  group: fc.constantFrom(32, 64, 128),
  symmetric: fc.boolean(),
});

/** Two groups of numbers around a centre of any size. */
const weights = (group: number): fc.Arbitrary<Float32Array> =>
  fc
    .record({
      centre: fc.float({ min: -1000, max: 1000, noNaN: true }),
      spread: fc.constantFrom(0, 1e-8, 1e-4, 0.02, 1, 300),
      shares: fc.array(fc.float({ min: -1, max: 1, noNaN: true }), {
        minLength: 2 * group,
        maxLength: 2 * group,
      }),
    })
    .map(({ centre, spread, shares }) => Float32Array.from(shares, (share) => centre + spread * share));

test('every half-precision number comes back from its bits; what lies between goes up, down or to the nearest', () => {
  for (let bits = 0; bits < 0x7c00; bits++) {
    for (const sign of [0, 0x8000]) {
      const value = halfToNumber(bits | sign);
      assert.equal(halfToNumber(nearestHalf(value)), value);
      assert.equal(halfToNumber(halfAtMost(value)), value);
    }
    const value = halfToNumber(bits);
    assert.equal(halfToNumber(halfAtLeast(value)), value);
    const next = halfToNumber(bits + 1);
    if (next === Number.POSITIVE_INFINITY) continue;
    const between = value + (next - value) * 0.3;
    assert.equal(halfToNumber(nearestHalf(between)), value);
    assert.equal(halfToNumber(halfAtLeast(between)), next);
    assert.equal(halfToNumber(halfAtMost(between)), value);
    assert.equal(halfToNumber(halfAtMost(-between)), -next);
    const middle = (value + next) / 2;
    assert.equal(halfToNumber(nearestHalf(middle)), bits % 2 === 0 ? value : next, 'ties go to even');
  }
  assert.equal(nearestHalf(65519), 0x7bff);
  assert.equal(nearestHalf(65520), 0x7c00);
  assert.equal(nearestHalf(-1e9), 0xfc00);
});

test('no weight is off by more than half a step of its group', () => {
  fc.assert(
    fc.property(
      settings.chain((setting) => fc.tuple(fc.constant(setting), weights(setting.group))),
      ([setting, values]) => {
        const { rows, back, tally } = roundTrip(values, setting);
        for (let i = 0; i < values.length; i++) {
          const step = Math.abs(halfToNumber(rows.scales[Math.floor(i / setting.group)] as number));
          const value = values[i] as number;
          // Float32 itself is good for a 2⁻²⁴th of the numbers that are added.
          const allowed = step / 2 + (Math.abs(value) + 2 ** setting.bits * step) * 2 ** -23;
          const error = Math.abs(value - (back[i] as number));
          assert.ok(error <= allowed, `${value} came back as ${back[i]}, step ${step}`);
        }
        assert.ok(tally.mean >= 0 && tally.worst >= tally.mean * (1 - 1e-9));
      },
    ),
    { numRuns: 300 },
  );
});

test('a step is as small as half precision allows: a 15th of the range, or a 7th of the largest', () => {
  fc.assert(
    fc.property(weights(32), (values) => {
      const group = values.subarray(0, 32);
      const [low, high] = [Math.min(...group), Math.max(...group)];
      const asymmetric = roundTrip(group, { bits: 4, group: 32, symmetric: false });
      const minimum = halfToNumber(asymmetric.rows.minima[0] as number);
      assert.ok(minimum <= low && minimum >= low - Math.abs(low) * 2 ** -10 - 2 ** -24);
      const step = halfToNumber(asymmetric.rows.scales[0] as number);
      assert.ok(step <= ((high - minimum) / 15) * (1 + 2 ** -10) + 2 ** -24);
      const symmetric = roundTrip(group, { bits: 4, group: 32, symmetric: true });
      const largest = Math.max(Math.abs(low), Math.abs(high));
      const symmetricStep = Math.abs(halfToNumber(symmetric.rows.scales[0] as number));
      assert.ok(symmetricStep <= (largest / 7.5) * (1 + 2 ** -10) + 2 ** -24);
    }),
    { numRuns: 200 },
  );
});

test('constant groups of half-precision numbers come back exactly', () => {
  fc.assert(
    fc.property(settings, fc.integer({ min: 0, max: 0x7bff }), fc.boolean(), (setting, bits, negative) => {
      // Symmetric scales are an 8th or a 128th of the constant, which must be a half-precision number too.
      fc.pre(!setting.symmetric || bits === 0 || bits >= 8 << 10);
      const value = halfToNumber(bits | (negative ? 0x8000 : 0));
      const { back, tally } = roundTrip(new Float32Array(setting.group).fill(value), setting);
      for (const one of back) assert.ok(one === value, `${value} came back as ${one}`);
      assert.equal(tally.worst, 0);
    }),
    { numRuns: 500 },
  );
});

test('a minimum pays where weights lie to one side', () => {
  const values = Float32Array.from({ length: 256 }, (_, i) => 3 + Math.sin(i * 12.9898));
  for (const bits of [4, 8] as const) {
    const [asymmetric, symmetric] = [false, true].map((one) =>
      roundTrip(values, { bits, group: 64, symmetric: one }),
    );
    assert.ok((asymmetric?.tally.mean ?? 1) < 0.7 * (symmetric?.tally.mean ?? 0), `${bits} bits`);
  }
});

test('NaN, infinities and what half precision can not hold are refused with their place', () => {
  for (const value of [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 1e6 * 128, -1e8]) {
    for (const symmetric of [false, true]) {
      const values = new Float32Array(128).fill(0.5);
      values[77] = value;
      assert.throws(
        () => roundTrip(values, { bits: 4, group: 32, symmetric }),
        (error) => error instanceof UnstorableWeight && error.index === 77,
        `${value}`,
      );
    }
  }
});
