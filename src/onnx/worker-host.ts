import { parentPort, workerData } from 'node:worker_threads';
import { CodriverError, type ErrorCode } from '../domain/errors.ts';

/** A request on its way to a worker. */
export interface WorkerRequest {
  readonly id: number;
  readonly method: string;
  readonly params: unknown;
}

/** What comes back: a result, an error as plain data, or an event that belongs to no request. */
export type WorkerReply =
  | { readonly id: number; readonly result: unknown }
  | { readonly id: number; readonly error: WorkerErrorData }
  | { readonly event: unknown };

/** A CodriverError as it crosses threads. */
export interface WorkerErrorData {
  readonly code: ErrorCode;
  readonly message: string;
  readonly remedy: string | undefined;
  readonly details: Readonly<Record<string, unknown>>;
  readonly stack: string | undefined;
}

/** A handler's result together with the buffers that move instead of being copied. */
export class Transferred {
  readonly value: unknown;
  readonly buffers: readonly ArrayBuffer[];

  constructor(value: unknown, buffers: readonly ArrayBuffer[]) {
    this.value = value;
    this.buffers = buffers;
  }
}

/** One method of a worker. */
export type WorkerHandler = (params: never) => unknown;

/** The `settings` the parent passed to {@link spawnWorker}. */
export function workerSettings<T>(): T {
  return (workerData as { settings: T }).settings;
}

/** Sends an event to the parent (its `onEvent`). */
export function emitWorkerEvent(event: unknown): void {
  parentPort?.postMessage({ event } satisfies WorkerReply);
}

/**
 * Serves the parent's calls one after another, in the order they arrive. The method `close` is
 * answered after its handler (if any) and ends the thread.
 */
export function serveWorker(handlers: Readonly<Record<string, WorkerHandler>>): void {
  const port = parentPort;
  if (port === null) throw new CodriverError('INTERNAL', 'serveWorker was called outside a worker thread.');
  let tail: Promise<void> = Promise.resolve();
  port.on('message', (request: WorkerRequest) => {
    tail = tail.then(() => answer(request));
  });

  async function answer(request: WorkerRequest): Promise<void> {
    try {
      const handler = handlers[request.method];
      if (handler === undefined && request.method !== 'close') {
        throw new CodriverError('INTERNAL', `The worker has no method "${request.method}".`);
      }
      const result = await handler?.(request.params as never);
      if (result instanceof Transferred) {
        port?.postMessage({ id: request.id, result: result.value } satisfies WorkerReply, [
          ...result.buffers,
        ]);
      } else {
        port?.postMessage({ id: request.id, result } satisfies WorkerReply);
      }
    } catch (thrown) {
      port?.postMessage({ id: request.id, error: errorData(thrown) } satisfies WorkerReply);
    }
    if (request.method === 'close') port?.close();
  }
}

function errorData(thrown: unknown): WorkerErrorData {
  const error = CodriverError.from(thrown, 'MODEL_FAILED');
  return {
    code: error.code,
    message: error.message,
    remedy: error.remedy,
    details: error.details,
    stack: thrown instanceof Error ? thrown.stack : undefined,
  };
}
