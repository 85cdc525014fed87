import assert from 'node:assert/strict';
import { test } from 'node:test';
import { street } from '../../../sim/scenarios/index.ts';
import { poseOn } from '../../../sim/world/geometry.ts';
import { type Ego, StreetWorld } from '../../../sim/world/index.ts';
import { lampFor } from '../../../sim/world/lights.ts';
import { PathLine } from '../../../sim/world/path-line.ts';
import type { RoadPosition } from '../../../sim/world/road-map.ts';
import { ManualClock, SignDetections, secondsToNs, TrackedObjects } from '../../../src/domain/index.ts';

const { map, route, startNs } = street;

function egoAt(edgeId: string, alongM: number, laneIndex = 0): Ego {
  const position: RoadPosition = { edgeId, alongM, laneIndex, offsetM: 0 };
  return { position, pose: poseOn(map, position), route };
}

function newWorld() {
  const clock = new ManualClock(startNs);
  const world = new StreetWorld({ scenario: street, clock });
  /** Lets time pass with the ego standing where it is. */
  const wait = (seconds: number, ego: Ego): void => {
    for (let i = 0; i < seconds * 20; i++) {
      clock.advanceBy(secondsToNs(0.05));
      world.step(0.05, ego);
    }
  };
  return { clock, world, wait };
}

test('an obstacle is the free road to it, in the ego lane numbering', () => {
  const { world } = newWorld();
  const van = world.obstacles(egoAt('sakura-2e', 20)).find((obstacle) => obstacle.id === 'white-van')!;
  // 40 m between the middles, less half a van and the ego's front.
  assert.ok(Math.abs(van.gapM - (40 - 4.7 / 2 - 3.65)) < 0.05, String(van.gapM));
  assert.deepEqual([van.laneIndex, van.speedMps, van.class], [0, 0, 'TRUCK']);
  assert.equal(world.obstacles(egoAt('sakura-1e', 8)).find((o) => o.id === 'car-ahead')!.laneIndex, 1);
  // Round the corner it is as far as the way there is.
  const beyond = world.obstacles(egoAt('ekimae-2n', 50)).find((obstacle) => obstacle.id === 'slow-car')!;
  const path = new PathLine(map, ['ekimae-2n', 'gakko-3w']);
  assert.ok(
    Math.abs(beyond.gapM - (path.spans[1]!.startM + 34 - 50 - 1.7 - 3.65)) < 0.1,
    String(beyond.gapM),
  );
  // People on the pavement are on nobody's way.
  assert.ok(!world.obstacles(egoAt('ekimae-2n', 30)).some((obstacle) => obstacle.id === 'pupil'));
});

test('the pedestrian is an obstacle while crossing the ego lanes and not afterwards', () => {
  const { world, wait } = newWorld();
  const ego = egoAt('sakura-2e', 60);
  const crossing = () => world.obstacles(ego).find((obstacle) => obstacle.id === 'walker');
  assert.equal(crossing(), undefined);
  wait(2, ego);
  assert.equal(crossing()?.laneIndex, 0);
  assert.ok(Math.abs(crossing()!.speedMps) < 0.01);
  wait(14, ego);
  assert.equal(crossing(), undefined);
});

test('traffic stops for red, keeps its distance, and does not wait in vain', () => {
  const { world, wait } = newWorld();
  const far = egoAt('gakko-2w', 60);
  const car = world.actors.find((actor) => actor.spec.id === 'car-ahead')!;
  let stoppedForRed = false;
  for (let i = 0; i < 90; i++) {
    wait(1, far);
    if (!car.present) break;
    // The stop line before the station junction.
    const light = street.lights[1]!;
    if (car.speedMps === 0) {
      stoppedForRed ||= lampFor(light, 'sakura-3e', i + 1) !== 'GREEN' && car.pose.xM < 344;
    }
  }
  assert.ok(stoppedForRed);
  assert.ok(!car.present, 'it has driven away');
});

test('a light goes green, yellow, red, and never green both ways', () => {
  const light = street.lights[0]!;
  const seen = new Set<string>();
  for (let t = 0; t < 80; t += 0.25) {
    const [a, b] = [lampFor(light, 'sakura-1e', t), lampFor(light, 'honmachi-1n', t)];
    seen.add(a);
    assert.ok(a === 'RED' || b === 'RED', `at ${t} s: ${a} and ${b}`);
  }
  assert.deepEqual([...seen].sort(), ['GREEN', 'RED', 'YELLOW']);
});

test('the signal ahead is the next light on the way, measured to its stop line', () => {
  const { world } = newWorld();
  assert.deepEqual(world.signal(egoAt('sakura-1e', 54)), {
    nodeId: 'honmachi-1',
    distanceM: 50,
    light: 'GREEN',
  });
  // Across the junction without lights: what is left of the edge, the junction, the next edge.
  assert.equal(world.signal(egoAt('sakura-2e', 79)), null);
  const across = world.signal(egoAt('sakura-2e', 88.1))!;
  assert.ok(across.nodeId === 'ekimae-1' && Math.abs(across.distanceM - (32 + 88 - 0.1)) < 0.05);
  assert.equal(world.signal(egoAt('ekimae-2n', 10)), null);
});

test('tracked objects are in base_link: x forward, y left, heading relative', () => {
  const { world } = newWorld();
  const { pose } = egoAt('sakura-2e', 30);
  const { objects } = TrackedObjects.parse(world.trackedObjects(pose, startNs));
  const van = objects.find((object) => object.id === 'white-van')!;
  assert.ok(Math.abs(van.xM - 30) < 1e-6 && Math.abs(van.yM - 0.5) < 1e-6 && Math.abs(van.yawRad) < 1e-6);
  const walker = objects.find((object) => object.id === 'walker')!;
  assert.ok(walker.yM > 3 && Math.abs(walker.yawRad + Math.PI / 2) < 1e-6);
  assert.ok(objects.every((object) => Math.hypot(object.xM, object.yM) <= 81));
  const north = world.trackedObjects(egoAt('gakko-3w', 40).pose, startNs).objects;
  assert.equal(north.find((object) => object.id === 'flagger')!.authority, 'FLAGGER_OR_ATTENDANT');
  const lights = world.trackedObjects(egoAt('sakura-1e', 60).pose, startNs).objects;
  assert.equal(
    lights.filter((object) => object.class === 'TRAFFIC_LIGHT' && object.light === 'GREEN').length,
    1,
  );
});

test('a sign is detected ahead, within range, with its plates boxed and unread', () => {
  const { world } = newWorld();
  const at = (alongM: number) => world.signDetections(egoAt('ekimae-2n', alongM).pose, startNs);
  const { signs } = SignDetections.parse(at(0));
  const sign = signs.find((candidate) => candidate.id === 'sign-30-school')!;
  assert.ok(Math.abs(sign.distanceM! - 18) < 1e-6);
  assert.equal(sign.value, 30);
  assert.equal(sign.supplementary.length, 2);
  assert.ok(sign.supplementary.every((plate) => plate.text === undefined));
  const [upper, lower] = sign.supplementary;
  assert.ok(upper!.box!.yPx > sign.box.yPx + sign.box.heightPx && lower!.box!.yPx > upper!.box!.yPx);
  assert.ok(!at(40).signs.some((candidate) => candidate.id === sign.id), 'it is behind');
  const far = world
    .signDetections(egoAt('sakura-2e', 0).pose, startNs)
    .signs.map((candidate) => candidate.id);
  assert.deepEqual(far, ['sign-20-lorries']);
});

test('each utterance is due once, at its place or at the latest', () => {
  const { world } = newWorld();
  const at = (seconds: number): bigint => startNs + secondsToNs(seconds);
  const near = egoAt('sakura-1e', 60).position;
  const first = world.utterancesDue(at(0), at(3), egoAt('sakura-1e', 10).position);
  assert.deepEqual(
    first.map(({ id, stampNs }) => [id, stampNs]),
    [['u-weather', at(2)]],
  );
  assert.deepEqual(
    world.utterancesDue(at(3), at(3.05), near).map(({ id }) => id),
    ['u-go-80'],
  );
  assert.deepEqual(world.utterancesDue(at(3.05), at(3.1), near), []);
  const rest: string[] = [];
  for (let t = 3.1; t < street.durationS; t += 0.1) {
    rest.push(...world.utterancesDue(at(t), at(t + 0.1), near).map(({ id }) => id));
  }
  assert.equal(rest.length + 2, street.utterances.length);
  assert.equal(rest.indexOf('u-no-left'), rest.indexOf('u-corner-right') + 1);
});

test('two worlds that take the same steps are the same', () => {
  const [a, b] = [newWorld(), newWorld()];
  const ego = egoAt('sakura-2e', 55);
  for (const { wait } of [a, b]) wait(20, ego);
  const stamp = a.clock.nowNs();
  assert.deepEqual(a.world.trackedObjects(ego.pose, stamp), b.world.trackedObjects(ego.pose, stamp));
  assert.deepEqual(a.world.obstacles(ego), b.world.obstacles(ego));
});
