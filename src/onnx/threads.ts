import { readlinkSync } from 'node:fs';
import { availableParallelism, setPriority } from 'node:os';
import { CodriverError } from '../domain/errors.ts';

let budget = Math.max(1, Math.min(2, availableParallelism()));

/**
 * Sets how many threads one ONNX session may compute with, for every session opened afterwards.
 * Default: 2, or 1 on a machine with one core. Sensible range: 1 to the number of physical cores.
 */
export function setThreadBudget(threads: number): void {
  budget = checkedThreads(threads);
}

/**
 * Threads for a session that would like `wanted` (default: the whole budget). Sessions do not spin, so
 * an idle one costs nothing and the budget bounds each session, not their sum.
 */
export function threadsWithinBudget(wanted: number = budget): number {
  return Math.min(checkedThreads(wanted), budget);
}

/** How much a computing thread gives way: a third of the share of a thread at 0, which wakes before it. */
const COMPUTE_NICENESS = 5;

/**
 * Lets the calling thread, and every thread it starts from now on, give way to the rest of the process:
 * a reflex must not wait for the model's share of the processor. Linux keeps a nice value for each thread
 * (sched(7)); elsewhere nothing changes.
 */
export function giveWay(): void {
  if (process.platform !== 'linux') return;
  try {
    // "PID/task/TID" of the thread that asks.
    const tid = Number(readlinkSync('/proc/thread-self').split('/').at(-1));
    setPriority(tid, COMPUTE_NICENESS);
  } catch {
    // Without /proc, or where it is forbidden, it computes at the usual priority.
  }
}

function checkedThreads(threads: number): number {
  if (Number.isInteger(threads) && threads >= 1 && threads <= 256) return threads;
  throw new CodriverError(
    'BAD_ARGUMENT',
    `A thread count must be a whole number from 1 to 256, not ${threads}.`,
  );
}
