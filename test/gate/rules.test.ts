import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Action, Junction, Scene, TrackedObject } from '../../src/domain/index.ts';
import { isCautious, RULES } from '../../src/gate/index.ts';
import { makeScene, makeSign } from '../law/signs.ts';
import { gist, judgeActions, makeUtterance } from './judging.ts';

const route = makeScene().route!;
const vehicle = makeScene().vehicle!;
const car: TrackedObject = {
  id: 't1',
  class: 'CAR',
  confidence: 0.9,
  xM: 20,
  yM: 0,
  yawRad: 0,
  speedMps: 5,
  lengthM: 4,
  widthM: 2,
};
const redLight: TrackedObject = { ...car, id: 'l1', class: 'TRAFFIC_LIGHT', light: 'RED' };
const signs = (type: string, more = {}, plates: string[] = []) => ({
  signs: [makeSign(type, plates, { id: 's', ...more })],
});
const turn = (direction: 'LEFT' | 'RIGHT' | 'STRAIGHT' | 'U_TURN', trigger?: Action['trigger']): Action => ({
  kind: 'TURN',
  direction,
  ...(trigger ? { trigger } : {}),
});
const HERE = { landmark: 'HERE' } as const;

type Row = readonly [name: string, scene: Partial<Scene>, action: Action, gist: string];

const ROWS: readonly Row[] = [
  [
    'manual',
    { vehicle: { ...vehicle, mode: 'MANUAL' } },
    { kind: 'STOP', urgency: 'PROMPT' },
    'REFUSE MANUAL_MODE',
  ],
  ['door, resume', { vehicle: { ...vehicle, doorOpen: true } }, { kind: 'RESUME' }, 'REFUSE DOOR_OPEN'],
  ['door, turn', { vehicle: { ...vehicle, doorOpen: true } }, turn('LEFT'), 'REFUSE DOOR_OPEN'],
  [
    'door, stop',
    { vehicle: { ...vehicle, doorOpen: true } },
    { kind: 'STOP', urgency: 'PROMPT' },
    'EXECUTE WITHIN_RULES',
  ],
  // Objects.
  ['referent seen', { objects: [car] }, { kind: 'FOLLOW', referent: 't1' }, 'EXECUTE WITHIN_RULES'],
  ['referent not seen', { objects: [car] }, { kind: 'FOLLOW', referent: 't9' }, 'CLARIFY WHICH_OBJECT'],
  ['tell nobody', {}, { kind: 'TELL', phrase: 'THANK_YOU', referent: 't9' }, 'CLARIFY WHICH_OBJECT'],
  // Gaps.
  ['gap ok', {}, { kind: 'KEEP_DISTANCE', gap: { value: 3, unit: 'S' } }, 'EXECUTE WITHIN_RULES'],
  ['gap too short', {}, { kind: 'KEEP_DISTANCE', gap: { value: 1, unit: 'S' } }, 'REFUSE GAP_TOO_SMALL'],
  ['metres too short', {}, { kind: 'KEEP_DISTANCE', gap: { value: 12, unit: 'M' } }, 'REFUSE GAP_TOO_SMALL'],
  ['metres ok', {}, { kind: 'KEEP_DISTANCE', gap: { value: 13, unit: 'M' } }, 'EXECUTE WITHIN_RULES'],
  ['gap absurd', {}, { kind: 'KEEP_DISTANCE', gap: { value: 60, unit: 'S' } }, 'REFUSE GAP_OUT_OF_RANGE'],
  // Turns.
  ['turn', {}, turn('LEFT'), 'EXECUTE WITHIN_RULES'],
  ['no exit', {}, turn('U_TURN'), 'REFUSE NO_SUCH_EXIT'],
  [
    'no exit at the lights',
    {},
    turn('RIGHT', { type: 'AT', place: { landmark: 'NEXT_SIGNAL' } }),
    'REFUSE NO_SUCH_EXIT',
  ],
  ['second', {}, turn('RIGHT', { type: 'AFTER', event: 'JUNCTION' }), 'REFUSE NO_SUCH_EXIT'],
  ['no junction', { route: { ...route, junctions: [] } }, turn('LEFT'), 'REFUSE NO_JUNCTION'],
  ['no route', { route: null }, turn('LEFT'), 'REFUSE NO_ROUTE'],
  ['only left', signs('JP:311-A'), turn('RIGHT'), 'REFUSE TURN_BANNED'],
  ['only left, left', signs('JP:311-A'), turn('LEFT'), 'EXECUTE WITHIN_RULES'],
  ['no entry', signs('JP:303'), turn('STRAIGHT'), 'REFUSE TURN_BANNED'],
  ['ban at this junction', signs('JP:311-A', { distanceM: 50 }), turn('RIGHT'), 'REFUSE TURN_BANNED'],
  ['ban at the next junction', signs('JP:311-A', { distanceM: 140 }), turn('RIGHT'), 'EXECUTE WITHIN_RULES'],
  ['ban at other hours', signs('JP:311-A', {}, ['20-22']), turn('RIGHT'), 'EXECUTE WITHIN_RULES'],
  ['red light', { objects: [redLight] }, turn('LEFT'), 'EXECUTE RED_LIGHT_AHEAD'],
  ['red light, resume', { objects: [redLight] }, { kind: 'RESUME' }, 'EXECUTE RED_LIGHT_AHEAD'],
  // Lanes: two, we are in the kerb lane (left).
  ['lane right', {}, { kind: 'CHANGE_LANE', direction: 'RIGHT', count: 1 }, 'EXECUTE WITHIN_RULES'],
  ['lane left', {}, { kind: 'CHANGE_LANE', direction: 'LEFT', count: 1 }, 'REFUSE NO_SUCH_LANE'],
  ['two lanes', {}, { kind: 'CHANGE_LANE', direction: 'RIGHT', count: 2 }, 'REFUSE NO_SUCH_LANE'],
  [
    'lanes unknown',
    { route: null },
    { kind: 'CHANGE_LANE', direction: 'RIGHT', count: 1 },
    'REFUSE NO_ROUTE',
  ],
  [
    'lane change banned',
    signs('JP:102-2'),
    { kind: 'CHANGE_LANE', direction: 'RIGHT', count: 1 },
    'REFUSE LANE_CHANGE_BANNED',
  ],
  ['overtaking', { objects: [car] }, { kind: 'OVERTAKE', referent: 't1' }, 'EXECUTE WITHIN_RULES'],
  ['overtaking banned', signs('JP:314'), { kind: 'OVERTAKE' }, 'REFUSE OVERTAKING_BANNED'],
  // Stopping.
  ['pull over', {}, { kind: 'PULL_OVER' }, 'EXECUTE WITHIN_RULES'],
  [
    'pull over banned',
    signs('JP:315', {}, ['8-20']),
    { kind: 'PULL_OVER', place: HERE },
    'REFUSE STOPPING_BANNED',
  ],
  ['pull over later', signs('JP:315', {}, ['20-22']), { kind: 'PULL_OVER' }, 'EXECUTE WITHIN_RULES'],
  [
    'pull over at a shop',
    signs('JP:315'),
    { kind: 'PULL_OVER', place: { poi: 'サクラ薬局' } },
    'EXECUTE WITHIN_RULES',
  ],
  [
    'comfort stop here banned',
    signs('JP:315'),
    { kind: 'STOP', urgency: 'COMFORT', place: HERE },
    'REFUSE STOPPING_BANNED',
  ],
  ['plain stop always', signs('JP:315'), { kind: 'STOP', urgency: 'PROMPT' }, 'EXECUTE WITHIN_RULES'],
  ['pull over, no parking', signs('JP:316'), { kind: 'PULL_OVER' }, 'EXECUTE WITHIN_RULES'],
  ['park, no parking', signs('JP:316'), { kind: 'PARK' }, 'REFUSE PARKING_BANNED'],
  // Places.
  ['poi', {}, { kind: 'STOP', urgency: 'COMFORT', place: { poi: 'p1' } }, 'EXECUTE WITHIN_RULES'],
  ['poi unknown', {}, { kind: 'PULL_OVER', place: { poi: 'ラーメン屋' } }, 'CLARIFY WHICH_PLACE'],
  ['poi ambiguous', {}, { kind: 'PULL_OVER', place: { poi: 'マート' } }, 'CLARIFY SEVERAL_PLACES'],
  ['route to category', {}, { kind: 'ROUTE_TO', category: 'CONVENIENCE_STORE' }, 'EXECUTE WITHIN_RULES'],
  ['route to no such', {}, { kind: 'ROUTE_TO', category: 'HOSPITAL' }, 'CLARIFY NONE_NEARBY'],
  ['route to name', {}, { kind: 'ROUTE_TO', destination: 'サクラ薬局' }, 'EXECUTE WITHIN_RULES'],
  ['route to nowhere', {}, { kind: 'ROUTE_TO', destination: '月' }, 'CLARIFY WHICH_PLACE'],
  [
    'no destination',
    { route: { ...route, destination: undefined, remainingM: undefined } },
    { kind: 'PARK', place: { landmark: 'DESTINATION' } },
    'CLARIFY NO_DESTINATION',
  ],
  ['avoid', {}, { kind: 'AVOID', feature: 'TOLL' }, 'EXECUTE WITHIN_RULES'],
  ['nothing to cancel', {}, { kind: 'CANCEL', which: 'LAST' }, 'REFUSE NOTHING_TO_CANCEL'],
  ['cancel all of nothing', {}, { kind: 'CANCEL', which: 'ALL' }, 'EXECUTE WITHIN_RULES'],
];

test('every rule of the table, by example', () => {
  for (const [name, scene, action, expected] of ROWS) {
    assert.equal(gist(judgeActions([action], { scene })), expected, name);
  }
});

test('blocking rules of signs name the sign', () => {
  for (const [type, action] of [
    ['JP:311-A', turn('RIGHT')],
    ['JP:314', { kind: 'OVERTAKE' }],
    ['JP:315', { kind: 'PULL_OVER' }],
    ['JP:316', { kind: 'PARK' }],
  ] as const) {
    assert.equal(judgeActions([action], { scene: signs(type) }).reasons[0]?.causeId, 's', type);
  }
});

test('every row names its source and its code is its own', () => {
  for (const rule of RULES) assert.ok(rule.source.length > 2, rule.code);
  assert.equal(new Set(RULES.map((rule) => rule.code)).size, RULES.length);
});

test('intents carry junction, place and side in SI', () => {
  const maneuver = (action: Action) => judgeActions([action]).intents[0]?.maneuver;
  assert.deepEqual(maneuver(turn('LEFT')), { kind: 'TURN', direction: 'LEFT', junctionId: 'j1' });
  assert.deepEqual(maneuver({ kind: 'PULL_OVER', place: { ahead: { value: 1, unit: 'KM' } } }), {
    kind: 'PULL_OVER',
    side: 'LEFT',
    place: { type: 'DISTANCE', distanceM: 1000 },
  });
  assert.deepEqual(maneuver({ kind: 'ROUTE_TO', category: 'CONVENIENCE_STORE' }), {
    kind: 'ROUTE_TO',
    poiId: 'p2',
    category: 'CONVENIENCE_STORE',
  });
  assert.deepEqual(maneuver({ kind: 'KEEP_DISTANCE', gap: { value: 3, unit: 'S' } }), {
    kind: 'KEEP_DISTANCE',
    timeGapS: 3,
  });
  const atSignal = judgeActions([turn('LEFT', { type: 'AT', place: { landmark: 'NEXT_SIGNAL' } })])
    .intents[0];
  assert.deepEqual(atSignal?.trigger, {
    type: 'AT',
    place: { type: 'JUNCTION', junctionId: 'j2', distanceM: 160 },
  });
});

test('a turn after a turn is left to the planner', () => {
  const verdict = judgeActions([turn('LEFT'), turn('RIGHT', { type: 'AFTER', event: 'PREVIOUS_ACTION' })]);
  assert.equal(gist(verdict), 'EXECUTE JUNCTION_NOT_KNOWN_YET');
  assert.deepEqual(
    verdict.intents.map((intent) => intent.maneuver),
    [
      { kind: 'TURN', direction: 'LEFT', junctionId: 'j1' },
      { kind: 'TURN', direction: 'RIGHT' },
    ],
  );
});

test('passed junctions do not count and order in the message does not matter', () => {
  const [near, far] = route.junctions as [Junction, Junction];
  const junctions = [far, { ...near, distanceM: -3 }];
  const verdict = judgeActions([turn('LEFT')], { scene: { route: { ...route, junctions } } });
  assert.deepEqual(verdict.intents[0]?.maneuver, { kind: 'TURN', direction: 'LEFT', junctionId: 'j2' });
});

test('an emergency needs its word, else the stop is prompt', () => {
  const urgency = (text: string) => {
    const verdict = judgeActions([{ kind: 'STOP', urgency: 'EMERGENCY' }], {
      utterance: makeUtterance({ text }),
    });
    const maneuver = verdict.intents[0]?.maneuver;
    return maneuver?.kind === 'STOP' ? `${maneuver.urgency} ${verdict.reasons[0]?.code}` : gist(verdict);
  };
  for (const text of [
    '緊急停止！',
    '急ブレーキかけて',
    'Emergency stop!',
    'brake now',
    'please emergency-stop',
  ]) {
    assert.equal(urgency(text), 'EMERGENCY WITHIN_RULES', text);
  }
  for (const text of [
    'stop',
    '止まって',
    '緊急停止しないで',
    "don't do an emergency stop",
    '急ブレーキは要らない',
  ]) {
    assert.equal(urgency(text), 'PROMPT EMERGENCY_NOT_ASKED', text);
  }
});

test('what counts as cautious', () => {
  const scene = makeScene();
  assert.equal(isCautious({ kind: 'STOP', urgency: 'PROMPT' }, scene), true);
  assert.equal(isCautious({ kind: 'SET_SPEED', speedMps: 5 }, scene), true);
  assert.equal(isCautious({ kind: 'SET_SPEED', speedMps: 12 }, scene), false);
  assert.equal(isCautious({ kind: 'SET_SPEED', speedMps: null }, scene), false);
  assert.equal(isCautious({ kind: 'SET_SPEED', speedMps: 0 }, { ...scene, vehicle: null }), true);
  assert.equal(isCautious({ kind: 'SET_SPEED', speedMps: 1 }, { ...scene, vehicle: null }), false);
  assert.equal(isCautious({ kind: 'KEEP_DISTANCE', timeGapS: 2 }, scene), true);
  assert.equal(isCautious({ kind: 'KEEP_DISTANCE', distanceM: 10 }, scene), false);
  assert.equal(isCautious({ kind: 'SIGNAL', signal: 'HAZARD' }, scene), true);
  assert.equal(isCautious({ kind: 'SIGNAL', signal: 'HORN' }, scene), false);
  assert.equal(isCautious({ kind: 'RESUME' }, scene), false);
  assert.equal(isCautious({ kind: 'CANCEL', intentIds: [] }, scene), false);
});
