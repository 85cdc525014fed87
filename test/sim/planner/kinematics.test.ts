import assert from 'node:assert/strict';
import { test } from 'node:test';
import { EGO_DIMENSIONS, wrapAngle } from '../../../sim/world/geometry.ts';
import type { SignalAhead } from '../../../sim/world/road-map.ts';
import { TestDrive } from './drive.ts';

test('starts gently, never exceeds the limit of the edge it is on, and stands at the end of the route', () => {
  const drive = new TestDrive();
  let top = 0;
  drive.drive(70, undefined, () => {
    const { speedMps, accelerationMps2 } = drive.planner.vehicle();
    const limit = drive.planner.position().edgeId === 'in' ? 50 / 3.6 : 30 / 3.6;
    assert.ok(speedMps <= limit + 1e-6, `${speedMps} on ${drive.planner.position().edgeId}`);
    assert.ok(accelerationMps2! <= 1.2 + 1e-6 && accelerationMps2! >= -1.5 - 1e-6, `${accelerationMps2}`);
    top = Math.max(top, speedMps);
  });
  assert.ok(top > 13.5, `reaches the limit: ${top}`);
  const { motion, behavior } = drive.planner.status();
  assert.deepEqual([motion, behavior], ['STOPPED', 'GOAL_PLANNER']);
  const { edgeId, alongM } = drive.planner.position();
  assert.equal(edgeId, 'east');
  assert.ok(Math.abs(alongM - (200 - EGO_DIMENSIONS.frontM)) < 0.5, `${alongM}`);
});

test('an unknown limit is driven at 30 km/h, and signs bind below the map', () => {
  const unknown = new TestDrive(['in', 'north', 'back']);
  unknown.drive(60, undefined, () => {
    if (unknown.planner.position().edgeId === 'north') assert.ok(unknown.speedMps <= 30 / 3.6 + 1e-6);
  });
  const signed = new TestDrive();
  signed.drive(12, () => ({ legalLimitMps: 20 / 3.6 }));
  assert.ok(Math.abs(signed.speedMps - 20 / 3.6) < 1e-3, `${signed.speedMps}`);
});

test('turns along a smooth curve with at most 2 m/s² sideways', () => {
  const drive = new TestDrive(['in', 'north', 'back']);
  let before = drive.planner.pose();
  let turnedRad = 0;
  drive.drive(60, undefined, (dtS) => {
    const pose = drive.planner.pose();
    const stepM = Math.hypot(pose.xM - before.xM, pose.yM - before.yM);
    assert.ok(stepM <= drive.speedMps * dtS + 0.05, `no jumps: ${stepM}`);
    const yawStep = Math.abs(wrapAngle(pose.yawRad - before.yawRad));
    assert.ok(yawStep < 0.12, `no kinks: ${yawStep}`);
    turnedRad += yawStep;
    before = pose;
    const curvature = Math.tan(drive.planner.vehicle().steeringRad!) / EGO_DIMENSIONS.wheelbaseM;
    assert.ok(Math.abs(curvature) * drive.speedMps ** 2 < 2.6, `sideways ${curvature * drive.speedMps ** 2}`);
  });
  assert.ok(Math.abs(turnedRad - Math.PI) < 0.2, `two corners: ${turnedRad}`);
  assert.equal(drive.planner.position().edgeId, 'back');
});

test('stands before a red light however late it turns red, and goes when it turns green', () => {
  const lineM = 190;
  for (const yellowAtM of [20, 60, 100, 130, 150, 165, 175]) {
    const drive = new TestDrive();
    let light: SignalAhead['light'] = 'GREEN';
    let sinceYellowS = 0;
    let committed = false;
    const world = () => {
      const pathM = drive.planner.pose().xM;
      if (pathM >= yellowAtM) sinceYellowS += 0.05;
      light = sinceYellowS === 0 ? 'GREEN' : sinceYellowS < 3 ? 'YELLOW' : 'RED';
      return { signal: { nodeId: 'crossing', distanceM: lineM - pathM, light } };
    };
    drive.drive(40, world, () => {
      const frontM = drive.planner.pose().xM + EGO_DIMENSIONS.frontM;
      if (light === 'YELLOW' && frontM > lineM) committed = true;
      if (light === 'RED' && !committed)
        assert.ok(frontM <= lineM, `yellow at ${yellowAtM}: front ${frontM}`);
    });
    if (committed) continue;
    assert.equal(drive.planner.status().motion, 'STOPPED');
    assert.equal(drive.planner.status().behavior, 'TRAFFIC_SIGNAL');
    drive.drive(3, () => ({ signal: { nodeId: 'crossing', distanceM: 5, light: 'GREEN' } }));
    assert.ok(drive.speedMps > 2, `goes on green after ${yellowAtM}`);
  }
});

test('never touches what is in its lane: a standing car, one that brakes hard, one that cuts in', () => {
  const scripts = [
    { atM: 120, speedMps: 0, brakes: 0 },
    { atM: 40, speedMps: 12, brakes: 6 },
    { atM: 25, speedMps: 4, brakes: 0 },
  ];
  for (const script of scripts) {
    const drive = new TestDrive();
    let rearM = script.atM;
    let theirs = script.speedMps;
    let seconds = 0;
    let least = Number.POSITIVE_INFINITY;
    const gap = () => rearM - drive.planner.pose().xM - EGO_DIMENSIONS.frontM;
    const world = () => {
      seconds += 0.05;
      if (seconds > 6) theirs = Math.max(0, theirs - script.brakes * 0.05);
      rearM += theirs * 0.05;
      return { obstacles: [{ id: 'o', class: 'CAR', gapM: gap(), speedMps: theirs, laneIndex: 0 }] };
    };
    drive.drive(20, world, () => {
      least = Math.min(least, gap());
    });
    assert.ok(least > 0.5, `${JSON.stringify(script)}: least gap ${least}`);
    if (script.speedMps === 0) {
      assert.equal(drive.planner.status().behavior, 'ROUTE_OBSTACLE');
      assert.ok(gap() < 6, `stands near it: ${gap()}`);
    }
  }
});

test('what stands in another lane does not stop it', () => {
  const drive = new TestDrive();
  drive.drive(10, () => ({ obstacles: [{ id: 'o', class: 'CAR', gapM: 5, speedMps: 0, laneIndex: 1 }] }));
  assert.ok(drive.speedMps > 10);
});
