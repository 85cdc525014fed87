import assert from 'node:assert/strict';
import { chmod, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, test } from 'node:test';
import type { CodriverError } from '../../../src/domain/errors.ts';
import { MachineProfileSchema } from '../../../src/llm/policy/machine-profile.ts';
import { type MeasureSizes, measureMachine } from '../../../src/llm/profile/index.ts';

const TINY: MeasureSizes = {
  fileBytes: 32 << 20,
  writeMs: 1000,
  readMs: 10,
  memoryBytes: 32 << 20,
  memoryMs: 20,
  matrices: 2,
  matrixSide: 1024,
  gemvRuns: 5,
  gemmRuns: 3,
};

let folder: string;
before(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'profile-'));
});
after(() => rm(folder, { recursive: true }));

const codeOf = (code: string, words: RegExp) => (error: CodriverError) =>
  error.code === code && words.test(error.message);

test('a measurement is a plausible profile, and leaves no file behind', async () => {
  const fractions: number[] = [];
  const measured = await measureMachine(folder, { sizes: TINY, threads: 1 }, (done) => fractions.push(done));
  const { disk, memory, executors, threads } = MachineProfileSchema.parse(measured);
  assert.equal(threads, 1);
  assert.equal(disk.directory, folder);
  assert.equal(disk.reads.length, 15);
  assert.equal(new Set(disk.reads.map(({ blockBytes, depth }) => `${blockBytes}/${depth}`)).size, 15);
  // Between what the slowest disk and the fastest memory could do.
  for (const { bytesPerS } of disk.reads) assert.ok(bytesPerS > 1e5 && bytesPerS < 1e12, `${bytesPerS}`);
  assert.ok(memory.readBytesPerS > 1e8 && memory.readBytesPerS < 1e13);
  const { gemvBytesPerS, gemmFlopsPerS, segmentOverheadS } = executors['cpu-resident'] ?? assert.fail();
  // A byte of weights is about two weights, each multiplied and added once: many tokens use each byte more often.
  assert.ok(gemmFlopsPerS > 4 * gemvBytesPerS * (2 / 2.25), `${gemmFlopsPerS} and ${gemvBytesPerS}`);
  assert.ok(segmentOverheadS > 0 && segmentOverheadS < 0.1);
  assert.ok(fractions.every((fraction, i) => fraction >= (fractions[i - 1] ?? 0)));
  assert.equal(fractions.at(-1), 1);
  assert.deepEqual(await readdir(folder), []);
});

test('a folder that is not there is named', async () => {
  const missing = path.join(folder, 'missing');
  await assert.rejects(measureMachine(missing, { sizes: TINY, threads: 1 }), codeOf('NOT_FOUND', /missing/));
});

test('a folder that cannot be written to is named', async () => {
  // The superuser may write wherever the file system lets anybody.
  const root = process.getuid?.() === 0;
  const shut = root ? '/sys' : await mkdtemp(path.join(folder, 'shut-'));
  if (!root) await chmod(shut, 0o500);
  try {
    await assert.rejects(
      measureMachine(shut, { sizes: TINY, threads: 1 }),
      codeOf('BAD_ARGUMENT', /can't be written to/),
    );
  } finally {
    if (!root) await rm(shut, { recursive: true });
  }
});

test('threads must be a whole number', async () => {
  for (const threads of [Number.NaN, 0, 1.5, 257])
    await assert.rejects(measureMachine(folder, { sizes: TINY, threads }), codeOf('BAD_ARGUMENT', /thread/));
});

test('a measurement that is stopped leaves no file behind', async () => {
  const controller = new AbortController();
  const stopped = measureMachine(folder, { sizes: TINY, threads: 1, signal: controller.signal }, () =>
    controller.abort(),
  );
  await assert.rejects(stopped, codeOf('ABORTED', /stopped/));
  assert.deepEqual(await readdir(folder), []);
});
