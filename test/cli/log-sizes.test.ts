import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseDuration, parseSize } from '../../src/cli/log-sizes.ts';

test('what is no duration or size is refused and named', () => {
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
