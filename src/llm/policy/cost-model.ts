import { CAPACITY_STEP, GARBAGE_BYTES } from '../cache/kv-cache.ts';
import type { ExecutorProfile, MachineProfile } from './machine-profile.ts';
import type { ModelCosts, PartCost } from './model-costs.ts';
import type { Placement } from './placement.ts';
import { timePasses } from './ring-timing.ts';
import type { Tier, TierName } from './tier.ts';

/** What the model is to do. */
export interface Workload {
  readonly promptTokens: number;
  readonly newTokens: number;
  /** Tokens of a prompt that are computed at a time. A segment computes all of them before the next one. */
  readonly chunkTokens: number;
}

/** What predictions start from. */
export interface CostSetting {
  readonly costs: ModelCosts;
  readonly profile: MachineProfile;
  readonly tiers: readonly Tier[];
  readonly workload: Workload;
  /** Memory of the process before a model is loaded. */
  readonly processBytes: number;
}

/** How the memory of one tier is used, in bytes. */
export interface TierUse {
  readonly tier: TierName;
  readonly weightBytes: number;
  readonly ringBytes: number;
  readonly kvBytes: number;
  readonly activationBytes: number;
  readonly processBytes: number;
  readonly sessionBytes: number;
  readonly totalBytes: number;
  readonly budgetBytes?: number;
}

/** What is expected of a placement. Times in seconds. */
export interface Prediction {
  /** A pass over one token, in the middle of the answer. */
  readonly passS: number;
  /** Reading and computing of such a pass, each by itself; passS is more than the larger where they wait. */
  readonly readS: number;
  readonly computeS: number;
  readonly tokensPerS: number;
  /** Chunks of the prompt; streamed weights are read once for all of them. */
  readonly promptChunks: number;
  /** From the prompt to its first token, the buffers for streamed weights being empty. */
  readonly timeToFirstTokenS: number;
  /** The whole answer. */
  readonly requestS: number;
  readonly loadS: number;
  readonly streamedBytesPerPass: number;
  readonly ring: { readonly slots: number; readonly slotBytes: number };
  readonly memory: readonly TierUse[];
  /** Bytes over the budgets, all tiers together; 0: it fits. */
  readonly excessBytes: number;
}

/** Speed at which onnxruntime packs weights for a resident session, once, on one thread: docs/runtime.md. */
const PACKED_BYTES_PER_S = 0.5e9;

/** What a session takes beside weights. */
const SESSION_BYTES = 1.2e6;

/**
 * How often a streamed byte crosses the memory bus: into the reader's buffer, out of it, into its slot, and out of
 * that into the kernel.
 */
const STREAMED_CROSSINGS = 4;

/** Seconds to read bytes from the disk into memory that a model computes with. */
export function readSeconds(bytes: number, { disk }: MachineProfile): number {
  return bytes / disk.streamedBytesPerS;
}

/** Tokens of a chunk of the prompt, and how many chunks there are. */
export function promptChunks({ promptTokens, chunkTokens }: Workload): { tokens: number; chunks: number } {
  const chunks = Math.ceil(promptTokens / chunkTokens);
  return { tokens: Math.ceil(promptTokens / chunks), chunks };
}

/** Tokens that the cache has room for at the end. */
export function cacheTokens({ promptTokens, newTokens }: Workload): number {
  return Math.ceil((promptTokens + newTokens) / CAPACITY_STEP) * CAPACITY_STEP;
}

/** Bytes of a part's cache. */
export function kvBytes({ kvBytesPerToken }: PartCost, workload: Workload): number {
  return kvBytesPerToken * cacheTokens(workload);
}

/** Bytes that the whole cache takes beside while it grows. */
export function growthBytes({ parts }: ModelCosts, workload: Workload): number {
  const all = parts.reduce((sum, part) => sum + kvBytes(part, workload), 0);
  return Math.min(all, GARBAGE_BYTES + 2 * Math.max(...parts.map((part) => kvBytes(part, workload))));
}

/**
 * Seconds that a part computes for a pass over `tokens` tokens that see `seen` tokens each, with everything near:
 * weights at the rate of passes over one token, or arithmetic at that of many, whichever is longer; the attention;
 * and the cache, which onnxruntime copies once a pass.
 */
export function partSeconds(
  part: PartCost,
  tier: Tier,
  profile: MachineProfile,
  tokens: number,
  seen: number,
): number {
  const { gemvBytesPerS, gemmFlopsPerS } = executorOf(tier, profile);
  const rows = part.lastTokenOnly ? 1 : tokens;
  const weightS = Math.max(part.bytes / gemvBytesPerS, (2 * part.parameters * rows) / gemmFlopsPerS);
  const attentionS = (part.attentionFlops * rows * Math.min(part.window, seen)) / gemmFlopsPerS;
  const cacheRate = tier.worksIn === 'cpu' ? profile.memory.copyBytesPerS : gemvBytesPerS;
  return weightS + attentionS + (part.kvBytesPerToken * seen) / cacheRate;
}

/**
 * Seconds that computing a streamed part is held up by the reader, which copies its bytes into their slot on one of
 * the threads' processors.
 */
export function copySeconds({ bytes }: PartCost, { streamed }: Tier, profile: MachineProfile): number {
  return streamed ? bytes / profile.memory.copyBytesPerS / profile.threads : 0;
}

/** Seconds that a part's weights keep the memory bus busy. */
export function busSeconds(
  { bytes }: PartCost,
  { worksIn, streamed }: Tier,
  profile: MachineProfile,
): number {
  if (worksIn !== 'cpu') return 0;
  return (bytes * (streamed ? STREAMED_CROSSINGS : 1)) / profile.memory.readBytesPerS;
}

/**
 * Bytes that passes work with, wherever parts are: what one segment computes with for a chunk, the hidden states of the
 * whole prompt between two segments, and logits.
 */
export function workingBytes(costs: ModelCosts, workload: Workload): number {
  const chunk = promptChunks(workload).tokens * (costs.workingBytesPerToken + costs.rowBytesPerToken);
  return chunk + 2 * workload.promptTokens * costs.hiddenBytes + costs.logitBytes;
}

/** Bytes of the sessions of all parts. */
export function sessionBytes({ parts }: ModelCosts): number {
  return SESSION_BYTES * parts.length;
}

/** Predicts what a placement costs. `slots`: buffers of the ring for streamed weights. */
export function predict(setting: CostSetting, placement: Placement, slots: number): Prediction {
  const { costs, workload } = setting;
  const prompt = promptChunks(workload);
  const one = timePass(setting, placement, slots, {
    tokens: 1,
    chunks: 1,
    seen: workload.promptTokens + workload.newTokens / 2,
  });
  const many = timePass(setting, placement, slots, { ...prompt, seen: workload.promptTokens / 2 });
  const isStreamed = streamedParts(setting, placement);
  const streamed = costs.parts.filter((_, i) => isStreamed[i]).map(({ bytes }) => bytes);
  const streamedBytesPerPass = streamed.reduce((sum, bytes) => sum + bytes, 0);
  const ring =
    streamed.length === 0
      ? { slots: 0, slotBytes: 0 }
      : { slots: Math.min(slots, streamed.length), slotBytes: Math.max(...streamed) };
  const memory = memoryUse(setting, placement, ring.slots * ring.slotBytes);
  const timeToFirstTokenS = many.coldS;
  return {
    passS: one.steadyS,
    readS: one.readS,
    computeS: one.computeS,
    tokensPerS: 1 / one.steadyS,
    promptChunks: prompt.chunks,
    timeToFirstTokenS,
    requestS: timeToFirstTokenS + Math.max(0, workload.newTokens - 1) * one.steadyS,
    loadS: loadSeconds(setting, placement, ring.slots * ring.slotBytes),
    streamedBytesPerPass,
    ring,
    memory,
    excessBytes: memory.reduce(
      (sum, { totalBytes, budgetBytes = Number.POSITIVE_INFINITY }) =>
        sum + Math.max(0, totalBytes - budgetBytes),
      0,
    ),
  };
}

/** Tokens that go through a segment before the next one, chunk by chunk, and how many tokens each of them sees. */
interface Through {
  readonly tokens: number;
  readonly chunks: number;
  readonly seen: number;
}

function timePass(
  setting: CostSetting,
  placement: Placement,
  slots: number,
  { tokens, chunks, seen }: Through,
) {
  const { costs, profile } = setting;
  const homes = homesOf(setting, placement);
  // One session computes the whole model where all of it is in one place, else each part has its own.
  const isWhole = homes.every((home) => home === homes[0] && !home.streamed);
  const steps = costs.parts.map((part, i) => {
    const home = homes[i] as Tier;
    const before = homes[i - 1];
    const startsSegment = i === 0 || !isWhole;
    const hidden = tokens * costs.hiddenBytes;
    const runs = part.lastTokenOnly ? 1 : chunks;
    const runS =
      partSeconds(part, home, profile, tokens, seen) +
      (startsSegment ? executorOf(home, profile).segmentOverheadS : 0) +
      moveSeconds(hidden, before?.worksIn ?? 'cpu', home.worksIn, profile) +
      // What is kept elsewhere comes for the computation and goes back after it, while nothing is computed.
      moveSeconds(part.kvBytesPerToken * seen, placement.kv[i] as TierName, home.worksIn, profile) +
      moveSeconds(part.kvBytesPerToken * tokens, home.worksIn, placement.kv[i] as TierName, profile) +
      2 * moveSeconds(hidden, home.worksIn, placement.activations[i] as TierName, profile);
    const computeS = runs * runS + copySeconds(part, home, profile);
    return { computeS, readS: home.streamed ? readSeconds(part.bytes, profile) : 0 };
  });
  const timing = timePasses(steps, slots);
  const busS = costs.parts.reduce((sum, part, i) => sum + busSeconds(part, homes[i] as Tier, profile), 0);
  return {
    coldS: Math.max(timing.coldS, busS),
    steadyS: Math.max(timing.steadyS, busS),
    readS: steps.reduce((sum, { readS }) => sum + readS, 0),
    computeS: steps.reduce((sum, { computeS }) => sum + computeS, 0),
  };
}

/** Seconds to move bytes between tiers, by way of memory. */
function moveSeconds(bytes: number, from: TierName, to: TierName, profile: MachineProfile): number {
  if (from === to) return 0;
  const { disk, links } = profile;
  const out = (tier: TierName): number => {
    if (tier === 'cpu') return 0;
    return tier === 'nvme' ? readSeconds(bytes, profile) : bytes / (links[tier]?.fromDeviceBytesPerS ?? 0);
  };
  const into = (tier: TierName): number => {
    if (tier === 'cpu') return 0;
    return bytes / (tier === 'nvme' ? disk.writeBytesPerS : (links[tier]?.toDeviceBytesPerS ?? 0));
  };
  return out(from) + into(to);
}

function loadSeconds(setting: CostSetting, placement: Placement, ringBytes: number): number {
  const { costs, profile } = setting;
  const homes = homesOf(setting, placement);
  return costs.parts.reduce(
    (sum, { bytes }, i) => {
      const { name, streamed } = homes[i] as Tier;
      if (streamed) return sum;
      const ready = name === 'cpu' ? bytes / PACKED_BYTES_PER_S : moveSeconds(bytes, 'cpu', name, profile);
      return sum + readSeconds(bytes, profile) + ready;
    },
    readSeconds(ringBytes, profile),
  );
}

function memoryUse(setting: CostSetting, placement: Placement, ringBytes: number): TierUse[] {
  const { costs, tiers, workload } = setting;
  const homes = homesOf(setting, placement);
  return tiers.map(({ name, budgetBytes }) => {
    const at = (tiersOfParts: readonly TierName[], bytesOf: (part: PartCost) => number): number =>
      costs.parts.reduce((sum, part, i) => (tiersOfParts[i] === name ? sum + bytesOf(part) : sum), 0);
    const weightBytes = at(placement.weights, ({ bytes }) => bytes);
    const works = homes.some(({ worksIn }) => worksIn === name);
    const use = {
      weightBytes,
      ringBytes: name === 'cpu' ? ringBytes : 0,
      kvBytes:
        at(placement.kv, (part) => kvBytes(part, workload)) + (works ? growthBytes(costs, workload) : 0),
      activationBytes: works ? workingBytes(costs, workload) : 0,
      processBytes: name === 'cpu' ? setting.processBytes : 0,
      sessionBytes: works ? sessionBytes(costs) : 0,
    };
    const totalBytes = Object.values(use).reduce((sum, bytes) => sum + bytes, 0);
    return { tier: name, ...use, totalBytes, ...(budgetBytes !== undefined && { budgetBytes }) };
  });
}

function homesOf({ tiers }: CostSetting, { weights }: Placement): Tier[] {
  const byName = new Map(tiers.map((tier) => [tier.name, tier]));
  return weights.map((name) => byName.get(name) as Tier);
}

function streamedParts(setting: CostSetting, placement: Placement): boolean[] {
  return homesOf(setting, placement).map(({ streamed }) => streamed);
}

function executorOf({ executor }: Tier, { executors }: MachineProfile): ExecutorProfile {
  return executors[executor] as ExecutorProfile;
}
