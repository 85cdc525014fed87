import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseDuration, parseLogTime, parseSize } from '../../src/cli/log-times.ts';

const START = 1_000_000_000_000_000_001n;

test('seconds and clock times count from the start, to the nanosecond', () => {
  const cases: readonly (readonly [string, bigint])[] = [
    ['0', 0n],
    ['12.5', 12_500_000_000n],
    ['0.000000001', 1n],
    ['7 s', 7_000_000_000n],
    ['1:30', 90_000_000_000n],
    ['1:02:03.25', 3_723_250_000_000n],
  ];
  for (const [text, offsetNs] of cases)
    assert.equal(parseLogTime(text, '--from', START), START + offsetNs, text);
});

test('dates are absolute, to the nanosecond, in the zone they name', () => {
  const expected = 1_525_132_800_123_456_789n;
  for (const text of ['2018-05-01T00:00:00.123456789Z', '2018-05-01T09:00:00.123456789+09:00']) {
    assert.equal(parseLogTime(text, '--from', START), expected, text);
  }
  const local = BigInt(new Date(2018, 4, 1, 12, 30).getTime()) * 1_000_000n;
  assert.equal(parseLogTime('2018-05-01T12:30', '--from', START), local);
  assert.equal(parseLogTime('2018-05-01 12:30:00', '--from', START), local);
});

test('what is no time, duration or size is refused and named', () => {
  for (const text of ['', 'noon', '-1', '1e3', '2018-13-01T00:00:00Z', '1:2:3:4', '0x10', 'NaN']) {
    assert.throws(() => parseLogTime(text, '--to', START), { code: 'BAD_ARGUMENT' }, text);
  }
  for (const text of ['', '0', '-1', '5 days', 'NaN']) {
    assert.throws(() => parseDuration(text, '--split-duration'), { code: 'BAD_ARGUMENT' }, text);
    assert.throws(() => parseSize(text, '--split-size'), { code: 'BAD_ARGUMENT' }, text);
  }
});

test('durations and sizes with their units', () => {
  assert.equal(parseDuration('600', '-'), 600_000_000_000n);
  assert.equal(parseDuration('1.5m', '-'), 90_000_000_000n);
  assert.equal(parseDuration('1h', '-'), 3_600_000_000_000n);
  assert.equal(parseSize('500', '-'), 500);
  assert.equal(parseSize('500MB', '-'), 500_000_000);
  assert.equal(parseSize('1.5 GiB', '-'), 1_610_612_736);
  assert.equal(parseSize('2k', '-'), 2000);
});
