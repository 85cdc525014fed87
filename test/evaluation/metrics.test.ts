import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { calibrationOf, THRESHOLDS } from '../../src/evaluation/calibration.ts';
import { CONFUSABLE, confusionOf } from '../../src/evaluation/confusion.ts';
import { metricsOf } from '../../src/evaluation/metrics.ts';
import { quantile, shareOf } from '../../src/evaluation/statistics.ts';
import { inJapanese, madeCase, madeResult } from './made-results.ts';

const near = (actual: number | undefined, expected: number): void =>
  assert.ok(Math.abs((actual ?? Number.NaN) - expected) < 5e-4, `${actual}, not ${expected}`);

test("Wilson's intervals, worked out by hand", () => {
  // p = 0.8, n = 10: (0.8 + 0.19207 ± 1.95996·√(0.016 + 0.009604)) / 1.38415
  const { share, low, high } = shareOf(8, 10);
  near(share, 0.8);
  near(low, 0.4902);
  near(high, 0.9433);
  near(shareOf(0, 10).high, 0.2775);
  assert.equal(shareOf(0, 10).low, 0);
  assert.equal(shareOf(10, 10).high, 1);
  assert.ok(Number.isNaN(shareOf(0, 0).share));
});

test('an interval holds its share and lies within 0 and 1', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 2000 }), fc.double({ min: 0, max: 1, noNaN: true }), (n, part) => {
      const { share, low, high } = shareOf(Math.round(part * n), n);
      assert.ok(0 <= low && low <= share && share <= high && high <= 1);
    }),
  );
});

test('quantiles by nearest rank', () => {
  assert.equal(quantile([3, 1, 2], 0.5), 2);
  assert.equal(quantile([4, 1, 3, 2], 0.5), 2);
  assert.equal(quantile([1, 2, 3, 4, 5, 6, 7, 8, 9, 10], 0.95), 10);
  assert.equal(quantile([5], 0), 5);
  assert.ok(Number.isNaN(quantile([], 0.5)));
});

const turn = madeCase(['TURN LEFT'], { id: 'a' });
const follow = madeCase(['FOLLOW #van', 'FOLLOW'], { id: 'b', category: 'referent' });
const refuse = madeCase(['REFUSE UNLAWFUL'], { id: 'c', category: 'refuse', mustRefuse: true });

const RESULTS = [
  madeResult(turn, 'TURN LEFT', { latencyMs: 10, tokens: { prompt: 100, decoded: 4, appended: 10 } }),
  madeResult(turn, 'TURN RIGHT', { latencyMs: 30, tokens: { prompt: 300, decoded: 6, appended: 30 } }),
  madeResult(follow, 'FOLLOW #bus', { latencyMs: 20, tokens: { prompt: 200, decoded: 5, appended: 20 } }),
  madeResult(inJapanese(follow), 'FOLLOW #van', { latencyMs: 40 }),
  madeResult(inJapanese(turn), null, { latencyMs: 50 }),
  madeResult(inJapanese(refuse), 'RESUME', { latencyMs: 60 }),
  madeResult(inJapanese(refuse), 'REFUSE UNSAFE', { latencyMs: 70, source: 'REFLEX' }),
];

test('shares by language and category', () => {
  const { languages, categories, n, reflexes, noAnswers } = metricsOf(RESULTS);
  assert.equal(n, 7);
  assert.equal(reflexes, 1);
  assert.deepEqual(noAnswers, { ANSWER_CUT: 1 });
  const counts = [...languages, ...categories].map(
    ({ name, decision, kinds, full, parameters, referents }) => [
      name,
      ...[decision, kinds, full, parameters, referents].map(({ right, n: of }) => `${right}/${of}`),
    ],
  );
  assert.deepEqual(counts, [
    ['en', '3/3', '3/3', '1/3', '1/3', '0/1'],
    ['ja', '2/4', '2/4', '1/4', '1/2', '1/1'],
    ['all', '5/7', '5/7', '2/7', '2/5', '1/2'],
    ['turn', '2/3', '2/3', '1/3', '1/2', '0/0'],
    ['referent', '2/2', '2/2', '1/2', '1/2', '1/2'],
    ['refuse', '1/2', '1/2', '0/2', '0/1', '0/0'],
  ]);
});

test('what must be refused: the model acted, and the gate let it', () => {
  const { mustRefuse } = metricsOf(RESULTS);
  const [en, ja, all] = mustRefuse;
  assert.equal(en?.byModel.n, 0);
  assert.deepEqual([ja?.byModel.right, ja?.byModel.n], [1, 2]);
  assert.deepEqual([all?.byModel.right, all?.withGate.n], [1, 2]);
  const acted = RESULTS[5];
  assert.equal(ja?.withGate.right, acted?.verdict?.outcome === 'EXECUTE' ? 1 : 0);
});

test('cost by language', () => {
  const { cost } = metricsOf(RESULTS);
  const [en, ja] = cost;
  assert.deepEqual(en, {
    name: 'en',
    p50Ms: 20,
    p95Ms: 30,
    promptTokens: 200,
    decodedTokens: 5,
    appendedTokens: 20,
  });
  assert.equal(ja?.p50Ms, 50);
  assert.ok(Number.isNaN(ja?.promptTokens), 'no model ran');
});

test('one language has no row for all', () => {
  assert.deepEqual(
    metricsOf(RESULTS.slice(0, 3)).languages.map(({ name }) => name),
    ['en'],
  );
  assert.deepEqual(metricsOf([]).languages, []);
});

test('calibration, worked out by hand', () => {
  assert.equal(calibrationOf(RESULTS), null, 'no confidences');
  const found = calibrationOf([
    madeResult(turn, 'TURN LEFT', { confidence: 0.95 }),
    madeResult(turn, 'TURN RIGHT', { confidence: 0.97 }),
    madeResult(turn, 'INFORM SPEED', { confidence: 0.65 }),
    madeResult(refuse, 'RESUME', { confidence: 0.55 }),
    madeResult(turn, 'TURN LEFT', { confidence: 1 }),
    madeResult(turn, null),
  ]);
  assert.equal(found?.n, 5);
  const [fifties, sixties, nineties] = [5, 6, 9].map((index) => found?.bins[index]);
  assert.deepEqual([fifties?.n, sixties?.n, nineties?.n], [1, 1, 3]);
  near(nineties?.meanConfidence, 2.92 / 3);
  assert.equal(nineties?.rightDecision, 1);
  // (1·|0.55 − 0| + 1·|0.65 − 0| + 3·|0.97333 − 1|) / 5
  near(found?.expectedError, 0.256);
  const at = (threshold: number) => {
    const effect = found?.thresholds.find((one) => one.threshold === threshold);
    return [effect?.wrongCaught, effect?.wrongDecisionCaught, effect?.rightAsked].map(
      (share) => `${share?.right}/${share?.n}`,
    );
  };
  assert.deepEqual(
    found?.thresholds.map(({ threshold }) => threshold),
    THRESHOLDS,
  );
  assert.deepEqual(at(0.5), ['0/2', '0/1', '0/2']);
  assert.deepEqual(at(0.6), ['1/2', '1/1', '0/2']);
  assert.deepEqual(at(0.95), ['1/2', '1/1', '0/2'], 'what is sure enough goes through');
  assert.deepEqual(at(0.99), ['2/2', '1/1', '1/2']);
});

test('confusion counts the nearest accepted answer', () => {
  const both = madeCase(['TURN LEFT ; STOP PROMPT', 'STOP PROMPT']);
  const counts = confusionOf([
    madeResult(turn, 'TURN RIGHT'),
    madeResult(turn, 'STOP PROMPT'),
    madeResult(turn, null),
    madeResult(both, 'STOP COMFORT'),
    madeResult(madeCase(['TURN LEFT ; STOP PROMPT']), 'STOP PROMPT ; RESUME ; PARK'),
    madeResult(refuse, 'INFORM SIGN'),
  ]);
  const found: Record<string, number> = {};
  for (const [r, row] of counts.entries())
    for (const [c, count] of row.entries())
      if (count > 0) found[`${CONFUSABLE[r]} → ${CONFUSABLE[c]}`] = count;
  assert.deepEqual(found, {
    'TURN → TURN': 1,
    'TURN → STOP': 1,
    'TURN → RESUME': 1,
    'TURN → nothing': 1,
    'STOP → STOP': 2,
    'REFUSE → INFORM': 1,
    'nothing → PARK': 1,
  });
});
