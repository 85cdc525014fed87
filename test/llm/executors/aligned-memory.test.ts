import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, test } from 'node:test';
import { alignedMemories, hasHugePages } from '../../../src/llm/executors/stream/aligned-memory.ts';
import { DirectFile } from '../../../src/llm/executors/stream/direct-file.ts';
import { repositoryRoot } from '../../support/require.ts';

const folder = mkdtempSync(path.join(tmpdir(), 'codriver-aligned-'));
after(() => rmSync(folder, { recursive: true }));

const PAGE = 4096;

test('regions lie side by side, whole pages apart, and are as long as asked for', async () => {
  const name = path.join(folder, 'pages');
  writeFileSync(name, Buffer.alloc(PAGE));
  const file = await DirectFile.open(name);
  const regions = await alignedMemories(3, PAGE + 100, file);
  await file.close();
  assert.deepEqual(
    regions.map(({ length }) => length),
    [PAGE + 100, PAGE + 100, PAGE + 100],
  );
  const starts = regions.map(({ byteOffset }) => byteOffset - (regions[0] as Uint8Array).byteOffset);
  assert.deepEqual(starts, [0, 2 * PAGE, 4 * PAGE]);
  assert.equal(new Set(regions.map(({ buffer }) => buffer)).size, 1);
});

test('glibc asks for huge pages only with its own malloc and when it is told to', () => {
  const on = 'glibc.malloc.hugetlb=1';
  assert.ok(hasHugePages({ GLIBC_TUNABLES: on }));
  assert.ok(hasHugePages({ GLIBC_TUNABLES: `glibc.malloc.check=0:${on}:glibc.pthread.rseq=0` }));
  assert.ok(!hasHugePages({ GLIBC_TUNABLES: 'glibc.malloc.hugetlb=2' }));
  assert.ok(!hasHugePages({ GLIBC_TUNABLES: on, LD_PRELOAD: '/usr/lib/libjemalloc.so.2' }));
  assert.ok(!hasHugePages({}));
});

for (const tunables of [
  '',
  'glibc.malloc.hugetlb=1',
  'glibc.malloc.hugetlb=1:glibc.malloc.mmap_threshold=1000000000',
]) {
  test(`direct reads are right with GLIBC_TUNABLES=${tunables}, large memory let go before or not`, () => {
    const file = path.join(folder, 'data');
    writeFileSync(file, Buffer.alloc(64 * PAGE, (Math.random() * 255 + 1) | 0));
    const entry = path.join(repositoryRoot, 'test/llm/executors/read-aligned.ts');
    const out = execFileSync(process.execPath, ['--expose-gc', '--import', 'tsx', entry, file], {
      encoding: 'utf8',
      env: { ...process.env, GLIBC_TUNABLES: tunables },
    });
    assert.equal(out.trim(), 'equal');
  });
}

test('the launcher asks for huge pages and keeps what the user set', () => {
  const environment = path.join(repositoryRoot, 'bin/environment.sh');
  const tunables = (set: string): string =>
    execFileSync('sh', ['-c', `. "${environment}"; printf %s "$GLIBC_TUNABLES"`], {
      encoding: 'utf8',
      env: { ...process.env, GLIBC_TUNABLES: set },
    });
  assert.equal(tunables(''), 'glibc.malloc.hugetlb=1');
  assert.equal(tunables('glibc.malloc.check=0'), 'glibc.malloc.check=0:glibc.malloc.hugetlb=1');
  assert.equal(tunables('glibc.malloc.hugetlb=0'), 'glibc.malloc.hugetlb=0');
});
