import { serveWorker, workerSettings } from '../../../onnx/index.ts';
import { writeExactly } from '../../formats/exact-io.ts';
import { PIECE_BYTES, type PreparedSegment, STREAMED_READ } from '../../prepared/prepared-files.ts';
import { checkPiece } from '../../prepared/slot-memory.ts';
import { alignedMemories } from './aligned-memory.ts';
import { DirectFile } from './direct-file.ts';
import { StreamControl } from './stream-control.ts';

/** Plain data for the thread. */
export interface StreamWorkerSettings {
  /** In the order in which a pass needs them. */
  readonly segments: readonly { readonly prepared: PreparedSegment; readonly file: string }[];
  /** Descriptors of the slots' files. */
  readonly slots: readonly number[];
  readonly control: SharedArrayBuffer;
}

/** Pieces under way at a time, each read and then written to its slot. */
const BUFFERS = STREAMED_READ.buffers;

/** How long the thread sleeps at most before it looks whether it is to end. */
const WAIT_MS = 200;

const settings = workerSettings<StreamWorkerSettings>();
const control = new StreamControl(settings.slots.length, settings.control);

let reader: Reader | undefined;

serveWorker({
  /** Opens the files. */
  async open(): Promise<void> {
    const files = await openFiles();
    reader = new Reader(files, await alignedMemories(BUFFERS, PIECE_BYTES, files[0] as DirectFile));
  },

  /** Reads until it is stopped. */
  async stream(): Promise<void> {
    try {
      await reader?.run();
    } catch (error) {
      control.fail();
      throw error;
    }
  },
});

async function openFiles(): Promise<DirectFile[]> {
  const files: DirectFile[] = [];
  for (const { file } of settings.segments) files.push(await DirectFile.open(file));
  return files;
}

interface Use {
  /** Number of the use since the start. */
  readonly q: number;
  readonly segment: number;
  piecesLeft: number;
}

class Reader {
  readonly #files: readonly DirectFile[];
  readonly #staging: Uint8Array[];
  readonly #underWay = new Set<Promise<void>>();
  /** Segments that were read once: their bytes are what was prepared. */
  readonly #checked = new Set<number>();
  #failure: unknown;
  #busySinceMs = 0;

  constructor(files: readonly DirectFile[], staging: Uint8Array[]) {
    this.#files = files;
    this.#staging = staging;
  }

  /** Reads segment after segment, and the first again after the last, as slots become free. */
  async run(): Promise<void> {
    try {
      for (let q = 0; await this.#free(q); q++) {
        const segment = q % settings.segments.length;
        const { bytes } = this.#prepared(segment);
        const pieces = Math.ceil(bytes / PIECE_BYTES);
        const use: Use = { q, segment, piecesLeft: pieces };
        for (let piece = 0; piece < pieces; piece++) await this.#begin(use, piece);
      }
    } finally {
      await Promise.allSettled(this.#underWay);
      for (const file of this.#files) await file.close();
    }
  }

  /** Waits until the slot of use `q` is free; false when the thread is to end. */
  async #free(q: number): Promise<boolean> {
    while (!control.isFree(q) && !control.stopped) {
      // Blocking the thread would hold up what is under way.
      if (this.#underWay.size > 0) await Promise.race(this.#underWay);
      else control.isFree(q, WAIT_MS);
      if (this.#failure !== undefined) throw this.#failure;
    }
    return !control.stopped;
  }

  async #begin(use: Use, piece: number): Promise<void> {
    while (this.#underWay.size >= BUFFERS) await Promise.race(this.#underWay);
    if (this.#failure !== undefined) throw this.#failure;
    if (this.#underWay.size === 0) this.#busySinceMs = performance.now();
    const memory = this.#staging.pop() as Uint8Array;
    const moving = this.#move(use, piece, memory)
      .catch((error: unknown) => {
        this.#failure ??= error;
      })
      .finally(() => {
        this.#staging.push(memory);
        this.#underWay.delete(moving);
        const nowMs = performance.now();
        control.readMs += nowMs - this.#busySinceMs;
        this.#busySinceMs = nowMs;
      });
    this.#underWay.add(moving);
  }

  async #move(use: Use, piece: number, memory: Uint8Array): Promise<void> {
    const { segment, q } = use;
    const prepared = this.#prepared(segment);
    const offset = piece * PIECE_BYTES;
    const bytes = memory.subarray(0, Math.min(PIECE_BYTES, prepared.bytes - offset));
    await (this.#files[segment] as DirectFile).read(bytes, offset);
    if (!this.#checked.has(segment))
      checkPiece(prepared, piece, bytes, settings.segments[segment]?.file as string);
    await writeExactly(settings.slots[q % settings.slots.length] as number, offset, bytes);
    control.readBytes += bytes.length;
    if (--use.piecesLeft > 0) return;
    this.#checked.add(segment);
    control.markFilled(q);
  }

  #prepared(segment: number): PreparedSegment {
    return (settings.segments[segment] as { prepared: PreparedSegment }).prepared;
  }
}
