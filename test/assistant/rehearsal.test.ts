import assert from 'node:assert/strict';
import { test } from 'node:test';
import { rehearse } from '../../src/assistant/rehearsal.ts';
import { Config, type JournalEntry } from '../../src/domain/index.ts';

test('a rehearsal takes every order as a reflex through the gate, and is over before the next turn', async () => {
  const entries: JournalEntry[] = [];
  let over = false;
  void rehearse(Config.parse({}), (entry) => entries.push(entry)).then(() => {
    over = true;
  });
  await new Promise((resolve) => setImmediate(resolve));
  assert.ok(over);
  const heard = entries.filter(({ type }) => type === 'utterance');
  const verdicts = entries.flatMap((entry) => (entry.type === 'verdict' ? [entry.verdict] : []));
  assert.equal(heard.length, 6);
  assert.deepEqual(
    verdicts.map(({ source, outcome }) => `${source} ${outcome}`),
    Array(6).fill('REFLEX EXECUTE'),
  );
});
