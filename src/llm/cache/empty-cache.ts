import { cacheRow } from '../architectures/attention.ts';
import type { DecoderSpec } from '../architectures/spec.ts';
import { KvCache } from './kv-cache.ts';

/** An empty cache that fits a model, or those of its blocks that are given. */
export function emptyCache(spec: DecoderSpec, blocks: DecoderSpec['blocks'] = spec.blocks): KvCache {
  const { kvHeads, headSize } = spec;
  return new KvCache({ kvHeads, headSize, ropes: blocks.map(({ rope }) => rope), ...cacheRow(spec) });
}
