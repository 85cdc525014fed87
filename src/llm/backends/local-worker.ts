import path from 'node:path';
import { spawnWorker, threadsWithinBudget, type WorkerChannel } from '../../onnx/index.ts';
import type { Generation, GenerationRequest } from '../decoding/generator.ts';

/** What is known of a loaded model. */
export interface ModelInfo {
  readonly file: string;
  readonly name: string;
  readonly architecture: string;
  readonly contextTokens: number;
  readonly vocabularyTokens: number;
  readonly threads: number;
}

/** Plain data for the worker thread. */
export interface LocalWorkerSettings {
  readonly file: string;
  readonly threads: number;
  /** int32 flags; flag `number % length` holding `number` tells the worker to give that request up. */
  readonly abortFlags: SharedArrayBuffer;
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
    onProgress: (progress: LoadProgress) => void,
  ): Promise<LocalWorker> {
    const abortFlags = new SharedArrayBuffer(ABORT_FLAGS * 4);
    const channel = spawnWorker({
      entry: new URL('./local-worker-entry.ts', import.meta.url),
      subject: `the model ${path.basename(file)}`,
      settings: {
        file: path.resolve(file),
        threads: threadsWithinBudget(threads),
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

  close(): Promise<void> {
    return this.#channel.close();
  }
}
