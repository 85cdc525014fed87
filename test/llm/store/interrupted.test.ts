import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, test } from 'node:test';
import { type ConvertProgress, openStore, verifyStore } from '../../../src/llm/store/index.ts';
import { repositoryRoot } from '../../support/require.ts';
import { convert, dataOf, hasCode, linesOf, spawnConversion, sumOf } from './store-support.ts';
import { makeTinyLlama } from './tiny-model.ts';

const root = mkdtempSync(path.join(tmpdir(), 'codriver-store-'));
after(() => rmSync(root, { recursive: true, force: true }));

const at = (name: string): string => path.join(root, name);
const gguf = at('tiny.gguf');
makeTinyLlama(gguf);

test('killed in the middle, it goes on after the last finished block and makes the same bytes', async () => {
  const folder = at('killed');
  // Slow down: a pause before every flush to the disk makes the middle long enough to be hit.
  const before = `
    import fs from 'node:fs/promises';
    const handle = await fs.open(process.argv[1]);
    const prototype = Object.getPrototypeOf(handle);
    await handle.close();
    const datasync = prototype.datasync;
    prototype.datasync = async function () {
      await new Promise((resolve) => setTimeout(resolve, 150));
      return datasync.call(this);
    };`;
  const child = spawnConversion(gguf, folder, before);
  const journal = () => readdirSync(folder).find((name) => name.endsWith('.journal'));
  const finishedBlocks = (): number => {
    try {
      return readFileSync(path.join(folder, journal() ?? ''), 'utf8').split('\n').length - 1;
    } catch {
      return 0;
    }
  };
  const ended = new Promise((resolve) => child.once('close', resolve));
  const drained = linesOf(child, () => {});
  while (finishedBlocks() < 3 && child.exitCode === null)
    await new Promise((resolve) => setTimeout(resolve, 5));
  child.kill('SIGKILL');
  await ended;
  await drained;
  assert.equal(child.signalCode, 'SIGKILL', 'it was still at work');
  await assert.rejects(openStore(folder), hasCode('MODEL_MISSING', /no finished store/));
  // A line that was cut in writing, as a power loss leaves it.
  writeFileSync(path.join(folder, journal() ?? ''), '{"name":"he', { flag: 'a' });
  const stages = new Map<string, number>();
  const resumed = await convert(gguf, folder, {
    onProgress: ({ stage, doneBytes }) => stages.set(stage, doneBytes),
  });
  assert.equal(resumed.keptBlocks, 3);
  assert.ok((stages.get('verify') ?? 0) > 0, 'kept blocks are checked');
  const whole = at('not-killed');
  await convert(gguf, whole);
  assert.equal(sumOf(dataOf(folder)), sumOf(dataOf(whole)));
  assert.deepEqual(
    JSON.parse(readFileSync(path.join(folder, 'manifest.json'), 'utf8')),
    JSON.parse(readFileSync(path.join(whole, 'manifest.json'), 'utf8')),
  );
});

test('a kept block that was damaged meanwhile is converted again', async () => {
  const folder = at('damaged-partial');
  const stop = new AbortController();
  let blocks = 0;
  const onProgress = ({ stage, doneBytes, totalBytes }: ConvertProgress): void => {
    if (stage === 'convert' && doneBytes > 0.7 * totalBytes) stop.abort();
    blocks++;
  };
  await assert.rejects(
    convert(gguf, folder, { signal: stop.signal, onProgress }),
    hasCode('ABORTED', /stopped/),
  );
  assert.ok(blocks > 0);
  const partial = path.join(folder, readdirSync(folder).find((name) => name.endsWith('.partial')) ?? '');
  const bytes = readFileSync(partial);
  // The second block's first page.
  const second = (
    JSON.parse(
      readFileSync(
        path.join(folder, readdirSync(folder).find((name) => name.endsWith('.journal')) ?? ''),
        'utf8',
      ).split('\n')[1] ?? '',
    ) as { offset: number }
  ).offset;
  bytes[second + 100] = (bytes[second + 100] as number) ^ 1;
  writeFileSync(partial, bytes);
  assert.equal((await convert(gguf, folder)).keptBlocks, 1);
  await verifyStore(folder);
});

test('two processes on one store: the second is refused, and a dead one leaves no lock behind', async () => {
  const folder = at('two');
  const hold = `
    import { StoreLock } from ${JSON.stringify(`${repositoryRoot}/src/llm/store/store-lock.ts`)};
    import { mkdirSync } from 'node:fs';
    mkdirSync(process.argv[2]);
    await StoreLock.take(process.argv[2]);
    console.log('{"stage":"held"}');
    await new Promise((resolve) => setTimeout(resolve, 60_000));`;
  const child = spawnConversion(gguf, folder, hold);
  const ended = new Promise((resolve) => child.once('close', resolve));
  const held = new Promise<void>((resolve) => void linesOf(child, () => resolve()));
  await held;
  await assert.rejects(
    convert(gguf, folder),
    hasCode('BAD_ARGUMENT', new RegExp(`being written by process ${child.pid}`)),
  );
  child.kill('SIGKILL');
  await ended;
  assert.ok(
    readdirSync(folder).some((name) => name.startsWith('convert.lock.')),
    'the lock is there, stale',
  );
  await convert(gguf, folder);
  assert.ok(!readdirSync(folder).some((name) => name.startsWith('convert.lock.')));
  await verifyStore(folder);
});

test('of several at once, one converts and the others are refused', async () => {
  const folder = at('many');
  mkdirSync(folder);
  // A stale lock that all of them try to take over.
  writeFileSync(
    path.join(folder, 'convert.lock.7'),
    JSON.stringify({ pid: 2 ** 22 + 1, started: '1', token: 'x' }),
  );
  const results = await Promise.allSettled(Array.from({ length: 6 }, () => convert(gguf, folder)));
  // One that comes when the first is done finds its store.
  const kept = results.map((result) => (result.status === 'fulfilled' ? result.value.keptBlocks : -1));
  assert.equal(kept.filter((blocks) => blocks === 0).length, 1, `${kept}`);
  for (const result of results) {
    if (result.status === 'rejected') hasCode('BAD_ARGUMENT', /is being written/)(result.reason);
  }
  await verifyStore(folder);
  assert.deepEqual(
    readdirSync(folder).filter((name) => name.includes('lock')),
    [],
  );
});

test('a full disk is said, what is finished is kept, and the next run goes on', async () => {
  const folder = at('full');
  const child = spawnConversion(gguf, folder, '', 'ulimit -f 200;');
  const lines: string[] = [];
  await linesOf(child, (line) => lines.push(line));
  const last = JSON.parse(lines.at(-1) ?? '{}') as { stage: string; message: string };
  assert.equal(last.stage, 'DISK_FULL', last.message);
  assert.ok(readdirSync(folder).every((name) => statSync(path.join(folder, name)).size <= 200 * 1024));
  const resumed = await convert(gguf, folder);
  assert.ok(resumed.keptBlocks > 0, 'blocks of the first run were kept');
  await verifyStore(folder);
});
