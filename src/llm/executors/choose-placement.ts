import { CodriverError } from '../../domain/errors.ts';
import type { DecoderSpec } from '../architectures/spec.ts';
import {
  type CostSetting,
  costsOfSpec,
  type MachineProfile,
  type ModelCosts,
  type Percentages,
  planBest,
  planPercentages,
  tiersOf,
  type Workload,
  withPartBytes,
} from '../policy/index.ts';
import type { PreparedModel } from '../prepared/prepare-model.ts';
import type { StreamedPlacement } from './streamed-cpu.ts';

/** What a model's weights may take. */
export interface PlacementRequest {
  /** Memory of the whole process; absent: what the machine has. */
  readonly cpuMemBytes?: number;
  /** Shares; weights on NVMe are those on neither GPU nor CPU. */
  readonly percentages?: Percentages;
  /** Memory of the process beside the model. */
  readonly processBytes: number;
  readonly workload: Workload;
  readonly profile: MachineProfile;
}

/** Only for names and numbers: sizes come from what was prepared. */
const ANY_QUANTISATION = { bits: 4, group: 32, symmetric: true } as const;

/**
 * Decides which segments stay in memory: what `codriver models plan` plans for the segments as they were prepared.
 *
 * Errors: BAD_ARGUMENT where the budget is too small (with the smallest that works), or too small for what was asked.
 */
export async function choosePlacement(
  model: PreparedModel,
  spec: DecoderSpec,
  request: PlacementRequest,
): Promise<StreamedPlacement> {
  const { percentages } = request;
  if (percentages !== undefined) checkOnCpu(percentages);
  const setting = settingOf(model, spec, request);
  const plan = percentages === undefined ? await planBest(setting) : planPercentages(setting, percentages);
  const pinned = setting.costs.parts.filter((_, i) => plan.placement.weights[i] === 'cpu');
  return { pinned: new Set(pinned.map(({ name }) => name)), ringSlots: plan.reading.slots };
}

/** What the planner needs to know of a model that is prepared. */
export function settingOf(model: PreparedModel, spec: DecoderSpec, request: PlacementRequest): CostSetting {
  const { cpuMemBytes, profile, processBytes, workload } = request;
  const shared = new Map(model.segments.map(({ kind }) => [kind.signature, kind.sharedBytes]));
  const sharedBytes = [...shared.values()].reduce((sum, bytes) => sum + bytes, 0);
  return {
    costs: preparedCosts(model, spec),
    profile,
    tiers: tiersOf({ cpuMemBytes: cpuMemBytes ?? profile.memoryBytes, nvmeDir: model.files.folder }, profile),
    workload,
    processBytes: processBytes + sharedBytes,
  };
}

/** Share of the weights' bytes that stays in memory. */
export function pinnedShare(model: PreparedModel, { pinned }: StreamedPlacement): number {
  const bytes = (of: PreparedModel['segments']): number =>
    of.reduce((sum, { prepared }) => sum + prepared.bytes, 0);
  return bytes(model.segments.filter(({ name }) => pinned.has(name))) / bytes(model.segments);
}

function preparedCosts({ segments }: PreparedModel, spec: DecoderSpec): ModelCosts {
  const bytes = new Map(segments.map(({ name, prepared }) => [name, prepared.bytes]));
  return withPartBytes(costsOfSpec(spec, ANY_QUANTISATION), bytes);
}

function checkOnCpu({ kv, activations }: Percentages): void {
  if (kv.cpu === 100 && activations.cpu === 100) return;
  throw new CodriverError('BAD_ARGUMENT', '--percent: the KV cache and activations stay in CPU memory.', {
    remedy: 'Give 100 for KV_CPU and ACT_CPU, such as "0 50 0 100 0 100".',
  });
}
