import { CodriverError } from '../../domain/errors.ts';

/** How much is measured. More takes longer and scatters less. */
export interface MeasureSizes {
  /** The file that is written and read, and the time after which it is left smaller. */
  readonly fileBytes: number;
  readonly writeMs: number;
  /** Time for each size and depth of reads. */
  readonly readMs: number;
  /** Memory that is read and copied, all threads together; much more than the caches. */
  readonly memoryBytes: number;
  readonly memoryMs: number;
  /** Square matrices that are multiplied with in turn; together much more than the caches. */
  readonly matrices: number;
  readonly matrixSide: number;
  /** Runs of each kind, of which the median counts. */
  readonly gemvRuns: number;
  readonly gemmRuns: number;
}

/** Sizes for a minute. */
export const FULL: MeasureSizes = {
  fileBytes: 1 << 30,
  writeMs: 12_000,
  readMs: 2000,
  memoryBytes: 1 << 29,
  memoryMs: 2000,
  matrices: 16,
  matrixSide: 4096,
  gemvRuns: 101,
  gemmRuns: 9,
};

/** Sizes for a quarter of it. */
export const QUICK: MeasureSizes = {
  ...FULL,
  fileBytes: 1 << 28,
  writeMs: 3000,
  readMs: 400,
  memoryBytes: 1 << 28,
  memoryMs: 500,
  matrices: 8,
  gemvRuns: 31,
  gemmRuns: 3,
};

export interface MeasureOptions {
  readonly sizes: MeasureSizes;
  readonly threads: number;
  readonly signal?: AbortSignal | undefined;
}

/** Errors: ABORTED. */
export function checkAborted(signal: AbortSignal | undefined): void {
  if (signal?.aborted) throw new CodriverError('ABORTED', 'Measuring this machine was stopped.');
}
