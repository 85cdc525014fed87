import { WallClock } from '../../domain/clock.ts';
import { collectGarbage, emitWorkerEvent, giveWay, serveWorker, workerSettings } from '../../onnx/index.ts';
import { type Generation, type GenerationRequest, Generator } from '../decoding/generator.ts';
import { GrammarEngine } from '../decoding/grammar.ts';
import { ResidentCpuExecutor } from '../executors/resident-cpu.ts';
import { openGguf } from '../formats/gguf.ts';
import { ModelMetadata } from '../formats/model-metadata.ts';
import { Tokenizer } from '../tokenizer/tokenizer.ts';
import { readVocabulary } from '../tokenizer/vocabulary.ts';
import type { LocalWorkerSettings, ModelInfo } from './local-worker.ts';

const settings = workerSettings<LocalWorkerSettings>();
/** The number of the newest request that is to be given up; requests are numbered from 1. */
const abortFlags = new Int32Array(settings.abortFlags);
let executor: ResidentCpuExecutor | undefined;
let generator: Generator | undefined;

serveWorker({
  async load(): Promise<ModelInfo> {
    const progress = (stage: string, fraction: number) => emitWorkerEvent({ stage, fraction });
    giveWay();
    progress('open', 0);
    const gguf = await openGguf(settings.file);
    const metadata = new ModelMetadata(gguf.metadata, settings.file);
    const vocabulary = readVocabulary(metadata);
    executor = await ResidentCpuExecutor.open(gguf, settings.threads, progress);
    const tokenizer = new Tokenizer(vocabulary);
    const grammars = await GrammarEngine.create(tokenizer);
    generator = new Generator(executor, tokenizer, grammars, executor.newCache(), new WallClock());
    collectGarbage('full');
    progress('ready', 1);
    return {
      file: settings.file,
      name: metadata.text('general.name', 'unnamed'),
      architecture: metadata.text('general.architecture'),
      contextTokens: executor.shape.context,
      vocabularyTokens: executor.shape.vocabulary,
      threads: settings.threads,
    };
  },

  async generate(params: GenerationRequest & { number: number }): Promise<Generation | undefined> {
    const slot = params.number % abortFlags.length;
    return generator?.generate(params, () => Atomics.load(abortFlags, slot) === params.number);
  },

  async close(): Promise<void> {
    await executor?.close();
  },
});
