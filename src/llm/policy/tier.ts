import { CodriverError } from '../../domain/errors.ts';
import type { MachineProfile } from './machine-profile.ts';

/** A place where parts of a model live. The list is open: machines have any number of GPUs. */
export type TierName = `gpu:${number}` | 'cpu' | 'nvme';

/** One tier of a machine, and what computes with the weights that live there. */
export interface Tier {
  readonly name: TierName;
  /** Most bytes that may be used; absent where nothing bounds them. */
  readonly budgetBytes?: number;
  /** Name of the executor in the machine's profile. */
  readonly executor: string;
  /** Tier whose memory holds what the executor works on: caches, activations, buffers for streamed weights. */
  readonly worksIn: TierName;
  /** Whether weights are read from the disk in every pass. */
  readonly streamed: boolean;
}

/** What a plan may use. */
export interface Budgets {
  /** Bytes of each GPU, in the order of their numbers; absent: no GPU is used. */
  readonly gpuMemBytes?: readonly number[];
  readonly cpuMemBytes: number;
  /** Folder on the disk that streamed weights are read from. */
  readonly nvmeDir: string;
}

/**
 * The tiers of a machine, fastest first: its GPUs as far as budgets name them, memory, NVMe. Errors: BAD_ARGUMENT
 * for a budget that is no positive number, and for a GPU of which the profile knows nothing.
 */
export function tiersOf(budgets: Budgets, profile: MachineProfile): Tier[] {
  const { gpuMemBytes = [], cpuMemBytes } = budgets;
  for (const bytes of [...gpuMemBytes, cpuMemBytes]) {
    if (!(bytes > 0 && Number.isFinite(bytes)))
      throw new CodriverError('BAD_ARGUMENT', `A memory budget of ${bytes} bytes is no budget.`);
  }
  const gpus = gpuMemBytes.map((budgetBytes, i): Tier => {
    const name: TierName = `gpu:${i}`;
    return { name, budgetBytes, executor: `${name}-resident`, worksIn: name, streamed: false };
  });
  const tiers: Tier[] = [
    ...gpus,
    { name: 'cpu', budgetBytes: cpuMemBytes, executor: 'cpu-resident', worksIn: 'cpu', streamed: false },
    { name: 'nvme', executor: 'cpu-streamed', worksIn: 'cpu', streamed: true },
  ];
  for (const { name, executor } of tiers) {
    const isKnown = executor in profile.executors && (!name.startsWith('gpu:') || name in profile.links);
    if (!isKnown) {
      throw new CodriverError('BAD_ARGUMENT', `The machine's profile has no measurement of ${executor}.`, {
        remedy: name.startsWith('gpu:')
          ? 'Leave the GPU budget out, or measure with the GPU: `npx codriver models profile`.'
          : 'Measure the machine again: `npx codriver models profile`.',
        details: { tier: name, executor },
      });
    }
  }
  return tiers;
}

const UNITS = ['', 'k', 'm', 'g', 't'];

/**
 * Bytes of a size such as `900M`, `1.5G` (powers of 1000), or `2GiB` (of 1024). `flag` names the option in errors.
 * Errors: BAD_ARGUMENT.
 */
export function parseMemorySize(text: string, flag: string): number {
  const match = /^(\d+(?:\.\d+)?)\s*(?:([kmgt]?)(i?)b?)$/i.exec(text.trim());
  const power = UNITS.indexOf((match?.[2] ?? '').toLowerCase());
  const bytes = Math.round(Number(match?.[1]) * (match?.[3] ? 1024 : 1000) ** power);
  if (!(bytes > 0 && Number.isSafeInteger(bytes))) {
    throw new CodriverError('BAD_ARGUMENT', `${flag} "${text}" is no size.`, {
      remedy: 'Give bytes above 0, or a unit with them: 900M, 1.5G, 2GiB.',
    });
  }
  return bytes;
}

/** Bytes in words, in powers of 1000. */
export function sizeText(bytes: number): string {
  if (bytes < 1e6) return `${(bytes / 1e3).toFixed(1)} kB`;
  return bytes < 1e9 ? `${(bytes / 1e6).toFixed(0)} MB` : `${(bytes / 1e9).toFixed(2)} GB`;
}
