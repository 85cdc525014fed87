import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { CodriverError } from '../../src/domain/errors.ts';

/**
 * Keeps a second set-up of the same checkout away. Returns what gives the lock back.
 * A lock whose process has ended is taken over. ROS_SETUP_FAILED while another set-up runs.
 */
export function takeLock(file: string): () => void {
  mkdirSync(path.dirname(file), { recursive: true });
  const release = (): void => rmSync(file, { force: true });
  try {
    writeFileSync(file, String(process.pid), { flag: 'wx' });
    return release;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  }
  const holder = Number(readFileSync(file, 'utf8'));
  if (isAlive(holder)) {
    throw new CodriverError('ROS_SETUP_FAILED', `Another npm run ros:setup runs here (process ${holder}).`, {
      remedy: `Wait for it. If there is none, delete ${file}.`,
    });
  }
  writeFileSync(file, String(process.pid));
  return release;
}

function isAlive(pid: number): boolean {
  if (!Number.isInteger(pid) || pid <= 0) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
