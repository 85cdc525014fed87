import { type FileHandle, open } from 'node:fs/promises';
import { CodriverError } from '../../domain/index.ts';

const WINDOW_BYTES = 256 * 1024;

/** A file that is read at any offset, with a window for runs of small reads. */
export class LogFile {
  readonly path: string;
  readonly sizeBytes: number;
  readonly #handle: FileHandle;
  #window: Uint8Array = new Uint8Array(0);
  #windowOffset = 0;

  private constructor(path: string, sizeBytes: number, handle: FileHandle) {
    this.path = path;
    this.sizeBytes = sizeBytes;
    this.#handle = handle;
  }

  /** @throws CodriverError NOT_FOUND, or LOG_UNREADABLE for a folder or a file that may not be read */
  static async open(path: string): Promise<LogFile> {
    let handle: FileHandle | undefined;
    try {
      handle = await open(path, 'r');
      const stat = await handle.stat();
      if (!stat.isFile()) throw new Error('it is no regular file');
      return new LogFile(path, stat.size, handle);
    } catch (error) {
      await handle?.close();
      const missing = (error as { code?: unknown }).code === 'ENOENT';
      throw new CodriverError(
        missing ? 'NOT_FOUND' : 'LOG_UNREADABLE',
        missing
          ? `There is no log at ${path}.`
          : `Log ${path} cannot be opened: ${(error as Error).message}.`,
        { remedy: 'Name an .mcap file; of a rosbag2 folder, the .mcap inside it.', cause: error },
      );
    }
  }

  /** The bytes from `offset`, fewer than `length` where the file ends. Valid until the next small read. */
  async read(offset: number, length: number): Promise<Uint8Array> {
    const wanted = Math.max(0, Math.min(length, this.sizeBytes - offset));
    if (wanted > WINDOW_BYTES) return await this.#readFully(offset, wanted);
    const start = offset - this.#windowOffset;
    if (start < 0 || start + wanted > this.#window.length) {
      this.#window = await this.#readFully(offset, Math.min(WINDOW_BYTES, this.sizeBytes - offset));
      this.#windowOffset = offset;
      return this.#window.subarray(0, wanted);
    }
    return this.#window.subarray(start, start + wanted);
  }

  async close(): Promise<void> {
    await this.#handle.close();
  }

  async #readFully(offset: number, length: number): Promise<Uint8Array> {
    const buffer = new Uint8Array(Math.max(0, length));
    let filled = 0;
    while (filled < buffer.length) {
      const { bytesRead } = await this.#handle.read(buffer, filled, buffer.length - filled, offset + filled);
      if (bytesRead === 0) break;
      filled += bytesRead;
    }
    return buffer.subarray(0, filled);
  }
}
