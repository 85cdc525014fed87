import { availableParallelism } from 'node:os';
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

function checkedThreads(threads: number): number {
  if (Number.isInteger(threads) && threads >= 1 && threads <= 256) return threads;
  throw new CodriverError(
    'BAD_ARGUMENT',
    `A thread count must be a whole number from 1 to 256, not ${threads}.`,
  );
}
