import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CodriverError } from '../../src/domain/index.ts';
import { runEvaluation } from '../../src/evaluation/run.ts';
import { config, madeCase, scriptedModel } from './made-results.ts';

const left = madeCase(['TURN LEFT'], { say: 'left please' });
const LEFT = '{"decision":"EXECUTE","actions":[{"kind":"TURN","direction":"LEFT"}]}';

test('an answer goes through the gate and is scored', async () => {
  const [result] = await runEvaluation(scriptedModel([LEFT]), [left], config);
  assert.equal(result?.score.full, true);
  assert.equal(result?.source, 'THOUGHT');
  assert.ok(result?.verdict && result.verdict.reasons.length > 0);
  assert.deepEqual(result?.tokens, { prompt: 100, decoded: 5, appended: 20 });
});

test('what goes wrong with one utterance is a failure of that one', async () => {
  const model = scriptedModel([
    new CodriverError('PROMPT_TOO_LONG', 'too long'),
    '',
    '{"decision":"DANCE"}',
    'no json',
    new Error('a bug'),
    LEFT,
  ]);
  const results = await runEvaluation(model, [left, left, left, left, left, left], config);
  assert.deepEqual(
    results.map(({ noAnswer }) => noAnswer),
    ['PROMPT_TOO_LONG', 'ANSWER_CUT', 'ANSWER_BROKEN', 'ANSWER_BROKEN', 'INTERNAL', undefined],
  );
  assert.deepEqual(
    results.map(({ score }) => score.full),
    [false, false, false, false, false, true],
  );
  assert.equal(results[0]?.verdict, null);
  assert.equal(results[2]?.verdict?.outcome, 'REFUSE', 'the gate sees what is broken');
});

test('an interrupted run keeps what was done', async () => {
  const controller = new AbortController();
  const seen: number[] = [];
  const results = await runEvaluation(scriptedModel([LEFT, LEFT, LEFT]), [left, left, left], config, {
    signal: controller.signal,
    onResult: (_result, done) => {
      seen.push(done);
      if (done === 2) controller.abort();
    },
  });
  assert.equal(results.length, 2);
  assert.deepEqual(seen, [1, 2]);
});

test('the reflex answers first where it is asked to, past the rule for models', async () => {
  const stop = madeCase(['STOP PROMPT'], { say: 'stop' });
  const options = { reflex: true };
  const [result, other] = await runEvaluation(scriptedModel([LEFT]), [stop, left], config, options);
  assert.equal(result?.source, 'REFLEX');
  assert.equal(result?.verdict?.source, 'REFLEX');
  assert.equal(result?.verdict?.outcome, 'EXECUTE');
  assert.equal(result?.tokens, undefined);
  assert.equal(other?.source, 'THOUGHT');
  const [alone] = await runEvaluation(scriptedModel([LEFT]), [stop], config);
  assert.equal(alone?.source, 'THOUGHT');
});
