import { CodriverError } from '../../domain/errors.ts';
import type { DecoderSpec } from '../architectures/spec.ts';
import type { Percentages } from '../policy/percentages.ts';
import type { PreparedModel } from '../prepared/prepare-model.ts';
import type { StreamedPlacement } from './streamed-cpu.ts';

/** What a model's weights may take. */
export interface PlacementRequest {
  /** Memory of the whole process; absent: no limit. */
  readonly cpuMemBytes?: number;
  /** Shares; weights on NVMe are those on neither GPU nor CPU. */
  readonly percentages?: Percentages;
  /** Memory of the process before the model's weights are there. */
  readonly processBytes: number;
  /** Tokens that the cache is to have room for. */
  readonly cacheTokens: number;
}

/** Slots of the ring: one computes, and two are read ahead, so that a slow read of one holds nothing up. */
const RING_SLOTS = 3;

/** With less memory, one computes while the next is read. */
const LEAST_SLOTS = 2;

/** What a session, its threads and the buffers for reading take beside weights. */
const RUNTIME_BYTES = 64e6;
const SESSION_BYTES = 0.5e6;

/** The cache grows by copying: for a moment there are two. */
const CACHE_COPIES = 2;

/**
 * Decides which segments stay in memory. As many as fit: each byte that stays is a byte less to read in every pass.
 * First those that have a kind of their own (the first block, the head), since a slot of the ring would have to be
 * kept for them as large as they are. The streamed ones are spread evenly, so that reads overlap with what is
 * computed between them.
 *
 * Errors: BAD_ARGUMENT where the budget is too small (with the smallest that works), or too small for what was asked.
 */
export function choosePlacement(
  model: PreparedModel,
  spec: DecoderSpec,
  request: PlacementRequest,
): StreamedPlacement {
  const { percentages, cpuMemBytes = Number.POSITIVE_INFINITY } = request;
  const order = pinningOrder(model);
  const candidates = Array.from({ length: order.length + 1 }, (_, count) => {
    const pinned = new Set(order.slice(0, order.length - count));
    return [RING_SLOTS, LEAST_SLOTS].map((ringSlots): StreamedPlacement => ({ pinned, ringSlots }));
  }).flat();
  const needs = (placement: StreamedPlacement): number => memoryBytes(model, spec, request, placement);
  if (percentages !== undefined) {
    checkOnCpu(percentages);
    const target = percentages.weights.cpu / 100;
    const nearest = candidates.reduce((best, one) =>
      Math.abs(pinnedShare(model, one) - target) < Math.abs(pinnedShare(model, best) - target) ? one : best,
    );
    const same = candidates.filter(({ pinned }) => pinned === nearest.pinned);
    const fitting = same.find((placement) => needs(placement) <= cpuMemBytes);
    if (fitting === undefined)
      throw tooSmall(cpuMemBytes, Math.min(...same.map(needs)), 'for these percentages');
    return fitting;
  }
  const fitting = candidates.find((placement) => needs(placement) <= cpuMemBytes);
  if (fitting === undefined)
    throw tooSmall(cpuMemBytes, Math.min(...candidates.map(needs)), 'for this model');
  return fitting;
}

/** Share of the weights' bytes that stays in memory. */
export function pinnedShare(model: PreparedModel, { pinned }: StreamedPlacement): number {
  const bytes = (of: PreparedModel['segments']): number =>
    of.reduce((sum, { prepared }) => sum + prepared.bytes, 0);
  return bytes(model.segments.filter(({ name }) => pinned.has(name))) / bytes(model.segments);
}

/** Memory of the process under a placement, in bytes. */
function memoryBytes(
  { segments }: PreparedModel,
  spec: DecoderSpec,
  { processBytes, cacheTokens }: PlacementRequest,
  { pinned, ringSlots }: StreamedPlacement,
): number {
  const held = segments.filter(({ name }) => pinned.has(name));
  const streamed = segments.filter(({ name }) => !pinned.has(name));
  const slots = Math.min(ringSlots, streamed.length);
  const kinds = new Set(segments.map(({ kind }) => kind));
  const streamedKinds = new Set(streamed.map(({ kind }) => kind)).size;
  const sums = [
    processBytes,
    RUNTIME_BYTES,
    SESSION_BYTES * (held.length + slots * streamedKinds),
    CACHE_COPIES * 2 * 4 * spec.kvHeads * spec.headSize * spec.blocks.length * cacheTokens,
    ...held.map(({ prepared }) => prepared.bytes),
    slots * Math.max(0, ...streamed.map(({ prepared }) => prepared.bytes)),
    ...[...kinds].map(({ sharedBytes }) => sharedBytes),
    // Sessions are created one after another, each from weights that are not packed yet.
    Math.max(...[...kinds].map(({ creationBytes }) => creationBytes)),
  ];
  return sums.reduce((sum, bytes) => sum + bytes, 0);
}

/** Names in the order in which they are worth their memory; a prefix of it is what stays. */
function pinningOrder({ segments }: PreparedModel): string[] {
  const isSingle = ({ kind }: PreparedModel['segments'][number]): boolean =>
    segments.filter((other) => other.kind === kind).length === 1;
  const single = segments.filter(isSingle);
  const others = segments.filter((segment) => !isSingle(segment));
  return [...single, ...evenly(others)].map(({ name }) => name);
}

/**
 * An order in which every prefix is spread about evenly, and so is what remains: by the golden ratio's multiples, whose
 * fractions never come close to each other.
 */
function evenly<T>(things: readonly T[]): T[] {
  const golden = (Math.sqrt(5) - 1) / 2;
  const rank = things.map((_, i) => ((i + 0.5) * golden) % 1);
  return things
    .map((thing, i) => ({ thing, rank: rank[i] as number }))
    .sort((a, b) => a.rank - b.rank)
    .map(({ thing }) => thing);
}

function checkOnCpu({ kv, activations }: Percentages): void {
  if (kv.cpu === 100 && activations.cpu === 100) return;
  throw new CodriverError('BAD_ARGUMENT', '--percent: the KV cache and activations stay in CPU memory.', {
    remedy: 'Give 100 for KV_CPU and ACT_CPU, such as "0 50 0 100 0 100".',
  });
}

function tooSmall(budget: number, least: number, what: string): CodriverError {
  const needed = Math.ceil(least / 1e6);
  return new CodriverError(
    'BAD_ARGUMENT',
    `${Math.floor(budget / 1e6)} MB of CPU memory are too few ${what}; ${needed} MB are the least.`,
    {
      remedy: `Give --cpu-mem ${needed}M or more, or a smaller model.`,
      details: { leastBytes: needed * 1e6 },
    },
  );
}
