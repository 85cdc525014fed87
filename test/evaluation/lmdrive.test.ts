import assert from 'node:assert/strict';
import { test } from 'node:test';
import { kindsOf } from '../../src/evaluation/score.ts';
import { need } from '../support/require.ts';
import { lmdriveCases } from './lmdrive.ts';

test('each of 65 intents has accepted kinds, and no slot is left', { skip: need('shared') }, () => {
  const cases = lmdriveCases();
  assert.equal(cases.length, 520);
  assert.equal(new Set(cases.map(({ category }) => category)).size, 65);
  for (const { id, accepted, utterance } of cases) {
    assert.ok(accepted.length > 0, id);
    assert.equal(new Set(accepted.map((one) => kindsOf(one).join())).size, accepted.length, id);
    assert.doesNotMatch(utterance.text, /[[\]]|left\/right/, id);
  }
});

const KINDS: readonly [id: number, word: RegExp, kind: string][] = [
  [0, /left/, 'TURN'],
  [34, /left lane/, 'CHANGE_LANE'],
  [50, /pedestrian/i, 'YIELD'],
  [61, /decelerate|slow/i, 'SET_SPEED'],
  [62, /halt|stop/i, 'STOP'],
  [63, /freely|free/i, 'RESUME'],
  [64, /point/, 'ROUTE_TO'],
];

test('the ids mean what the mapping takes them for', { skip: need('shared') }, () => {
  const cases = lmdriveCases();
  for (const [id, word, kind] of KINDS) {
    const own = cases.filter(({ category }) => category === `lmdrive-${id}`);
    assert.ok(
      own.some(({ utterance }) => word.test(utterance.text)),
      String(id),
    );
    assert.ok(
      own[0]?.accepted.some((one) => kindsOf(one).includes(kind)),
      String(id),
    );
  }
});
