import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  CodriverError,
  ManualClock,
  nsToSeconds,
  secondsToNs,
  toJsonLine,
  WallClock,
} from '../../src/domain/index.ts';

test('an error says its code, what is wrong and what to do', () => {
  const error = new CodriverError('BAD_SCENE', 'scene.yaml: vehicle.speedMps is NaN.', {
    remedy: 'Give a number.',
  });
  assert.equal(error.toUserText(), 'BAD_SCENE: scene.yaml: vehicle.speedMps is NaN.\n  → Give a number.');
});

test('from() keeps a CodriverError, names a full disk, wraps the rest', () => {
  const known = new CodriverError('NOT_FOUND', 'x');
  assert.equal(CodriverError.from(known), known);
  assert.equal(CodriverError.from(Object.assign(new Error('write'), { code: 'ENOSPC' })).code, 'DISK_FULL');
  assert.equal(CodriverError.from('text', 'BAD_MESSAGE').code, 'BAD_MESSAGE');
  assert.equal(CodriverError.from(undefined).message, 'undefined');
});

test('a manual clock never goes backwards', () => {
  const clock = new ManualClock(10n);
  clock.advanceTo(5n);
  assert.equal(clock.nowNs(), 10n);
  clock.advanceBy(3n);
  assert.equal(clock.nowNs(), 13n);
});

test('the wall clock moves and stands near the system time', () => {
  const clock = new WallClock();
  const first = clock.nowNs();
  assert.ok(clock.nowNs() >= first);
  assert.ok(Math.abs(nsToSeconds(first - BigInt(Date.now()) * 1_000_000n)) < 5);
});

test('stamps keep every nanosecond in JSON', () => {
  assert.equal(toJsonLine({ stampNs: 1_795_475_000_123_456_789n }), '{"stampNs":"1795475000123456789"}');
  assert.equal(secondsToNs(0.1), 100_000_000n);
});
