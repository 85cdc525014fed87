import { statfs } from 'node:fs/promises';
import { CodriverError } from '../../domain/errors.ts';

/** Refuses at once what would fill the disk after minutes. */
export async function checkRoom(folder: string, bytes: number): Promise<void> {
  const { bavail, bsize } = await statfs(folder);
  const free = bavail * bsize;
  if (free >= bytes) return;
  throw new CodriverError(
    'DISK_FULL',
    `The store ${folder} needs ${megabytes(bytes)} more, but its disk has ${megabytes(free)} free.`,
    {
      remedy: 'Free some space, or choose another folder or fewer bits; what is finished is kept.',
      details: { store: folder, neededBytes: bytes, freeBytes: free },
    },
  );
}

function megabytes(bytes: number): string {
  return `${(bytes / 1e6).toFixed(1)} MB`;
}

/** BAD_ARGUMENT: another store is there. */
export function occupied(folder: string): CodriverError {
  return new CodriverError(
    'BAD_ARGUMENT',
    `${folder} holds a store of another model or with other settings.`,
    { remedy: 'Choose another folder, or replace it with --force.', details: { store: folder } },
  );
}

/** What is wrong with a folder that can't be written to; a CodriverError passes through. */
export function unwritable(folder: string, error: unknown): CodriverError {
  if (error instanceof CodriverError) return error;
  const { code, message } = error as NodeJS.ErrnoException;
  if (code === 'ENOSPC' || code === 'EDQUOT' || code === 'EFBIG') {
    return new CodriverError('DISK_FULL', `The disk is full; the store ${folder} is not finished.`, {
      remedy: 'Free some space and run the same command again; finished blocks are kept.',
      details: { store: folder },
      cause: error,
    });
  }
  const isPath = code !== undefined && ['ENOENT', 'ENOTDIR', 'EACCES', 'EPERM', 'EROFS'].includes(code);
  if (isPath) {
    return new CodriverError('BAD_ARGUMENT', `The store ${folder} can't be written: ${message}.`, {
      remedy: 'Check that its parent folder exists and may be written to.',
      details: { store: folder },
      cause: error,
    });
  }
  return CodriverError.from(error, 'MODEL_FAILED');
}
