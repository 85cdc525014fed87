import type { Config, ModelTier } from '../domain/index.ts';
import {
  type LanguageModel,
  type ModelPlacement,
  parseMemorySize,
  type StreamStatistics,
} from '../llm/index.ts';
import { sizeText } from '../llm/policy/tier.ts';

/** What is known of where a model lives. */
export interface TierFacts {
  /** Absent where the model is one session in memory. */
  readonly placement: ModelPlacement | undefined;
  /** What was read by the beginning and by the end of an interval; absent where nothing is streamed. */
  readonly streamed?: {
    readonly before: StreamStatistics;
    readonly after: StreamStatistics;
    readonly intervalMs: number;
  };
  /** Memory that the process may take and takes, in bytes; absent where nothing bounds it. */
  readonly memory?: { readonly budgetBytes: number; readonly processBytes: number };
}

/** Slowest last; whatever else there is, such as GPUs, is faster than these. */
const SLOWEST_LAST = ['cpu', 'nvme'];

/**
 * The tiers that a model lives in, fastest first. Memory is always among them, since what is streamed needs a ring
 * there.
 */
export function modelTiers({ placement, streamed, memory }: TierFacts): ModelTier[] {
  const budget = memory && { budget: { bytes: memory.budgetBytes, usedBytes: memory.processBytes } };
  if (placement === undefined) return [{ tier: 'cpu', segments: 'all', ...budget }];
  const { segments, ring } = placement;
  const names = new Set<string>(['cpu', ...segments.map(({ tier }) => tier)]);
  return [...names]
    .sort((a, b) => SLOWEST_LAST.indexOf(a) - SLOWEST_LAST.indexOf(b))
    .map((tier) => {
      const held = segments.filter((segment) => segment.tier === tier);
      return {
        tier,
        segments: joinNames(held.map(({ name }) => name)),
        weightBytes: held.reduce((sum, { bytes }) => sum + bytes, 0),
        ...(tier === 'cpu' && { ringBytes: ring.bytes, ...budget }),
        ...(tier === 'nvme' && streamed && { read: readWithin(streamed) }),
      };
    });
}

function readWithin({ before, after, intervalMs }: NonNullable<TierFacts['streamed']>): ModelTier['read'] {
  const bytes = after.readBytes - before.readBytes;
  return {
    intervalMs,
    bytes,
    bytesPerS: intervalMs > 0 ? (bytes / intervalMs) * 1000 : 0,
    readMs: after.readMs - before.readMs,
    waitedMs: after.waitedMs - before.waitedMs,
  };
}

/** Names with a number at their end, joined where the numbers follow each other: `blk.0–11, 13, head`. */
function joinNames(names: readonly string[]): string {
  const runs: { stem: string; first: number; last: number }[] = [];
  for (const name of names) {
    const [, stem = name, digits] = /^(.*?)(\d+)$/.exec(name) ?? [];
    const number = Number(digits);
    const run = runs.at(-1);
    if (run?.stem === stem && number === run.last + 1) run.last = number;
    else runs.push({ stem, first: number, last: number });
  }
  return runs
    .map(({ stem, first, last }, i) => {
      if (Number.isNaN(first)) return stem;
      const numbers = first === last ? `${first}` : `${first}–${last}`;
      return runs[i - 1]?.stem === stem ? numbers : `${stem}${numbers}`;
    })
    .join(', ');
}

/** What is known of a model's tiers at this moment, before anything was read for anybody. */
export function tiersNow({ info }: LanguageModel, config: Config): ModelTier[] {
  return modelTiers({ placement: info.placement, ...memoryOf(config) });
}

/**
 * Begins an interval. What comes back ends it and tells the tiers with what was read within; of a model that has
 * broken by then, without, and none where there is no model. Errors: BAD_ARGUMENT for a budget that is no size.
 */
export function watchTiers(model: LanguageModel | null, config: Config): () => Promise<ModelTier[]> {
  if (model === null) return async () => [];
  const began = readOf(model);
  return async () => {
    const [before, after] = await Promise.all([began, readOf(model)]);
    return modelTiers({
      placement: model.info.placement,
      ...memoryOf(config),
      ...(before &&
        after && {
          streamed: { before: before.read, after: after.read, intervalMs: after.atMs - before.atMs },
        }),
    });
  };
}

async function readOf(model: LanguageModel): Promise<{ atMs: number; read: StreamStatistics } | undefined> {
  if (model.info.placement === undefined) return undefined;
  // A broken model is told of by whoever asked it something.
  const read = await model.statistics().catch(() => undefined);
  return read && { atMs: performance.now(), read };
}

function memoryOf({ thought }: Config): Pick<TierFacts, 'memory'> {
  const { cpuMem } = thought.offload;
  if (cpuMem === undefined) return {};
  const budgetBytes = parseMemorySize(cpuMem, '--cpu-mem');
  return { memory: { budgetBytes, processBytes: process.memoryUsage.rss() } };
}

/** A tier on one line, for people. */
export function tierText({ tier, segments, weightBytes, ringBytes, budget, read }: ModelTier): string {
  const parts = [
    weightBytes === undefined
      ? `${segments}, as one session`
      : segments === ''
        ? 'no segment'
        : `${segments} (${sizeText(weightBytes)})`,
    ringBytes ? `a ring of ${sizeText(ringBytes)}` : '',
    budget === undefined
      ? ''
      : `${sizeText(budget.usedBytes)} of ${sizeText(budget.bytes)} in use (${Math.round((100 * budget.usedBytes) / budget.bytes)} %)`,
    read === undefined
      ? ''
      : `read ${sizeText(read.bytes)} in ${secondsText(read.intervalMs)}, ${sizeText(read.bytesPerS)}/s; passes waited ${secondsText(read.waitedMs)}`,
  ];
  return `${tier}: ${parts.filter((part) => part !== '').join('; ')}`;
}

const secondsText = (ms: number): string => `${(ms / 1000).toFixed(2)} s`;
