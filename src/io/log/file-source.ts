import { type FileHandle, open, stat } from 'node:fs/promises';
import { CodriverError } from '../../domain/index.ts';
import type { ByteSource } from './raw-log.ts';

/** Small, because a file without an index is walked by jumps of a chunk each. */
const WINDOW_BYTES = 64 * 1024;

/**
 * A file that is read at any offset, with a window for runs of small reads. One that is still being
 * written is read as far as it went when it was opened: `sizeBytes` stays what it was then.
 */
export class FileSource implements ByteSource {
  readonly name: string;
  readonly sizeBytes: number;
  readonly #handle: FileHandle;
  #window: Uint8Array = new Uint8Array(0);
  #windowOffset = 0;
  #closed: Promise<void> | null = null;

  private constructor(name: string, sizeBytes: number, handle: FileHandle) {
    this.name = name;
    this.sizeBytes = sizeBytes;
    this.#handle = handle;
  }

  /** @throws CodriverError NOT_FOUND, or LOG_UNREADABLE for a folder or a file that may not be read */
  static async open(path: string): Promise<FileSource> {
    let handle: FileHandle | undefined;
    try {
      // Before opening, which would wait at a pipe for someone to write.
      if (!(await stat(path)).isFile()) throw new Error('it is no regular file');
      handle = await open(path, 'r');
      return new FileSource(path, (await handle.stat()).size, handle);
    } catch (error) {
      await handle?.close();
      throw openError(path, error);
    }
  }

  async read(offset: number, length: number): Promise<Uint8Array> {
    // What was read before must not hide that the file is closed: it would depend on which read came last.
    if (this.#closed !== null) throw this.#unreadable(offset, undefined);
    const wanted = Math.max(0, Math.min(length, this.sizeBytes - offset));
    if (wanted > WINDOW_BYTES) return await this.#readFully(offset, wanted);
    const start = offset - this.#windowOffset;
    if (start >= 0 && start + wanted <= this.#window.length) {
      return this.#window.subarray(start, start + wanted);
    }
    const window = await this.#readFully(offset, Math.min(WINDOW_BYTES, this.sizeBytes - offset));
    // Set together, after the wait: several passes may read at once.
    this.#window = window;
    this.#windowOffset = offset;
    return window.subarray(0, wanted);
  }

  close(): Promise<void> {
    this.#closed ??= this.#handle.close();
    return this.#closed;
  }

  async #readFully(offset: number, length: number): Promise<Uint8Array> {
    // Of its own memory, so that nothing read later changes it; not zeroed, since it is filled.
    const buffer = Buffer.allocUnsafeSlow(Math.max(0, length));
    let filled = 0;
    try {
      while (filled < buffer.length) {
        const { bytesRead } = await this.#handle.read(
          buffer,
          filled,
          buffer.length - filled,
          offset + filled,
        );
        if (bytesRead === 0) break;
        filled += bytesRead;
      }
    } catch (error) {
      throw this.#unreadable(offset, error);
    }
    return new Uint8Array(buffer.buffer, 0, filled);
  }

  #unreadable(offset: number, cause: unknown): CodriverError {
    const why = this.#closed === null ? (cause as Error).message : 'it was closed';
    return new CodriverError('LOG_UNREADABLE', `Log ${this.name} cannot be read at byte ${offset}: ${why}.`, {
      remedy: 'Copy the log to a disk that can be read, and open that copy.',
      details: { path: this.name, offset },
      ...(cause !== undefined && { cause }),
    });
  }
}

function openError(path: string, error: unknown): CodriverError {
  const missing = (error as { code?: unknown }).code === 'ENOENT';
  return new CodriverError(
    missing ? 'NOT_FOUND' : 'LOG_UNREADABLE',
    missing ? `There is no log at ${path}.` : `Log ${path} cannot be opened: ${(error as Error).message}.`,
    {
      remedy: 'Name a log file that may be read, or the folder of a rosbag2 recording.',
      cause: error,
      details: { path },
    },
  );
}
