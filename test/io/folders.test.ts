import assert from 'node:assert/strict';
import { existsSync, statSync, writeFileSync } from 'node:fs';
import { test } from 'node:test';
import { makeFolder } from '../../src/io/folders.ts';
import { temporaryFolder } from './temporary-folder.ts';

const at = temporaryFolder();

test('makes all folders on the way, and takes those that are there', async () => {
  await makeFolder(at('a/b/c'));
  await makeFolder(at('a/b/c'));
  assert.ok(statSync(at('a/b/c')).isDirectory());
});

test('two at once both succeed', async () => {
  await Promise.all([makeFolder(at('x/y/z')), makeFolder(at('x/y/z')), makeFolder(at('x/y'))]);
  assert.ok(statSync(at('x/y/z')).isDirectory());
});

test('a file in the way is named', async () => {
  writeFileSync(at('file'), '');
  await assert.rejects(makeFolder(at('file/below')), (error: Error) => {
    assert.match(error.message, /file is a file/);
    return (error as { code?: unknown }).code === 'LOG_WRITE_FAILED';
  });
});

test('a place where no folder can be is refused at once', {
  skip: existsSync('/proc') ? false : 'no /proc',
}, async () => {
  const started = performance.now();
  await assert.rejects(makeFolder('/proc/codriver/recordings'), { code: 'LOG_WRITE_FAILED' });
  assert.ok(performance.now() - started < 1000);
});
