import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { type InferenceSession, Tensor } from 'onnxruntime-node';
import { CodriverError } from '../../domain/errors.ts';
import { collectGarbage, createSession } from '../../onnx/index.ts';
import { AdapterTensors } from '../adapters/adapter-tensors.ts';
import { type Adapter, checkAdaptable } from '../adapters/open-adapter.ts';
import { wholeModel } from '../architectures/decoder-graph.ts';
import { type DescribedModel, describeModel } from '../architectures/describe.ts';
import { runOptions } from '../architectures/run-segment.ts';
import { writeSegmentFiles } from '../architectures/segment-files.ts';
import { SEGMENT_IO } from '../architectures/segment-io.ts';
import type { DecoderSpec } from '../architectures/spec.ts';
import { emptyCache } from '../cache/empty-cache.ts';
import type { KvCache } from '../cache/kv-cache.ts';
import type { ModelSource } from '../formats/open-model.ts';
import { EmbeddingReader } from './embedding.ts';

/**
 * How long a thread waits awake for the next of a pass's 600 operators: 60 µs are worth a fifth of the speed (8.0
 * against 9.6 ms a token), and an idle model still sleeps.
 */
const SPIN_US = 60;

/** A minor collection each so many passes keeps their outputs from piling up. */
const PASSES_A_COLLECTION = 16;

/**
 * Runs a model whose weights stay in memory, on the CPU, as one session: 30 sessions a token cost a third
 * more than one. Blocks its thread while it computes.
 */
export class ResidentCpuExecutor {
  readonly shape: DecoderSpec;
  readonly #session: InferenceSession;
  readonly #embedding: EmbeddingReader;
  readonly #source: ModelSource;
  #passes = 0;
  /** What every pass over a cache feeds, by the cache's buffers; emptied when the adapter changes. */
  #feeds = new WeakMap<readonly Float32Array[], Record<string, Tensor>>();
  #adapter: AdapterTensors | undefined;

  private constructor(source: ModelSource, model: DescribedModel, session: InferenceSession) {
    this.#source = source;
    this.shape = model.spec;
    this.#session = session;
    if (model.adaptable) this.#adapter = new AdapterTensors(model.spec);
    this.#embedding = new EmbeddingReader(model);
  }

  /**
   * Converts a model to ONNX in a temporary folder and opens it. The weights are external data, so that
   * onnxruntime maps them instead of copying; the folder is gone when this returns, the maps live on.
   *
   * @param adaptable whether {@link useAdapter} may be called; without it, the graph has nothing of adapters
   */
  static async open(
    source: ModelSource,
    threads: number,
    onStage: (stage: string, fraction: number) => void,
    adaptable = false,
  ) {
    const model = { ...describeModel(source), adaptable };
    if (adaptable) checkAdaptable(model.spec);
    const folder = await mkdtemp(path.join(tmpdir(), 'codriver-model-'));
    try {
      const modelFile = await writeSegmentFiles(model, wholeModel(model.spec), folder, (fraction) =>
        onStage('convert', fraction),
      );
      onStage('prepare', 0);
      const session = await createSession(modelFile, { threads, spinUs: SPIN_US });
      onStage('prepare', 1);
      return new ResidentCpuExecutor(source, model, session);
    } catch (error) {
      throw CodriverError.from(error, 'MODEL_FAILED');
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  }

  /** One pass over `tokens` after those in the cache, which gets their rows; logits [V] of the last token. */
  async pass(tokens: readonly number[], cache: KvCache): Promise<Float32Array> {
    const past = cache.tokens.length;
    const total = past + tokens.length;
    cache.reserve(total);
    const { embedding } = this.shape;
    const rows = this.#embedding.rows(tokens, past);
    const feeds = this.#feedsOf(cache);
    feeds[SEGMENT_IO.hidden] = new Tensor('float32', rows, [1, tokens.length, embedding]);
    feeds[SEGMENT_IO.lastPosition] = new Tensor('int32', Int32Array.of(total - 1), [1]);
    feeds[SEGMENT_IO.total] = new Tensor('int32', Int32Array.of(total), [1]);
    if (++this.#passes % PASSES_A_COLLECTION === 0) collectGarbage('minor');
    const outputs = await this.#session.run(feeds, runOptions(tokens.length));
    cache.append(tokens, outputs[SEGMENT_IO.newRows]?.data as Float32Array);
    return outputs[SEGMENT_IO.logits]?.data as Float32Array;
  }

  /**
   * Passes over chunk after chunk of a prompt; logits [V] of the last token. Undefined when `aborted()`, which is asked
   * before every pass; the cache then has the chunks before.
   */
  async passes(
    chunks: readonly (readonly number[])[],
    cache: KvCache,
    aborted: () => boolean,
  ): Promise<Float32Array | undefined> {
    let logits: Float32Array | undefined;
    for (const tokens of chunks) {
      if (aborted()) return undefined;
      logits = await this.pass(tokens, cache);
    }
    return logits;
  }

  /** Computes with an adapter from now on, or without; caches keep what was computed before. */
  useAdapter(adapter: Adapter | undefined): void {
    if (this.#adapter === undefined)
      throw new CodriverError('INTERNAL', 'The model was opened without room for adapters.');
    this.#adapter = new AdapterTensors(this.shape, adapter?.factors);
    this.#feeds = new WeakMap();
  }

  /**
   * The cache's buffers and the adapter as tensors, made once for each set of buffers; the caller puts a pass's own
   * into the same object, since a copy of one with 360 names takes 0.7 ms.
   */
  #feedsOf(cache: KvCache): Record<string, Tensor> {
    const known = this.#feeds.get(cache.buffers);
    if (known !== undefined) return known;
    const dims = [1, this.shape.kvHeads, cache.capacity, this.shape.headSize];
    const feeds: Record<string, Tensor> = { ...this.#adapter?.all() };
    for (let block = 0; block < this.shape.blocks.length; block++) {
      feeds[SEGMENT_IO.pastKey(block)] = new Tensor(
        'float32',
        cache.buffers[2 * block] as Float32Array,
        dims,
      );
      feeds[SEGMENT_IO.pastValue(block)] = new Tensor(
        'float32',
        cache.buffers[2 * block + 1] as Float32Array,
        dims,
      );
    }
    this.#feeds.set(cache.buffers, feeds);
    return feeds;
  }

  /** An empty cache that fits this model. */
  newCache(): KvCache {
    return emptyCache(this.shape);
  }

  async close(): Promise<void> {
    await this.#session.release();
    await this.#source.close();
  }
}
