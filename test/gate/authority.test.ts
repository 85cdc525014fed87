import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Action, AUTHORITIES, type Maneuver } from '../../src/domain/index.ts';
import type { GateInput } from '../../src/gate/index.ts';
import { makeScene } from '../law/signs.ts';
import { gist, judgeActions, makeUtterance } from './judging.ts';

const CAREFUL: readonly Action[] = [
  { kind: 'STOP', urgency: 'PROMPT' },
  { kind: 'SET_SPEED', change: 'SLOWER' },
  { kind: 'SET_SPEED', target: { value: 20, unit: 'KMH' } },
  { kind: 'YIELD' },
  { kind: 'KEEP_DISTANCE', gap: { value: 4, unit: 'S' } },
  { kind: 'SIGNAL', signal: 'HAZARD' },
];
const LESS_CAREFUL: readonly Action[] = [
  { kind: 'SET_SPEED', change: 'FASTER' },
  { kind: 'SET_SPEED', target: { value: 40, unit: 'KMH' } },
  { kind: 'SET_SPEED', restore: true },
  { kind: 'RESUME' },
  { kind: 'TURN', direction: 'LEFT' },
  { kind: 'OVERTAKE' },
  { kind: 'PULL_OVER' },
  { kind: 'AVOID', feature: 'TOLL' },
  { kind: 'SIGNAL', signal: 'HORN' },
];

type Origin = Pick<GateInput, 'source' | 'utterance'>;

const DISTRUSTED: readonly (readonly [string, Origin, string])[] = [
  ['a sign', { source: 'SIGN', utterance: null }, 'REFUSE NOT_AUTHORIZED'],
  ['a sign with somebody speaking', { source: 'SIGN', utterance: makeUtterance() }, 'REFUSE NOT_AUTHORIZED'],
  ['nobody', { source: 'THOUGHT', utterance: null }, 'REFUSE NOT_AUTHORIZED'],
  ['a loudspeaker', { source: 'REFLEX', utterance: makeUtterance({ live: false }) }, 'REFUSE VOICE_NOT_LIVE'],
  [
    'a mumble',
    { source: 'THOUGHT', utterance: makeUtterance({ confidence: 0.59 }) },
    'CLARIFY LOW_CONFIDENCE',
  ],
  [
    'no number',
    { source: 'THOUGHT', utterance: makeUtterance({ confidence: Number.NaN }) },
    'CLARIFY LOW_CONFIDENCE',
  ],
  ...AUTHORITIES.slice(AUTHORITIES.indexOf('OCCUPANT') + 1).map((authority) => {
    const origin: Origin = { source: 'THOUGHT', utterance: makeUtterance({ authority }) };
    return [authority, origin, 'REFUSE NOT_AUTHORIZED'] as const;
  }),
];

test('who is not trusted may only make the car more careful', () => {
  for (const [name, origin, expected] of DISTRUSTED) {
    for (const action of CAREFUL) {
      assert.equal(judgeActions([action], origin).outcome, 'EXECUTE', `${name}: ${JSON.stringify(action)}`);
    }
    for (const action of LESS_CAREFUL) {
      const found = gist(judgeActions([action], origin)).replace(' NOTHING_TO_RESTORE', '');
      assert.equal(found, expected, `${name}: ${JSON.stringify(action)}`);
    }
  }
});

test('occupants and those above them may do more', () => {
  for (const authority of AUTHORITIES.slice(0, AUTHORITIES.indexOf('OCCUPANT') + 1)) {
    for (const action of LESS_CAREFUL) {
      const verdict = judgeActions([action], { utterance: makeUtterance({ authority }) });
      assert.equal(verdict.outcome, 'EXECUTE', `${authority}: ${JSON.stringify(action)}`);
      assert.equal(verdict.intents[0]?.authority, authority);
    }
  }
});

const live = (...maneuvers: Maneuver[]) => ({
  liveIntents: maneuvers.map((maneuver, index) => ({ id: `i${index + 1}`, maneuver })),
});
const STOP: Maneuver = { kind: 'STOP', urgency: 'PROMPT' };
const TURN: Maneuver = { kind: 'TURN', direction: 'LEFT' };

test('taking back something careful is less careful', () => {
  const low = makeUtterance({ confidence: 0.3 });
  const cancel = (which: 'LAST' | 'ALL', ...maneuvers: Maneuver[]) =>
    gist(judgeActions([{ kind: 'CANCEL', which }], { utterance: low, history: live(...maneuvers) }));
  assert.equal(cancel('LAST', TURN, STOP), 'CLARIFY LOW_CONFIDENCE');
  assert.equal(cancel('LAST', STOP, TURN), 'EXECUTE WITHIN_RULES');
  assert.equal(cancel('ALL', STOP, TURN), 'CLARIFY LOW_CONFIDENCE');
  assert.equal(cancel('LAST', { kind: 'SET_SPEED', speedMps: 14 }), 'CLARIFY LOW_CONFIDENCE');
  const open = { vehicle: { ...makeScene().vehicle!, doorOpen: true } };
  const withDoor = judgeActions([{ kind: 'CANCEL', which: 'LAST' }], { scene: open, history: live(STOP) });
  assert.equal(gist(withDoor), 'REFUSE DOOR_OPEN');
});

test('CANCEL LAST names the latest intent that is no cancel, ALL is an empty list', () => {
  const history = live(STOP, TURN, { kind: 'CANCEL', intentIds: ['i9'] });
  const ids = (which: 'LAST' | 'ALL') =>
    judgeActions([{ kind: 'CANCEL', which }], { history }).intents[0]?.maneuver;
  assert.deepEqual(ids('LAST'), { kind: 'CANCEL', intentIds: ['i2'] });
  assert.deepEqual(ids('ALL'), { kind: 'CANCEL', intentIds: [] });
});

test('a sign never lifts a lower speed that holds', () => {
  const action: Action = { kind: 'SET_SPEED', target: { value: 28, unit: 'KMH' } };
  const held = live({ kind: 'SET_SPEED', speedMps: 5 });
  assert.equal(
    gist(judgeActions([action], { source: 'SIGN', utterance: null, history: held })),
    'REFUSE ABOVE_HELD_SPEED',
  );
  assert.equal(gist(judgeActions([action], { history: held })), 'EXECUTE WITHIN_RULES');
});

test('a sign may set a limit above the present speed only below what the planner heads for', () => {
  const action: Action = { kind: 'SET_SPEED', target: { value: 40, unit: 'KMH' } };
  const planner = (targetSpeedMps: number) => ({
    planner: {
      stampNs: 0n,
      motion: 'DRIVING',
      behavior: 'LANE_FOLLOWING',
      targetSpeedMps,
      intents: [],
    } as const,
  });
  const bySign = (targetSpeedMps: number) => {
    const { planner: status } = planner(targetSpeedMps);
    return gist(
      judgeActions([action], {
        source: 'SIGN',
        utterance: null,
        scene: { planner: { ...status, intents: [] } },
      }),
    );
  };
  assert.equal(bySign(13), 'EXECUTE WITHIN_RULES');
  assert.equal(bySign(10), 'REFUSE NOT_AUTHORIZED');
});
