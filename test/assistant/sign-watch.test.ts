import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SignWatch } from '../../src/assistant/sign-watch.ts';
import type { Scene } from '../../src/domain/index.ts';
import { activeLaw, kmhToMps } from '../../src/law/index.ts';
import { config, makeScene, makeSign } from '../law/signs.ts';

const stopSign = (distanceM: number, plates: Parameters<typeof makeSign>[1] = []) =>
  makeSign('JP:330-A', plates, { id: 'stop', distanceM });
const at = (kmh: number, more: Partial<Scene>): Scene =>
  makeScene({ vehicle: { ...makeScene().vehicle!, speedMps: kmhToMps(kmh) }, ...more });
const actions = (watch: SignWatch, scene: Scene) =>
  watch
    .orders(scene, activeLaw(scene, config))
    .map(({ proposal }) => (proposal.decision === 'EXECUTE' ? proposal.actions[0] : null));

test('a stop sign is passed on once, when the car comes near, as a stop at its distance', () => {
  const watch = new SignWatch(config);
  assert.deepEqual(actions(watch, at(36, { signs: [stopSign(80)] })), []);
  assert.deepEqual(actions(watch, at(36, { signs: [stopSign(58.7)] })), [
    { kind: 'STOP', urgency: 'COMFORT', place: { ahead: { value: 58, unit: 'M' } } },
  ]);
  assert.deepEqual(actions(watch, at(30, { signs: [stopSign(40)] })), []);
});

test('a stop sign for other vehicles or hours asks for nothing; one whose plate is unread does', () => {
  const near = (plates: Parameters<typeof makeSign>[1]) =>
    actions(new SignWatch(config), at(20, { signs: [stopSign(20, plates)] })).length;
  assert.equal(near(['大型等']), 0);
  assert.equal(near([{}]), 1);
});

test('a passed stop sign, or one at an unknown distance, asks for nothing', () => {
  const passed = makeSign('JP:330-A', [], { id: 'stop', distanceM: 10, state: 'PASSED' });
  const somewhere = makeSign('JP:330-A', [], { id: 'stop' });
  for (const sign of [passed, somewhere])
    assert.deepEqual(actions(new SignWatch(config), at(20, { signs: [sign] })), []);
});

test('a limit below the map is passed on while the car is faster, and repeated after 5 s', () => {
  const watch = new SignWatch(config);
  const signs = [makeSign('JP:323', [], { id: 'thirty', value: 30, distanceM: 10 })];
  const scene = at(45, { signs });
  const later = (s: number): Scene => ({ ...scene, stampNs: scene.stampNs + BigInt(s) * 1_000_000_000n });
  assert.deepEqual(actions(watch, scene), [{ kind: 'SET_SPEED', target: { value: 30, unit: 'KMH' } }]);
  assert.deepEqual(actions(watch, later(4)), []);
  assert.equal(actions(watch, later(5)).length, 1);
  assert.deepEqual(actions(new SignWatch(config), at(30, { signs })), []);
});
