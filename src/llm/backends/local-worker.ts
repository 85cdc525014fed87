import path from 'node:path';
import { spawnWorker, threadsWithinBudget, type WorkerChannel } from '../../onnx/index.ts';
import type { Generation, GenerationRequest } from '../decoding/generator.ts';
import type { StreamStatistics } from '../executors/stream/segment-stream.ts';
import type { Percentages } from '../policy/percentages.ts';

/** What is known of a loaded model. */
export interface ModelInfo {
  readonly file: string;
  readonly name: string;
  readonly architecture: string;
  readonly contextTokens: number;
  readonly vocabularyTokens: number;
  readonly threads: number;
  /** Where the weights are; absent where all are in memory as one session. */
  readonly placement?: ModelPlacement;
}

/** Where a model's weights are while it runs. */
export interface ModelPlacement {
  /** Every segment in the order of a pass: a block or the head. */
  readonly segments: readonly {
    readonly name: string;
    readonly tier: 'cpu' | 'nvme';
    readonly bytes: number;
  }[];
  /** Memory for the segments that are read in every pass. */
  readonly ring: { readonly slots: number; readonly bytes: number };
}

/** Plain data for the worker thread. */
export interface LocalWorkerSettings {
  readonly file: string;
  readonly threads: number;
  /** Keeps the model within limits; absent: all of it is in memory. */
  readonly offload: Offload | undefined;
  /** int32 flags; flag `number % length` holding `number` tells the worker to give that request up. */
  readonly abortFlags: SharedArrayBuffer;
}

/** How much memory a model may take. */
export interface Offload {
  /** Memory of the whole process, in bytes. */
  readonly cpuMemBytes?: number;
  /** Shares in each tier instead. */
  readonly percentages?: Percentages;
  /** Most tokens of a prompt and its answer, which memory is kept for; default 2048. */
  readonly contextTokens?: number;
  /** Folder on a fast disk for the weights as they are streamed. */
  readonly nvmeDir: string;
}

/** A stage of loading and how much of it is done, 0 to 1. */
export interface LoadProgress {
  readonly stage: string;
  readonly fraction: number;
}

const ABORT_FLAGS = 64;

/** A model in a worker thread of this process. */
export class LocalWorker {
  readonly info: ModelInfo;
  readonly #channel: WorkerChannel;
  readonly #abortFlags: Int32Array;
  #next = 1;

  private constructor(info: ModelInfo, channel: WorkerChannel, abortFlags: Int32Array) {
    this.info = info;
    this.#channel = channel;
    this.#abortFlags = abortFlags;
  }

  static async open(
    file: string,
    threads: number | undefined,
    offload: Offload | undefined,
    onProgress: (progress: LoadProgress) => void,
  ): Promise<LocalWorker> {
    const abortFlags = new SharedArrayBuffer(ABORT_FLAGS * 4);
    const channel = spawnWorker({
      entry: new URL('./local-worker-entry.ts', import.meta.url),
      subject: `the model ${path.basename(file)}`,
      settings: {
        file: path.resolve(file),
        threads: threadsWithinBudget(threads),
        offload,
        abortFlags,
      } satisfies LocalWorkerSettings,
      onEvent: (event) => onProgress(event as LoadProgress),
    });
    try {
      const info = await channel.call<ModelInfo>('load');
      return new LocalWorker(info, channel, new Int32Array(abortFlags));
    } catch (error) {
      await channel.close();
      throw error;
    }
  }

  /** Queues a request; the worker answers them one at a time. */
  async generate(request: GenerationRequest, signal: AbortSignal | undefined): Promise<Generation> {
    const number = this.#next++;
    const slot = number % ABORT_FLAGS;
    const abort = (): void => {
      Atomics.store(this.#abortFlags, slot, number);
    };
    if (signal?.aborted) abort();
    signal?.addEventListener('abort', abort, { once: true });
    try {
      return await this.#channel.call<Generation>('generate', { ...request, number });
    } finally {
      signal?.removeEventListener('abort', abort);
    }
  }

  /** What was read of the weights so far; undefined where all are in memory. */
  statistics(): Promise<StreamStatistics | undefined> {
    return this.#channel.call('statistics');
  }

  close(): Promise<void> {
    return this.#channel.close();
  }
}
