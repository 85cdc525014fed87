import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { Proposal, type Utterance } from '../../src/domain/index.ts';
import { matchReflex, REFLEX_RULES } from '../../src/reflex/index.ts';
import { NEAR_MISSES } from './near-misses.ts';
import { POSITIVES } from './positives.ts';

function utterance(text: string, language: 'ja' | 'en' = 'ja'): Utterance {
  return {
    id: 'u1',
    stampNs: 0n,
    text,
    language,
    confidence: 0.95,
    alternatives: [],
    seat: 'FRONT_RIGHT',
    authority: 'DRIVER_OR_OWNER',
    live: true,
  };
}

const ruleOf = (text: string): string | null => matchReflex(utterance(text))?.rule ?? null;

test('every positive is taken by its own rule', () => {
  const wrong = REFLEX_RULES.flatMap((rule) =>
    POSITIVES[rule]
      .filter((text) => ruleOf(text) !== rule)
      .map((text) => `${text} → ${ruleOf(text)}, not ${rule}`),
  );
  assert.deepEqual(wrong, []);
  assert.ok(Object.values(POSITIVES).flat().length >= 80);
});

test('no near-miss is a reflex', () => {
  assert.deepEqual(
    NEAR_MISSES.filter((text) => ruleOf(text) !== null).map((text) => `${text} → ${ruleOf(text)}`),
    [],
  );
  assert.ok(new Set(NEAR_MISSES).size >= 100);
});

test('proposals are in the vocabulary; only explicit words make an emergency', () => {
  for (const rule of REFLEX_RULES) {
    const match = matchReflex(utterance(POSITIVES[rule][0]!));
    assert.ok(match);
    assert.deepEqual(Proposal.parse(match.proposal), match.proposal);
    const emergency = JSON.stringify(match.proposal).includes('EMERGENCY');
    assert.equal(emergency, rule === 'EMERGENCY_STOP');
  }
  assert.deepEqual(matchReflex(utterance('スピード落として'))?.proposal, {
    decision: 'EXECUTE',
    actions: [{ kind: 'SET_SPEED', change: 'SLOWER' }],
  });
});

test('a caller that changes a proposal does not change the next one', () => {
  const first = matchReflex(utterance('stop'));
  assert.ok(first?.proposal.decision === 'EXECUTE');
  first.proposal.actions.push({ kind: 'RESUME' });
  assert.deepEqual(matchReflex(utterance('stop'))?.proposal, {
    decision: 'EXECUTE',
    actions: [{ kind: 'STOP', urgency: 'PROMPT' }],
  });
});

test('the script of the text decides, not the label of the recogniser', () => {
  assert.equal(matchReflex(utterance('止まって', 'en'))?.rule, 'STOP');
  assert.equal(matchReflex(utterance('stop the car', 'ja'))?.rule, 'STOP');
});

test('width, case, blanks and drawn-out vowels do not matter', () => {
  for (const text of [
    'ＳＴＯＰ！',
    ' stop ',
    'ｽﾄｯﾌﾟ',
    '止まって。',
    '止まって…',
    '止 ま っ て',
    'ストップーーー',
  ]) {
    assert.equal(ruleOf(text), 'STOP', text);
  }
});

test('fillers and politeness around a stop leave it a stop; a negation inside never does', () => {
  const fillers = fc.array(fc.constantFrom('あの、', 'えっと', 'すみません、', 'ちょっと', '今すぐ'), {
    maxLength: 4,
  });
  fc.assert(
    fc.property(fillers, fc.constantFrom('', 'ください', 'お願いします', '！'), (before, after) => {
      assert.equal(ruleOf(`${before.join('')}止まって${after}`), 'STOP');
      assert.equal(ruleOf(`${before.join('')}止まらないで${after}`), null);
    }),
  );
  fc.assert(
    fc.property(
      fc.constantFrom('please ', 'hey, ', 'uh ', 'ok '),
      fc.constantFrom(' now', ' please', '!'),
      (before, after) => {
        assert.equal(ruleOf(`${before}stop${after}`), 'STOP');
        assert.equal(ruleOf(`${before}don't stop${after}`), null);
      },
    ),
  );
});

test('no text makes the matcher slow', () => {
  const pieces = [
    'あの',
    'ちょっと',
    '待って',
    '今',
    'すぐ',
    '止まって',
    'え',
    'uh ',
    'stop ',
    'please ',
    'now ',
    'the car ',
  ];
  fc.assert(
    fc.property(fc.array(fc.constantFrom(...pieces), { minLength: 10, maxLength: 60 }), (parts) => {
      const startedMs = performance.now();
      ruleOf(`${parts.join('').slice(0, 118)}x`);
      assert.ok(performance.now() - startedMs < 200);
    }),
    { numRuns: 300 },
  );
});
