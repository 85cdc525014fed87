import path from 'node:path';
import { CodriverError } from '../../domain/errors.ts';
import { spawnWorker, threadsWithinBudget, type WorkerChannel } from '../../onnx/index.ts';
import type { AdapterInfo } from '../adapters/open-adapter.ts';
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
  /** The adapter in use; absent where there is none. */
  readonly adapter?: AdapterInfo;
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
  /** The adapter to begin with. */
  readonly adapter: string | undefined;
  /** Whether adapters may be used. */
  readonly adaptable: boolean;
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

/** What a worker is opened with; `LoadOptions` in the index says what each means. */
export interface WorkerOptions {
  readonly file: string;
  readonly threads?: number;
  readonly offload?: Offload;
  readonly adapter?: string;
  readonly adaptable?: boolean;
  readonly onProgress?: (progress: LoadProgress) => void;
}

/** A stage of loading and how much of it is done, 0 to 1. */
export interface LoadProgress {
  readonly stage: string;
  readonly fraction: number;
}

const ABORT_FLAGS = 64;

/** A model in a worker thread of this process. */
export class LocalWorker {
  #info: ModelInfo;
  readonly #isAdaptable: boolean;
  readonly #channel: WorkerChannel;
  readonly #abortFlags: Int32Array;
  #next = 1;

  private constructor(info: ModelInfo, isAdaptable: boolean, channel: WorkerChannel, abortFlags: Int32Array) {
    this.#info = info;
    this.#isAdaptable = isAdaptable;
    this.#channel = channel;
    this.#abortFlags = abortFlags;
  }

  static async open({ file, threads, offload, ...options }: WorkerOptions): Promise<LocalWorker> {
    const { adapter, onProgress = () => {} } = options;
    const adaptable = options.adaptable ?? adapter !== undefined;
    if (adapter !== undefined && !adaptable)
      throw new CodriverError(
        'BAD_ARGUMENT',
        'An adapter was given for a model that is not to be adaptable.',
      );
    const abortFlags = new SharedArrayBuffer(ABORT_FLAGS * 4);
    const channel = spawnWorker({
      entry: new URL('./local-worker-entry.ts', import.meta.url),
      subject: `the model ${path.basename(file)}`,
      settings: {
        file: path.resolve(file),
        threads: threadsWithinBudget(threads),
        offload,
        adapter: adapter === undefined ? undefined : path.resolve(adapter),
        adaptable,
        abortFlags,
      } satisfies LocalWorkerSettings,
      onEvent: (event) => onProgress(event as LoadProgress),
    });
    try {
      const info = await channel.call<ModelInfo>('load');
      return new LocalWorker(info, adaptable, channel, new Int32Array(abortFlags));
    } catch (error) {
      await channel.close();
      throw error;
    }
  }

  get info(): ModelInfo {
    return this.#info;
  }

  /** Changes the adapter once the requests before are answered. */
  async useAdapter(location: string | null): Promise<AdapterInfo | null> {
    if (!this.#isAdaptable) {
      if (location === null) return null;
      throw new CodriverError('BAD_ARGUMENT', 'The model was loaded without room for adapters.', {
        remedy: 'Load it with `adaptable: true`, or with an adapter to begin with.',
      });
    }
    const used = await this.#channel.call<AdapterInfo | null>('useAdapter', {
      location: location === null ? null : path.resolve(location),
    });
    const { adapter: _, ...info } = this.#info;
    this.#info = used === null ? info : { ...info, adapter: used };
    return used;
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
