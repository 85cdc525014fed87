import { CodriverError } from '../domain/errors.ts';
import { collectGarbage } from '../onnx/index.ts';
import type { AdapterInfo } from './adapters/open-adapter.ts';
import { type LoadProgress, LocalWorker, type ModelInfo, type Offload } from './backends/local-worker.ts';
import type { JsonSchema } from './decoding/json-schema.ts';
import { checkSampling, type Sampling } from './decoding/sampler-random.ts';
import type { StreamStatistics } from './executors/stream/segment-stream.ts';
import { openModel } from './formats/open-model.ts';
import { modelVocabulary } from './tokenizer/model-vocabulary.ts';
import { type PromptSegment, Tokenizer } from './tokenizer/tokenizer.ts';

export type { AdapterInfo } from './adapters/open-adapter.ts';
export type { LoadProgress, ModelInfo, ModelPlacement, Offload } from './backends/local-worker.ts';
export type { JsonSchema } from './decoding/json-schema.ts';
export type { Sampling } from './decoding/sampler-random.ts';
export type { StreamStatistics } from './executors/stream/segment-stream.ts';
export { type Percentages, parsePercentages } from './policy/percentages.ts';
export { parseMemorySize } from './policy/tier.ts';
export type { PromptSegment } from './tokenizer/tokenizer.ts';

/** One generation to do. */
export interface GenerateRequest {
  /**
   * The whole prompt. A string is read with control tokens (`<|im_start|>`); segments say piece by piece
   * whether they may hold any, so that quoted text from outside can never open a new turn.
   */
  readonly prompt: string | readonly PromptSegment[];
  /** The text will be compact JSON that is valid for this schema. GRAMMAR_UNSUPPORTED when it can't be enforced. */
  readonly schema?: JsonSchema;
  /** Most tokens to generate, decoded and appended together; at least 1. */
  readonly maxTokens: number;
  /** How tokens are drawn; absent: greedy. */
  readonly sampling?: Sampling;
  /** Gives the request up before its next token; what is there by then is returned with finish `aborted`. */
  readonly signal?: AbortSignal;
  /** Where to stop: at the model's end tokens, the only choice so far. */
  readonly stop?: 'eos';
}

/** A finished generation. */
export interface GenerateResult {
  readonly text: string;
  /** Generated token ids, without the end token. */
  readonly tokens: number[];
  /**
   * For each of the tokens: 1 where the schema forced it; else the model's probability of it, at temperature 1, among
   * the tokens that were allowed there.
   */
  readonly probabilities: number[];
  readonly promptTokens: number;
  /** Prompt tokens whose keys and values were taken from the request before. */
  readonly cachedTokens: number;
  /** Tokens chosen by the model. */
  readonly decodedTokens: number;
  /** Tokens that the schema left no choice about; they cost no pass of their own. */
  readonly appendedTokens: number;
  /** `stop`: complete. `length`: cut at maxTokens. `aborted`: by the signal. Only `stop` is valid for the schema. */
  readonly finish: 'stop' | 'length' | 'aborted';
  readonly prefillMs: number;
  readonly decodeMs: number;
  readonly grammarMs: number;
}

/** A loaded model. Requests wait for each other; the caller's thread stays free. */
export interface LanguageModel {
  /** What it is; its `adapter` changes with {@link useAdapter}. */
  readonly info: ModelInfo;
  /** Greedy unless the request says otherwise, and deterministic: the tokens depend on the request alone. */
  generate(request: GenerateRequest): Promise<GenerateResult>;
  /**
   * Uses a LoRA adapter (a folder as PEFT saves it, or its safetensors file) from the next request on, or none; the
   * base stays as it is. Waits for the requests before. Where it fails, the adapter before stays in use: NOT_FOUND,
   * ADAPTER_CORRUPT, ADAPTER_UNSUPPORTED, ADAPTER_MISMATCH; BAD_ARGUMENT where the model isn't adaptable.
   */
  useAdapter(location: string | null): Promise<AdapterInfo | null>;
  /** Tokens of a text outside of any prompt, control tokens not read. */
  countTokens(text: string): number;
  /** What was read of streamed weights so far; undefined where all are in memory. */
  statistics(): Promise<StreamStatistics | undefined>;
  close(): Promise<void>;
}

/** How a model is loaded. */
export interface LoadOptions {
  /**
   * Path of a GGUF file; or of a folder with config.json, tokenizer.json and safetensors (F32, F16, BF16), of one of
   * those safetensors files, or of their index. Llama, Qwen2, Gemma 3 (text), OPT (not from GGUF) and BLOOM.
   */
  readonly file: string;
  /** Threads that compute a pass; default and most: the thread budget (2). */
  readonly threads?: number;
  /** Keeps the model within a limit of memory: what doesn't fit is read from the disk in every pass. */
  readonly offload?: Offload;
  /** The LoRA adapter to begin with; see {@link LanguageModel.useAdapter}. */
  readonly adapter?: string;
  /**
   * Whether adapters may be used; default: where one is given. Without it, nothing is paid for adapters; with it, and
   * none in use, a pass of a small model takes some percent longer and computes the same bits.
   */
  readonly adaptable?: boolean;
  readonly onProgress?: (progress: LoadProgress) => void;
}

/**
 * Loads a model into a worker thread. Errors: MODEL_MISSING, MODEL_CORRUPT, MODEL_UNSUPPORTED, those of an adapter; after that
 * MODEL_FAILED once the worker died, from every call.
 */
export async function loadLanguageModel(options: LoadOptions): Promise<LanguageModel> {
  const worker = await LocalWorker.open(options);
  const tokenizer = await readTokenizer(options.file);
  collectGarbage('full');
  return {
    get info() {
      return worker.info;
    },
    useAdapter: (location) => worker.useAdapter(location),
    async generate(request) {
      const { maxTokens } = request;
      if (!Number.isInteger(maxTokens) || maxTokens < 1) {
        throw new CodriverError(
          'BAD_ARGUMENT',
          `maxTokens must be a whole number of at least 1, not ${maxTokens}.`,
        );
      }
      if (request.sampling !== undefined) checkSampling(request.sampling);
      const prompt =
        typeof request.prompt === 'string' ? [{ text: request.prompt, special: true }] : request.prompt;
      const { schema, sampling, signal } = request;
      return worker.generate({ prompt, schema, maxTokens, sampling }, signal);
    },
    countTokens: (text) => tokenizer.encode(text).length,
    statistics: () => worker.statistics(),
    close: () => worker.close(),
  };
}

async function readTokenizer(file: string): Promise<Tokenizer> {
  const source = await openModel(file);
  try {
    return new Tokenizer(await modelVocabulary(source));
  } finally {
    await source.close();
  }
}
