import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { cleanSharedMemory } from '../../../src/io/ros/shared-memory.ts';

const folder = mkdtempSync(path.join(tmpdir(), 'codriver-shm-'));
after(() => rmSync(folder, { recursive: true }));

const inAMinute = (): number => Date.now() / 1000 + 60;
const write = (...names: string[]): void => {
  for (const name of names) writeFileSync(path.join(folder, name), '');
};

test('what nobody holds is removed with its lock and semaphore; others’ files are left alone', () => {
  write(
    'fastdds_00aa',
    'fastdds_00aa_el',
    'fastrtps_port7411',
    'fastrtps_port7411_el',
    'sem.fastrtps_port7411_mutex',
  );
  write('something_el', 'fastdds_unlocked');
  assert.deepEqual(cleanSharedMemory(folder, inAMinute()).sort(), [
    'fastdds_00aa_el',
    'fastrtps_port7411_el',
  ]);
  assert.deepEqual(readdirSync(folder).sort(), ['fastdds_unlocked', 'something_el']);
});

test('what somebody holds stays, until it is let go', async () => {
  write('fastdds_11bb', 'fastdds_11bb_el');
  const lock = path.join(folder, 'fastdds_11bb_el');
  const holder = spawn('flock', ['-x', lock, 'sleep', '30'], { stdio: 'ignore', detached: true });
  await sleep(300);
  assert.deepEqual(cleanSharedMemory(folder, inAMinute()), []);
  assert.ok(readdirSync(folder).includes('fastdds_11bb'));
  process.kill(-(holder.pid as number), 'SIGKILL');
  const removed: string[] = [];
  for (let i = 0; i < 100 && removed.length === 0; i++) {
    await sleep(50);
    removed.push(...cleanSharedMemory(folder, inAMinute()));
  }
  assert.deepEqual(removed, ['fastdds_11bb_el']);
});

test('what has only just been made stays, and a folder that is not there is no fault', () => {
  write('fastdds_22cc', 'fastdds_22cc_el');
  assert.deepEqual(cleanSharedMemory(folder), []);
  assert.deepEqual(cleanSharedMemory(path.join(folder, 'none'), inAMinute()), []);
});
