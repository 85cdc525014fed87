import assert from 'node:assert/strict';
import { test } from 'node:test';
import { OriginWatch } from '../../src/assistant/origin-watch.ts';
import type { IntentPhase, IntentStatus, JournalEntry } from '../../src/domain/index.ts';

const verdict = (originId: string, outcome: string, intents: string[]): JournalEntry =>
  ({
    type: 'verdict',
    stampNs: 1n,
    verdict: { originId, outcome, intents: intents.map((id) => ({ id })) },
  }) as never;
const reply = (originId: string, text: string): JournalEntry =>
  ({ type: 'reply', stampNs: 1n, originId, stage: 'VERDICT', language: 'en', text }) as never;
const status = (intentId: string, phase: IntentPhase): JournalEntry =>
  ({
    type: 'status',
    stampNs: 1n,
    status: { intentId, phase, stampNs: 1n, reason: 'INTENT', detail: '' },
  }) as never;
const lost = (id: string): JournalEntry =>
  ({ type: 'intent', stampNs: 1n, intent: { id }, delivery: 'NOT_DELIVERED', detail: 'no planner' }) as never;

test('from verdict and reply to the end of every intent', async () => {
  const watch = new OriginWatch();
  const news: IntentStatus[] = [];
  const followed = watch.follow('u1', (one) => void news.push(one));
  for (const entry of [
    verdict('other', 'EXECUTE', ['i9']),
    verdict('u1', 'EXECUTE', ['i1', 'i2']),
    reply('u1', 'Yes.'),
  ])
    watch.onEntry(entry);
  const answer = await followed.answer;
  assert.equal(answer?.verdict.outcome, 'EXECUTE');
  assert.equal(answer?.reply, 'Yes.');
  assert.deepEqual(followed.intentIds(), ['i1', 'i2']);
  for (const entry of [status('i9', 'DONE'), status('i1', 'ACCEPTED'), status('i1', 'DONE'), lost('i2')])
    watch.onEntry(entry);
  const ended = await followed.ended;
  assert.deepEqual(
    ended.map(({ intentId, phase }) => [intentId, phase]),
    [
      ['i1', 'DONE'],
      ['i2', 'FAILED'],
    ],
  );
  assert.deepEqual(
    news.map(({ phase }) => phase),
    ['ACCEPTED', 'DONE', 'FAILED'],
  );
});

test('an intent that ends before the words are said does not end it without an answer', async () => {
  const watch = new OriginWatch();
  const followed = watch.follow('u1', () => {});
  watch.onEntry(verdict('u1', 'EXECUTE', ['i1']));
  watch.onEntry(status('i1', 'REJECTED'));
  watch.onEntry(reply('u1', 'No.'));
  assert.equal((await followed.answer)?.reply, 'No.');
  assert.equal((await followed.ended)[0]?.phase, 'REJECTED');
});

test('without intents it ends with the answer; dropped, without words', async () => {
  const watch = new OriginWatch();
  const refused = watch.follow('u1', () => {});
  watch.onEntry(verdict('u1', 'REFUSE', []));
  watch.onEntry(reply('u1', "I can't."));
  assert.deepEqual(await refused.ended, []);
  const dropped = watch.follow('u2', () => {});
  watch.onEntry(verdict('u2', 'DROPPED', []));
  assert.equal((await dropped.answer)?.reply, '');
});

test('a run that ends tells everybody what there is', async () => {
  const watch = new OriginWatch();
  const unheard = watch.follow('u1', () => {});
  const under = watch.follow('u2', () => {});
  watch.onEntry(verdict('u2', 'EXECUTE', ['i1']));
  watch.onEntry(reply('u2', 'Yes.'));
  watch.onEntry(status('i1', 'EXECUTING'));
  watch.close();
  assert.equal(await unheard.answer, null);
  assert.equal((await under.ended)[0]?.phase, 'EXECUTING');
});
