import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CodriverError } from '../../src/domain/index.ts';
import { civilTime, isNationalHoliday, nationalHolidays, utcOffsetMin } from '../../src/law/index.ts';

/** As published by the Cabinet Office for these years. */
const PUBLISHED: Readonly<Record<number, string>> = {
  2015: '01-01 01-12 02-11 03-21 04-29 05-03 05-04 05-05 05-06 07-20 09-21 09-22 09-23 10-12 11-03 11-23 12-23',
  2019: '01-01 01-14 02-11 03-21 04-29 04-30 05-01 05-02 05-03 05-04 05-05 05-06 07-15 08-11 08-12 09-16 09-23 10-14 10-22 11-03 11-04 11-23',
  2020: '01-01 01-13 02-11 02-23 02-24 03-20 04-29 05-03 05-04 05-05 05-06 07-23 07-24 08-10 09-21 09-22 11-03 11-23',
  2021: '01-01 01-11 02-11 02-23 03-20 04-29 05-03 05-04 05-05 07-22 07-23 08-08 08-09 09-20 09-23 11-03 11-23',
  2024: '01-01 01-08 02-11 02-12 02-23 03-20 04-29 05-03 05-04 05-05 05-06 07-15 08-11 08-12 09-16 09-22 09-23 10-14 11-03 11-04 11-23',
  2025: '01-01 01-13 02-11 02-23 02-24 03-20 04-29 05-03 05-04 05-05 05-06 07-21 08-11 09-15 09-23 10-13 11-03 11-23 11-24',
  2026: '01-01 01-12 02-11 02-23 03-20 04-29 05-03 05-04 05-05 05-06 07-20 08-11 09-21 09-22 09-23 10-12 11-03 11-23',
};

test('national holidays of known years, substitutes and sandwiched days included', () => {
  for (const [year, days] of Object.entries(PUBLISHED)) {
    const found = [...nationalHolidays(Number(year))].sort().map((date) => date.slice(5));
    assert.equal(found.join(' '), days, year);
  }
  assert.equal(isNationalHoliday('2018-12-24'), true);
  assert.equal(isNationalHoliday('2026-11-24'), false);
  assert.equal(isNationalHoliday('1950-01-01'), false);
});

const stamp = (...utc: Parameters<typeof Date.UTC>): bigint => BigInt(Date.UTC(...utc)) * 1_000_000n;

test('civil time is local, with weekday and holiday of the local date', () => {
  assert.deepEqual(civilTime(stamp(2026, 10, 22, 15, 30), 'Asia/Tokyo'), {
    date: '2026-11-23',
    minuteOfDay: 30,
    weekday: 'MON',
    holiday: true,
  });
  assert.deepEqual(civilTime(stamp(2026, 10, 22, 14, 59), 'Asia/Tokyo'), {
    date: '2026-11-22',
    minuteOfDay: 23 * 60 + 59,
    weekday: 'SUN',
    holiday: false,
  });
  assert.equal(civilTime(0n, 'UTC').date, '1970-01-01');
});

test('an unknown time zone is one error that names it', () => {
  assert.throws(
    () => civilTime(0n, 'Asia/Nowhere'),
    (error) =>
      error instanceof CodriverError && error.code === 'BAD_CONFIG' && /Asia\/Nowhere/.test(error.message),
  );
});

test('the offset from UTC is that of the zone at that time, half hours and summer time included', () => {
  const noon = (month: number): bigint => stamp(2026, month, 15, 12, 0);
  assert.equal(utcOffsetMin(noon(0), 'Asia/Tokyo'), 540);
  assert.equal(utcOffsetMin(noon(0), 'Asia/Kolkata'), 330);
  assert.equal(utcOffsetMin(noon(0), 'America/Los_Angeles'), -480);
  assert.equal(utcOffsetMin(noon(6), 'America/Los_Angeles'), -420);
  assert.equal(utcOffsetMin(noon(0) + 59_999_999_999n, 'UTC'), 0);
});
