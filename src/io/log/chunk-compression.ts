import { compress, isLoaded } from '@foxglove/wasm-zstd';
import { compressLz4 } from './lz4-frame.ts';

/** How chunks of an MCAP are written. */
export const COMPRESSIONS = ['zstd', 'lz4', 'none'] as const;
export type Compression = (typeof COMPRESSIONS)[number];

/** Compresses one chunk; the result has memory of its own, or is `data` itself. */
export type CompressChunk = (data: Uint8Array) => Uint8Array;

/** A compressor, ready to be used. */
export async function loadCompressor(compression: Compression): Promise<CompressChunk> {
  if (compression === 'none') return (data) => data;
  if (compression === 'lz4') return compressLz4;
  await isLoaded;
  return compress;
}
