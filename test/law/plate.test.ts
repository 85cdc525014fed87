import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { type PlateMeaning, parsePlate, plateWords, VEHICLE_CLASSES } from '../../src/law/index.ts';

const WORKDAYS = ['MON', 'TUE', 'WED', 'THU', 'FRI'] as const;
const h = (from: number, to: number) => ({ fromMin: from * 60, toMin: to * 60 });

const UNDERSTOOD: readonly (readonly [string, Partial<PlateMeaning>])[] = [
  // Times, in the spellings found on plates and their misreadings.
  ['8-20', { timeRanges: [h(8, 20)], days: null }],
  ['８－２０', { timeRanges: [h(8, 20)] }],
  ['8ー20', { timeRanges: [h(8, 20)] }],
  ['8一20', { timeRanges: [h(8, 20)] }],
  ['8〜20', { timeRanges: [h(8, 20)] }],
  ['8～20', { timeRanges: [h(8, 20)] }],
  ['8 - 20', { timeRanges: [h(8, 20)] }],
  ['8-2O', { timeRanges: [h(8, 20)] }],
  ['l5-17', { timeRanges: [h(15, 17)] }],
  ['8：00－20：00', { timeRanges: [h(8, 20)] }],
  ['８:ＯＯ-20:00', { timeRanges: [h(8, 20)] }],
  ['７：３０～８：３０', { timeRanges: [{ fromMin: 450, toMin: 510 }] }],
  ['7時30分から8時30分まで', { timeRanges: [{ fromMin: 450, toMin: 510 }] }],
  ['7時半-9時', { timeRanges: [{ fromMin: 450, toMin: 540 }] }],
  ['8時から20時', { timeRanges: [h(8, 20)] }],
  ['0-24', { timeRanges: [h(0, 24)] }],
  ['終日', { timeRanges: [h(0, 24)] }],
  ['20-8', { timeRanges: [{ fromMin: 1200, toMin: 480 }] }],
  ['20時から翌8時', { timeRanges: [{ fromMin: 1200, toMin: 480 }] }],
  ['7:30-8:30\n15-17', { timeRanges: [{ fromMin: 450, toMin: 510 }, h(15, 17)] }],
  ['7-9・17-19', { timeRanges: [h(7, 9), h(17, 19)] }],
  // Days.
  ['日曜・休日を除く', { days: [...WORKDAYS, 'SAT'], excludesHolidays: true, includesHolidays: false }],
  ['日曜･休日を徐く', { days: [...WORKDAYS, 'SAT'], excludesHolidays: true }],
  ['日曜·休日を除<', { days: [...WORKDAYS, 'SAT'], excludesHolidays: true }],
  ['8时-20时', { timeRanges: [h(8, 20)] }],
  ['自转车を除く', { vehicleClasses: ['自転車'], vehicleExcept: true }],
  ['大货等', { vehicleClasses: ['大貨等'] }],
  ['土曜・日曜・休日を除く', { days: [...WORKDAYS], excludesHolidays: true }],
  ['土日休日を除く', { days: [...WORKDAYS], excludesHolidays: true }],
  ['土・日・休日', { days: ['SAT', 'SUN'], includesHolidays: true, excludesHolidays: false }],
  ['休日', { days: [], includesHolidays: true }],
  ['休日を除く', { days: null, excludesHolidays: true }],
  ['平日', { days: [...WORKDAYS], excludesHolidays: true }],
  ['月－金', { days: [...WORKDAYS], excludesHolidays: false }],
  ['月一金', { days: [...WORKDAYS] }],
  ['月曜から金曜', { days: [...WORKDAYS] }],
  ['土曜日', { days: ['SAT'] }],
  ['8-20\n日曜・休日を除く', { timeRanges: [h(8, 20)], days: [...WORKDAYS, 'SAT'], excludesHolidays: true }],
  ['土－月', { days: ['MON', 'SAT', 'SUN'] }],
  // Classes.
  ['大型', { vehicleClasses: ['大型'], vehicleExcept: false }],
  ['大型等', { vehicleClasses: ['大型等'] }],
  ['大貨等', { vehicleClasses: ['大貨等'] }],
  ['大貸等', { vehicleClasses: ['大貨等'] }],
  ['普通', { vehicleClasses: ['普通'] }],
  ['大型バス', { vehicleClasses: ['大型バス'] }],
  ['自転車を除く', { vehicleClasses: ['自転車'], vehicleExcept: true }],
  ['自転車\nを除く', { vehicleClasses: ['自転車'], vehicleExcept: true }],
  ['自転車を除<', { vehicleClasses: ['自転車'], vehicleExcept: true }],
  ['タクシー・路線バスを除く', { vehicleClasses: ['タクシー', '路線バス'], vehicleExcept: true }],
  ['大型\n日曜・休日を除く', { vehicleClasses: ['大型'], vehicleExcept: false, excludesHolidays: true }],
  // Places and sections.
  ['この先100m', { kind: 'AHEAD', distanceM: 100 }],
  ['この先 １００ｍ', { kind: 'AHEAD', distanceM: 100 }],
  ['この先1km', { kind: 'AHEAD', distanceM: 1000 }],
  ['この先100メートル', { kind: 'AHEAD', distanceM: 100 }],
  ['始まり', { kind: 'BEGIN' }],
  ['ここから', { kind: 'BEGIN' }],
  ['終わり', { kind: 'END' }],
  ['終り', { kind: 'END' }],
  ['ここまで', { kind: 'END' }],
  ['区間内', { kind: 'WITHIN' }],
  ['通学路', { kind: 'SCHOOL_ROUTE' }],
  ['追越し禁止', { kind: 'NO_OVERTAKING' }],
];

test('plates are understood in every spelling', () => {
  for (const [text, expected] of UNDERSTOOD) {
    const meaning = parsePlate(text);
    assert.equal(meaning.understood, true, text);
    for (const [key, value] of Object.entries(expected)) {
      assert.deepEqual(meaning[key as keyof PlateMeaning], value, `${text}: ${key}`);
    }
  }
});

const NOT_UNDERSTOOD = [
  '',
  '  \n ',
  '30',
  '25-30',
  '8-8',
  '8:75-9',
  '24-8',
  'この先0m',
  'を除く',
  'Ignore all limits',
  '100km/h OK',
  '安全運転',
  '日曜・自転車を除く',
  '大型\n自転車を除く',
  '始まり終わり',
  '8-20 only for you',
  '許可',
  '8-',
  '12月1日-3月31日',
];

test('what makes no sense, even in part, is not understood and carries no condition', () => {
  for (const text of NOT_UNDERSTOOD) {
    const meaning = parsePlate(text);
    assert.equal(meaning.understood, false, text);
    assert.deepEqual([meaning.timeRanges, meaning.days, meaning.vehicleClasses], [[], null, []], text);
  }
});

test('every class of the table is read alone and exempt, and has words', () => {
  for (const name of Object.keys(VEHICLE_CLASSES)) {
    assert.deepEqual(parsePlate(name).vehicleClasses, [name], name);
    assert.equal(parsePlate(`${name}を除く`).vehicleExcept, true, name);
    assert.notEqual(plateWords(parsePlate(name)).en, '', name);
  }
});

test('every time range survives printing and reading, in any spelling', () => {
  const minute = fc.integer({ min: 0, max: 1439 });
  const dash = fc.constantFrom('-', '－', '～', '〜', 'ー', 'から');
  fc.assert(
    fc.property(minute, minute, dash, fc.boolean(), (fromMin, toMin, between, wide) => {
      fc.pre(fromMin !== toMin);
      const clock = (m: number) => `${Math.floor(m / 60)}:${String(m % 60).padStart(2, '0')}`;
      const text = `${clock(fromMin)}${between}${clock(toMin)}`;
      const shown = wide
        ? text.replace(/[\d:]/g, (c) => String.fromCharCode(c.charCodeAt(0) + 0xfee0))
        : text;
      assert.deepEqual(parsePlate(shown).timeRanges, [{ fromMin, toMin }]);
    }),
  );
});

test('any text is read without an error, and what is understood is in range', () => {
  const piece = fc.constantFrom(
    '8',
    '20',
    '-',
    ':',
    '時',
    '日曜',
    '休日',
    'を除く',
    '大型',
    '・',
    '\n',
    'この先',
    'm',
    'O',
    'x',
  );
  fc.assert(
    fc.property(
      fc.oneof(
        fc.string(),
        fc.array(piece, { maxLength: 10 }).map((p) => p.join('')),
      ),
      (text) => {
        const meaning = parsePlate(text);
        for (const { fromMin, toMin } of meaning.timeRanges) {
          assert.ok(fromMin >= 0 && fromMin < 1440 && toMin >= 0 && toMin <= 1440 && fromMin !== toMin);
        }
      },
    ),
  );
});

test('a plate is put in words', () => {
  assert.deepEqual(plateWords(parsePlate('8-20')), { ja: '8:00～20:00', en: '8:00–20:00' });
  assert.equal(plateWords(parsePlate('自転車を除く')).en, 'except bicycles');
  assert.equal(plateWords(parsePlate('土・日・休日')).ja, '土・日・休日');
  assert.equal(plateWords(parsePlate('この先100m')).en, '100 m ahead');
});
