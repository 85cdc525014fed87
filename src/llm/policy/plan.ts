import { CodriverError } from '../../domain/errors.ts';
import { STREAMED_READ } from '../prepared/prepared-files.ts';
import { type CostSetting, type Prediction, predict } from './cost-model.ts';
import type { PartCost } from './model-costs.ts';
import type { Percentages } from './percentages.ts';
import { groupBy, type Placement, placeByCounts, placeByPercentages, realShares } from './placement.ts';
import { type LpAnswer, solvePlacement } from './placement-lp.ts';
import { reasonsOf } from './reasons.ts';
import { sizeText, type TierName } from './tier.ts';

/** A policy and what is expected of it. */
export interface Plan {
  readonly placement: Placement;
  /** How streamed weights are read: buffers of the ring, bytes of a read, reads under way at a time. */
  readonly reading: {
    readonly slots: number;
    readonly slotBytes: number;
    readonly readBytes: number;
    readonly depth: number;
  };
  /** Real shares of the weights, the caches and the activations in each tier. */
  readonly shares: Readonly<Record<keyof Placement, ReadonlyMap<TierName, number>>>;
  readonly prediction: Prediction;
  /** Seconds of the request that a further byte of a full tier would save. */
  readonly secondsPerByte: ReadonlyMap<TierName, number>;
  /** Why the policy is what it is, in sentences. */
  readonly reasons: readonly string[];
}

/** Numbers of buffers that are tried: one is computed with while the others are filled. */
const RING_SLOTS = [2, 3, 4];

/** Sizes of buffers that are tried at most; models have one or two sizes of blocks, and a head. */
const MOST_SLOT_SIZES = 6;

/** Most steps of the search after the linear program; each moves a part or two. */
const MOST_MOVES = 400;

/** Counts of the members of each class in each tier, and what they cost. */
interface Candidate {
  readonly counts: readonly (readonly number[])[];
  readonly slots: number;
  readonly placement: Placement;
  readonly prediction: Prediction;
}

/**
 * The policy of given percentages. Weights in `placement` are within one part of what was asked. Errors:
 * BAD_ARGUMENT where it needs more memory than the budgets allow, saying how much.
 */
export function planPercentages(setting: CostSetting, percentages: Percentages): Plan {
  const placement = placeByPercentages(setting.costs, setting.tiers, percentages);
  const predictions = RING_SLOTS.map((slots) => predict(setting, placement, slots));
  const fitting = predictions.filter(({ excessBytes }) => excessBytes === 0);
  const best = fitting.reduce<Prediction | undefined>(
    (found, one) => (found === undefined || one.requestS < found.requestS - 1e-12 ? one : found),
    undefined,
  );
  if (best === undefined) throw tooSmall(setting, predictions[0] as Prediction, 'These percentages need', '');
  return planOf(setting, placement, best, undefined);
}

/**
 * The best policy: a linear program over shares of equal parts, rounded to whole parts and improved with exact
 * predictions. Caches and activations stay where they are computed with, since every byte of a cache would be read
 * in every pass just as weights are, and written besides. Errors: BAD_ARGUMENT where the budgets are too small,
 * saying the smallest that work.
 */
export async function planBest(setting: CostSetting): Promise<Plan> {
  const { costs } = setting;
  const classes = groupBy(costs.parts, ({ bytes, parameters, kvBytesPerToken, lastTokenOnly, window }) =>
    [bytes, parameters, kvBytesPerToken, lastTokenOnly, window].join(' '),
  );
  let best: Candidate | undefined;
  let answer: LpAnswer | undefined;
  let smallest: Prediction | undefined;
  const consider = (
    counts: readonly (readonly number[])[],
    slots: number,
    lp: LpAnswer | undefined,
  ): void => {
    const start = candidateOf(setting, classes, counts, slots);
    const found = improve(setting, classes, start);
    if (best === undefined || isBetter(found.prediction, best.prediction)) [best, answer] = [found, lp];
  };
  for (const slotBytes of slotSizes(costs.parts)) {
    for (const slots of slotBytes === 0 ? RING_SLOTS.slice(0, 1) : RING_SLOTS) {
      const lp = await solvePlacement(setting, classes, slotBytes, slots);
      if (lp !== undefined) consider(rounded(setting, classes, lp, slotBytes), slots, lp);
      if (slots !== RING_SLOTS[0]) continue;
      // The least memory with this size of buffers: what fits in one streams.
      const frugal = countsBy(setting, classes, (part) => part.bytes <= slotBytes);
      const { prediction } = candidateOf(setting, classes, frugal, slots);
      if (smallest === undefined || cpuBytes(prediction) < cpuBytes(smallest)) smallest = prediction;
      if (prediction.excessBytes === 0 && best?.prediction.excessBytes !== 0) consider(frugal, slots, lp);
    }
  }
  if (best === undefined || best.prediction.excessBytes > 0)
    throw tooSmall(setting, smallest as Prediction, 'This model needs', withoutGpus(setting));
  return planOf(setting, best.placement, best.prediction, answer);
}

function planOf(
  setting: CostSetting,
  placement: Placement,
  prediction: Prediction,
  lp: LpAnswer | undefined,
): Plan {
  const { parts, hiddenBytes } = setting.costs;
  const secondsPerByte = lp?.secondsPerByte ?? new Map<TierName, number>();
  const shares = {
    weights: realShares(
      parts.map(({ bytes }) => bytes),
      placement.weights,
    ),
    kv: realShares(
      parts.map(({ kvBytesPerToken }) => kvBytesPerToken),
      placement.kv,
    ),
    activations: realShares(
      parts.map(() => hiddenBytes),
      placement.activations,
    ),
  };
  const reading = { ...prediction.ring, readBytes: STREAMED_READ.blockBytes, depth: STREAMED_READ.depth };
  const reasons = reasonsOf(setting, placement, prediction, secondsPerByte);
  return { placement, reading, shares, prediction, secondsPerByte, reasons };
}

/** Sizes that the buffers may have: of each size of part the largest that streams, or 0 where nothing does. */
function slotSizes(parts: readonly PartCost[]): number[] {
  const sizes = [...new Set(parts.map(({ bytes }) => bytes))].sort((a, b) => b - a);
  const step = Math.max(1, Math.ceil(sizes.length / MOST_SLOT_SIZES));
  return [...sizes.filter((_, i) => i % step === 0 || i === sizes.length - 1), 0];
}

function candidateOf(
  setting: CostSetting,
  classes: readonly (readonly number[])[],
  counts: readonly (readonly number[])[],
  slots: number,
): Candidate {
  const placement = placeByCounts(classes, counts, setting.tiers);
  return { counts, slots, placement, prediction: predict(setting, placement, slots) };
}

/** Whole parts of the program's shares; what fractions leave over streams, or is in memory if too large for that. */
function rounded(
  { costs, tiers }: CostSetting,
  classes: readonly (readonly number[])[],
  { counts }: LpAnswer,
  slotBytes: number,
): number[][] {
  return classes.map((members, c) => {
    const whole = (counts[c] as readonly number[]).map((share) => Math.floor(share + 1e-6));
    const streams = (costs.parts[members[0] as number] as PartCost).bytes <= slotBytes;
    const rest = tiers.findIndex(({ name, streamed }) => (streams ? streamed : name === 'cpu'));
    whole[rest] = (whole[rest] as number) + members.length - whole.reduce((sum, count) => sum + count, 0);
    return whole;
  });
}

function countsBy(
  { costs, tiers }: CostSetting,
  classes: readonly (readonly number[])[],
  streams: (part: PartCost) => boolean,
): number[][] {
  return classes.map((members) => {
    const isStreamed = streams(costs.parts[members[0] as number] as PartCost);
    const home = tiers.findIndex(({ name, streamed }) => (isStreamed ? streamed : name === 'cpu'));
    return tiers.map((_, t) => (t === home ? members.length : 0));
  });
}

/** Moves parts between tiers, one or two at a time, as long as that makes the request shorter. */
function improve(setting: CostSetting, classes: readonly (readonly number[])[], start: Candidate): Candidate {
  const tiers = setting.tiers.map((_, t) => t);
  const steps = classes.flatMap((_, c) =>
    tiers.flatMap((from) => tiers.flatMap((to) => (from === to ? [] : [{ c, from, to }]))),
  );
  const singles = steps.map((step) => [step]);
  // Two at a time let a part make room for another; among many classes one at a time must do.
  const pairs = steps.length > 12 ? [] : steps.flatMap((a) => steps.map((b) => [a, b]));
  let best = start;
  for (let i = 0; i < MOST_MOVES; i++) {
    const before = best;
    for (const move of [...singles, ...pairs]) {
      if (move.length > 1 && best !== before) break;
      const counts = before.counts.map((row) => [...row]);
      for (const { c, from, to } of move) {
        const row = counts[c] as number[];
        row[from] = (row[from] as number) - 1;
        row[to] = (row[to] as number) + 1;
      }
      if (counts.some((row) => row.some((count) => count < 0))) continue;
      const candidate = candidateOf(setting, classes, counts, before.slots);
      if (isBetter(candidate.prediction, best.prediction)) best = candidate;
    }
    if (best === before) break;
  }
  return best;
}

/**
 * What fits is better than what doesn't, then what is faster by more than rounding, then what reads less: predictions
 * know the disk at its best.
 */
function isBetter(a: Prediction, b: Prediction): boolean {
  if (a.excessBytes !== b.excessBytes) return a.excessBytes < b.excessBytes;
  const margin = 1e-9 * b.requestS;
  if (Math.abs(a.requestS - b.requestS) > margin) return a.requestS < b.requestS;
  if (a.streamedBytesPerPass !== b.streamedBytesPerPass)
    return a.streamedBytesPerPass < b.streamedBytesPerPass;
  return cpuBytes(a) < cpuBytes(b);
}

function cpuBytes({ memory }: Prediction): number {
  return memory.find(({ tier }) => tier === 'cpu')?.totalBytes ?? 0;
}

function withoutGpus({ tiers }: CostSetting): string {
  return tiers.some(({ name }) => name.startsWith('gpu:')) ? ' without the GPUs' : '';
}

function tooSmall(
  { profile }: CostSetting,
  prediction: Prediction,
  subject: string,
  gpus: string,
): CodriverError {
  const { memory } = prediction;
  const over = memory.filter(
    ({ totalBytes, budgetBytes }) => totalBytes > (budgetBytes ?? Number.POSITIVE_INFINITY),
  );
  const needs = (over.length > 0 ? over : memory.filter(({ tier }) => tier === 'cpu'))
    .map(({ tier, totalBytes, budgetBytes = 0 }) => {
      // Rounded up, so that the size that is named works.
      const least = Math.ceil(totalBytes / 1e6) * 1e6;
      return `${least / 1e6} MB of ${tier} memory, and ${sizeText(budgetBytes)} are allowed`;
    })
    .join('; ');
  const cpu = Math.ceil(cpuBytes(prediction) / 1e6);
  const beyond = cpu * 1e6 > profile.memoryBytes ? ' (more than this machine has)' : '';
  return new CodriverError('BAD_ARGUMENT', `${subject} ${needs}.`, {
    remedy: `Allow ${cpu} MB${gpus}${beyond}: --cpu-mem ${cpu}M. A shorter prompt needs less.`,
    details: { smallestCpuMemBytes: cpu * 1e6 },
  });
}
