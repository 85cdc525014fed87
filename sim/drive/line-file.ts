import { createWriteStream } from 'node:fs';
import { open } from 'node:fs/promises';
import path from 'node:path';
import type { Writable } from 'node:stream';
import { finished } from 'node:stream/promises';
import { CodriverError } from '../../src/domain/index.ts';
import { makeFolder } from '../../src/io/folders.ts';

/** Lines on their way to a file or to standard output. */
export class LineFile {
  /** Whether it can be read back once it has ended: a regular file. */
  readonly readable: boolean;
  readonly #output: Writable;
  #failure: Error | null = null;

  private constructor(output: Writable, readable: boolean) {
    this.readable = readable;
    this.#output = output;
    output.on('error', (error: Error) => {
      this.#failure ??= error;
    });
  }

  /** Creates or empties the file; `-` is standard output. Errors: LOG_WRITE_FAILED naming the path. */
  static async create(file: string): Promise<LineFile> {
    if (file === '-') return new LineFile(process.stdout, false);
    const readable = await prepareFile(file);
    return new LineFile(createWriteStream(file), readable);
  }

  /** Adds a line; a failure is told by `ready` and `end`. */
  write(line: string): void {
    this.#output.write(`${line}\n`);
  }

  /** Resolves when the disk has caught up. Errors: DISK_FULL, LOG_WRITE_FAILED. */
  async ready(): Promise<void> {
    this.#check();
    const output = this.#output;
    if (!output.writableNeedDrain) return;
    await new Promise<void>((resolve) => {
      const done = (): void => {
        output.off('drain', done).off('error', done);
        resolve();
      };
      output.on('drain', done).on('error', done);
    });
    this.#check();
  }

  /** Closes the file. Errors: DISK_FULL, LOG_WRITE_FAILED. */
  async end(): Promise<void> {
    if (this.#output !== process.stdout) {
      this.#output.end();
      await finished(this.#output).catch((error: unknown) => {
        throw CodriverError.from(error, 'LOG_WRITE_FAILED');
      });
    }
    this.#check();
  }

  #check(): void {
    if (this.#failure !== null) throw CodriverError.from(this.#failure, 'LOG_WRITE_FAILED');
  }
}

/**
 * Makes a file's folder and opens it once, so that a path that can't be written is known before the drive and not
 * after it. True for a regular file.
 *
 * @throws CodriverError LOG_WRITE_FAILED naming the path
 */
export async function prepareFile(file: string): Promise<boolean> {
  try {
    await makeFolder(path.dirname(path.resolve(file)));
    const handle = await open(file, 'a');
    try {
      return (await handle.stat()).isFile();
    } finally {
      await handle.close();
    }
  } catch (error) {
    throw new CodriverError(
      'LOG_WRITE_FAILED',
      `${file} can't be written: ${CodriverError.from(error).message}`,
      { remedy: 'Give a path in a folder that exists and that you may write to.', cause: error },
    );
  }
}
