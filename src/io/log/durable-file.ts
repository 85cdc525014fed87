import { type FileHandle, open } from 'node:fs/promises';
import path from 'node:path';
import { CodriverError } from '../../domain/index.ts';

/** How long what was written may wait before it is made to survive a power loss. */
const SYNC_EVERY_MS = 1000;

/**
 * A file that is appended to so that a crash of the process loses nothing handed over, and a power
 * loss at most about the last second: the system is asked once a second, beside the writing, to put
 * what is new on the disk. Calls must wait for one another.
 */
export class DurableFile {
  readonly path: string;
  readonly #handle: FileHandle;
  /** False for devices and pipes, which can't be synchronised. */
  readonly #regular: boolean;
  #position = 0;
  #timer: NodeJS.Timeout | undefined;
  #syncing: Promise<void> = Promise.resolve();
  #unsynced = false;
  #failure: CodriverError | undefined;
  #closed = false;

  private constructor(file: string, handle: FileHandle, regular: boolean) {
    this.path = file;
    this.#handle = handle;
    this.#regular = regular;
  }

  /**
   * Creates the file, or empties it.
   *
   * @throws CodriverError LOG_WRITE_FAILED, or DISK_FULL
   */
  static async create(file: string): Promise<DurableFile> {
    let handle: FileHandle | undefined;
    try {
      handle = await open(file, 'w');
      const regular = (await handle.stat()).isFile();
      // The name itself must survive too.
      if (regular) await syncFolder(path.dirname(path.resolve(file)));
      return new DurableFile(file, handle, regular);
    } catch (error) {
      await handle?.close();
      throw writeError(file, error);
    }
  }

  /** Bytes written so far. */
  position(): bigint {
    return BigInt(this.#position);
  }

  /**
   * Appends. After a failure the file ends with the last call that succeeded, and every further call fails.
   *
   * @throws CodriverError DISK_FULL or LOG_WRITE_FAILED
   */
  async write(bytes: Uint8Array): Promise<void> {
    if (this.#failure !== undefined) throw this.#failure;
    let written = 0;
    try {
      while (written < bytes.length) {
        const { bytesWritten } = await this.#handle.write(bytes, written, bytes.length - written);
        written += bytesWritten;
      }
    } catch (error) {
      if (this.#regular && written > 0) await this.#handle.truncate(this.#position).catch(() => {});
      this.#failure = writeError(this.path, error);
      throw this.#failure;
    }
    this.#position += bytes.length;
    this.#unsynced = true;
    this.#schedule();
  }

  /** Waits until everything is on the disk and closes; calling it again does nothing. */
  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    clearTimeout(this.#timer);
    try {
      await this.#syncing;
      if (this.#unsynced && this.#regular) await this.#handle.datasync();
    } catch (error) {
      this.#failure ??= writeError(this.path, error);
    } finally {
      await this.#handle.close();
    }
    if (this.#failure !== undefined) throw this.#failure;
  }

  #schedule(): void {
    if (!this.#regular || this.#timer !== undefined) return;
    this.#timer = setTimeout(() => {
      this.#unsynced = false;
      this.#syncing = this.#handle
        .datasync()
        .catch((error: unknown) => {
          this.#failure ??= writeError(this.path, error);
        })
        .finally(() => {
          this.#timer = undefined;
          if (this.#unsynced && !this.#closed) this.#schedule();
        });
    }, SYNC_EVERY_MS);
    this.#timer.unref();
  }
}

async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } catch {
    // Some file systems have no such call for folders; the file's own bytes are safe without it.
  } finally {
    await handle.close();
  }
}

/** Says which log can't be written, and what to do. */
export function writeError(file: string, error: unknown): CodriverError {
  const known = CodriverError.from(error, 'LOG_WRITE_FAILED');
  if (error instanceof CodriverError) return known;
  const { code } = error as { code?: unknown };
  if (known.code === 'DISK_FULL' || code === 'EDQUOT' || code === 'EFBIG') {
    const what = code === 'EFBIG' ? 'The file may grow no further' : 'The disk is full';
    return new CodriverError('DISK_FULL', `${what}; log ${file} ends here.`, {
      remedy: 'Free some space and run it again; what was written so far can be read.',
      cause: error,
    });
  }
  return new CodriverError('LOG_WRITE_FAILED', `Log ${file} cannot be written: ${known.message}.`, {
    remedy: 'Check that the folder exists and may be written to.',
    cause: error,
  });
}
