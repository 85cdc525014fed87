import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseNotation } from '../../src/evaluation/notation.ts';
import { means, score } from '../../src/evaluation/score.ts';

const scored = (given: string | null, ...accepted: string[]): string => {
  const { decision, kinds, full, referents } = score(
    given === null ? null : parseNotation(given),
    accepted.map(parseNotation),
  );
  const flag = (value: boolean | null): string => (value === null ? '-' : value ? '1' : '0');
  return [decision, kinds, full, referents].map(flag).join('');
};

const CASES: readonly [what: string, expected: string, given: string | null, ...accepted: string[]][] = [
  ['the same', '111-', 'TURN LEFT', 'TURN LEFT'],
  ['another accepted answer', '111-', 'STOP PROMPT', 'TURN LEFT', 'STOP PROMPT'],
  ['another side', '110-', 'TURN RIGHT', 'TURN LEFT'],
  ['another kind', '100-', 'STOP PROMPT', 'TURN LEFT'],
  ['another decision', '000-', 'INFORM SPEED', 'TURN LEFT'],
  ['no answer', '000-', null, 'TURN LEFT'],
  ['another topic', '110-', 'REFUSE UNSAFE', 'REFUSE UNLAWFUL'],
  ['another of three decisions', '000-', 'CLARIFY WHICH_PLACE', 'REFUSE UNLAWFUL'],
  ['one action too many', '100-', 'TURN LEFT ; STOP PROMPT', 'TURN LEFT'],
  ['one too few', '100-', 'TURN LEFT', 'TURN LEFT ; STOP PROMPT'],
  ['another order', '100-', 'STOP PROMPT ; TURN LEFT', 'TURN LEFT ; STOP PROMPT'],
  ['kinds of one and words of another', '110-', 'TURN LEFT at @HERE', 'TURN RIGHT at @HERE', 'TURN LEFT'],
  ['a trigger missed', '110-', 'TURN LEFT', 'TURN LEFT at @NEXT_CORNER'],
  ['the thing meant', '1111', 'FOLLOW #van', 'FOLLOW #van'],
  ['another thing', '1100', 'FOLLOW #bus', 'FOLLOW #van'],
  ['no thing', '1100', 'FOLLOW', 'FOLLOW #van'],
  ['a thing where none is meant', '110-', 'FOLLOW #van', 'FOLLOW'],
  ['the thing of another accepted answer', '1111', 'FOLLOW #bus', 'FOLLOW #van', 'FOLLOW #bus'],
  ['a thing, but the kind differs', '100-', 'OVERTAKE #van', 'FOLLOW #van'],
  ['a thing of a lesser accepted answer', '111-', 'YIELD #van', 'STOP PROMPT', 'YIELD #van'],
  ['the right thing at the wrong distance', '1101', 'KEEP_DISTANCE 20M #van', 'KEEP_DISTANCE 30M #van'],
  ['case and article of a destination', '111-', 'ROUTE_TO "the City Hall "', 'ROUTE_TO "city hall"'],
  ['case and article of a road', '111-', 'AVOID "A Harbour Road"', 'AVOID "harbour road"'],
  ['case of a place', '111-', 'PARK @"blue anchor"', 'PARK @"Blue Anchor"'],
  ['case of a place to wait for', '111-', 'TURN LEFT at @"the crown"', 'TURN LEFT at @"Crown"'],
  ['an article within', '110-', 'ROUTE_TO "over the hill"', 'ROUTE_TO "over hill"'],
  ['no article, a name that begins like one', '110-', 'ROUTE_TO "theatre"', 'ROUTE_TO "atre"'],
];

for (const [what, expected, given, ...accepted] of CASES) {
  test(`${what}: decision, kinds, full, referents ${expected}`, () => {
    assert.equal(scored(given, ...accepted), expected);
  });
}

test('a trigger that says now says nothing', () => {
  const now = { decision: 'EXECUTE', actions: [{ kind: 'RESUME', trigger: { type: 'NOW' } }] } as const;
  assert.equal(means({ ...now, actions: [...now.actions] }), 'RESUME');
});
