import { execFile } from 'node:child_process';
import { closeSync, constants, mkdtempSync, openSync, rmSync } from 'node:fs';
import { Socket, type SocketConstructorOpts, type TcpSocketConnectOpts } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { CodriverError } from '../../domain/index.ts';

const run = promisify(execFile);

/** As much as Linux keeps in a pipe. */
const READ_BYTES = 64 * 1024;

/**
 * A pipe with a name, which another program writes to as if it were a file, read into memory that is taken once.
 *
 * A child's stdout would do, but Node reads it into 64 KiB of fresh memory each time, and counts that against the
 * heap's limit: at 1 GB of pictures a second the collector runs through the whole heap every 15 ms (1.5 of the
 * 2.7 s that two cores have for 450 pictures of 720p).
 */
export class NamedPipe {
  readonly path: string;
  readonly #folder: string;
  readonly #socket: Socket;
  #writer: number | undefined;

  private constructor(
    folder: string,
    name: string,
    onChunk: (chunk: Uint8Array) => boolean,
    onEnd: () => void,
  ) {
    this.#folder = folder;
    this.path = name;
    // Opened in this order, neither end waits for the other. Ours to write keeps the pipe from ending before
    // the program has opened it.
    const reader = openSync(name, constants.O_RDONLY | constants.O_NONBLOCK);
    this.#writer = openSync(name, constants.O_WRONLY | constants.O_NONBLOCK);
    const buffer = new Uint8Array(READ_BYTES);
    // Documented, and not in the types of Node 20.
    const intoBuffer: SocketConstructorOpts & Pick<TcpSocketConnectOpts, 'onread'> = {
      fd: reader,
      readable: true,
      writable: false,
      onread: { buffer, callback: (bytes) => onChunk(buffer.subarray(0, bytes)) },
    };
    this.#socket = new Socket(intoBuffer);
    this.#socket.on('error', onEnd).on('close', onEnd);
    this.#socket.resume();
  }

  /**
   * @param onChunk gets bytes that are only valid until it returns; false: no more, until `resume()`
   * @param onEnd no bytes come any more; may be called twice
   * @throws CodriverError NOT_FOUND where the temporary folder takes no pipe, or `mkfifo` is missing
   */
  static async open(onChunk: (chunk: Uint8Array) => boolean, onEnd: () => void): Promise<NamedPipe> {
    let folder: string | undefined;
    try {
      folder = mkdtempSync(path.join(tmpdir(), 'codriver-pipe-'));
      const name = path.join(folder, 'pipe');
      await run('mkfifo', ['-m', '600', name]);
      return new NamedPipe(folder, name, onChunk, onEnd);
    } catch (error) {
      if (folder !== undefined) rmSync(folder, { recursive: true, force: true });
      const why = (error as Error).message.trim();
      throw new CodriverError(
        'NOT_FOUND',
        `Video needs a named pipe, and none can be made in ${tmpdir()}: ${why}`,
        {
          remedy:
            'Set TMPDIR to a folder that can be written to, and see that `mkfifo` (coreutils) is there.',
        },
      );
    }
  }

  /** Takes bytes again after `onChunk` wanted no more. */
  resume(): void {
    this.#socket.resume();
  }

  /** The program has closed its end, or never opened it: what it wrote still comes, and then the end. */
  writerGone(): void {
    if (this.#writer === undefined) return;
    closeSync(this.#writer);
    this.#writer = undefined;
    rmSync(this.#folder, { recursive: true, force: true });
  }

  /** Ends at once. */
  close(): void {
    this.writerGone();
    this.#socket.destroy();
  }
}
