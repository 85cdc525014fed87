import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, test } from 'node:test';
import { alignedMemories } from '../../../src/llm/executors/stream/aligned-memory.ts';
import { DirectFile } from '../../../src/llm/executors/stream/direct-file.ts';

const folders = [mkdtempSync(path.join(tmpdir(), 'codriver-direct-')), mkdtempSync('/dev/shm/direct-')];
after(() => {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
});

const PAGE = 4096;
const content = randomBytes(40 * PAGE);

const memoryFor = async (bytes: number, file: DirectFile): Promise<Uint8Array> =>
  (await alignedMemories(1, bytes, file))[0] as Uint8Array;

test('any run of pages is read as it is, on a disk and in memory', async () => {
  for (const folder of folders) {
    const file = path.join(folder, 'data');
    writeFileSync(file, content);
    const direct = await DirectFile.open(file);
    const memory = await memoryFor(content.length, direct);
    for (const [from, pages] of [
      [0, 40],
      [3, 1],
      [39, 1],
      [7, 20],
    ] as const) {
      const into = memory.subarray(0, pages * PAGE);
      into.fill(0);
      await direct.read(into, from * PAGE);
      assert.deepEqual(Buffer.from(into), content.subarray(from * PAGE, (from + pages) * PAGE));
    }
    await direct.close();
  }
});

test('a file that ends before it should is MODEL_CORRUPT with the place, never a hang', async () => {
  const file = path.join(folders[0] as string, 'short');
  for (const length of [0, 1, PAGE - 1, PAGE, 5 * PAGE + 17]) {
    writeFileSync(file, content);
    truncateSync(file, length);
    const direct = await DirectFile.open(file);
    await assert.rejects(direct.read(await memoryFor(8 * PAGE, direct), 0), {
      code: 'MODEL_CORRUPT',
      message: new RegExp(`ends at byte ${length}\\.`),
    });
    await direct.close();
  }
});

test('a file that is not there is MODEL_MISSING', async () => {
  await assert.rejects(DirectFile.open(path.join(folders[0] as string, 'none')), { code: 'MODEL_MISSING' });
});

test('a disk that fails is tried again, and then one clear error with the place', async () => {
  // Reading a folder fails with EISDIR every time, as a broken sector does with EIO.
  const direct = await DirectFile.open(folders[0] as string);
  const startedMs = performance.now();
  await assert.rejects(direct.read(new Uint8Array(PAGE), 2 * PAGE), {
    code: 'MODEL_FAILED',
    message: /byte 8192/,
  });
  assert.ok(performance.now() - startedMs > 500);
  await direct.close();
});
