import { rmSync } from 'node:fs';
import { mkdtemp, rm, statfs } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { CodriverError } from '../../../domain/index.ts';

const REMEDY = 'Free some space, or set TMPDIR to a folder on a larger disk.';

/** A place for a file that is gone when the log is closed, at the latest when the process exits. */
export interface TemporaryFile {
  readonly path: string;
  /** Safe to call twice. */
  remove(): Promise<void>;
}

/**
 * Makes room for something that has to be unpacked or copied to be read.
 *
 * @param log the file that it comes from, for messages
 * @param neededBytes null where it is not known
 * @throws CodriverError DISK_FULL where the temporary folder has too little room
 */
export async function makeTemporary(
  log: string,
  name: string,
  neededBytes: number | null,
): Promise<TemporaryFile> {
  const folder = await mkdtemp(path.join(tmpdir(), 'codriver-log-'));
  const onExit = (): void => rmSync(folder, { recursive: true, force: true });
  const remove = async (): Promise<void> => {
    process.removeListener('exit', onExit);
    await rm(folder, { recursive: true, force: true });
  };
  process.once('exit', onExit);
  const { bavail, bsize } = await statfs(folder);
  const freeBytes = bavail * bsize;
  if (neededBytes === null || neededBytes <= freeBytes) return { path: path.join(folder, name), remove };
  await remove();
  throw new CodriverError(
    'DISK_FULL',
    `Log ${log} needs ${neededBytes} bytes in ${tmpdir()} to be read, and ${freeBytes} are free.`,
    { remedy: REMEDY, details: { path: log, neededBytes, freeBytes } },
  );
}

/** What writing a temporary file threw, with the log and the room that it needs named. */
export function temporaryError(log: string, neededBytes: number | null, error: unknown): CodriverError {
  const { code, message } = error as { code?: unknown; message?: string };
  const needs = neededBytes === null ? 'an unknown number of' : neededBytes;
  return new CodriverError(
    code === 'ENOSPC' ? 'DISK_FULL' : 'LOG_UNREADABLE',
    `Log ${log} needs ${needs} bytes in ${tmpdir()} to be read, and that failed: ${message}.`,
    { remedy: REMEDY, details: { path: log, neededBytes }, cause: error },
  );
}
