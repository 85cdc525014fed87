import assert from 'node:assert/strict';
import { test } from 'node:test';
import { secondsToNs } from '../../../src/domain/index.ts';
import { TestDrive } from './drive.ts';

test('SET_SPEED slows, is done, and never lifts the limit', () => {
  const drive = new TestDrive();
  const slow = drive.ask({ kind: 'SET_SPEED', speedMps: 5 });
  assert.equal(slow.phase, 'ACCEPTED');
  assert.equal(drive.news(slow.id)?.phase, 'EXECUTING');
  drive.drive(7);
  assert.equal(drive.news(slow.id)?.phase, 'DONE');
  assert.ok(Math.abs(drive.speedMps - 5) < 0.01);
  drive.ask({ kind: 'SET_SPEED', speedMps: 30 });
  drive.drive(9);
  assert.ok(drive.speedMps <= 50 / 3.6 + 1e-9 && drive.speedMps > 12, `${drive.speedMps}`);
});

test('each urgency brakes as hard as it says; the car stays until RESUME', () => {
  for (const [urgency, decel] of [
    ['COMFORT', 1.5],
    ['PROMPT', 3],
    ['EMERGENCY', 6],
  ] as const) {
    const drive = new TestDrive();
    drive.drive(8);
    const stop = drive.ask({ kind: 'STOP', urgency });
    let hardest = 0;
    drive.drive(8, undefined, () => {
      hardest = Math.min(hardest, drive.planner.vehicle().accelerationMps2!);
    });
    assert.ok(Math.abs(-hardest - decel) < 0.05, `${urgency}: ${hardest}`);
    assert.equal(drive.news(stop.id)?.phase, 'DONE');
    assert.deepEqual([drive.speedMps, drive.planner.status().behavior], [0, 'INTENT']);
    const go = drive.ask({ kind: 'RESUME' });
    drive.drive(2);
    assert.equal(drive.news(go.id)?.phase, 'DONE');
    assert.ok(drive.speedMps > 1);
  }
});

test('a comfortable stop does not soften an emergency stop under way', () => {
  const drive = new TestDrive();
  drive.drive(9);
  drive.ask({ kind: 'STOP', urgency: 'EMERGENCY' });
  drive.drive(0.2);
  drive.ask({ kind: 'STOP', urgency: 'COMFORT' });
  drive.drive(0.1);
  assert.ok(Math.abs(drive.planner.vehicle().accelerationMps2! + 6) < 0.01);
});

test('a repeated, older or expired intent is not acted on', () => {
  const drive = new TestDrive();
  const first = drive.intent({ kind: 'STOP', urgency: 'PROMPT' });
  const second = drive.intent({ kind: 'SET_SPEED', speedMps: 4 });
  assert.equal(drive.planner.submit(second).phase, 'ACCEPTED');
  assert.deepEqual(drive.planner.submit(second).reason, 'INTENT_STALE');
  const older = drive.planner.submit(first);
  assert.deepEqual([older.phase, older.reason], ['REJECTED', 'INTENT_STALE']);
  const late = drive.intent({ kind: 'STOP', urgency: 'PROMPT' });
  drive.clock.advanceBy(secondsToNs(6));
  const answer = drive.planner.submit(late);
  assert.deepEqual([answer.phase, answer.reason], ['EXPIRED', 'INTENT_EXPIRED']);
  drive.drive(5);
  assert.ok(drive.speedMps > 3, 'it drives on');
});

test('what it cannot do is rejected with a reason', () => {
  const drive = new TestDrive();
  const cases = [
    [{ kind: 'YIELD' }, 'INTENT_NOT_SUPPORTED'],
    [{ kind: 'TURN', direction: 'U_TURN' }, 'INTERSECTION'],
    [{ kind: 'TURN', direction: 'LEFT', junctionId: 'nowhere' }, 'INTERSECTION'],
    [{ kind: 'CHANGE_LANE', direction: 'LEFT', count: 1 }, 'NO_DRIVABLE_LANE'],
    [{ kind: 'CHANGE_LANE', direction: 'RIGHT', count: 2 }, 'NO_DRIVABLE_LANE'],
    [{ kind: 'PULL_OVER', side: 'RIGHT' }, 'NO_STOPPING_AREA'],
    [{ kind: 'ROUTE_TO', category: 'HOSPITAL' }, 'GOAL_PLANNER'],
    [{ kind: 'PARK' }, 'NO_STOPPING_AREA'],
  ] as const;
  for (const [maneuver, reason] of cases) {
    const answer = drive.ask(maneuver);
    assert.deepEqual([answer.phase, answer.reason], ['REJECTED', reason], JSON.stringify(maneuver));
  }
});

test('TURN changes the route; a correction replaces it; too close is rejected and the route stays', () => {
  const drive = new TestDrive();
  const right = drive.ask({ kind: 'TURN', direction: 'RIGHT' });
  assert.equal(drive.planner.routeContext().junctions[0]?.planned, 'RIGHT');
  drive.drive(3);
  const left = drive.ask({ kind: 'TURN', direction: 'LEFT', junctionId: 'crossing' });
  assert.equal(left.phase, 'ACCEPTED');
  assert.equal(drive.news(right.id)?.phase, 'CANCELLED');
  assert.deepEqual(drive.planner.route(), ['in', 'north', 'back']);
  drive.drive(40, undefined, () => drive.planner.position().edgeId === 'north');
  drive.drive(4);
  assert.equal(drive.news(left.id)?.phase, 'DONE');

  const fast = new TestDrive();
  fast.drive(60, undefined, () => fast.planner.pose().xM > 175);
  const late = fast.ask({ kind: 'TURN', direction: 'LEFT' });
  assert.deepEqual([late.phase, late.reason], ['REJECTED', 'INTERSECTION']);
  assert.deepEqual(fast.planner.route(), ['in', 'east']);
});

test('a cancelled turn gives the old route back', () => {
  const drive = new TestDrive();
  const turn = drive.ask({ kind: 'TURN', direction: 'LEFT' });
  assert.deepEqual(drive.planner.cancel([turn.id]), [turn.id]);
  assert.deepEqual(drive.planner.route(), ['in', 'east']);
  assert.equal(drive.news(turn.id)?.phase, 'CANCELLED');
  assert.deepEqual(drive.planner.cancel([]), []);
});

test('a lane change waits for a gap, then moves smoothly with the indicator on', () => {
  const drive = new TestDrive();
  drive.drive(6);
  const change = drive.ask({ kind: 'CHANGE_LANE', direction: 'RIGHT', count: 1 });
  const beside = () => ({ obstacles: [{ id: 'o', class: 'CAR', gapM: -3, speedMps: 8, laneIndex: 1 }] });
  drive.drive(1, beside);
  assert.equal(drive.news(change.id)?.phase, 'EXECUTING');
  assert.equal(drive.planner.position().offsetM, 0);
  drive.drive(1);
  assert.equal(drive.planner.vehicle().indicator, 'RIGHT');
  let yM = drive.planner.pose().yM;
  drive.drive(6, undefined, () => {
    assert.ok(Math.abs(drive.planner.pose().yM - yM) < 0.12, 'no sideways jump');
    yM = drive.planner.pose().yM;
    return drive.news(change.id)?.phase === 'DONE';
  });
  assert.equal(drive.planner.position().laneIndex, 1);
  assert.ok(Math.abs(yM + 3.2) < 0.05, `${yM}`);
});

test('PULL_OVER stands at the kerb with hazard lights, clear of the junction', () => {
  const drive = new TestDrive(['in', 'east'], { laneIndex: 1 });
  drive.drive(60, undefined, () => drive.planner.pose().xM > 150);
  const stop = drive.ask({ kind: 'PULL_OVER', side: 'LEFT' });
  drive.drive(15);
  assert.equal(drive.news(stop.id)?.phase, 'DONE');
  const { xM, yM } = drive.planner.pose();
  assert.ok(xM > 205, `behind the crossing: ${xM}`);
  assert.ok(yM > 0.3 && yM < 0.7, `kerbside: ${yM}`);
  assert.equal(drive.planner.vehicle().indicator, 'HAZARD');
  drive.ask({ kind: 'RESUME' });
  drive.drive(8);
  assert.ok(Math.abs(drive.planner.pose().yM) < 0.05, 'back in its lane');
});

test('ROUTE_TO and PARK find their place and the car parks there', () => {
  const drive = new TestDrive();
  const route = drive.ask({ kind: 'ROUTE_TO', category: 'PARKING' });
  assert.deepEqual(drive.planner.route(), ['in', 'north', 'back']);
  assert.equal(drive.planner.routeContext().destination, 'North Parking');
  const park = drive.ask({ kind: 'PARK' });
  drive.drive(70, undefined, () => drive.news(park.id)?.phase === 'DONE');
  assert.deepEqual(
    [drive.news(route.id)?.phase, drive.news(park.id)?.phase, drive.speedMps],
    ['DONE', 'DONE', 0],
  );
  assert.equal(drive.planner.vehicle().gear, 'PARK');
  assert.ok(Math.abs(drive.planner.position().alongM - 100) < 1, `${drive.planner.position().alongM}`);
});

test('a trigger is held until it comes', () => {
  const drive = new TestDrive();
  const at = drive.ask(
    { kind: 'SET_SPEED', speedMps: 3 },
    { type: 'AT', place: { type: 'POI', poiId: 'shop', distanceM: 115 } },
    60,
  );
  drive.drive(60, undefined, () => drive.planner.pose().xM > 119);
  assert.equal(drive.news(at.id)?.phase, 'ACCEPTED');
  drive.drive(0.5);
  assert.equal(drive.news(at.id)?.phase, 'EXECUTING');

  const line = new TestDrive();
  const stop = line.ask(
    { kind: 'STOP', urgency: 'COMFORT' },
    { type: 'AT', place: { type: 'JUNCTION', junctionId: 'crossing', distanceM: 195 } },
  );
  line.drive(40, undefined, () => line.speedMps === 0);
  assert.equal(line.news(stop.id)?.phase, 'DONE');
  assert.ok(line.planner.pose().xM + 3.65 < 200 && line.planner.pose().xM > 180, `${line.planner.pose().xM}`);
});

test('WHEN LIGHT_GREEN and AFTER PREVIOUS_ACTION and STOPPED begin in their turn', () => {
  const drive = new TestDrive();
  drive.drive(5);
  const stop = drive.ask({ kind: 'STOP', urgency: 'PROMPT' });
  const hazard = drive.ask(
    { kind: 'SIGNAL', signal: 'HAZARD' },
    { type: 'AFTER', event: 'PREVIOUS_ACTION' },
    30,
  );
  const go = drive.ask({ kind: 'RESUME' }, { type: 'WHEN', condition: 'LIGHT_GREEN' }, 30);
  drive.drive(1);
  assert.equal(drive.news(hazard.id)?.phase, 'ACCEPTED');
  const red = { nodeId: 'crossing', distanceM: 150, light: 'RED' } as const;
  drive.drive(5, () => ({ signal: red }));
  assert.deepEqual(
    [stop, hazard, go].map(({ id }) => drive.news(id)?.phase),
    ['DONE', 'DONE', 'ACCEPTED'],
  );
  assert.equal(drive.planner.vehicle().indicator, 'HAZARD');
  drive.drive(0.2, () => ({ signal: { ...red, light: 'GREEN' as const } }));
  assert.equal(drive.news(go.id)?.phase, 'DONE');
});

test('a held intent expires, is reported, and the car drives on', () => {
  const drive = new TestDrive();
  const held = drive.ask({ kind: 'STOP', urgency: 'COMFORT' }, { type: 'WHEN', condition: 'LIGHT_RED' }, 2);
  drive.drive(2.2);
  const news = drive.news(held.id);
  assert.deepEqual([news?.phase, news?.reason], ['EXPIRED', 'INTENT_EXPIRED']);
  drive.drive(3, () => ({ signal: { nodeId: 'crossing', distanceM: 150, light: 'RED' } }));
  assert.ok(drive.speedMps > 5);
});

test('a stop at once voids what still waits; a cancel ends it too', () => {
  const drive = new TestDrive();
  const held = drive.ask({ kind: 'SET_SPEED', speedMps: 12 }, { type: 'WHEN', condition: 'LIGHT_GREEN' }, 60);
  drive.ask({ kind: 'STOP', urgency: 'PROMPT' });
  assert.equal(drive.news(held.id)?.phase, 'CANCELLED');
  const again = drive.ask({ kind: 'RESUME' }, { type: 'WHEN', condition: 'LIGHT_GREEN' }, 60);
  drive.ask({ kind: 'CANCEL', intentIds: [again.id] });
  assert.equal(drive.news(again.id)?.phase, 'CANCELLED');
  drive.drive(3, () => ({ signal: { nodeId: 'crossing', distanceM: 150, light: 'GREEN' } }));
  assert.equal(drive.speedMps, 0);
});
