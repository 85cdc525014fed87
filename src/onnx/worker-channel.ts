import { Worker } from 'node:worker_threads';
import { CodriverError } from '../domain/errors.ts';
import type { WorkerErrorData, WorkerReply, WorkerRequest } from './worker-host.ts';

/** How a worker thread is started. */
export interface SpawnOptions {
  /** The worker's TypeScript module, e.g. `new URL('./entry.ts', import.meta.url)`. */
  readonly entry: URL;
  /** What the worker is for, as error messages should name it ("the model smollm2.gguf"). */
  readonly subject: string;
  /** Plain data for `workerSettings()`. */
  readonly settings?: unknown;
  /** Called for every event the worker emits. */
  readonly onEvent?: (event: unknown) => void;
}

/** A worker thread that answers calls. */
export interface WorkerChannel {
  /** Calls a method; rejects with a CodriverError, at once when the worker is dead (MODEL_FAILED). */
  call<T>(method: string, params?: unknown): Promise<T>;
  /** Lets the calls under way finish, then ends the thread. Safe to call twice. */
  close(): Promise<void>;
  /** Ends the thread at once; calls under way reject. */
  terminate(): Promise<void>;
}

interface Pending {
  readonly resolve: (value: never) => void;
  readonly reject: (error: CodriverError) => void;
}

/**
 * Starts a TypeScript worker thread; no build step is needed, wherever the process was started from.
 * An idle worker does not keep the process alive.
 */
export function spawnWorker(options: SpawnOptions): WorkerChannel {
  const worker = new Worker(new URL('./worker-bootstrap.mjs', import.meta.url), {
    workerData: { entry: options.entry.href, settings: options.settings },
    execArgv: [],
    // Workers here hold large buffers and few objects: a small nursery saves tens of megabytes.
    resourceLimits: { maxYoungGenerationSizeMb: 4 },
  });
  const pending = new Map<number, Pending>();
  const exited = new Promise<void>((resolve) => worker.once('exit', () => resolve()));
  let nextId = 1;
  let dead: CodriverError | undefined;
  let closing: Promise<void> | undefined;

  worker.on('message', (reply: WorkerReply) => {
    if ('event' in reply) {
      options.onEvent?.(reply.event);
      return;
    }
    const call = pending.get(reply.id);
    pending.delete(reply.id);
    if (pending.size === 0) worker.unref();
    if (call === undefined) return;
    if ('error' in reply) call.reject(revived(reply.error));
    else call.resolve(reply.result as never);
  });
  worker.on('error', (cause) => die(`The worker of ${options.subject} failed: ${messageOf(cause)}.`, cause));
  worker.on('exit', (code) => die(`The worker of ${options.subject} ended (exit code ${code}).`));
  worker.unref();

  function die(sentence: string, cause?: unknown): void {
    dead ??= new CodriverError('MODEL_FAILED', sentence, {
      remedy: 'Load the model again; if it happens again, run `npx codriver doctor`.',
      ...(cause === undefined ? {} : { cause }),
    });
    for (const call of pending.values()) call.reject(dead);
    pending.clear();
  }

  function call<T>(method: string, params?: unknown): Promise<T> {
    if (dead !== undefined) return Promise.reject(dead);
    return new Promise<T>((resolve, reject) => {
      const id = nextId++;
      pending.set(id, { resolve, reject });
      worker.ref();
      try {
        worker.postMessage({ id, method, params } satisfies WorkerRequest);
      } catch (error) {
        pending.delete(id);
        if (pending.size === 0) worker.unref();
        reject(CodriverError.from(error));
      }
    });
  }

  async function finish(): Promise<void> {
    if (dead !== undefined) return;
    const answered = call('close');
    dead = new CodriverError('MODEL_FAILED', `The worker of ${options.subject} is closed.`, {
      remedy: 'Open it again before using it.',
    });
    await answered.catch(() => {});
    worker.ref();
    await exited;
  }

  return {
    call,
    close: () => {
      closing ??= finish();
      return closing;
    },
    terminate: async () => {
      await worker.terminate();
    },
  };
}

function revived(data: WorkerErrorData): CodriverError {
  const error = new CodriverError(data.code, data.message, {
    details: data.details,
    ...(data.remedy === undefined ? {} : { remedy: data.remedy }),
  });
  if (data.stack !== undefined) error.stack = data.stack;
  return error;
}

function messageOf(cause: unknown): string {
  return cause instanceof Error ? cause.message : String(cause);
}
