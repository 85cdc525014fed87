import path from 'node:path';
import { WallClock } from '../../domain/clock.ts';
import { CodriverError } from '../../domain/errors.ts';
import { collectGarbage, emitWorkerEvent, giveWay, serveWorker, workerSettings } from '../../onnx/index.ts';
import { type AdapterBase, adapterBaseOf } from '../adapters/adapter-base.ts';
import { type Adapter, type AdapterInfo, openAdapter } from '../adapters/open-adapter.ts';
import type { DecoderSpec } from '../architectures/spec.ts';
import { type Generation, type GenerationRequest, Generator, PREFILL_CHUNK } from '../decoding/generator.ts';
import { GrammarEngine } from '../decoding/grammar.ts';
import { choosePlacement } from '../executors/choose-placement.ts';
import { ResidentCpuExecutor } from '../executors/resident-cpu.ts';
import type { StreamStatistics } from '../executors/stream/segment-stream.ts';
import { StreamedCpuExecutor, type StreamedPlacement } from '../executors/streamed-cpu.ts';
import { type ModelSource, openModel } from '../formats/open-model.ts';
import { nominalProfile, readProfile } from '../policy/index.ts';
import type { PreparedModel } from '../prepared/prepare-model.ts';
import { modelVocabulary } from '../tokenizer/model-vocabulary.ts';
import { Tokenizer } from '../tokenizer/tokenizer.ts';
import type { LocalWorkerSettings, ModelInfo, ModelPlacement } from './local-worker.ts';

/** The name that a model carries: GGUF files have one, a folder is one. */
function modelName(source: ModelSource): string {
  if (source.format !== 'gguf') return path.basename(source.folder);
  const name = source.metadata.get('general.name');
  return typeof name === 'string' ? name : 'unnamed';
}

/** Tokens that a limited model has memory for, unless told: a prompt and its answer. */
const CONTEXT_TOKENS = 2048;

/** How much of them is the answer, for choosing what to be quick at. */
const ANSWER_SHARE = 1 / 16;

/**
 * What the process takes beside the model and what it has before: the thread that reads with its buffers, grammars, and
 * a second tokenizer for whoever counts tokens.
 */
const RUNTIME_BYTES = 96e6;
const TOKENIZER_BYTES_PER_TOKEN = 350;
const STEP_BYTES = 16e6;

const settings = workerSettings<LocalWorkerSettings>();
/** The number of the newest request that is to be given up; requests are numbered from 1. */
const abortFlags = new Int32Array(settings.abortFlags);
let executor: ResidentCpuExecutor | StreamedCpuExecutor | undefined;
let generator: Generator | undefined;
/** What adapters are read for, of a model that takes them in. */
let adapterBase: AdapterBase | undefined;

async function openParts(source: ModelSource, progress: (stage: string, fraction: number) => void) {
  const tokenizer = new Tokenizer(await modelVocabulary(source));
  if (settings.adaptable) adapterBase = await adapterBaseOf(source);
  // Before minutes are spent on converting: a wrong path is said at once.
  const adapter = settings.adapter === undefined ? undefined : await readAdapter(settings.adapter);
  const opened = await openExecutor(source, progress);
  if (adapter !== undefined) opened.useAdapter(adapter);
  return { tokenizer, opened, adapter };
}

function readAdapter(location: string): Promise<Adapter> {
  if (adapterBase === undefined) throw new CodriverError('INTERNAL', 'The model takes no adapters in.');
  return openAdapter(location, adapterBase);
}

/** Memory of the process beside the model, once everything runs; in steps, so that a budget works the next time, too. */
function processBytes(vocabularyTokens: number): number {
  const bytes = process.memoryUsage().rss + RUNTIME_BYTES + TOKENIZER_BYTES_PER_TOKEN * vocabularyTokens;
  return Math.ceil(bytes / STEP_BYTES) * STEP_BYTES;
}

async function openExecutor(source: ModelSource, onStage: (stage: string, fraction: number) => void) {
  const { threads, offload, adaptable } = settings;
  if (offload === undefined) return ResidentCpuExecutor.open(source, threads, onStage, adaptable);
  const profile = await readProfile().catch((error: unknown) => {
    if (CodriverError.from(error).code === 'NOT_FOUND') return nominalProfile(offload.nvmeDir);
    throw error;
  });
  const place = (model: PreparedModel, spec: DecoderSpec): Promise<StreamedPlacement> => {
    collectGarbage('full');
    const newTokens = Math.ceil(spec.context * ANSWER_SHARE);
    return choosePlacement(model, spec, {
      ...offload,
      processBytes: processBytes(spec.vocabulary),
      workload: { promptTokens: spec.context - newTokens, newTokens, chunkTokens: PREFILL_CHUNK },
      profile,
    });
  };
  const contextTokens = offload.contextTokens ?? CONTEXT_TOKENS;
  return StreamedCpuExecutor.open(source, {
    threads,
    preparedRoot: offload.nvmeDir,
    contextTokens,
    place,
    onStage,
    adaptable,
  });
}

function placementOf({ model, placement }: StreamedCpuExecutor): ModelPlacement {
  const segments = model.segments.map(({ name, prepared }) => {
    const tier = placement.pinned.has(name) ? ('cpu' as const) : ('nvme' as const);
    return { name, tier, bytes: prepared.bytes };
  });
  const streamed = segments.filter(({ tier }) => tier === 'nvme');
  const slots = Math.min(placement.ringSlots, streamed.length);
  return { segments, ring: { slots, bytes: slots * Math.max(0, ...streamed.map(({ bytes }) => bytes)) } };
}

serveWorker({
  async load(): Promise<ModelInfo> {
    const progress = (stage: string, fraction: number) => emitWorkerEvent({ stage, fraction });
    giveWay();
    progress('open', 0);
    const source = await openModel(settings.file);
    const { tokenizer, opened, adapter } = await openParts(source, progress).catch(async (error: unknown) => {
      await source.close();
      throw error;
    });
    executor = opened;
    const grammars = await GrammarEngine.create(tokenizer);
    generator = new Generator(executor, tokenizer, grammars, executor.newCache(), new WallClock());
    collectGarbage('full');
    progress('ready', 1);
    return {
      file: settings.file,
      name: modelName(source),
      architecture: executor.shape.architecture,
      contextTokens: executor.shape.context,
      vocabularyTokens: executor.shape.vocabulary,
      threads: settings.threads,
      ...(executor instanceof StreamedCpuExecutor && { placement: placementOf(executor) }),
      ...(adapter && { adapter: adapter.info }),
    };
  },

  async generate(params: GenerationRequest & { number: number }): Promise<Generation | undefined> {
    const slot = params.number % abortFlags.length;
    return generator?.generate(params, () => Atomics.load(abortFlags, slot) === params.number);
  },

  async useAdapter({ location }: { location: string | null }): Promise<AdapterInfo | null> {
    const adapter = location === null ? undefined : await readAdapter(location);
    executor?.useAdapter(adapter);
    // Its keys and values were computed with the adapter before.
    generator?.forget();
    collectGarbage('full');
    return adapter?.info ?? null;
  },

  statistics(): StreamStatistics | undefined {
    return executor instanceof StreamedCpuExecutor ? executor.statistics : undefined;
  },

  async close(): Promise<void> {
    await executor?.close();
  },
});
