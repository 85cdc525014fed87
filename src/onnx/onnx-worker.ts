import { existsSync } from 'node:fs';
import path from 'node:path';
import { CodriverError } from '../domain/errors.ts';
import type { OnnxTensors, OnnxValueInfo } from './tensor.ts';
import { threadsWithinBudget } from './threads.ts';
import { spawnWorker } from './worker-channel.ts';

/** What {@link openOnnxWorker} needs. */
export interface OnnxWorkerOptions {
  /** Path of the .onnx file. */
  readonly file: string;
  /** Threads for one run; default 1, at most the thread budget. */
  readonly threads?: number;
}

/** A session in a thread of its own; runs wait for each other in the order they were asked for. */
export interface OnnxWorker {
  readonly inputs: readonly OnnxValueInfo[];
  readonly outputs: readonly OnnxValueInfo[];
  /** The model's own metadata (`metadata_props`), e.g. an OCR model's character list. */
  readonly metadata: Readonly<Record<string, string>>;
  /**
   * Runs the model. Feeds are copied to the thread; outputs are moved back. Only `fetches` are
   * computed and returned when given (default: all outputs).
   */
  run(feeds: OnnxTensors, fetches?: readonly string[]): Promise<OnnxTensors>;
  /** Ends the thread after the runs under way. */
  close(): Promise<void>;
}

/** What the worker thread says once the session stands. */
export type OnnxWorkerInfo = Pick<OnnxWorker, 'inputs' | 'outputs' | 'metadata'>;

/**
 * Opens an .onnx file in a worker thread, so that neither loading nor running blocks the caller.
 * Errors: MODEL_MISSING when the file is not there, MODEL_CORRUPT when it can't be loaded,
 * MODEL_FAILED when a run fails or the thread died.
 */
export async function openOnnxWorker(options: OnnxWorkerOptions): Promise<OnnxWorker> {
  const file = path.resolve(options.file);
  if (!existsSync(file)) {
    throw new CodriverError('MODEL_MISSING', `There is no ONNX model at ${file}.`, {
      remedy: 'Check the path, or pull the model: `npx codriver models list` shows the names.',
      details: { file },
    });
  }
  const channel = spawnWorker({
    entry: new URL('./onnx-worker-entry.ts', import.meta.url),
    subject: `the ONNX model ${path.basename(file)}`,
  });
  try {
    const info = await channel.call<OnnxWorkerInfo>('open', {
      file,
      threads: threadsWithinBudget(options.threads ?? 1),
    });
    return {
      ...info,
      run: (feeds, fetches) => channel.call<OnnxTensors>('run', { feeds, fetches }),
      close: () => channel.close(),
    };
  } catch (error) {
    await channel.close();
    throw error;
  }
}
