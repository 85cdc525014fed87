import { type InferenceSession, Tensor } from 'onnxruntime-node';
import type { SegmentRange } from './decoder-graph.ts';
import { SEGMENT_IO } from './segment-io.ts';
import type { DecoderSpec } from './spec.ts';

/** Gives back what a pass over many tokens took from the system; passes over one token need little of it. */
const SHRINK_AFTER: InferenceSession.RunOptions = {
  extra: { memory: { enable_memory_arena_shrinkage: 'cpu:0' } },
};

/** Passes over more tokens than this give memory back. */
const FEW_TOKENS = 8;

/** Options of a run over so many tokens. */
export function runOptions(tokens: number): InferenceSession.RunOptions {
  return tokens > FEW_TOKENS ? SHRINK_AFTER : {};
}

/** What one block's attention sees: its keys and values, float32 [kvHeads, capacity, headSize] each. */
export interface BlockCache {
  readonly keys: Float32Array;
  readonly values: Float32Array;
  readonly capacity: number;
}

/** What a segment computes from. */
export interface SegmentInput {
  /** float32 [tokens, E]. */
  readonly hidden: Float32Array;
  readonly tokens: number;
  /** Tokens in the cache before this pass. */
  readonly past: number;
  /** Of a segment with a block. */
  readonly cache?: BlockCache;
  /** Of a segment with a block that takes an adapter in. */
  readonly adapter?: Readonly<Record<string, Tensor>>;
}

/** What a segment gives: the hidden state [tokens, E], or the logits [V] of the last token; and rows for the cache. */
export interface SegmentOutput {
  readonly values: Float32Array;
  readonly newRows?: Float32Array;
}

/**
 * Runs one block, or the head. Blocks the thread.
 *
 * @param graphBlock the block that the session's graph was written for
 */
export async function runSegment(
  session: InferenceSession,
  spec: DecoderSpec,
  range: SegmentRange,
  graphBlock: number,
  { hidden, tokens, past, cache, adapter }: SegmentInput,
): Promise<SegmentOutput> {
  const feeds: Record<string, Tensor> = {
    ...adapter,
    [SEGMENT_IO.hidden]: new Tensor('float32', hidden, [1, tokens, spec.embedding]),
  };
  if (cache !== undefined) {
    const total = past + tokens;
    const dims = [1, spec.kvHeads, cache.capacity, spec.headSize];
    feeds[SEGMENT_IO.total] = new Tensor('int32', Int32Array.of(total), [1]);
    feeds[SEGMENT_IO.lastPosition] = new Tensor('int32', Int32Array.of(total - 1), [1]);
    feeds[SEGMENT_IO.pastKey(graphBlock)] = new Tensor('float32', cache.keys, dims);
    feeds[SEGMENT_IO.pastValue(graphBlock)] = new Tensor('float32', cache.values, dims);
  }
  const outputs = await session.run(feeds, runOptions(tokens));
  const values = outputs[range.head ? SEGMENT_IO.logits : SEGMENT_IO.hiddenOut]?.data as Float32Array;
  const newRows = outputs[SEGMENT_IO.newRows]?.data as Float32Array | undefined;
  return newRows === undefined ? { values } : { values, newRows };
}
