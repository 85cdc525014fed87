import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { ACTIONS, CodriverError } from '../../src/domain/index.ts';
import { notation, parseNotation } from '../../src/evaluation/notation.ts';
import { arbitraryProposal } from './arbitrary-proposal.ts';

test('every proposal comes back from its line', () => {
  fc.assert(
    fc.property(arbitraryProposal, (proposal) => {
      assert.deepEqual(parseNotation(notation(proposal)), proposal);
    }),
    { numRuns: 1000 },
  );
});

test('the property above sees every form of every action', () => {
  const seen = new Set<number>();
  for (const proposal of fc.sample(arbitraryProposal, { numRuns: 500, seed: 1 })) {
    if (proposal.decision !== 'EXECUTE') continue;
    for (const action of proposal.actions)
      seen.add(ACTIONS.findIndex((form) => form.safeParse(action).success));
  }
  assert.deepEqual(
    [...seen].toSorted((a, b) => a - b),
    ACTIONS.map((_, index) => index),
  );
});

test('lines as docs/utterances.md has them', () => {
  assert.deepEqual(parseNotation('TURN LEFT at @NEXT_SIGNAL ; PULL_OVER after PREVIOUS_ACTION'), {
    decision: 'EXECUTE',
    actions: [
      { kind: 'TURN', direction: 'LEFT', trigger: { type: 'AT', place: { landmark: 'NEXT_SIGNAL' } } },
      { kind: 'PULL_OVER', trigger: { type: 'AFTER', event: 'PREVIOUS_ACTION' } },
    ],
  });
  assert.deepEqual(parseNotation('KEEP_DISTANCE 50M #car-3'), {
    decision: 'EXECUTE',
    actions: [{ kind: 'KEEP_DISTANCE', gap: { value: 50, unit: 'M' }, referent: 'car-3' }],
  });
  assert.deepEqual(parseNotation('INFORM SPEED'), { decision: 'INFORM', topic: 'SPEED' });
  assert.equal(notation(parseNotation('CHANGE_LANE RIGHT 1')), 'CHANGE_LANE RIGHT');
  assert.equal(
    notation({ decision: 'EXECUTE', actions: [{ kind: 'RESUME', trigger: { type: 'NOW' } }] }),
    'RESUME',
  );
});

const BAD: readonly [string, RegExp][] = [
  ['', /no kind of action/],
  ['FLY', /FLY is no kind of action/],
  ['toString', /can not be read/],
  ['TURN', /TURN has 0 words/],
  ['TURN UP', /no proposal of the vocabulary/],
  ['TURN LEFT RIGHT', /TURN has 2 words/],
  ['TURN LEFT @NEXT_SIGNAL', /for a trigger write "at"/],
  ['TURN LEFT #car-3', /takes no more objects/],
  ['TURN LEFT at', /trigger/],
  ['TURN LEFT at NEXT_SIGNAL', /no place|can not be read/],
  ['TURN LEFT at @SOMEWHERE', /@SOMEWHERE is no place/],
  ['TURN LEFT at @NEXT_SIGNAL when ROAD_CLEAR', /trigger/],
  ['TURN LEFT ;', /no kind of action/],
  ['RESUME ; RESUME ; RESUME ; RESUME ; RESUME', /vocabulary/],
  ['SET_SPEED 60', /vocabulary/],
  ['SET_SPEED 900KMH', /vocabulary/],
  ['SET_SPEED x0.55', /vocabulary/],
  ['FOLLOW #a #b', /takes no more objects/],
  ['STOP PROMPT @"half a name', /can not be read/],
  ['ROUTE_TO "a\\x"', /no name in quotes/],
  ['REFUSE', /vocabulary/],
  ['REFUSE SPEED', /vocabulary/],
  ['INFORM SPEED SIGN', /vocabulary/],
];

for (const [line, message] of BAD) {
  test(`“${line}” is one error that names the line`, () => {
    assert.throws(
      () => parseNotation(line),
      (error: CodriverError) => {
        assert.ok(error instanceof CodriverError, String(error));
        assert.equal(error.code, 'BAD_ARGUMENT');
        assert.match(error.message, message);
        assert.ok(error.message.includes(line));
        return true;
      },
    );
  });
}
