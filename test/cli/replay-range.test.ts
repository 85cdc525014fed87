import assert from 'node:assert/strict';
import { test } from 'node:test';
import { duration, progressNote } from '../../src/cli/replay-progress.ts';
import { rangeOf } from '../../src/cli/replay-range.ts';

const S = 1_000_000_000n;
/** 2026-11-24 09:00:00 in Tokyo, and two hours on. */
const logs = { startNs: 1_795_478_400n * S, endNs: 1_795_485_600n * S };

test('a moment is seconds from the start, a time from the start, or ISO 8601 with its offset', () => {
  for (const [text, seconds] of [
    ['0', 0],
    ['12.5', 12.5],
    ['01:30', 90],
    ['1:02:03.25', 3723.25],
    ['2026-11-24T09:00:01+09:00', 1],
    ['2026-11-24T00:00:02.5Z', 2.5],
  ] as const) {
    const { startNs, endNs } = rangeOf({ from: text })(logs);
    assert.equal(Number(startNs - logs.startNs) / 1e9, seconds, text);
    assert.equal(endNs, logs.endNs);
  }
});

test('what reaches beyond the logs is cut, what lies outside is refused', () => {
  assert.deepEqual(rangeOf({})(logs), logs);
  assert.deepEqual(rangeOf({ from: '2026-11-23T00:00:00Z', to: '99999' })(logs), logs);
  assert.throws(
    () => rangeOf({ from: '7201' })(logs),
    /--from 7201 lies behind the end: .*7200\.000 s.*2026-11-24T00:00:00\.000Z/,
  );
  assert.throws(() => rangeOf({ to: '2026-11-23T00:00:00Z' })(logs), /--to .* lies before the start/);
  assert.throws(() => rangeOf({ from: '10', to: '9' })(logs), /--from 10 lies behind --to 9/);
  const moment = rangeOf({ from: '10', to: '10' })(logs);
  assert.equal(moment.startNs, moment.endNs);
});

test('what is no time is refused before a log is opened, with the forms there are', () => {
  for (const text of [
    '',
    'noon',
    '-5',
    '1e3',
    '12:99',
    '1:60:00',
    '2026-11-24T09:00:00',
    '2026-13-01T00:00:00Z',
  ]) {
    assert.throws(
      () => rangeOf({ to: text }),
      (error: Error & { code?: string; remedy?: string }) => {
        assert.equal(error.code, 'BAD_ARGUMENT');
        assert.ok(error.message.includes(`--to ${text} is no time`), error.message);
        assert.match(error.remedy ?? '', /HH|00:01:30/);
        return true;
      },
      text,
    );
  }
});

test('progress says speed and time left', () => {
  assert.equal(progressNote(60, 600, 10), '6.0 × real time, 1:30 left');
  assert.equal(progressNote(600, 7200, 10), '60 × real time, 1:50 left');
  assert.equal(progressNote(0, 600, 10), '');
  assert.equal(progressNote(1, 600, 0.1), '', 'too early to tell');
  assert.equal(duration(3725), '1:02:05');
});
