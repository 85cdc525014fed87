import { constants } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { CodriverError } from '../../../domain/errors.ts';
import { collectGarbage } from '../../../onnx/index.ts';

/** What direct reads must begin at, in the file and in memory, and be a multiple of. */
const PAGE = 4096;

/** How often a read that fails is tried again, and how long it waits before: a disk that stumbles gets up again. */
const RETRY_WAITS_MS = [10, 100, 500];

/** What TypeScript's library for Node leaves out. */
declare const WebAssembly: {
  readonly Memory: new (size: { readonly initial: number }) => { readonly buffer: ArrayBuffer };
};

/** A region of memory that begins at a page. ArrayBuffers begin 16 bytes behind one. */
export function alignedMemory(bytes: number): Uint8Array {
  // The only memory of JavaScript whose address is known: a WebAssembly memory begins at a page.
  const memory = new WebAssembly.Memory({ initial: Math.ceil(bytes / 65536) });
  return new Uint8Array(memory.buffer, 0, bytes);
}

/** Buffers that are tried at least for each that is wanted, and reads into each, of which the quickest counts. */
const CANDIDATES = 2;
const TRIES = 3;

/** Memory in which buffers are looked for, at most: half a gigabyte takes a second. */
const MOST_SPARE_BYTES = 512e6;

/** A buffer that is read into so much quicker than another is a good one. */
const CLEARLY_QUICKER = 1.6;

/**
 * Buffers that a disk reads into quickly. Direct reads go to the pages themselves, and where these lie scattered in the
 * machine's memory a read falls apart into many small transfers: of equal buffers, one is read into at 1.3 GB/s and
 * another at 3.8, for as long as they live. Nobody can ask for better pages here, but one can try: until enough good
 * ones are found, seen by worse ones, or memory is used up. Systems give scattered pages first.
 *
 * @param fileBytes of `file`, multiples of a page
 * @param bytes of each buffer
 * @param spareBytes of memory that may be taken meanwhile; no more than half a gigabyte is
 */
export async function fastBuffers(
  file: DirectFile,
  fileBytes: number,
  bytes: number,
  count: number,
  spareBytes: number,
): Promise<Uint8Array[]> {
  const read = Math.min(bytes, fileBytes);
  const places = Math.max(1, Math.floor(fileBytes / read));
  let place = 0;
  const quickestMs = async (memory: Uint8Array): Promise<number> => {
    const times: number[] = [];
    for (let i = 0; i < TRIES; i++) {
      const startMs = performance.now();
      await file.read(memory.subarray(0, read), (place++ % places) * read);
      times.push(performance.now() - startMs);
    }
    return Math.min(...times);
  };
  const most = Math.max(CANDIDATES * count, Math.floor(Math.min(MOST_SPARE_BYTES, spareBytes) / bytes));
  const tried: { readonly memory: Uint8Array; readonly ms: number }[] = [];
  while (tried.length < most) {
    const memory = alignedMemory(bytes);
    tried.push({ memory, ms: await quickestMs(memory) });
    tried.sort((a, b) => a.ms - b.ms);
    const worstKept = tried[count - 1]?.ms ?? Number.POSITIVE_INFINITY;
    if (CLEARLY_QUICKER * worstKept < (tried.at(-1)?.ms ?? 0)) break;
  }
  const best = tried.slice(0, count).map(({ memory }) => memory);
  // The others are outside of V8's sight, and as large as a model's block each.
  tried.length = 0;
  collectGarbage('full');
  return best;
}

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
   * Fills `into`, of whole pages in {@link alignedMemory}, from byte `offset`, a multiple of a page. Errors:
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
