import type { ModelCosts } from './model-costs.ts';
import type { Percentages, TierPercent } from './percentages.ts';
import type { Tier, TierName } from './tier.ts';

/** A home for everything, part by part: entry i belongs to part i of the model's costs. */
export interface Placement {
  /** Where a part's weights live between passes. */
  readonly weights: readonly TierName[];
  /** Where a part's keys and values live. */
  readonly kv: readonly TierName[];
  /** Where the hidden state lives that a part leaves behind. */
  readonly activations: readonly TierName[];
}

/** Things of one size: which they are. */
interface SizeClass {
  readonly size: number;
  readonly members: readonly number[];
}

/** Groups things by a key, in the order in which keys first appear. */
export function groupBy<T>(things: readonly T[], keyOf: (thing: T) => string | number): number[][] {
  const groups = new Map<string | number, number[]>();
  for (const [i, thing] of things.entries()) {
    const key = keyOf(thing);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [i]);
    else group.push(i);
  }
  return [...groups.values()];
}

/**
 * The placement that comes nearest to percentages with whole parts: every tier is within one part of what was
 * asked. GPUs share theirs in proportion to their budgets. What streams is spread evenly over the pass, so that it
 * is read while the parts between are computed.
 */
export function placeByPercentages(
  costs: ModelCosts,
  tiers: readonly Tier[],
  percentages: Percentages,
): Placement {
  const place = (sizes: readonly number[], percent: TierPercent): TierName[] =>
    placeByShares(sizes, tiers, sharesOf(tiers, percent));
  return {
    weights: place(
      costs.parts.map(({ bytes }) => bytes),
      percentages.weights,
    ),
    kv: place(
      costs.parts.map(({ kvBytesPerToken }) => kvBytesPerToken),
      percentages.kv,
    ),
    activations: place(
      costs.parts.map(() => costs.hiddenBytes),
      percentages.activations,
    ),
  };
}

/**
 * The placement that has `counts[c][t]` members of class c in tier t; caches and activations are where the part is
 * computed.
 */
export function placeByCounts(
  classes: readonly (readonly number[])[],
  counts: readonly (readonly number[])[],
  tiers: readonly Tier[],
): Placement {
  const weights: TierName[] = [];
  for (const [c, members] of classes.entries()) assign(members, counts[c] as number[], tiers, weights);
  const worksIn = new Map(tiers.map((tier) => [tier.name, tier.worksIn]));
  const near = weights.map((name) => worksIn.get(name) as TierName);
  return { weights, kv: near, activations: near };
}

/** Bytes of things in each tier, as shares of all of them. */
export function realShares(sizes: readonly number[], homes: readonly TierName[]): Map<TierName, number> {
  const total = sizes.reduce((sum, size) => sum + size, 0);
  const shares = new Map<TierName, number>();
  for (const [i, home] of homes.entries())
    shares.set(home, (shares.get(home) ?? 0) + (sizes[i] as number) / (total || 1));
  return shares;
}

/** The share of each tier, in the order of the tiers; they add up to 1. */
export function sharesOf(tiers: readonly Tier[], { gpu, cpu }: TierPercent): number[] {
  const isGpu = ({ name }: Tier): boolean => name.startsWith('gpu:');
  const gpuBytes = tiers.filter(isGpu).reduce((sum, { budgetBytes = 0 }) => sum + budgetBytes, 0);
  return tiers.map((tier) => {
    if (isGpu(tier)) return (gpu / 100) * ((tier.budgetBytes ?? 0) / gpuBytes);
    return tier.name === 'cpu' ? cpu / 100 : Math.max(0, 1 - (gpu + cpu) / 100);
  });
}

function placeByShares(
  sizes: readonly number[],
  tiers: readonly Tier[],
  shares: readonly number[],
): TierName[] {
  const classes = groupBy(sizes, (size) => size).map((members): SizeClass => {
    return { size: sizes[members[0] as number] as number, members };
  });
  const left = classes.map(({ members }) => members.length);
  const counts = classes.map(() => tiers.map(() => 0));
  const total = sizes.reduce((sum, size) => sum + size, 0);
  let asked = 0;
  let given = 0;
  for (const [t, share] of shares.entries()) {
    // Sums of shares are met, not each share, so that errors don't add up.
    asked += share * total;
    const isLast = t === tiers.length - 1;
    const taken = isLast
      ? [...left]
      : share === 0
        ? left.map(() => 0)
        : nearestCounts(classes, left, asked - given, total);
    for (const [c, count] of taken.entries()) {
      (counts[c] as number[])[t] = count;
      left[c] = (left[c] as number) - count;
      given += count * (classes[c] as SizeClass).size;
    }
  }
  const homes: TierName[] = [];
  for (const [c, { members }] of classes.entries()) assign(members, counts[c] as number[], tiers, homes);
  return homes;
}

/** Shares that are met as well as asked. */
const NEAR = 0.005;

/** Combinations up to which all are tried. */
const MOST_COMBINATIONS = 50_000;

/**
 * How many of each class come nearest to `target` in all; among those as near as half a percent of `total`, the ones that
 * leave no large parts: buffers for what streams are as large as the largest of it.
 */
function nearestCounts(
  classes: readonly SizeClass[],
  left: readonly number[],
  target: number,
  total: number,
): readonly number[] {
  const combinations = left.reduce((product, count) => product * (count + 1), 1);
  if (combinations > MOST_COMBINATIONS) return greedyCounts(classes, left, target);
  let best: readonly number[] = [];
  let bestCost = [Number.POSITIVE_INFINITY];
  const counts = left.map(() => 0);
  for (let i = 0; i < combinations; i++) {
    let rest = i;
    let sum = 0;
    let largest = 0;
    for (const [c, most] of left.entries()) {
      const count = rest % (most + 1);
      const { size } = classes[c] as SizeClass;
      counts[c] = count;
      rest = (rest - count) / (most + 1);
      sum += count * size;
      if (count < most) largest = Math.max(largest, size);
    }
    const miss = Math.abs(sum - target);
    const cost = [Math.max(NEAR * total, miss), largest, miss];
    if (isLess(cost, bestCost)) [best, bestCost] = [[...counts], cost];
  }
  return best;
}

/** Whether the first number that differs is less. */
function isLess(a: readonly number[], b: readonly number[]): boolean {
  const at = a.findIndex((number, i) => number !== b[i]);
  return at >= 0 && (a[at] as number) < (b[at] ?? Number.POSITIVE_INFINITY);
}

function greedyCounts(classes: readonly SizeClass[], left: readonly number[], target: number): number[] {
  const counts = left.map(() => 0);
  const order = classes.map((_, c) => c).sort((a, b) => (classes[b]?.size ?? 0) - (classes[a]?.size ?? 0));
  let missing = target;
  for (const c of order) {
    const { size } = classes[c] as SizeClass;
    counts[c] = size === 0 ? 0 : Math.min(left[c] as number, Math.max(0, Math.floor(missing / size)));
    missing -= counts[c] * size;
  }
  const last = order.findLast((c) => (counts[c] as number) < (left[c] as number));
  if (last !== undefined && missing > (classes[last] as SizeClass).size / 2)
    counts[last] = (counts[last] as number) + 1;
  return counts;
}

/** Gives the members of a class their tiers: what streams evenly apart, the others in runs. */
function assign(
  members: readonly number[],
  counts: readonly number[],
  tiers: readonly Tier[],
  into: TierName[],
): void {
  let free = [...members];
  const order = tiers
    .map((_, t) => t)
    .sort((a, b) => Number(tiers[b]?.streamed) - Number(tiers[a]?.streamed));
  for (const t of order) {
    const { name, streamed } = tiers[t] as Tier;
    const count = counts[t] as number;
    const chosen = new Set(
      Array.from({ length: count }, (_, k) => (streamed ? Math.floor(((k + 0.5) * free.length) / count) : k)),
    );
    for (const [i, member] of free.entries()) if (chosen.has(i)) into[member] = name;
    free = free.filter((_, i) => !chosen.has(i));
  }
}
