import type { CostSetting, Prediction, TierUse } from './cost-model.ts';
import type { Placement } from './placement.ts';
import { sizeText, type TierName } from './tier.ts';

/** Why a policy is what it is: what lives where, what a pass waits for, what binds, what more memory would buy. */
export function reasonsOf(
  setting: CostSetting,
  placement: Placement,
  prediction: Prediction,
  secondsPerByte: ReadonlyMap<TierName, number>,
): string[] {
  return [
    whereWeightsAre(setting, placement, prediction),
    whatAPassWaitsFor(setting, prediction),
    ...whatPromptsCost(setting, prediction),
    ...whatBinds(setting, prediction),
    ...whatMoreWouldBuy(prediction, secondsPerByte),
  ];
}

/** Seconds in words. */
export function secondsText(seconds: number): string {
  if (seconds < 1) return `${(1000 * seconds).toPrecision(3)} ms`;
  return seconds < 120 ? `${seconds.toPrecision(3)} s` : `${(seconds / 60).toPrecision(3)} min`;
}

function whereWeightsAre(
  { costs, tiers }: CostSetting,
  { weights }: Placement,
  { streamedBytesPerPass: streamed }: Prediction,
): string {
  const counts = tiers.map(({ name }) => weights.filter((home) => home === name).length);
  if (streamed === 0)
    return `All ${sizeText(costs.weightBytes)} of weights fit in memory: nothing is streamed.`;
  const lists = tiers.flatMap(({ name }, t) =>
    counts[t] ? [`${counts[t]} ${name === 'nvme' ? 'on' : 'in'} ${placeText(name)}`] : [],
  );
  const streams = new Set(tiers.flatMap(({ name, streamed: isStreamed }) => (isStreamed ? [name] : [])));
  const headStreams = streams.has(weights.at(-1) as TierName);
  return `Of ${weights.length} parts (blocks and head), ${lists.join(', ')}; the head ${headStreams ? 'is streamed' : 'stays in memory'}.`;
}

function whatAPassWaitsFor({ profile }: CostSetting, prediction: Prediction): string {
  const { passS, readS, computeS, streamedBytesPerPass: streamed, ring } = prediction;
  const pass = `a pass over one token takes ${secondsText(passS)}`;
  if (streamed === 0) return `Computing is all that a pass waits for: ${pass}.`;
  const reading = `${sizeText(streamed)} are read in every pass at ${(profile.disk.streamedBytesPerS / 1e9).toFixed(2)} GB/s, which takes ${secondsText(readS)}`;
  const longer = readS > computeS ? 'Reading' : 'Computing';
  const lost = passS - Math.max(readS, computeS);
  const waits = lost > 0.02 * passS ? ` of which ${secondsText(lost)} are waits` : '';
  return `${longer} binds: ${reading}; computing takes ${secondsText(computeS)}; with ${ring.slots} buffers of ${sizeText(ring.slotBytes)} they overlap, and ${pass}${waits && `,${waits}`}.`;
}

function whatPromptsCost({ workload }: CostSetting, prediction: Prediction): string[] {
  const { promptChunks, timeToFirstTokenS, streamedBytesPerPass: streamed } = prediction;
  const chunks = promptChunks === 1 ? 'one chunk' : `${promptChunks} chunks`;
  const once = streamed > 0 && promptChunks > 1 ? '; streamed weights are read once for all of them' : '';
  return [
    `A prompt of ${workload.promptTokens} tokens takes ${secondsText(timeToFirstTokenS)}, in ${chunks}${once}.`,
  ];
}

function whatBinds({ costs }: CostSetting, { memory, streamedBytesPerPass: streamed }: Prediction): string[] {
  if (streamed === 0) return [];
  const largest = Math.max(...costs.parts.map(({ bytes }) => bytes));
  return memory.flatMap((use) => {
    const { tier, budgetBytes, totalBytes } = use;
    if (budgetBytes === undefined || budgetBytes - totalBytes >= largest) return [];
    const takers: [string, keyof TierUse][] = [
      ['the process', 'processBytes'],
      ['sessions', 'sessionBytes'],
      ['buffers', 'ringBytes'],
      ['the KV cache', 'kvBytes'],
      ['activations', 'activationBytes'],
    ];
    const list = takers
      .filter(([, key]) => (use[key] as number) > 0)
      .map(([name, key]) => `${name} ${sizeText(use[key] as number)}`);
    return [
      `The budget of ${sizeText(budgetBytes)} in ${placeText(tier)} binds: ${list.join(', ')} leave ${sizeText(use.weightBytes)} for weights and ${sizeText(budgetBytes - totalBytes)} unused, less than a part.`,
    ];
  });
}

function whatMoreWouldBuy(
  { requestS, streamedBytesPerPass: streamed }: Prediction,
  secondsPerByte: ReadonlyMap<TierName, number>,
): string[] {
  if (streamed === 0) return [];
  return [...secondsPerByte].map(([tier, perByte]) => {
    const bytes = Math.min(1e9, streamed);
    const more = bytes === 1e9 ? 'A gigabyte' : sizeText(bytes);
    return `${more} more in ${placeText(tier)} would save about ${secondsText(perByte * bytes)} of a request's ${secondsText(requestS)}.`;
  });
}

/** A tier in words. */
function placeText(tier: TierName): string {
  if (tier === 'cpu') return 'memory';
  return tier === 'nvme' ? 'NVMe' : `GPU ${tier.slice('gpu:'.length)}`;
}
