import { CodriverError } from '../../../domain/errors.ts';
import { spawnWorker, type WorkerChannel } from '../../../onnx/index.ts';
import type { PreparedFiles, PreparedSegment } from '../../prepared/prepared-files.ts';
import type { SlotMemory } from '../../prepared/slot-memory.ts';
import { StreamControl } from './stream-control.ts';
import type { StreamWorkerSettings } from './stream-worker-entry.ts';

/** What was read so far. */
export interface StreamStatistics {
  readonly readBytes: number;
  /** Time in which something was being read. */
  readonly readMs: number;
  /** Time that passes had to wait for weights. */
  readonly waitedMs: number;
}

/** How long the computing thread sleeps at most before it looks whether reading failed. */
const WAIT_MS = 100;

/**
 * Reads segments from the disk into a ring of slots, in the order of a pass and round again, ahead of whoever computes:
 * while one segment is computed, those after it come. A thread of its own does it, since computing blocks its thread.
 */
export class SegmentStream {
  readonly #slots: readonly SlotMemory[];
  readonly #segments: readonly PreparedSegment[];
  readonly #control: StreamControl;
  readonly #channel: WorkerChannel;
  readonly #reading: Promise<unknown>;
  #next = 0;
  #waitedMs = 0;

  private constructor(
    segments: readonly PreparedSegment[],
    slots: readonly SlotMemory[],
    control: StreamControl,
    channel: WorkerChannel,
  ) {
    this.#segments = segments;
    this.#slots = slots;
    this.#control = control;
    this.#channel = channel;
    this.#reading = channel.call('stream');
    // Whoever waits for a segment is told; until then nobody has to be.
    this.#reading.catch(() => control.fail());
  }

  /**
   * Begins to read. Errors: MODEL_MISSING, MODEL_CORRUPT, MODEL_FAILED where the files can't be read at all.
   *
   * @param segments in the order of a pass
   * @param slots each opened for all kinds among the segments
   */
  static async open(
    segments: readonly PreparedSegment[],
    slots: readonly SlotMemory[],
    files: PreparedFiles,
  ): Promise<SegmentStream> {
    const control = new StreamControl(slots.length);
    const channel = spawnWorker({
      entry: new URL('./stream-worker-entry.ts', import.meta.url),
      subject: `the weights in ${files.folder}`,
      settings: {
        segments: segments.map((prepared) => ({ prepared, file: files.segment(prepared.name).data })),
        slots: slots.map(({ file }) => file),
        control: control.buffer,
      } satisfies StreamWorkerSettings,
    });
    try {
      await channel.call('open');
    } catch (error) {
      await channel.close();
      throw error;
    }
    return new SegmentStream(segments, slots, control, channel);
  }

  /**
   * The slot that holds segment `index`, waiting for it and blocking the thread meanwhile. Segments must be asked for
   * in order; those that were passed over are let go. {@link release} it after use. Errors: MODEL_CORRUPT,
   * MODEL_FAILED where reading has failed.
   */
  async acquire(index: number): Promise<SlotMemory> {
    while (this.#next % this.#segments.length !== index) {
      await this.#arrived();
      this.release();
    }
    await this.#arrived();
    return this.#slots[this.#next % this.#slots.length] as SlotMemory;
  }

  /** The segment acquired last is computed; its slot may be filled again. */
  release(): void {
    this.#control.release(this.#next);
    this.#next += 1;
  }

  get statistics(): StreamStatistics {
    const { readBytes, readMs } = this.#control;
    return { readBytes, readMs, waitedMs: this.#waitedMs };
  }

  async close(): Promise<void> {
    this.#control.stop();
    await this.#reading.catch(() => undefined);
    await this.#channel.close();
  }

  async #arrived(): Promise<void> {
    if (this.#control.isFilled(this.#next)) return;
    const startedMs = performance.now();
    while (!this.#control.isFilled(this.#next, WAIT_MS)) {
      if (!this.#control.failed) continue;
      await this.#reading;
      throw new CodriverError('MODEL_FAILED', 'Reading weights has ended.');
    }
    this.#waitedMs += performance.now() - startedMs;
  }
}
