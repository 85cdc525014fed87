import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Action, Config } from '../../src/domain/index.ts';
import { kmhToMps } from '../../src/law/index.ts';
import { makeScene, makeSign } from '../law/signs.ts';
import { gist, judgeActions, speedOf } from './judging.ts';

const target = (value: number, unit: 'KMH' | 'MPH' = 'KMH'): Action => ({
  kind: 'SET_SPEED',
  target: { value, unit },
});
const FASTER: Action = { kind: 'SET_SPEED', change: 'FASTER' };
const SLOWER: Action = { kind: 'SET_SPEED', change: 'SLOWER' };
const going = (kmh: number) => ({ ...makeScene().vehicle!, speedMps: kmhToMps(kmh) });
const near = (found: number | null | undefined, kmh: number) =>
  assert.ok(
    typeof found === 'number' && Math.abs(found - kmhToMps(kmh)) < 1e-9,
    `${found} is not ${kmh} km/h`,
  );

test('spoken speeds become m/s', () => {
  near(speedOf(judgeActions([target(40)])), 40);
  near(speedOf(judgeActions([target(25, 'MPH')])), 25 * 1.609344);
  near(speedOf(judgeActions([FASTER])), 40);
  near(speedOf(judgeActions([SLOWER])), 20);
  near(speedOf(judgeActions([SLOWER], { scene: { vehicle: going(8) } })), 4);
  near(speedOf(judgeActions([{ kind: 'SET_SPEED', percent: 50 }])), 15);
  assert.equal(speedOf(judgeActions([{ kind: 'SET_SPEED', restore: true }])), null);
});

test('above the limit is refused, and the sign named; the limit itself is allowed', () => {
  const verdict = judgeActions([target(80)]);
  assert.equal(gist(verdict), 'REFUSE OVER_LIMIT');
  assert.deepEqual(verdict.intents, []);
  assert.equal(verdict.reasons[0]?.slots.limitMps, kmhToMps(50));
  near(speedOf(judgeActions([target(50)])), 50);
  assert.equal(gist(judgeActions([target(51)])), 'REFUSE OVER_LIMIT');
  const sign = makeSign('JP:323', [], { id: 'thirty', value: 30 });
  const signed = judgeActions([target(40)], { scene: { signs: [sign] } });
  assert.deepEqual([gist(signed), signed.reasons[0]?.causeId], ['REFUSE OVER_LIMIT', 'thirty']);
});

test('the plate decides: a limit for lorries or for other hours does not bind, an unread one does', () => {
  const with40 = (plates: Parameters<typeof makeSign>[1]) =>
    gist(judgeActions([target(40)], { scene: { signs: [makeSign('JP:323', plates, { value: 30 })] } }));
  assert.equal(with40(['大型等']), 'EXECUTE WITHIN_RULES');
  assert.equal(with40(['7:30-8:30']), 'EXECUTE WITHIN_RULES');
  assert.equal(with40(['8-20']), 'REFUSE OVER_LIMIT');
  assert.equal(with40([{}]), 'REFUSE OVER_LIMIT');
});

test('"faster" stops at the limit, and at the limit it is refused', () => {
  const verdict = judgeActions([FASTER], { scene: { vehicle: going(45) } });
  assert.equal(gist(verdict), 'EXECUTE LIMITED_TO_LAW');
  assert.equal(verdict.reasons[0]?.effect, 'TIGHTEN');
  near(speedOf(verdict), 50);
  assert.equal(gist(judgeActions([FASTER], { scene: { vehicle: going(50) } })), 'REFUSE OVER_LIMIT');
});

test('who is too fast may slow down, and then to the limit at most', () => {
  const scene = { vehicle: going(80) };
  near(speedOf(judgeActions([SLOWER], { scene })), 50);
  near(speedOf(judgeActions([target(60)], { scene })), 50);
  assert.equal(gist(judgeActions([target(90)], { scene })), 'REFUSE OVER_LIMIT');
});

test('an unknown limit is no permission to go faster, with or without a sign', () => {
  const route = { ...makeScene().route!, mapLimitMps: null };
  for (const signs of [[], [makeSign('JP:323', [], { value: 60 })]]) {
    assert.equal(gist(judgeActions([target(40)], { scene: { route, signs } })), 'REFUSE LIMIT_UNKNOWN');
    assert.equal(gist(judgeActions([FASTER], { scene: { route, signs } })), 'REFUSE LIMIT_UNKNOWN');
    near(speedOf(judgeActions([target(30)], { scene: { route, signs } })), 30);
    near(speedOf(judgeActions([SLOWER], { scene: { route, signs } })), 20);
  }
  const unread = { signs: [makeSign('JP:323')] };
  assert.equal(gist(judgeActions([target(40)], { scene: unread })), 'REFUSE LIMIT_UNKNOWN');
  const configured = Config.parse({ region: { defaultLimitKmh: 60 }, thought: { mayAct: true } });
  near(speedOf(judgeActions([target(60)], { scene: { route }, config: configured })), 60);
});

test('the vehicle has a maximum of its own', () => {
  const config = Config.parse({ vehicle: { maxSpeedKmh: 35 }, thought: { mayAct: true } });
  assert.equal(gist(judgeActions([target(40)], { config })), 'REFUSE OVER_VEHICLE_MAX');
  const faster = judgeActions([FASTER], { config });
  assert.equal(gist(faster), 'EXECUTE LIMITED_TO_VEHICLE_MAX');
  near(speedOf(faster), 35);
});

test('without the state of the vehicle only careful wishes pass', () => {
  const scene = { vehicle: null };
  assert.equal(gist(judgeActions([target(20)], { scene })), 'REFUSE NO_VEHICLE_STATE');
  assert.equal(gist(judgeActions([SLOWER], { scene })), 'REFUSE NO_VEHICLE_STATE');
  assert.equal(
    gist(judgeActions([{ kind: 'TURN', direction: 'LEFT' }], { scene })),
    'REFUSE NO_VEHICLE_STATE',
  );
  assert.equal(gist(judgeActions([{ kind: 'STOP', urgency: 'PROMPT' }], { scene })), 'EXECUTE WITHIN_RULES');
  assert.equal(gist(judgeActions([{ kind: 'YIELD' }], { scene })), 'EXECUTE WITHIN_RULES');
  const vehicle = { ...makeScene().vehicle!, speedMps: Number.NaN };
  assert.equal(gist(judgeActions([target(20)], { scene: { vehicle } })), 'REFUSE NO_VEHICLE_STATE');
});

test('the unit spoken stays in the reason', () => {
  assert.equal(judgeActions([target(80, 'MPH')]).reasons[0]?.slots.unit, 'MPH');
});

test('"slower" while standing means the drive that follows, and never holds the car for good', () => {
  const standing = { vehicle: going(0) };
  near(speedOf(judgeActions([SLOWER], { scene: standing })), 40);
  const history = { lastSetSpeedMps: kmhToMps(30), liveIntents: [] };
  near(speedOf(judgeActions([SLOWER], { scene: standing, history })), 20);
  near(speedOf(judgeActions([{ kind: 'SET_SPEED', percent: 50 }], { scene: standing })), 25);
  const route = { ...makeScene().route!, mapLimitMps: null };
  assert.equal(gist(judgeActions([SLOWER], { scene: { ...standing, route } })), 'REFUSE STANDING');
});
