import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { type Action, AUTHORITIES, Proposal, type Scene, Verdict } from '../../src/domain/index.ts';
import { type GateInput, isCautious, judge } from '../../src/gate/index.ts';
import { activeLaw, kmhToMps } from '../../src/law/index.ts';
import { arbitrarySign } from '../law/arbitrary.ts';
import { config, makeScene } from '../law/signs.ts';
import { makeInput, makeUtterance } from './judging.ts';

const side = fc.constantFrom('LEFT' as const, 'RIGHT' as const);
const place = fc.oneof(
  fc
    .constantFrom('HERE', 'NEXT_CORNER', 'NEXT_SIGNAL', 'SECOND_JUNCTION', 'DESTINATION')
    .map((landmark) => ({ landmark })),
  fc.integer({ min: 0, max: 500 }).map((value) => ({ ahead: { value, unit: 'M' } })),
  fc.constantFrom('p1', 'マート', '???').map((poi) => ({ poi })),
);
const referent = fc.constantFrom('t1', 't9');

const action = fc
  .oneof(
    fc.record({
      kind: fc.constant('SET_SPEED'),
      target: fc.record({ value: fc.integer({ min: 0, max: 200 }), unit: fc.constantFrom('KMH', 'MPH') }),
    }),
    fc.record({ kind: fc.constant('SET_SPEED'), change: fc.constantFrom('FASTER', 'SLOWER') }),
    fc.record({ kind: fc.constant('SET_SPEED'), percent: fc.constantFrom(10, 50, 90) }),
    fc.constant({ kind: 'SET_SPEED', restore: true }),
    fc.record({
      kind: fc.constant('KEEP_DISTANCE'),
      gap: fc.record({ value: fc.integer({ min: 1, max: 200 }), unit: fc.constantFrom('M', 'S') }),
    }),
    fc.record({ kind: fc.constant('CHANGE_LANE'), direction: side, count: fc.integer({ min: 1, max: 3 }) }),
    fc.record({
      kind: fc.constant('TURN'),
      direction: fc.constantFrom('LEFT', 'RIGHT', 'STRAIGHT', 'U_TURN'),
    }),
    fc.record({ kind: fc.constantFrom('OVERTAKE', 'FOLLOW', 'YIELD'), referent }),
    fc.record({ kind: fc.constantFrom('PULL_OVER', 'PARK'), place }),
    fc.record({
      kind: fc.constant('STOP'),
      urgency: fc.constantFrom('COMFORT', 'PROMPT', 'EMERGENCY'),
      place,
    }),
    fc.constant({ kind: 'RESUME' }),
    fc.record({ kind: fc.constant('SIGNAL'), signal: fc.constantFrom('HAZARD', 'HORN') }),
    fc.record({ kind: fc.constant('CANCEL'), which: fc.constantFrom('LAST', 'ALL') }),
  )
  .map((value) => value as Action);

const proposal = fc
  .array(action, { minLength: 1, maxLength: 3 })
  .map((actions): Proposal => Proposal.parse({ decision: 'EXECUTE', actions }));

const limit = fc.option(fc.integer({ min: 20, max: 120 }).map(kmhToMps), { nil: null });

const scene: fc.Arbitrary<Scene> = fc
  .record({
    speedKmh: fc.option(fc.integer({ min: -5, max: 130 }), { nil: null }),
    mapLimitMps: limit,
    mapped: fc.boolean(),
    doorOpen: fc.boolean(),
    targetMps: fc.option(fc.integer({ min: 0, max: 30 }), { nil: null }),
    signs: fc.array(arbitrarySign, { maxLength: 4 }),
  })
  .map(({ speedKmh, mapLimitMps, mapped, doorOpen, targetMps, signs }) => {
    const base = makeScene({ signs });
    return {
      ...base,
      vehicle: speedKmh === null ? null : { ...base.vehicle!, speedMps: kmhToMps(speedKmh), doorOpen },
      route: mapped ? { ...base.route!, mapLimitMps } : null,
      planner:
        targetMps === null
          ? null
          : {
              stampNs: 0n,
              motion: 'DRIVING',
              behavior: 'LANE_FOLLOWING',
              targetSpeedMps: targetMps,
              intents: [],
            },
    };
  });

const origin: fc.Arbitrary<Pick<GateInput, 'source' | 'utterance'>> = fc
  .record({
    source: fc.constantFrom('REFLEX' as const, 'THOUGHT' as const, 'SIGN' as const),
    authority: fc.constantFrom(...AUTHORITIES),
    confidence: fc.double({ min: 0, max: 1, noNaN: true }),
    live: fc.boolean(),
    text: fc.constantFrom('stop', '緊急停止', 'go on'),
  })
  .map(({ source, ...more }) => ({ source, utterance: source === 'SIGN' ? null : makeUtterance(more) }));

const speeds = (verdict: Verdict): number[] =>
  verdict.intents.flatMap(({ maneuver }) =>
    maneuver.kind === 'SET_SPEED' && maneuver.speedMps !== null ? [maneuver.speedMps] : [],
  );
const RUNS = { numRuns: 500 };

test('no intent ever asks for more than the limit in force, the vehicle or, unvouched, the present', () => {
  fc.assert(
    fc.property(proposal, scene, origin, (given, where, who) => {
      const verdict = judge(makeInput(given, { scene: where, ...who }));
      assert.deepEqual(Verdict.parse(verdict), verdict);
      assert.ok(verdict.reasons.length > 0);
      assert.equal(verdict.intents.length > 0, verdict.outcome === 'EXECUTE');
      const law = activeLaw(where, config);
      for (const speedMps of speeds(verdict)) {
        assert.ok(speedMps <= (law.limitMps ?? Number.POSITIVE_INFINITY));
        assert.ok(speedMps <= kmhToMps(config.vehicle.maxSpeedKmh));
        const present = Math.max(0, where.vehicle?.speedMps ?? 0, where.planner?.targetSpeedMps ?? 0);
        assert.ok(law.limitVouched || speedMps <= present);
      }
    }),
    RUNS,
  );
});

test('signs and other untrusted origins never make the car less careful', () => {
  fc.assert(
    fc.property(proposal, scene, origin, (given, where, who) => {
      const trusted =
        who.utterance?.live === true &&
        who.utterance.confidence >= config.gate.minSpeechConfidence &&
        AUTHORITIES.indexOf(who.utterance.authority) <= AUTHORITIES.indexOf('OCCUPANT');
      fc.pre(!trusted);
      const verdict = judge(makeInput(given, { scene: where, ...who }));
      const present = Math.max(0, where.vehicle?.speedMps ?? 0, where.planner?.targetSpeedMps ?? 0);
      for (const speedMps of speeds(verdict)) assert.ok(speedMps <= present);
      for (const { maneuver } of verdict.intents) {
        assert.ok(isCautious(maneuver, where) || maneuver.kind === 'CANCEL');
        if (maneuver.kind === 'STOP' && who.source === 'SIGN') assert.notEqual(maneuver.urgency, 'EMERGENCY');
      }
    }),
    RUNS,
  );
});

test('adding a sign never turns a refusal into an order and never raises a speed', () => {
  fc.assert(
    fc.property(proposal, scene, origin, arbitrarySign, (given, where, who, added) => {
      const before = judge(makeInput(given, { scene: where, ...who }));
      const after = judge(makeInput(given, { scene: { ...where, signs: [...where.signs, added] }, ...who }));
      if (before.outcome !== 'EXECUTE') assert.notEqual(after.outcome, 'EXECUTE');
      const [was, is] = [speeds(before), speeds(after)];
      for (const [index, speedMps] of is.entries()) assert.ok(speedMps <= was[index]!);
    }),
    RUNS,
  );
});

test('the gate is pure', () => {
  fc.assert(
    fc.property(proposal, scene, origin, (given, where, who) => {
      const input = makeInput(given, { scene: where, ...who });
      const copy = structuredClone(where);
      assert.deepEqual(judge(input), judge(input));
      assert.deepEqual(where, copy);
    }),
    { numRuns: 100 },
  );
});

test('no value at all makes the gate throw', () => {
  fc.assert(
    fc.property(fc.anything({ withBigInt: true, withNullPrototype: true }), scene, (anything, where) => {
      const verdict = judge(makeInput(anything, { scene: where }));
      assert.ok(verdict.outcome !== 'EXECUTE' || Proposal.safeParse(anything).success);
    }),
  );
});
