import assert from 'node:assert/strict';
import { test } from 'node:test';
import { limitedUnavailable, runLimited } from '../../bench/offload/limited-process.ts';

const MIB = 1 << 20;
const lacking = limitedUnavailable();
const skip = lacking === undefined ? false : `machine: ${lacking}`;
/** Says a line, then fills `mib` MiB and says another. */
const fill = (mib: number): string[] => [
  '--eval',
  `console.log('started'); const kept = Buffer.alloc(${mib} * 2 ** 20, 1); console.log(kept.length);`,
];

test('a process that fits its limit ends by itself, and its peak is what it filled', { skip }, async () => {
  const empty = await runLimited(fill(0), { limitBytes: 512 * MIB });
  const full = await runLimited(fill(300), { limitBytes: 512 * MIB });
  assert.equal(full.exitCode, 0, full.stderr);
  assert.equal(full.outOfMemory, false);
  assert.deepEqual(full.lines, ['started', String(300 * MIB)]);
  const filled = (full.peakBytes - empty.peakBytes) / MIB;
  assert.ok(Math.abs(filled - 300) < 30, `peak rose by ${filled} MiB for 300`);
});

test('a process that needs more is killed, which is told with the lines it had printed', {
  skip,
}, async () => {
  const run = await runLimited(fill(600), { limitBytes: 256 * MIB });
  assert.equal(run.outOfMemory, true);
  assert.notEqual(run.exitCode, 0);
  assert.deepEqual(run.lines, ['started']);
  assert.ok(run.peakBytes <= 256 * MIB, `peak ${run.peakBytes} above the limit`);
});

test('a process that takes too long is ended and not taken for one out of memory', { skip }, async () => {
  const run = await runLimited(['--eval', 'setInterval(() => {}, 1000)'], { timeoutMs: 300 });
  assert.equal(run.timedOut, true);
  assert.equal(run.outOfMemory, false);
});
