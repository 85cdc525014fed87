import { CodriverError } from '../../domain/errors.ts';
import { collectGarbage } from '../../onnx/index.ts';
import { AdapterTensors } from '../adapters/adapter-tensors.ts';
import { type Adapter, checkAdaptable } from '../adapters/open-adapter.ts';
import { type DescribedModel, describeModel } from '../architectures/describe.ts';
import { type BlockCache, runSegment } from '../architectures/run-segment.ts';
import type { DecoderSpec } from '../architectures/spec.ts';
import { emptyCache } from '../cache/empty-cache.ts';
import type { KvCache } from '../cache/kv-cache.ts';
import type { ModelSource } from '../formats/open-model.ts';
import { type PreparedModel, prepareModel } from '../prepared/prepare-model.ts';
import { PIECE_BYTES } from '../prepared/prepared-files.ts';
import { openSlots, type SlotMemory } from '../prepared/slot-memory.ts';
import { EmbeddingReader } from './embedding.ts';
import { SegmentStream, type StreamStatistics } from './stream/segment-stream.ts';

/** Where a model's segments are, while it runs. */
export interface StreamedPlacement {
  /** Names of the segments that stay in memory; the others are read in every pass. */
  readonly pinned: ReadonlySet<string>;
  /** Slots of the ring that streamed segments are read into; two at least where there are any. */
  readonly ringSlots: number;
}

export interface StreamedOptions {
  readonly threads: number;
  /** Most tokens of a prompt and its answer, where the model itself could take more. */
  readonly contextTokens: number;
  /** Where prepared weights are kept, a folder on a fast disk. */
  readonly preparedRoot: string;
  /** Decides by the segments' bytes as they are streamed. */
  readonly place: (model: PreparedModel, spec: DecoderSpec) => StreamedPlacement | Promise<StreamedPlacement>;
  readonly onStage: (stage: string, fraction: number) => void;
  /** Whether an adapter may be used; default false, and then graphs have nothing of adapters. */
  readonly adaptable?: boolean;
}

/** A minor collection each so many runs of segments keeps their outputs from piling up. */
const RUNS_A_COLLECTION = 256;

/** One chunk on its way through the segments. */
interface Step {
  readonly tokens: number;
  /** Tokens before it. */
  readonly past: number;
  hidden: Float32Array;
}

/**
 * Runs a model that is larger than the memory it may take, on the CPU: some segments stay in memory, the others are
 * read from the disk in every pass, ahead of their use. Computes the same bits as {@link ResidentCpuExecutor}
 * wherever segments are. Blocks its thread while it computes.
 */
export class StreamedCpuExecutor {
  /** Of the model, with the context that was asked for. */
  readonly shape: DecoderSpec;
  readonly placement: StreamedPlacement;
  readonly model: PreparedModel;
  readonly #source: ModelSource;
  readonly #embedding: EmbeddingReader;
  readonly #pinned: ReadonlyMap<string, SlotMemory>;
  readonly #ring: readonly SlotMemory[];
  readonly #stream: SegmentStream | undefined;
  #adapter: AdapterTensors | undefined;
  #runs = 0;

  private constructor(
    source: ModelSource,
    described: DescribedModel,
    spec: DecoderSpec,
    model: PreparedModel,
    placement: StreamedPlacement,
    slots: { pinned: ReadonlyMap<string, SlotMemory>; ring: readonly SlotMemory[] },
    stream: SegmentStream | undefined,
  ) {
    this.#source = source;
    this.shape = spec;
    this.model = model;
    this.placement = placement;
    this.#embedding = new EmbeddingReader(described);
    this.#pinned = slots.pinned;
    this.#ring = slots.ring;
    this.#stream = stream;
    if (described.adaptable) this.#adapter = new AdapterTensors(spec);
  }

  /** Prepares the model where it isn't yet, fills memory with what stays, and begins to read the rest. */
  static async open(source: ModelSource, options: StreamedOptions): Promise<StreamedCpuExecutor> {
    const { threads, preparedRoot, contextTokens, place, onStage, adaptable = false } = options;
    const described = { ...describeModel(source), adaptable };
    if (adaptable) checkAdaptable(described.spec);
    const spec = { ...described.spec, context: Math.min(described.spec.context, contextTokens) };
    const model = await prepareModel(described, preparedRoot, (fraction) => onStage('pack', fraction));
    const placement = await place(model, spec);
    const pinned = model.segments.filter(({ name }) => placement.pinned.has(name));
    const streamed = streamedSegments(model, placement);
    const ringSlots = streamed.length === 0 ? 0 : Math.min(placement.ringSlots, streamed.length);
    if (streamed.length > 1 && ringSlots < 2)
      throw new CodriverError(
        'INTERNAL',
        'A ring needs two slots, to read one segment while another computes.',
      );
    const kindsOfRing = [...new Set(streamed.map(({ kind }) => kind))];
    const wanted = [
      ...pinned.map(({ kind }) => [kind]),
      ...Array.from({ length: ringSlots }, () => kindsOfRing),
    ];
    const slots = await openSlots(wanted, model.files, threads, (fraction) =>
      onStage('prepare', fraction / 2),
    );
    const ring = slots.slice(pinned.length);
    let stream: SegmentStream | undefined;
    try {
      if (streamed.length > 0) {
        const segments = streamed.map(({ prepared }) => prepared);
        stream = await SegmentStream.open(segments, ring, model.files);
      }
      const held = new Map<string, SlotMemory>();
      const memory = new Uint8Array(PIECE_BYTES);
      for (const [i, { name, prepared }] of pinned.entries()) {
        const slot = slots[i] as SlotMemory;
        await slot.fill(prepared, model.files, memory);
        held.set(name, slot);
        onStage('prepare', 0.5 + (i + 1) / pinned.length / 2);
      }
      return new StreamedCpuExecutor(
        source,
        described,
        spec,
        model,
        placement,
        { pinned: held, ring },
        stream,
      );
    } catch (error) {
      await stream?.close();
      for (const slot of slots) await slot.close();
      throw CodriverError.from(error, 'MODEL_FAILED');
    }
  }

  /** One pass over `tokens` after those in the cache, which gets their rows; logits [V] of the last token. */
  async pass(tokens: readonly number[], cache: KvCache): Promise<Float32Array> {
    return (await this.passes([tokens], cache, () => false)) as Float32Array;
  }

  /**
   * Passes over chunk after chunk of a prompt, with the same bits as one by one; logits [V] of the last token. Each
   * segment computes all chunks before the next one, so that it is read once. Undefined when `aborted()`, which is
   * asked before every segment; the cache then has none of the chunks.
   */
  async passes(
    chunks: readonly (readonly number[])[],
    cache: KvCache,
    aborted: () => boolean,
  ): Promise<Float32Array | undefined> {
    let length = cache.tokens.length;
    let steps = chunks.map((tokens): Step => {
      const past = length;
      length += tokens.length;
      return { tokens: tokens.length, past, hidden: this.#embedding.rows(tokens, past) };
    });
    cache.reserve(length);
    let streamed = 0;
    for (const { name, range, kind } of this.model.segments) {
      if (aborted()) return undefined;
      const held = this.#pinned.get(name);
      const slot = held ?? (await this.#stream?.acquire(streamed++));
      const session = (slot as SlotMemory).session(kind.signature);
      // The head is only asked about the last token.
      if (range.head) steps = steps.slice(-1);
      try {
        for (const step of steps) {
          if (++this.#runs % RUNS_A_COLLECTION === 0) collectGarbage('minor');
          const adapter = range.head ? undefined : this.#adapter?.block(range.from, kind.block);
          const input = { ...step, ...blockCache(cache, range), ...(adapter && { adapter }) };
          const { values, newRows } = await runSegment(session, this.shape, range, kind.block, input);
          step.hidden = values;
          if (newRows !== undefined) cache.writeBlock(range.from, step.past, newRows);
        }
      } finally {
        if (held === undefined) this.#stream?.release();
      }
    }
    cache.add(chunks.flat());
    return (steps[0] as Step).hidden;
  }

  /** Computes with an adapter from now on, or without; caches keep what was computed before. */
  useAdapter(adapter: Adapter | undefined): void {
    if (this.#adapter === undefined)
      throw new CodriverError('INTERNAL', 'The model was opened without room for adapters.');
    this.#adapter = new AdapterTensors(this.shape, adapter?.factors);
  }

  /** An empty cache that fits this model. */
  newCache(): KvCache {
    return emptyCache(this.shape);
  }

  /** What was read so far; undefined where nothing is streamed. */
  get statistics(): StreamStatistics | undefined {
    return this.#stream?.statistics;
  }

  async close(): Promise<void> {
    await this.#stream?.close();
    for (const slot of [...this.#pinned.values(), ...this.#ring]) await slot.close();
    await this.#source.close();
  }
}

function streamedSegments(model: PreparedModel, placement: StreamedPlacement) {
  return model.segments.filter(({ name }) => !placement.pinned.has(name));
}

function blockCache(cache: KvCache, range: { from: number; head: boolean }): { cache?: BlockCache } {
  if (range.head) return {};
  const [keys, values] = cache.buffers.slice(2 * range.from) as [Float32Array, Float32Array];
  return { cache: { keys, values, capacity: cache.capacity } };
}
