import { CodriverError } from '../../domain/errors.ts';

/** Shares of one kind of data, in percent; what is missing to 100 lives on NVMe. */
export interface TierPercent {
  /** Of all GPUs together. */
  readonly gpu: number;
  readonly cpu: number;
}

/** FlexGen's six percentages: where weights, KV cache and activations live (Sheng et al. 2023). */
export interface Percentages {
  readonly weights: TierPercent;
  readonly kv: TierPercent;
  readonly activations: TierPercent;
}

const ORDER = 'W_GPU W_CPU KV_GPU KV_CPU ACT_GPU ACT_CPU';

/**
 * Reads `W_GPU W_CPU KV_GPU KV_CPU ACT_GPU ACT_CPU`, as one text such as "0 50 0 100 0 100" (blanks or commas) or
 * as six numbers. `gpus` is the number of GPUs that may be used. Errors: BAD_ARGUMENT.
 */
export function parsePercentages(input: string | readonly number[], gpus: number): Percentages {
  const words = typeof input === 'string' ? input.trim().split(/[\s,]+/) : input.map(String);
  const numbers = words.map((word) => (/^\d+(\.\d+)?$/.test(word) ? Number(word) : Number.NaN));
  if (numbers.length !== 6 || numbers.some((number) => !(number >= 0 && number <= 100))) {
    throw refused(`"${words.join(' ')}" is not six numbers from 0 to 100`);
  }
  const [wGpu, wCpu, kvGpu, kvCpu, actGpu, actCpu] = numbers as [
    number,
    number,
    number,
    number,
    number,
    number,
  ];
  const percentages = {
    weights: pair('weights', wGpu, wCpu),
    kv: pair('the KV cache', kvGpu, kvCpu),
    activations: pair('activations', actGpu, actCpu),
  };
  if (gpus === 0 && wGpu + kvGpu + actGpu > 0)
    throw refused(`"${words.join(' ')}" asks for a GPU, and there is none to use`);
  return percentages;
}

function pair(what: string, gpu: number, cpu: number): TierPercent {
  // A hair of room, so that thirds written as decimals pass.
  if (gpu + cpu > 100 + 1e-9) throw refused(`${gpu} and ${cpu} percent of ${what} are more than all of it`);
  return { gpu, cpu };
}

function refused(why: string): CodriverError {
  return new CodriverError('BAD_ARGUMENT', `--percent: ${why}.`, {
    remedy: `Give ${ORDER}, such as "0 50 0 100 0 100"; what is missing to 100 is on NVMe.`,
  });
}
