import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  Config,
  Scene,
  type SignDetections,
  secondsToNs,
  type VehicleState,
} from '../../src/domain/index.ts';
import { exampleScene, SceneBuilder } from '../../src/scene/index.ts';

const START = 1_795_482_900_000_000_000n;
const at = (seconds: number): bigint => START + secondsToNs(seconds);
const vehicle = (seconds: number, speedMps: number, pose?: VehicleState['pose']): VehicleState => ({
  stampNs: at(seconds),
  speedMps,
  ...(pose === undefined ? {} : { pose }),
});

function signs(
  seconds: number,
  ...seen: [id: string, type: string, distanceM?: number, text?: string][]
): SignDetections {
  const stampNs = at(seconds);
  return {
    stampNs,
    camera: 'front',
    signs: seen.map(([id, type, distanceM, text]) => ({
      id,
      stampNs,
      camera: 'front',
      type,
      box: { xPx: 0, yPx: 0, widthPx: 20, heightPx: 20 },
      confidence: 0.9,
      ...(distanceM === undefined ? {} : { distanceM }),
      supplementary: [{ confidence: 0.9, ...(text === undefined ? {} : { text, textConfidence: 0.9 }) }],
    })),
  };
}

/** Drives straight on at `speedMps`, reporting every 0.1 s. */
function drive(builder: SceneBuilder, from: number, to: number, speedMps: number): void {
  for (let t = from; t <= to + 1e-9; t += 0.1) builder.onVehicle(vehicle(t, speedMps));
}

const builderWith = (): SceneBuilder => new SceneBuilder(Config.parse({}));

test('distances follow the car, by speed and by pose, and a sign behind is passed', () => {
  for (const usePose of [false, true]) {
    const builder = builderWith();
    for (let i = 0; i <= 50; i++) {
      const pose = { xM: 100, yM: i, yawRad: Math.PI / 2 };
      builder.onVehicle(vehicle(i / 10, 10, usePose ? pose : undefined));
      if (i === 0) builder.onSigns(signs(0, ['a', 'JP:316', 40, '8-20']));
      const [sign] = builder.build(at(i / 10)).signs;
      assert.ok(Math.abs((sign?.distanceM ?? 0) - (40 - i)) < 1e-6, `${usePose} after ${i} m`);
      assert.equal(sign?.state, i <= 40 && !(i > 25) ? 'AHEAD' : 'PASSED', `after ${i} m`);
      assert.equal(sign?.firstSeenNs, START);
    }
  }
});

test('a near sign that is hidden for a moment is still ahead, and one seen again is ahead again', () => {
  const builder = builderWith();
  drive(builder, 0, 0.4, 10);
  builder.onSigns(signs(0.4, ['a', 'JP:316', 10]));
  assert.equal(builder.build(at(0.8)).signs[0]?.state, 'AHEAD');
  drive(builder, 0.5, 1, 10);
  assert.equal(builder.build(at(1)).signs[0]?.state, 'PASSED');
  builder.onSigns(signs(1, ['a', 'JP:316', 4]));
  assert.equal(builder.build(at(1)).signs[0]?.state, 'AHEAD');
});

test('a sign without a distance counts as passed two seconds after it was last seen', () => {
  const builder = builderWith();
  builder.onSigns(signs(0, ['a', 'JP:316']));
  assert.equal(builder.build(at(1.9)).signs[0]?.state, 'AHEAD');
  assert.equal(builder.build(at(2.1)).signs[0]?.state, 'PASSED');
});

test('passed signs are dropped after 300 m or 60 s, the latest limit is not', () => {
  const builder = builderWith();
  drive(builder, 0, 0.1, 10);
  builder.onSigns(signs(0.1, ['parking', 'JP:316', 5], ['limit-1', 'JP:323', 5], ['limit-2', 'JP:323', 20]));
  drive(builder, 0.2, 4, 10);
  assert.equal(builder.build(at(4)).signs.length, 3);
  drive(builder, 4.1, 40, 10);
  assert.deepEqual(
    builder.build(at(40)).signs.map(({ id, state }) => [id, state]),
    [['limit-2', 'PASSED']],
  );
  assert.deepEqual(
    builder.build(at(4000)).signs.map(({ id }) => id),
    ['limit-2'],
  );
});

test('a text once read stays when a later picture has none', () => {
  const builder = builderWith();
  builder.onSigns(signs(0, ['a', 'JP:316', 40, '8-20']));
  builder.onSigns(signs(0.1, ['a', 'JP:316', 39]));
  const [sign] = builder.build(at(0.1)).signs;
  assert.equal(sign?.supplementary[0]?.text, '8-20');
  assert.equal(sign?.distanceM, 39);
});

test('stale reports are left out and late ones do not go back in time', () => {
  const builder = builderWith();
  builder.onVehicle(vehicle(0, 10));
  builder.onVehicle(vehicle(-1, 3));
  builder.onObjects({ stampNs: START, objects: exampleScene().objects });
  const { route, planner } = exampleScene();
  assert.ok(route && planner);
  builder.onRoute({ ...route, stampNs: START });
  builder.onPlanner({ ...planner, stampNs: START });
  const soon = builder.build(at(1));
  assert.equal(soon.vehicle?.speedMps, 10);
  assert.equal(soon.objects.length, 2);
  assert.ok(Math.abs((soon.route?.junctions[0]?.distanceM ?? 0) - 70) < 1e-6);
  assert.ok(Math.abs((soon.route?.remainingM ?? 0) - 2390) < 1e-6);
  const later = builder.build(at(1.01));
  assert.deepEqual([later.vehicle, later.objects], [null, []]);
  assert.ok(later.route && later.planner);
  const muchLater = builder.build(at(5.01));
  assert.deepEqual([muchLater.route, muchLater.planner], [null, null]);
});

test('a scene is a Scene, and carries the local time', () => {
  const builder = builderWith();
  builder.onSigns(signs(0, ['a', 'JP:316', 40, '8-20']));
  const scene = builder.build(START);
  assert.deepEqual(Scene.parse(scene), scene);
  assert.deepEqual(scene.civil, { date: '2026-11-24', minuteOfDay: 615, weekday: 'TUE', holiday: false });
});
