import assert from 'node:assert/strict';
import { type FileHandle, open } from 'node:fs/promises';
import { afterEach, before, mock, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { DurableFile } from '../../../src/io/log/durable-file.ts';
import { temporaryFolder } from '../temporary-folder.ts';

const at = temporaryFolder();
/** Of every open file: node has no other place where the system's calls can be watched. */
let handles: FileHandle;

before(async () => {
  const handle = await open(at('any'), 'w');
  handles = Object.getPrototypeOf(handle) as FileHandle;
  await handle.close();
});
afterEach(() => mock.restoreAll());

test('is put on the disk once a second while it grows, and at the end', async () => {
  const sync = mock.method(handles, 'datasync');
  const file = await DurableFile.create(at('growing'));
  const startedMs = performance.now();
  while (performance.now() - startedMs < 2300) {
    await file.write(new Uint8Array(1000));
    await sleep(10);
  }
  const elapsedS = (performance.now() - startedMs) / 1000;
  const growing = sync.mock.callCount();
  assert.ok(growing >= 1 && growing <= elapsedS, `${growing} times in ${elapsedS} s`);
  await file.close();
  assert.equal(sync.mock.callCount(), growing + 1);
});

test('what nobody follows up is put on the disk, too', async () => {
  const sync = mock.method(handles, 'datasync');
  const file = await DurableFile.create(at('lone'));
  await file.write(new Uint8Array(10));
  await sleep(1300);
  assert.equal(sync.mock.callCount(), 1);
  await file.close();
  assert.equal(sync.mock.callCount(), 1, 'nothing is left to do');
});

test('a disk that refuses is told at the next write and at close', async () => {
  const failure = Object.assign(new Error('EIO: i/o error, fdatasync'), { code: 'EIO' });
  mock.method(handles, 'datasync', () => Promise.reject(failure));
  const file = await DurableFile.create(at('broken'));
  await file.write(new Uint8Array(10));
  await sleep(1200);
  await assert.rejects(file.write(new Uint8Array(10)), { code: 'LOG_WRITE_FAILED', message: /broken .*EIO/ });
  await assert.rejects(file.close(), { code: 'LOG_WRITE_FAILED' });
});

test('after a write that failed midway the file ends with the last whole one', async () => {
  const file = await DurableFile.create(at('midway'));
  await file.write(new Uint8Array(100));
  const full = Object.assign(new Error('ENOSPC: no space left on device'), { code: 'ENOSPC' });
  const write = handles.write;
  let calls = 0;
  mock.method(handles, 'write', function (this: FileHandle, bytes: Uint8Array) {
    calls += 1;
    if (calls > 1) throw full;
    // Half of it, as systems do on the last block.
    return Reflect.apply(write, this, [bytes, 0, 50]);
  });
  await assert.rejects(file.write(new Uint8Array(100).fill(7)), { code: 'DISK_FULL', message: /midway/ });
  await assert.rejects(file.close(), { code: 'DISK_FULL' });
  mock.restoreAll();
  const handle = await open(at('midway'));
  assert.equal((await handle.stat()).size, 100);
  await handle.close();
});
