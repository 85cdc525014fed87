import { existsSync } from 'node:fs';
import path from 'node:path';
import type { Command } from 'commander';
import { CodriverError } from '../domain/errors.ts';
import { describeModel } from '../llm/architectures/describe.ts';
import type { DecoderSpec } from '../llm/architectures/spec.ts';
import { PREFILL_CHUNK } from '../llm/decoding/generator.ts';
import { openModel } from '../llm/formats/open-model.ts';
import {
  type Budgets,
  costsOfSpec,
  costsOfStore,
  type MachineProfile,
  type ModelCosts,
  parseMemorySize,
  parsePercentages,
  planBest,
  planPercentages,
  profilePath,
  readProfile,
  tiersOf,
} from '../llm/policy/index.ts';
import { namedShape } from '../llm/shapes/index.ts';
import { resolveModel } from '../models/index.ts';
import { planFacts, planText } from './models-plan-text.ts';
import { wholeNumber } from './whole-number.ts';

interface PlanOptions {
  readonly cpuMem?: string;
  readonly gpuMem?: string;
  readonly nvmeDir?: string;
  readonly percent?: readonly string[];
  readonly profile?: string;
  readonly promptTokens: string;
  readonly newTokens: string;
  readonly chunkTokens: string;
  readonly processMem: string;
  readonly json?: boolean;
}

/** Finds the form of a named model that nobody has weights of. */
export type ShapeLookup = (name: string) => DecoderSpec | undefined;

/** What a store is not, is planned as if it were one of these. */
const ASSUMED = { bits: 4, group: 64, symmetric: false } as const;

/** Of a machine's memory, what a plan uses unless told. */
const MEMORY_SHARE = 0.8;

/** `codriver models plan`. */
export function addPlan(models: Command, lookUp: ShapeLookup = namedShape): void {
  models
    .command('plan')
    .description(
      "Says how fast a model will run within memory budgets, where its weights go for that, and why; from this machine's profile, without loading anything.",
    )
    .argument(
      '<model>',
      'a store, a GGUF file, a folder of safetensors, a model of the list, or a named shape',
    )
    .option(
      '--cpu-mem <size>',
      `most memory: 900M, 1.5G, 2GiB (default: ${100 * MEMORY_SHARE} % of the machine's)`,
    )
    .option('--gpu-mem <sizes>', 'most memory of each GPU, with commas between (default: no GPU is used)')
    .option('--nvme-dir <folder>', 'where streamed weights lie (default: the folder that was measured)')
    .option(
      '--percent <numbers...>',
      'W_GPU W_CPU KV_GPU KV_CPU ACT_GPU ACT_CPU instead of the best; what is missing to 100 is on NVMe',
    )
    .option(
      '--profile <file>',
      `the machine's profile (default: ${path.basename(profilePath())} of the cache folder)`,
    )
    .option('--prompt-tokens <number>', 'tokens of the prompt', '512')
    .option('--new-tokens <number>', 'tokens of the answer', '32')
    .option('--chunk-tokens <number>', 'tokens of the prompt computed at a time', String(PREFILL_CHUNK))
    .option('--process-mem <size>', 'memory of the process beside the model', '250M')
    .option('--json', 'print the plan as JSON, with the home of every part')
    .addHelpText(
      'after',
      `
Examples:
  codriver models plan smollm2-q4 --cpu-mem 900M
  codriver models plan ./Qwen2.5-7B-Instruct --cpu-mem 3G --prompt-tokens 1500
  codriver models plan llama-70b --cpu-mem 12G --percent 0 25 0 100 0 100 --json`,
    )
    .action((model: string, options: PlanOptions) => plan(model, options, lookUp));
}

async function plan(model: string, options: PlanOptions, lookUp: ShapeLookup): Promise<void> {
  const profile = await readProfile(options.profile);
  const { costs, subject } = await costsOf(model, lookUp);
  const budgets = budgetsOf(options, profile);
  const tiers = tiersOf(budgets, profile);
  const workload = {
    promptTokens: wholeNumber(options.promptTokens, '--prompt-tokens', 1),
    newTokens: wholeNumber(options.newTokens, '--new-tokens', 1),
    chunkTokens: wholeNumber(options.chunkTokens, '--chunk-tokens', 1),
  };
  const tokens = workload.promptTokens + workload.newTokens;
  if (tokens > costs.context) {
    throw new CodriverError(
      'BAD_ARGUMENT',
      `${model} has a context of ${costs.context} tokens; --prompt-tokens and --new-tokens ask for ${tokens}.`,
      { remedy: 'Ask for fewer.' },
    );
  }
  const processBytes = parseMemorySize(options.processMem, '--process-mem');
  const setting = { costs, profile, tiers, workload, processBytes };
  const percentages =
    options.percent === undefined
      ? undefined
      : parsePercentages(options.percent.join(' '), budgets.gpuMemBytes?.length ?? 0);
  const found = percentages === undefined ? await planBest(setting) : planPercentages(setting, percentages);
  const facts = planFacts({ subject, budgets, percentages, setting, plan: found });
  process.stdout.write(options.json ? `${JSON.stringify(facts, null, 2)}\n` : planText(facts));
}

function budgetsOf({ cpuMem, gpuMem, nvmeDir }: PlanOptions, profile: MachineProfile): Budgets {
  return {
    cpuMemBytes:
      cpuMem === undefined
        ? Math.floor(MEMORY_SHARE * profile.memoryBytes)
        : parseMemorySize(cpuMem, '--cpu-mem'),
    ...(gpuMem !== undefined && {
      gpuMemBytes: gpuMem.split(',').map((size) => parseMemorySize(size, '--gpu-mem')),
    }),
    nvmeDir: nvmeDir === undefined ? profile.disk.directory : path.resolve(nvmeDir),
  };
}

async function costsOf(model: string, lookUp: ShapeLookup): Promise<{ costs: ModelCosts; subject: string }> {
  const assumed = `planned as a store of ${ASSUMED.bits} bits in groups of ${ASSUMED.group}`;
  if (!existsSync(model)) {
    const shape = lookUp(model);
    if (shape !== undefined)
      return { costs: costsOfSpec(shape, ASSUMED), subject: `${model}, a named shape, ${assumed}` };
  }
  const location = existsSync(model) ? path.resolve(model) : await resolveModel(model);
  const source = await openModel(location);
  try {
    if (source.format === 'store')
      return { costs: costsOfStore(source.manifest, model), subject: `${model}, a store` };
    const { spec } = describeModel(source);
    return { costs: costsOfSpec(spec, ASSUMED), subject: `${model}, ${assumed}` };
  } finally {
    await source.close();
  }
}
