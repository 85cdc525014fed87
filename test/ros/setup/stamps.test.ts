import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, test } from 'node:test';
import { takeLock } from '../../../ros/setup/lock.ts';
import { hashFolder, Stamps } from '../../../ros/setup/stamps.ts';

const folder = mkdtempSync(path.join(tmpdir(), 'codriver-stamps-'));
after(() => rmSync(folder, { recursive: true }));

test('a step is done while its inputs are the same and what it made is there', () => {
  const stamps = new Stamps(path.join(folder, 'stamps'));
  const product = path.join(folder, 'product');
  assert.equal(stamps.isDone('wheels', { pins: 'a' }, []), false);
  stamps.set('wheels', { pins: 'a', root: '/x' });
  assert.equal(stamps.isDone('wheels', { root: '/x', pins: 'a' }, []), true);
  assert.equal(stamps.isDone('wheels', { root: '/x', pins: 'b' }, []), false);
  assert.equal(stamps.isDone('wheels', { root: '/x', pins: 'a' }, [product]), false);
  writeFileSync(product, '');
  assert.equal(stamps.isDone('wheels', { root: '/x', pins: 'a' }, [product]), true);
  stamps.clear('wheels');
  assert.equal(stamps.isDone('wheels', { root: '/x', pins: 'a' }, []), false);
});

test('the checksum of a folder follows names and contents', () => {
  const one = path.join(folder, 'one');
  const two = path.join(folder, 'two');
  for (const target of [one, two]) mkdirSync(path.join(target, 'msg'), { recursive: true });
  writeFileSync(path.join(one, 'msg', 'A.msg'), 'string text\n');
  writeFileSync(path.join(two, 'msg', 'A.msg'), 'string text\n');
  assert.equal(hashFolder(one), hashFolder(two));
  writeFileSync(path.join(two, 'msg', 'A.msg'), 'string text \n');
  assert.notEqual(hashFolder(one), hashFolder(two));
  writeFileSync(path.join(two, 'msg', 'A.msg'), 'string text\n');
  writeFileSync(path.join(two, 'msg', 'B.msg'), '');
  assert.notEqual(hashFolder(one), hashFolder(two));
});

test('a lock keeps a second set-up away, and is taken over from a process that has ended', () => {
  const file = path.join(folder, 'lock');
  const release = takeLock(file);
  assert.throws(() => takeLock(file), { code: 'ROS_SETUP_FAILED', message: /process \d+/ });
  release();
  // Beyond the largest process id of Linux.
  writeFileSync(file, '4194305');
  takeLock(file)();
});
