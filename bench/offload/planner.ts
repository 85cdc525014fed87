import { describeModel } from '../../src/llm/architectures/describe.ts';
import { PREFILL_CHUNK } from '../../src/llm/decoding/generator.ts';
import { settingOf } from '../../src/llm/executors/choose-placement.ts';
import { openModel } from '../../src/llm/formats/open-model.ts';
import { loadLanguageModel, type Offload, parsePercentages } from '../../src/llm/index.ts';
import { type CostSetting, type MachineProfile, planPercentages } from '../../src/llm/policy/index.ts';
import { prepareModel } from '../../src/llm/prepared/prepare-model.ts';
import { type BenchRow, median } from '../row.ts';

/** Percent of the weights in memory. With two models, 20 policies. */
const SHARES = [0, 10, 20, 30, 40, 50, 60, 70, 80, 90];

const PROMPT_TOKENS = 8;
const NEW_TOKENS = 10;

/** Times that each policy is opened and measured: what a disk gives depends on where buffers came to lie. */
const OPENINGS = 3;

/** One policy, predicted and measured. */
export interface PlannedPass {
  readonly model: string;
  readonly percent: number;
  readonly predictedS: number;
  readonly measuredS: number;
}

/** Seconds of a pass over one token, as the planner predicts them and as they are, for each share of each model. */
export async function plannedPasses(
  models: readonly string[],
  nvmeDir: string,
  profile: MachineProfile,
): Promise<PlannedPass[]> {
  const passes: PlannedPass[] = [];
  for (const model of models) {
    const setting = await settingFor(model, nvmeDir, profile);
    for (const percent of SHARES) {
      const percentages = parsePercentages([0, percent, 0, 100, 0, 100], 0);
      const predictedS = planPercentages(setting, percentages).prediction.passS;
      const measured: number[] = [];
      for (let opening = 0; opening < OPENINGS; opening++)
        measured.push(await measurePass(model, { nvmeDir, contextTokens: 64, percentages }));
      passes.push({ model, percent, predictedS, measuredS: median(measured) });
    }
  }
  return passes;
}

/** Seconds of a pass over one token: of the second answer, since the first fills the ring. */
async function measurePass(model: string, offload: Offload): Promise<number> {
  const loaded = await loadLanguageModel({ file: model, offload });
  try {
    let passS = Number.NaN;
    for (let answer = 0; answer < 2; answer++) {
      const prompt = `${answer} a b c`;
      const { decodeMs, decodedTokens } = await loaded.generate({ prompt, maxTokens: NEW_TOKENS });
      passS = decodeMs / (decodedTokens - 1) / 1000;
    }
    return passS;
  } finally {
    await loaded.close();
  }
}

/** The median of how far predictions are off, as a share of what was measured. */
export function plannerRow(passes: readonly PlannedPass[]): BenchRow {
  const errors = passes.map(({ predictedS, measuredS }) => Math.abs(predictedS - measuredS) / measuredS);
  return {
    bench: 'offload',
    case: 'planner',
    metric: 'error',
    value: median(errors),
    unit: '',
    peer: `measured passes of ${passes.length} policies`,
    ratio: Number.NaN,
    rounds: OPENINGS,
  };
}

async function settingFor(model: string, nvmeDir: string, profile: MachineProfile): Promise<CostSetting> {
  const source = await openModel(model);
  try {
    const described = describeModel(source);
    const prepared = await prepareModel(described, nvmeDir);
    return settingOf(prepared, described.spec, {
      processBytes: 0,
      workload: { promptTokens: PROMPT_TOKENS, newTokens: NEW_TOKENS, chunkTokens: PREFILL_CHUNK },
      profile,
    });
  } finally {
    await source.close();
  }
}
