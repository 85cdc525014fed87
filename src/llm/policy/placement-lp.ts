import highsLoader from 'highs';
import { CodriverError } from '../../domain/errors.ts';
import {
  busSeconds,
  type CostSetting,
  copySeconds,
  growthBytes,
  kvBytes,
  partSeconds,
  promptChunks,
  readSeconds,
  sessionBytes,
  workingBytes,
} from './cost-model.ts';
import type { PartCost } from './model-costs.ts';
import type { Tier, TierName } from './tier.ts';

/** The answer of the linear program. */
export interface LpAnswer {
  /** How many members of class c live in tier t, fractions included. */
  readonly counts: readonly (readonly number[])[];
  /** Seconds of the request, as the program counts them. */
  readonly seconds: number;
  /** Seconds of the request that a further byte of a tier would save; only of tiers that are full. */
  readonly secondsPerByte: ReadonlyMap<TierName, number>;
}

/** Bytes are given to the solver in megabytes and seconds in milliseconds: it drops coefficients below 1e-9. */
const UNIT = 1e6;
const MS = 1e3;

/**
 * Shares of the parts per tier that make a request shortest: newTokens passes over one token, and one over all
 * chunks of the prompt, each as long as the longest of reading, computing and the memory bus. `classes` are the members of
 * equal parts; parts larger than `slotBytes` don't stream. Undefined where budgets are too small.
 */
export async function solvePlacement(
  setting: CostSetting,
  classes: readonly (readonly number[])[],
  slotBytes: number,
  slots: number,
): Promise<LpAnswer | undefined> {
  const { costs, tiers, workload } = setting;
  const parts = classes.map((members) => costs.parts[members[0] as number] as PartCost);
  const caps = tiers.map((tier) => capacity(setting, tier, slotBytes * slots));
  const usable = tiers.map((tier, t) => tier.budgetBytes === undefined || (caps[t] as number) > 0);
  if (!usable[tiers.findIndex(({ name }) => name === 'cpu')]) return undefined;
  const variable = (c: number, t: number): string => `x_${c}_${t}`;
  const sum = (
    coefficient: (part: PartCost, tier: Tier) => number,
    which: (tier: Tier) => boolean = () => true,
  ): string =>
    parts
      .flatMap((part, c) =>
        tiers.flatMap((tier, t) =>
          usable[t] && which(tier) ? [`${signed(coefficient(part, tier))} ${variable(c, t)}`] : [],
        ),
      )
      .join(' ');
  const rows: string[] = [];
  const passes = [
    { name: 'one', tokens: 1, chunks: 1, seen: workload.promptTokens + workload.newTokens / 2 },
    { name: 'many', ...promptChunks(workload), seen: workload.promptTokens / 2 },
  ];
  const { profile } = setting;
  for (const { name, tokens, chunks, seen } of passes) {
    // A model that is whole in one tier has less of this; exact predictions know.
    const runSeconds = (part: PartCost, tier: Tier): number =>
      partSeconds(part, tier, profile, tokens, seen) +
      (profile.executors[tier.executor]?.segmentOverheadS ?? 0);
    const compute = sum((part, tier) => {
      const runs = part.lastTokenOnly ? 1 : chunks;
      return -MS * (runs * runSeconds(part, tier) + copySeconds(part, tier, profile));
    });
    rows.push(`compute_${name}: ${name} ${compute} >= 0`);
    const read = sum(
      ({ bytes }) => -MS * readSeconds(bytes, profile),
      ({ streamed }) => streamed,
    );
    rows.push(`read_${name}: ${name} ${read} >= 0`);
    const bus = sum((part, tier) => -MS * busSeconds(part, tier, profile));
    rows.push(`bus_${name}: ${name} ${bus} >= 0`);
  }
  const memoryTiers = tiers.filter(({ budgetBytes }, t) => budgetBytes !== undefined && usable[t]);
  for (const { name } of memoryTiers) {
    const used = sum(
      (part, tier) => ((tier.name === name ? part.bytes : 0) + kvBytes(part, workload)) / UNIT,
      ({ worksIn }) => worksIn === name,
    );
    const cap = caps[tiers.findIndex((tier) => tier.name === name)] as number;
    rows.push(`${memoryRow(name)}: ${used} <= ${cap / UNIT}`);
  }
  for (const [c, members] of classes.entries()) {
    const all = tiers.flatMap((_, t) => (usable[t] ? [variable(c, t)] : [])).join(' + ');
    rows.push(`count_${c}: ${all} = ${members.length}`);
  }
  const tooLarge = parts.flatMap(({ bytes }, c) =>
    tiers.flatMap(({ streamed }, t) =>
      streamed && bytes > slotBytes ? [`  0 <= ${variable(c, t)} <= 0`] : [],
    ),
  );
  const objective = `${workload.newTokens} one + many`;
  const solution = (await solver()).solve(
    [
      'Minimize',
      ` request: ${objective}`,
      'Subject To',
      ...rows.map((row) => ` ${row}`),
      'Bounds',
      ...tooLarge,
      'End',
    ].join('\n'),
  );
  if (solution.Status === 'Infeasible') return undefined;
  if (solution.Status !== 'Optimal') {
    throw new CodriverError('INTERNAL', `The solver gave up on the placement: ${solution.Status}.`);
  }
  const { Columns: columns, Rows: solved } = solution;
  const secondsPerByte = new Map<TierName, number>();
  for (const { name } of memoryTiers) {
    const row = solved[rows.findIndex((line) => line.startsWith(`${memoryRow(name)}:`))];
    const dual = row !== undefined && 'Dual' in row ? row.Dual : 0;
    if (dual < -1e-9) secondsPerByte.set(name, -dual / UNIT / MS);
  }
  return {
    counts: classes.map((_, c) =>
      tiers.map((_, t) => {
        const column = columns[variable(c, t)];
        return column !== undefined && 'Primal' in column ? column.Primal : 0;
      }),
    ),
    seconds: solution.ObjectiveValue / MS,
    secondsPerByte,
  };
}

/** Bytes of a tier that are left for weights and caches. */
function capacity(setting: CostSetting, tier: Tier, ringBytes: number): number {
  const { costs, workload, processBytes } = setting;
  if (tier.budgetBytes === undefined) return Number.POSITIVE_INFINITY;
  const working = workingBytes(costs, workload) + growthBytes(costs, workload);
  const own = tier.name === 'cpu' ? processBytes + ringBytes : 0;
  return tier.budgetBytes - working - sessionBytes(costs) - own;
}

/** A number as the solver's format has it: the sign apart. */
function signed(value: number): string {
  return `${value < 0 ? '-' : '+'} ${Math.abs(value)}`;
}

function memoryRow(name: TierName): string {
  return `memory_${name.replace(':', '_')}`;
}

/** The package's types say CommonJS, where the function would be one level down; its ES module is what is loaded. */
const load = highsLoader as unknown as typeof highsLoader.default;
let loaded: ReturnType<typeof load> | undefined;

function solver(): ReturnType<typeof load> {
  loaded ??= load();
  return loaded;
}
