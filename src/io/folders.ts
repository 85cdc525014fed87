import { mkdir, stat } from 'node:fs/promises';
import path from 'node:path';
import { CodriverError } from '../domain/index.ts';

/**
 * Makes a folder and those above it; one that exists already is fine.
 *
 * Node's recursive `mkdir` tries a parent that exists and refuses (under /proc: ENOENT for
 * every child) again and again without end, as of Node 20. Here every step is made once.
 *
 * @throws CodriverError LOG_WRITE_FAILED or DISK_FULL naming the folder that can't be made
 */
export async function makeFolder(folder: string): Promise<void> {
  const missing: string[] = [];
  let at = path.resolve(folder);
  for (;;) {
    const kind = await kindOf(at);
    if (kind === 'folder') break;
    if (kind === 'other') throw refusal(folder, `${at} is a file`);
    missing.push(at);
    at = path.dirname(at);
  }
  for (const next of missing.reverse()) {
    try {
      await mkdir(next);
    } catch (error) {
      // Another process may have made it in the meantime.
      if ((await kindOf(next)) === 'folder') continue;
      throw refusal(folder, (error as Error).message, error);
    }
  }
}

async function kindOf(at: string): Promise<'folder' | 'other' | 'missing'> {
  try {
    return (await stat(at)).isDirectory() ? 'folder' : 'other';
  } catch (error) {
    const { code } = error as { code?: unknown };
    if (code === 'ENOENT' && path.dirname(at) !== at) return 'missing';
    // A file stands where a folder should be further up; it is met there and named.
    if (code === 'ENOTDIR') return 'missing';
    throw refusal(at, (error as Error).message, error);
  }
}

function refusal(folder: string, why: string, cause?: unknown): CodriverError {
  const { code } = CodriverError.from(cause ?? new Error(why), 'LOG_WRITE_FAILED');
  return new CodriverError(code, `Folder ${folder} can't be made: ${why}.`, {
    remedy: 'Give a path in a folder that you may write to, on a disk with space.',
    ...(cause === undefined ? {} : { cause }),
  });
}
