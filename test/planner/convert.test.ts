import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  ACTION_KINDS,
  AUTHORITIES,
  CodriverError,
  type IntentTrigger,
  type Maneuver,
  PLANNING_BEHAVIORS,
  type PlannerStatus,
  type RouteContext,
} from '../../src/domain/index.ts';
import * as wire from '../../src/generated/codriver/planner/v1/planner.ts';
import { intentFromWire, intentToWire } from '../../src/planner/convert/intent.ts';
import { routeFromWire, routeToWire } from '../../src/planner/convert/route.ts';
import { answerFromWire, statusFromWire, statusToWire } from '../../src/planner/convert/status.ts';
import { intentOf } from './intents.ts';

const badMessage = (error: unknown) => error instanceof CodriverError && error.code === 'BAD_MESSAGE';

const MANEUVERS: Maneuver[] = [
  { kind: 'SET_SPEED', speedMps: 8.25 },
  { kind: 'SET_SPEED', speedMps: 0 },
  { kind: 'SET_SPEED', speedMps: null },
  { kind: 'KEEP_DISTANCE', timeGapS: 2.5, referentId: 'car-1' },
  { kind: 'KEEP_DISTANCE', distanceM: 20 },
  { kind: 'CHANGE_LANE', direction: 'LEFT', count: 2 },
  { kind: 'TURN', direction: 'U_TURN', junctionId: 'j1' },
  { kind: 'TURN', direction: 'STRAIGHT' },
  { kind: 'OVERTAKE', referentId: 'van' },
  { kind: 'FOLLOW', referentId: 'van' },
  { kind: 'YIELD' },
  { kind: 'PULL_OVER', side: 'LEFT', place: { type: 'POI', poiId: 'shop', distanceM: 80 } },
  { kind: 'STOP', urgency: 'EMERGENCY' },
  { kind: 'STOP', urgency: 'COMFORT', place: { type: 'JUNCTION', junctionId: 'j1', distanceM: 40.5 } },
  { kind: 'RESUME' },
  { kind: 'PARK', place: { type: 'DESTINATION' } },
  { kind: 'ROUTE_TO', destination: '桜町駅' },
  { kind: 'ROUTE_TO', poiId: 'p', category: 'HOSPITAL' },
  { kind: 'AVOID', road: '国道1号' },
  { kind: 'AVOID', feature: 'NARROW_ROAD' },
  { kind: 'SIGNAL', signal: 'HEADLIGHT' },
  { kind: 'TELL', phrase: 'TICKET_PLEASE', referentId: 'attendant' },
  { kind: 'CANCEL', intentIds: [] },
  { kind: 'CANCEL', intentIds: ['a', 'b'] },
];

const TRIGGERS: IntentTrigger[] = [
  { type: 'NOW' },
  { type: 'AFTER', event: 'OBJECT_PASSED' },
  { type: 'AT', place: { type: 'DISTANCE', distanceM: 0 } },
  { type: 'WHEN', condition: 'TRAFFIC_SLOWS' },
];

test('every maneuver, trigger, source and authority survives the wire', () => {
  assert.deepEqual(new Set(MANEUVERS.map(({ kind }) => kind)), new Set(ACTION_KINDS), 'every kind is tried');
  MANEUVERS.forEach((maneuver, i) => {
    const intent = intentOf(i + 1, maneuver, {
      stampNs: 1_795_500_000_123_456_789n,
      trigger: TRIGGERS[i % TRIGGERS.length]!,
      authority: AUTHORITIES[i % AUTHORITIES.length]!,
      source: (['REFLEX', 'THOUGHT', 'SIGN'] as const)[i % 3]!,
    });
    const bytes = wire.Intent.encode(intentToWire(intent)).finish();
    assert.deepEqual(intentFromWire(wire.Intent.decode(bytes)), intent);
  });
});

test('the words of the wire are the words of the domain', () => {
  const words = (wireEnum: object) => Object.keys(wireEnum).filter((word) => word !== 'UNSPECIFIED');
  assert.deepEqual(words(wire.PlanningBehavior), [...PLANNING_BEHAVIORS]);
  assert.deepEqual(words(wire.Authority), [...AUTHORITIES]);
});

const STATUS: PlannerStatus = {
  stampNs: 5n,
  motion: 'STOPPING',
  behavior: 'TRAFFIC_SIGNAL',
  distanceM: 12.5,
  targetSpeedMps: 0,
  intents: [{ intentId: 'a', stampNs: 4n, phase: 'EXPIRED', reason: 'INTENT_EXPIRED', detail: 'late' }],
};

const ROUTE: RouteContext = {
  stampNs: 6n,
  roadName: '桜通り',
  laneCount: 2,
  laneIndex: 1,
  mapLimitMps: null,
  junctions: [
    {
      id: 'j1',
      name: '本町一丁目',
      distanceM: 40,
      exits: ['LEFT', 'STRAIGHT'],
      planned: 'LEFT',
      signalized: true,
    },
    { id: 'j2', distanceM: 90, exits: [], signalized: false },
  ],
  pois: [{ id: 'p', name: 'サンマート', category: 'CONVENIENCE_STORE', distanceM: 70, side: 'LEFT' }],
  remainingM: 0,
  destination: '駅',
};

test('status and route survive the wire, with and without their optional fields', () => {
  const { distanceM: _d, targetSpeedMps: _t, ...bareStatus } = STATUS;
  for (const status of [STATUS, { ...bareStatus, intents: [] }]) {
    const bytes = wire.PlannerStatus.encode(statusToWire(status)).finish();
    assert.deepEqual(statusFromWire(wire.PlannerStatus.decode(bytes)), status);
  }
  const { roadName: _r, remainingM: _m, destination: _x, ...bareRoute } = ROUTE;
  for (const route of [ROUTE, { ...bareRoute, mapLimitMps: 8.3, junctions: [], pois: [] }]) {
    const bytes = wire.RouteContext.encode(routeToWire(route)).finish();
    assert.deepEqual(routeFromWire(wire.RouteContext.decode(bytes)), route);
  }
});

test('unknown words, missing parts and numbers out of range are BAD_MESSAGE', () => {
  const good = intentToWire(intentOf(1, { kind: 'SET_SPEED', speedMps: 5 }));
  const damaged: Partial<Record<keyof wire.Intent, unknown>>[] = [
    { authority: 99 },
    { source: 0 },
    { id: '' },
    { sequence: 0n },
    { trigger: undefined },
    { maneuver: undefined },
    { maneuver: { kind: undefined } },
    { maneuver: { kind: { $case: 'setSpeed', value: { speedMps: Number.NaN } } } },
    { maneuver: { kind: { $case: 'setSpeed', value: { speedMps: 61 } } } },
    { maneuver: { kind: { $case: 'stop', value: { urgency: 7, place: undefined } } } },
    { trigger: { trigger: { $case: 'at', value: { place: {} } } } },
  ];
  assert.equal(intentFromWire(good).id, 'intent-1');
  for (const damage of damaged) {
    assert.throws(
      () => intentFromWire({ ...good, ...damage } as wire.Intent),
      badMessage,
      JSON.stringify(Object.keys(damage)),
    );
  }
  assert.throws(() => intentFromWire(undefined), badMessage);
  assert.throws(() => intentToWire(intentOf(1, { kind: 'SET_SPEED', speedMps: -1 })), badMessage);
  assert.throws(() => answerFromWire({ phase: 42 as wire.IntentPhase, reason: 1, detail: '' }), badMessage);
  assert.throws(() => statusFromWire({ ...statusToWire(STATUS), motion: 9 as wire.Motion }), badMessage);
  assert.throws(() => routeFromWire({ ...routeToWire(ROUTE), laneCount: 0 }), badMessage);
});
