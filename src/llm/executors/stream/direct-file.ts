import { constants } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { CodriverError } from '../../../domain/errors.ts';

/** What direct reads must begin at, in the file and in memory, and be a multiple of. */
const PAGE = 4096;

/** How often a read that fails is tried again, and how long it waits before: a disk that stumbles gets up again. */
const RETRY_WAITS_MS = [10, 100, 500];

/** A file that is read past the system's cache where the file system can do so: once, and into the reader's memory. */
export class DirectFile {
  readonly path: string;
  /** Whether the cache is passed by. */
  readonly isDirect: boolean;
  readonly #handle: FileHandle;

  private constructor(path: string, handle: FileHandle, isDirect: boolean) {
    this.path = path;
    this.#handle = handle;
    this.isDirect = isDirect;
  }

  /** Errors: MODEL_MISSING. */
  static async open(path: string): Promise<DirectFile> {
    try {
      return new DirectFile(path, await open(path, constants.O_RDONLY | constants.O_DIRECT), true);
    } catch (error) {
      // File systems in memory, and some on networks.
      if ((error as NodeJS.ErrnoException).code !== 'EINVAL') throw missing(path, error);
      return new DirectFile(path, await open(path, 'r'), false);
    }
  }

  /**
   * Fills `into`, of whole pages in {@link alignedMemories}, from byte `offset`, a multiple of a page. Errors:
   * MODEL_CORRUPT where the file ends before; MODEL_FAILED where the disk fails again and again.
   */
  async read(into: Uint8Array, offset: number): Promise<void> {
    for (let done = 0; done < into.length; ) {
      const bytesRead = await this.#tryRead(into.subarray(done), offset + done);
      if (bytesRead === 0)
        throw new CodriverError('MODEL_CORRUPT', `${this.path} ends at byte ${offset + done}.`, {
          remedy: 'Remove its folder; it is made again from the model.',
          details: { file: this.path, offset: offset + done },
        });
      // A read that stopped in mid-page goes on from the page's start.
      done += bytesRead === into.length - done ? bytesRead : Math.floor(bytesRead / PAGE) * PAGE;
      if (bytesRead < PAGE && done < into.length)
        throw new CodriverError('MODEL_CORRUPT', `${this.path} ends at byte ${offset + done + bytesRead}.`, {
          remedy: 'Remove its folder; it is made again from the model.',
          details: { file: this.path, offset: offset + done + bytesRead },
        });
    }
  }

  /** Whether this memory, of a page, begins where direct reads of the file may go. */
  async accepts(memory: Uint8Array): Promise<boolean> {
    try {
      await this.#handle.read(memory, 0, memory.length, 0);
      return true;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'EINVAL') return false;
      throw failed(this.path, 0, error);
    }
  }

  async close(): Promise<void> {
    await this.#handle.close();
  }

  async #tryRead(into: Uint8Array, offset: number): Promise<number> {
    for (const waitMs of [...RETRY_WAITS_MS, undefined]) {
      try {
        return (await this.#handle.read(into, 0, into.length, offset)).bytesRead;
      } catch (error) {
        if (waitMs === undefined) throw failed(this.path, offset, error);
        await sleep(waitMs);
      }
    }
    return 0;
  }
}

function missing(path: string, cause: unknown): CodriverError {
  return new CodriverError('MODEL_MISSING', `${path} can't be opened: ${(cause as Error).message}.`, {
    remedy: 'Remove its folder; it is made again from the model.',
    cause,
  });
}

function failed(path: string, offset: number, cause: unknown): CodriverError {
  return new CodriverError(
    'MODEL_FAILED',
    `The disk fails: ${path} can't be read at byte ${offset} (${(cause as Error).message}).`,
    { remedy: 'Check the disk (`dmesg`, `smartctl`).', details: { file: path, offset }, cause },
  );
}
