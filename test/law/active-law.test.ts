import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { Config, NS_PER_S } from '../../src/domain/index.ts';
import { activeLaw, kmhToMps, PASSED_HOLD_S } from '../../src/law/index.ts';
import { arbitrarySign } from './arbitrary.ts';
import { config, makeScene, makeSign } from './signs.ts';

const limitSign = (kmh: number, plates: string[] = [], more = {}) =>
  makeSign('JP:323', plates, { id: `limit-${kmh}`, value: kmh, ...more });

test('the lowest of map and signs in force is the limit, and its cause is named', () => {
  assert.equal(activeLaw(makeScene(), config).limitMps, kmhToMps(50));
  assert.equal(activeLaw(makeScene(), config).limitCauseId, undefined);
  const law = activeLaw(makeScene({ signs: [limitSign(40), limitSign(30), limitSign(80)] }), config);
  assert.deepEqual([law.limitMps, law.limitCauseId], [kmhToMps(30), 'limit-30']);
  const lorries = activeLaw(makeScene({ signs: [limitSign(20, ['大型等'])] }), config);
  assert.equal(lorries.limitMps, kmhToMps(50));
});

test('an unread plate does not lift a limit', () => {
  const sign = makeSign('JP:323', [{}], { value: 30 });
  assert.equal(activeLaw(makeScene({ signs: [sign] }), config).limitMps, kmhToMps(30));
});

test('without map and default nothing is known; a sign then bounds but does not permit', () => {
  const nowhere = activeLaw(makeScene({ route: null }), config);
  assert.deepEqual([nowhere.limitMps, nowhere.limitVouched], [null, false]);
  const signed = activeLaw(makeScene({ route: null, signs: [limitSign(40)] }), config);
  assert.deepEqual([signed.limitMps, signed.limitVouched], [kmhToMps(40), false]);
  const withDefault = Config.parse({ region: { defaultLimitKmh: 60 } });
  const law = activeLaw(makeScene({ route: null }), withDefault);
  assert.deepEqual([law.limitMps, law.limitVouched], [kmhToMps(60), true]);
});

test('a limit sign whose figure was not read takes the permission away', () => {
  const law = activeLaw(makeScene({ signs: [makeSign('JP:323', [], { id: 'blur' })] }), config);
  assert.deepEqual([law.limitVouched, law.unreadLimitId], [false, 'blur']);
});

test('a passed sign holds for a while', () => {
  const signed = (ageS: number) => {
    const scene = makeScene();
    const lastSeenNs = scene.stampNs - BigInt(ageS) * NS_PER_S;
    return activeLaw({ ...scene, signs: [limitSign(30, [], { state: 'PASSED', lastSeenNs })] }, config)
      .limitMps;
  };
  assert.equal(signed(PASSED_HOLD_S), kmhToMps(30));
  assert.equal(signed(PASSED_HOLD_S + 1), kmhToMps(50));
});

test('bans name their sign; no stopping includes no parking', () => {
  const signs = [
    makeSign('JP:315', [], { id: 'a' }),
    makeSign('JP:314', [], { id: 'b' }),
    makeSign('JP:311-A', ['自転車を除く'], { id: 'c', distanceM: 50 }),
    makeSign('JP:313', ['20-22'], { id: 'd' }),
  ];
  const law = activeLaw(makeScene({ signs }), config);
  assert.deepEqual([law.stoppingBanned, law.parkingBanned, law.overtakingBanned], ['a', 'a', 'b']);
  assert.deepEqual(law.bannedTurns, [
    { direction: 'RIGHT', causeId: 'c', distanceM: 50 },
    { direction: 'U_TURN', causeId: 'c', distanceM: 50 },
  ]);
  const parking = activeLaw(makeScene({ signs: [makeSign('JP:316', [], { id: 'p' })] }), config);
  assert.deepEqual([parking.stoppingBanned, parking.parkingBanned], [undefined, 'p']);
});

test('adding a sign never raises a known limit, vouches for one or lifts a ban', () => {
  const scenes = fc.record({ signs: fc.array(arbitrarySign, { maxLength: 4 }), mapped: fc.boolean() });
  fc.assert(
    fc.property(scenes, arbitrarySign, ({ signs, mapped }, added) => {
      const base = makeScene(mapped ? {} : { route: null });
      const before = activeLaw({ ...base, signs }, config);
      const after = activeLaw({ ...base, signs: [...signs, added] }, config);
      if (before.limitMps !== null) assert.ok(after.limitMps !== null && after.limitMps <= before.limitMps);
      assert.ok(before.limitVouched || !after.limitVouched);
      for (const key of [
        'stoppingBanned',
        'parkingBanned',
        'overtakingBanned',
        'laneChangeBanned',
      ] as const) {
        assert.ok(before[key] === undefined || after[key] !== undefined, key);
      }
      assert.ok(after.bannedTurns.length >= before.bannedTurns.length);
    }),
  );
});
