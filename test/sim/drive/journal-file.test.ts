import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, test } from 'node:test';
import { JournalFile } from '../../../sim/drive/journal-file.ts';
import { PictureFile } from '../../../sim/drive/picture-file.ts';
import type { Frame, JournalEntry } from '../../../src/domain/index.ts';
import { TINY_PNG } from '../../io/domain-samples.ts';

const folder = mkdtempSync(path.join(tmpdir(), 'codriver-journal-'));
after(() => rmSync(folder, { recursive: true }));

const at = (name: string): string => path.join(folder, name);
const entry = (stampNs: bigint): JournalEntry => ({
  type: 'vehicle',
  stampNs,
  vehicle: { stampNs, speedMps: 13.9 },
});

async function entriesOf(journal: JournalFile): Promise<JournalEntry[]> {
  const entries: JournalEntry[] = [];
  for await (const read of journal.entries()) entries.push(read);
  return entries;
}

test('what was written is read back, with a count of it at the end', async () => {
  const journal = await JournalFile.create({ jsonPath: at('run.jsonl'), spillPath: at('run.tmp') });
  for (let i = 1n; i <= 3n; i++) journal.write(entry(i));
  await journal.end();
  const entries = await entriesOf(journal);
  assert.deepEqual(entries.slice(0, 3), [entry(1n), entry(2n), entry(3n)]);
  assert.deepEqual(entries.at(-1), { type: 'end', stampNs: 3n, counts: { vehicle: 3 } });
  assert.ok(!existsSync(at('run.tmp')), 'a file that can be read back needs no other');
});

test('where nobody asked for JSON, the entries lie beside until they are removed', async () => {
  const journal = await JournalFile.create({ spillPath: at('spill.tmp') });
  journal.write(entry(7n));
  await journal.end();
  assert.equal((await entriesOf(journal)).length, 2);
  await journal.remove();
  assert.ok(!existsSync(at('spill.tmp')));
});

test('a path that cannot be written is known at once', async () => {
  await assert.rejects(JournalFile.create({ jsonPath: folder }), /codriver-journal-.* can't be written/);
});

test('a full disk is told while the run goes on', {
  skip: !existsSync('/dev/full') && 'no /dev/full',
}, async () => {
  const journal = await JournalFile.create({ jsonPath: '/dev/full' });
  await assert.rejects(
    async () => {
      for (let i = 0n; i < 100_000n; i++) {
        journal.write(entry(i));
        await journal.ready();
        await new Promise(setImmediate);
      }
    },
    (error: Error & { code?: string }) => error.code === 'DISK_FULL',
  );
});

test('one thumbnail a second is kept for each camera, broken pictures are not', async () => {
  const pictures = new PictureFile(at('pictures.tmp'));
  const frame = (camera: string, seconds: number, data = TINY_PNG): Frame => ({
    stampNs: BigInt(seconds * 1000) * 1_000_000n,
    camera,
    frameId: camera,
    encoding: 'png',
    widthPx: 2,
    heightPx: 1,
    data,
  });
  for (const seconds of [0, 0.5, 1, 1.9, 2]) await pictures.take(frame('front', seconds));
  await pictures.take(frame('rear', 0.5));
  await pictures.take(frame('left', 1, TINY_PNG.subarray(0, 20)));
  const kept: string[] = [];
  for await (const { camera, stampNs, jpeg } of pictures.pictures()) {
    kept.push(`${camera} ${stampNs / 1_000_000n}`);
    assert.deepEqual([...jpeg.subarray(0, 2)], [0xff, 0xd8]);
  }
  assert.deepEqual(kept, ['front 0', 'front 1000', 'front 2000', 'rear 500']);
  assert.ok(readFileSync(at('pictures.tmp')).length > 0);
  await pictures.remove();
  assert.ok(!existsSync(at('pictures.tmp')));
});
