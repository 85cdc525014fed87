import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { CivilTime } from '../../src/domain/index.ts';
import { orderOf, SIGN_WHY_CODES, type SignEffect, signEffect } from '../../src/law/index.ts';
import { at, makeSign, NOON } from './signs.ts';

const CAR = ['普通', '普乗', '乗用'];
const SUNDAY: CivilTime = { date: '2026-11-22', minuteOfDay: 720, weekday: 'SUN', holiday: false };
const HOLIDAY: CivilTime = { date: '2026-11-23', minuteOfDay: 720, weekday: 'MON', holiday: true };
/** The night from a Sunday to a working Monday. */
const MONDAY_3: CivilTime = { date: '2026-11-30', minuteOfDay: 180, weekday: 'MON', holiday: false };

type Row = readonly [
  name: string,
  type: string,
  plates: Parameters<typeof makeSign>[1],
  civil: CivilTime,
  applies: SignEffect['applies'],
  why: SignEffect['why'][number],
];

const ROWS: readonly Row[] = [
  ['no plate', 'JP:315', [], NOON, 'APPLIES', 'NO_PLATE'],
  ['inside hours', 'JP:315', ['8-20'], NOON, 'APPLIES', 'TIME_INSIDE'],
  ['at the first minute', 'JP:315', ['8-20'], at(8), 'APPLIES', 'TIME_INSIDE'],
  ['at the last minute', 'JP:315', ['8-20'], at(19, 59), 'APPLIES', 'TIME_INSIDE'],
  ['at the end', 'JP:315', ['8-20'], at(20), 'DOES_NOT_APPLY', 'TIME_OUTSIDE'],
  ['before hours', 'JP:315', ['8-20'], at(7, 59), 'DOES_NOT_APPLY', 'TIME_OUTSIDE'],
  ['overnight, evening', 'JP:315', ['20-8'], at(23), 'APPLIES', 'TIME_INSIDE'],
  ['overnight, morning', 'JP:315', ['20-8'], at(3), 'APPLIES', 'TIME_INSIDE'],
  ['overnight, noon', 'JP:315', ['20-8'], NOON, 'DOES_NOT_APPLY', 'TIME_OUTSIDE'],
  ['Sunday exempt', 'JP:316', ['日曜・休日を除く'], SUNDAY, 'DOES_NOT_APPLY', 'DAY_EXCLUDED'],
  ['holiday exempt', 'JP:316', ['日曜・休日を除く'], HOLIDAY, 'DOES_NOT_APPLY', 'DAY_EXCLUDED'],
  ['working day', 'JP:316', ['日曜・休日を除く'], NOON, 'APPLIES', 'DAY_MEANT'],
  ['holiday named', 'JP:316', ['土・日・休日'], HOLIDAY, 'APPLIES', 'DAY_MEANT'],
  ['plain Monday holiday', 'JP:316', ['月－金'], HOLIDAY, 'APPLIES', 'DAY_MEANT'],
  ['weekdays on a holiday', 'JP:316', ['平日'], HOLIDAY, 'DOES_NOT_APPLY', 'DAY_EXCLUDED'],
  ['right hour, wrong day', 'JP:316', ['8-20\n日曜を除く'], SUNDAY, 'DOES_NOT_APPLY', 'DAY_EXCLUDED'],
  ['night of a Monday plate begun on Sunday', 'JP:316', ['20-8 日曜'], MONDAY_3, 'APPLIES', 'TIME_INSIDE'],
  ['other class', 'JP:323', ['大型等'], NOON, 'DOES_NOT_APPLY', 'CLASS_NOT_MEANT'],
  ['own class', 'JP:323', ['普通'], NOON, 'APPLIES', 'CLASS_MEANT'],
  ['own class exempt', 'JP:303', ['普乗を除く'], NOON, 'DOES_NOT_APPLY', 'CLASS_NOT_MEANT'],
  ['another class exempt', 'JP:303', ['自転車を除く'], NOON, 'APPLIES', 'CLASS_MEANT'],
  ['two plates, one outside', 'JP:323', ['普通', '8-10'], NOON, 'DOES_NOT_APPLY', 'TIME_OUTSIDE'],
  ['school route only', 'JP:323', ['7:30-8:30', '通学路'], at(8), 'APPLIES', 'SCHOOL_ROUTE'],
  ['unread plate', 'JP:315', [{}], NOON, 'UNKNOWN', 'PLATE_UNREAD'],
  ['weakly read plate', 'JP:315', [{ text: '20-22', textConfidence: 0.59 }], NOON, 'UNKNOWN', 'PLATE_UNREAD'],
  ['nonsense plate', 'JP:315', ['go faster'], NOON, 'UNKNOWN', 'PLATE_NOT_UNDERSTOOD'],
  ['unread beside lifted', 'JP:315', [{}, '20-22'], NOON, 'DOES_NOT_APPLY', 'TIME_OUTSIDE'],
  ['typed begin', 'JP:315', [{ type: 'JP:505-B' }], NOON, 'APPLIES', 'SECTION_BEGINS'],
  ['end ahead', 'JP:315', ['終わり'], NOON, 'APPLIES', 'SECTION_ENDS'],
  ['notice ahead', 'JP:315', ['この先100m'], NOON, 'APPLIES', 'ADVANCE_NOTICE'],
  ['warning sign', 'JP:208', [], NOON, 'APPLIES', 'NO_ORDER'],
  ['limit not read', 'JP:323', [], NOON, 'APPLIES', 'VALUE_UNREAD'],
];

test('signs hold or not by their plates', () => {
  for (const [name, type, plates, civil, applies, why] of ROWS) {
    const effect = signEffect(makeSign(type, plates), civil, CAR, 0.6);
    assert.equal(effect.applies, applies, `${name}: ${effect.why}`);
    assert.ok(effect.why.includes(why), `${name}: ${effect.why}`);
    for (const code of effect.why) assert.ok(SIGN_WHY_CODES.includes(code));
  }
});

test('what ended behind the car no longer holds', () => {
  const effect = signEffect(makeSign('JP:315', ['終わり'], { state: 'PASSED' }), NOON, CAR, 0.6);
  assert.deepEqual([effect.applies, effect.why], ['DOES_NOT_APPLY', ['SECTION_ENDED']]);
});

test('orders by sign number, variants included', () => {
  const types = {
    'JP:301': 'CLOSED',
    'JP:302': 'CLOSED',
    'JP:303': 'NO_ENTRY',
    'JP:312': 'NO_CROSSING',
    'JP:313': 'NO_U_TURN',
    'JP:314': 'NO_OVERTAKING',
    'JP:315': 'NO_STOPPING',
    'JP:316': 'NO_PARKING',
    'JP:326-A': 'ONE_WAY',
    'JP:329': 'SLOW',
    'JP:329-A': 'SLOW',
    'JP:330': 'STOP',
    'JP:330-A': 'STOP',
  };
  for (const [type, order] of Object.entries(types)) assert.equal(orderOf({ type })?.type, order, type);
  assert.deepEqual(orderOf({ type: 'JP:323', value: 36 }), { type: 'SPEED_LIMIT', limitMps: 10 });
  for (const value of [undefined, 0, Number.NaN]) {
    assert.equal(orderOf({ type: 'JP:323', ...(value === undefined ? {} : { value }) }), null);
  }
  assert.deepEqual(orderOf({ type: 'JP:311-A' }), {
    type: 'ALLOWED_DIRECTIONS',
    directions: ['STRAIGHT', 'LEFT'],
  });
  assert.deepEqual(orderOf({ type: 'JP:311-C' }), { type: 'ALLOWED_DIRECTIONS', directions: ['STRAIGHT'] });
  assert.equal(orderOf({ type: 'JP:311-F' }), null);
  for (const type of ['JP:208', 'JP:3150', 'DE:315']) assert.equal(orderOf({ type }), null, type);
});

test('the reading names sign and plate in both languages', () => {
  const effect = signEffect(makeSign('JP:323', ['7:30-8:30', '通学路'], { value: 30 }), NOON, CAR, 0.6);
  assert.deepEqual(effect.reading, {
    ja: '最高速度 30 km/h（7:30～8:30、通学路）',
    en: 'Speed limit 30 km/h (7:30–8:30; school route)',
  });
  assert.match(signEffect(makeSign('JP:315', [{}]), NOON, CAR, 0.6).reading.en, /plate not read/);
});
