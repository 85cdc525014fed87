import assert from 'node:assert/strict';
import { test } from 'node:test';
import { EGO_DIMENSIONS } from '../../../sim/world/geometry.ts';
import type { Maneuver } from '../../../src/domain/index.ts';
import { TestDrive } from './drive.ts';

/** Submits as a sign read off the road would. */
function bySign(drive: TestDrive, maneuver: Maneuver) {
  const intent = { ...drive.intent(maneuver), source: 'SIGN', authority: 'SIGN_TEXT' } as const;
  return { id: intent.id, ...drive.planner.submit(intent) };
}
const stopIn = (distanceM: number): Maneuver => ({
  kind: 'STOP',
  urgency: 'COMFORT',
  place: { type: 'DISTANCE', distanceM },
});

test('a stop sign: the car stands before its line, names it, and after two seconds drives on by itself', () => {
  const drive = new TestDrive();
  drive.drive(4);
  const from = drive.planner.position().alongM;
  const { id, phase } = bySign(drive, stopIn(40));
  assert.equal(phase, 'ACCEPTED');
  let stoodS = 0;
  let stoodAtM = 0;
  drive.drive(14, undefined, () => {
    if (drive.speedMps > 0) return stoodS > 0;
    stoodS += 0.05;
    stoodAtM = drive.planner.position().alongM;
    assert.equal(drive.planner.status().behavior, 'STOP_SIGN');
    return false;
  });
  assert.ok(stoodS > 1.9 && stoodS < 2.3, `stood ${stoodS} s`);
  const bumperM = stoodAtM - from + EGO_DIMENSIONS.frontM;
  assert.ok(bumperM < 40 && bumperM > 37, `its bumper at ${bumperM} m of 40`);
  assert.equal(drive.news(id)?.phase, 'DONE');
  drive.drive(3);
  assert.ok(drive.speedMps > 2);
});

test('no passenger takes a sign away: cancelling all and driving on still end in the stand', () => {
  const drive = new TestDrive();
  drive.drive(4);
  bySign(drive, stopIn(40));
  drive.ask({ kind: 'CANCEL', intentIds: [] });
  drive.ask({ kind: 'RESUME' });
  let stood = false;
  drive.drive(12, undefined, () => {
    stood ||= drive.speedMps === 0;
  });
  assert.equal(stood, true);
});

test('a sign does not end what a passenger asked for', () => {
  const drive = new TestDrive();
  drive.drive(4);
  const stop = drive.ask(stopIn(70));
  bySign(drive, stopIn(35));
  drive.drive(25, undefined, () => drive.news(stop.id)?.phase === 'DONE');
  assert.equal(drive.news(stop.id)?.phase, 'DONE');
  assert.deepEqual([drive.speedMps, drive.planner.status().behavior], [0, 'INTENT']);
});

test('too near to stop at is refused, and so is anything else of a sign', () => {
  const drive = new TestDrive();
  drive.drive(8);
  const near = bySign(drive, stopIn(10));
  assert.deepEqual([near.phase, near.reason], ['REJECTED', 'STOP_SIGN']);
  const resume = bySign(drive, { kind: 'RESUME' });
  assert.deepEqual([resume.phase, resume.reason], ['REJECTED', 'INTENT_NOT_SUPPORTED']);
});

test('a cap read off a sign lapses with its intent', () => {
  const drive = new TestDrive();
  drive.drive(8);
  bySign(drive, { kind: 'SET_SPEED', speedMps: 5 });
  drive.drive(4.9);
  const capped = drive.speedMps;
  drive.drive(4);
  assert.ok(capped < drive.speedMps - 2, `${capped} then ${drive.speedMps}`);
});
