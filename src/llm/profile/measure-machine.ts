import { cpus, freemem, totalmem } from 'node:os';
import path from 'node:path';
import { env } from 'onnxruntime-node';
import { CodriverError } from '../../domain/errors.ts';
import { spawnWorker, type WorkerChannel } from '../../onnx/index.ts';
import type { ExecutorProfile, MachineProfile } from '../policy/machine-profile.ts';
import { measureDisk } from './measure-disk.ts';
import { checkAborted, type MeasureOptions } from './measure-options.ts';

/** Where a measurement is: its stage and the part that is done, 0 to 1, of everything. */
export type OnMeasured = (fraction: number, stage: string) => void;

/** Share of the whole that each stage takes, about. */
const STAGES = { disk: 0.75, memory: 0.1, kernels: 0.15 };

/** Share of the free memory that a measurement may take. */
const MEMORY_SHARE = 0.25;

/** Runs of the tiny session; each takes some tens of microseconds. */
const OVERHEAD_RUNS = 501;

/**
 * Measures this machine: the disk of `directory`, memory, and the kernels that models run on. What computes does so
 * in threads of its own. Errors: NOT_FOUND, BAD_ARGUMENT, DISK_FULL (of `directory`), ABORTED, MODEL_FAILED.
 */
export async function measureMachine(
  directory: string,
  options: MeasureOptions,
  onProgress: OnMeasured = () => {},
): Promise<MachineProfile> {
  const { threads } = options;
  if (!Number.isInteger(threads) || threads < 1 || threads > 256)
    throw new CodriverError(
      'BAD_ARGUMENT',
      `A thread count must be a whole number from 1 to 256, not ${threads}.`,
    );
  const disk = await measureDisk(path.resolve(directory), options, (fraction) =>
    onProgress(STAGES.disk * fraction, 'disk'),
  );
  onProgress(STAGES.disk, 'memory');
  const memory = await measureMemory(options);
  onProgress(STAGES.disk + STAGES.memory, 'kernels');
  const executors = cpuExecutors(await measureKernels(options));
  onProgress(1, '');
  return {
    version: 2,
    measuredAt: new Date().toISOString(),
    cpu: cpus()[0]?.model.trim() ?? 'unknown',
    threads,
    memoryBytes: totalmem(),
    onnxruntime: env.versions.node ?? env.versions.common,
    disk,
    memory,
    executors,
    links: {},
  };
}

/** All threads at once, each over memory of its own, as a session's threads share a matrix. */
async function measureMemory({ sizes, threads, signal }: MeasureOptions): Promise<MachineProfile['memory']> {
  const total = Math.min(sizes.memoryBytes, freemem() * MEMORY_SHARE);
  const bytes = 2 * Math.max(1, Math.floor(total / threads / 2));
  const channels = Array.from({ length: threads }, () => openWorker('memory'));
  const all = async <T>(method: string, params: unknown): Promise<T[]> => {
    checkAborted(signal);
    return Promise.all(channels.map((channel) => channel.call<T>(method, params)));
  };
  const sum = (rates: readonly number[]): number => rates.reduce((total, rate) => total + rate, 0);
  try {
    await all('takeMemory', { bytes });
    const durationMs = sizes.memoryMs;
    return {
      readBytesPerS: sum(await all<number>('readMemory', { durationMs })),
      copyBytesPerS: sum(await all<number>('copyMemory', { durationMs })),
    };
  } finally {
    await Promise.all(channels.map((channel) => channel.close()));
  }
}

async function measureKernels({ sizes, threads, signal }: MeasureOptions): Promise<ExecutorProfile> {
  const { matrices, matrixSide: side, gemvRuns, gemmRuns } = sizes;
  const channel = openWorker('kernels');
  const next = <T>(method: string, params: unknown): Promise<T> => {
    checkAborted(signal);
    return channel.call<T>(method, params);
  };
  try {
    await next('openKernels', { matrices, side, threads });
    return {
      gemvBytesPerS: await next('gemv', { runs: gemvRuns }),
      gemmFlopsPerS: await next('gemm', { runs: gemmRuns }),
      segmentOverheadS: await next('overhead', { runs: OVERHEAD_RUNS }),
    };
  } finally {
    await channel.close();
  }
}

/** Resident and streamed weights go through the same kernels, in the same layout. */
function cpuExecutors(kernels: ExecutorProfile): MachineProfile['executors'] {
  return { 'cpu-resident': kernels, 'cpu-streamed': kernels };
}

function openWorker(what: string): WorkerChannel {
  return spawnWorker({
    entry: new URL('./measure-worker-entry.ts', import.meta.url),
    subject: `the measurement of ${what}`,
  });
}
