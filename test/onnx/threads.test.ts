import assert from 'node:assert/strict';
import { getPriority } from 'node:os';
import { test } from 'node:test';
import { Worker } from 'node:worker_threads';

const onLinux = process.platform === 'linux' ? false : 'niceness of threads is a thing of Linux';

test('a thread that gives way is nicer than its process, and what it starts is too', {
  skip: onLinux,
}, async () => {
  const worker = new Worker(new URL('./fixtures/give-way.mjs', import.meta.url));
  const [before, after] = await new Promise<[number, number]>((resolve, reject) => {
    worker.once('message', resolve);
    worker.once('error', reject);
  });
  assert.deepEqual([before, after], [getPriority(), getPriority() + 5]);
});
