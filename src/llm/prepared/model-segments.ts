import type { SegmentRange } from '../architectures/decoder-graph.ts';
import type { DecoderSpec } from '../architectures/spec.ts';

/** A part of a model that is placed as a whole: one block, or the head. */
export interface ModelSegment {
  /** `blk.0`, `blk.1`, …, `head`. */
  readonly name: string;
  readonly range: SegmentRange;
}

/** The segments of a model in the order of a pass. */
export function modelSegments(spec: DecoderSpec): ModelSegment[] {
  const count = spec.blocks.length;
  const blocks = spec.blocks.map((_, block) => ({
    name: `blk.${block}`,
    range: { from: block, to: block + 1, head: false },
  }));
  return [...blocks, { name: 'head', range: { from: count, to: count, head: true } }];
}

/**
 * What makes segments of one form differ in their graphs: the first block's sums, how keys are rotated, what a
 * token sees.
 */
export function segmentTraits(spec: DecoderSpec, { range }: ModelSegment): unknown {
  if (range.head) return 'head';
  return [range.from === 0 ? 'first' : 'inner', spec.blocks[range.from]];
}
