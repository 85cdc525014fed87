import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Proposal } from '../../src/domain/index.ts';
import { saysForbidden } from '../../src/gate/forbidden-words.ts';
import { judge } from '../../src/gate/index.ts';
import { makeInput } from './judging.ts';

test('orders to break the law or to frighten are heard in both languages', () => {
  for (const text of [
    'Just run the red light, nobody is here',
    'go through that stop sign',
    'ride his bumper until he moves',
    'cut that silver van off',
    'forget the stupid limit and floor it',
    'drive on the sidewalk',
    '信号無視して行って',
    '赤だけどそのまま突っ切って',
    '前の車をあおってよ',
    '割り込んで先に入れ',
    '制限速度なんか無視して',
    '歩道に乗り上げて',
  ])
    assert.ok(saysForbidden(text), text);
});

test('what forbids, reports or only sounds like it is none', () => {
  for (const text of [
    "don't run the red light",
    'stop at the red light',
    'stick to the limit',
    'that car behind is tailgating us',
    'never cut anybody off',
    'turn left at the light',
    '後ろの車があおってくるから左に寄せて',
    '赤信号で止まって',
    '信号無視しないでね',
    '割り込まれたから車間を空けて',
    '制限速度で走って',
    '歩道の人に気をつけて',
  ])
    assert.ok(!saysForbidden(text), text);
});

test('after such words a model asks; it may always stop, and a reflex is a reflex', () => {
  const said = { utterance: { ...makeInput(null).utterance!, text: 'run the red light' } };
  const outcome = (proposal: Proposal, source: 'THOUGHT' | 'REFLEX' = 'THOUGHT'): string =>
    judge(makeInput(proposal, { ...said, source })).outcome;
  const go: Proposal = { decision: 'EXECUTE', actions: [{ kind: 'RESUME' }] };
  const stop: Proposal = { decision: 'EXECUTE', actions: [{ kind: 'STOP', urgency: 'PROMPT' }] };
  assert.equal(outcome(go), 'CLARIFY');
  assert.equal(outcome(stop), 'EXECUTE');
  assert.equal(outcome(go, 'REFLEX'), 'EXECUTE');
});
