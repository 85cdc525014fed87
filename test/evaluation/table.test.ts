import assert from 'node:assert/strict';
import { test } from 'node:test';
import { accountOf } from '../../src/evaluation/account.ts';
import { confusionOf } from '../../src/evaluation/confusion.ts';
import { confusionPicture } from '../../src/evaluation/confusion-picture.ts';
import { metricsOf } from '../../src/evaluation/metrics.ts';
import { selectCases } from '../../src/evaluation/select-cases.ts';
import { failuresText, metricsTable } from '../../src/evaluation/table.ts';
import { config, inJapanese, madeCase, madeResult } from './made-results.ts';

const turn = madeCase(['TURN LEFT', 'TURN LEFT at @NEXT_CORNER'], { id: 'en-1', say: 'left <now> & quick' });
const refuse = madeCase(['REFUSE UNLAWFUL'], { id: 'en-2', category: 'refuse', mustRefuse: true });
const tokens = { prompt: 150, decoded: 4, appended: 12 };
const RESULTS = [
  madeResult(turn, 'TURN LEFT', { tokens, confidence: 0.9 }),
  madeResult(inJapanese(turn), 'TURN RIGHT', { tokens, confidence: 0.7 }),
  madeResult(refuse, 'STOP PROMPT', { tokens, confidence: 0.6 }),
  madeResult(refuse, null),
];

test('the table has every group, in columns that line up', () => {
  const table = metricsTable(metricsOf(RESULTS));
  assert.match(table, /^en +3 +33\.3 \[6\.1–79\.2\] +33\.3 \[6\.1–79\.2\] +33\.3 .*1\/1 \(100\.0 %\) +–$/m);
  assert.match(table, /^ja +1 .*0\/1 \(0\.0 %\)/m);
  assert.match(table, /^all +4 /m);
  assert.match(table, /^refuse +2 /m);
  assert.match(table, /^en +1\/2 \(50\.0 %\) +1\/2 \(50\.0 %\)$/m);
  assert.match(table, /expected calibration error \d/);
  assert.match(table, /^0\.95 +/m);
  assert.match(table, /^en +10 +10 +150 +4 +12$/m);
  assert.match(table, /^no answer: ANSWER_CUT 1$/m);
  const [head, ...rows] = (table.split('\n\n')[1] as string).split('\n');
  for (const row of rows) assert.equal(row.indexOf(']') > 0, true);
  for (const row of rows) assert.equal(row.length, head?.length, 'the last column ends alike');
});

test('answers of the reflex are told apart', () => {
  const [first, ...rest] = RESULTS;
  assert.ok(first);
  const results = [{ ...first, source: 'REFLEX' as const }, ...rest];
  assert.match(metricsTable(metricsOf(results)), /^answered by the reflex: 1 of 4$/m);
  assert.doesNotMatch(metricsTable(metricsOf(RESULTS)), /reflex/);
});

test('a table of nothing has dashes and no NaN', () => {
  assert.doesNotMatch(metricsTable(metricsOf([])), /NaN|undefined/);
});

test('failures say what was said, expected, given and judged', () => {
  const text = failuresText(RESULTS);
  assert.equal(
    text.split('\n').slice(0, 3).join('\n'),
    `en-1  turn  “left <now> & quick”
  expected  TURN LEFT  |  TURN LEFT at @NEXT_CORNER
  got       TURN RIGHT`,
  );
  assert.match(text, /en-2 {2}refuse {2}“x” {2}must not be done/);
  assert.match(text, /got {7}ANSWER_CUT\n {2}verdict {3}none/);
  assert.match(text, /verdict {3}EXECUTE: [A-Z_]+/);
  assert.equal(failuresText([]), '');
});

test('the account has every answer and can be read back', () => {
  const evaluated = {
    model: 'm',
    sha256: '0',
    adapter: 'none',
    set: 'dev',
    reflex: false,
    cases: 9,
  };
  const account = JSON.parse(JSON.stringify(accountOf(evaluated, config, metricsOf(RESULTS), RESULTS)));
  assert.equal(account.interrupted, true);
  assert.equal(account.metrics.languages.length, 3);
  assert.deepEqual(account.results[1], {
    id: 'en-1',
    language: 'ja',
    category: 'turn',
    say: 'left <now> & quick',
    expected: ['TURN LEFT', 'TURN LEFT at @NEXT_CORNER'],
    mustRefuse: false,
    source: 'THOUGHT',
    given: 'TURN RIGHT',
    verdict: RESULTS[1]?.verdict?.outcome,
    reasons: RESULTS[1]?.verdict?.reasons.map(({ code }) => code),
    score: { decision: true, kinds: true, full: false, referents: null },
    confidence: 0.7,
    latencyMs: 10,
    tokens,
  });
  assert.equal(account.results[3].noAnswer, 'ANSWER_CUT');
});

test('the picture shows what was expected or given, and nothing as markup', () => {
  const picture = confusionPicture(confusionOf(RESULTS), 'a <b> & c');
  assert.match(picture, /prefers-color-scheme: dark/);
  assert.match(picture, /a &lt;b> &amp; c/);
  assert.match(picture, />turn</);
  assert.doesNotMatch(picture, />park<|NaN|undefined/);
  assert.doesNotMatch(confusionPicture(confusionOf([]), ''), /NaN|undefined/);
});

test('a part of a set is spread over it', () => {
  const cases = Array.from({ length: 10 }, (_, i) =>
    madeCase(['RESUME'], { id: String(i), category: i < 4 ? 'a' : 'b' }),
  );
  const ids = (selection: Parameters<typeof selectCases>[1]): string =>
    selectCases(cases, selection)
      .map(({ id }) => id)
      .join('');
  assert.equal(ids({}), '0123456789');
  assert.equal(ids({ limit: 3 }), '036');
  assert.equal(ids({ limit: 99 }), '0123456789');
  assert.equal(ids({ category: 'b', limit: 2 }), '47');
  assert.throws(() => ids({ category: 'c' }), { code: 'BAD_ARGUMENT', remedy: /a, b/ });
});
