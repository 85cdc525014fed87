import { createHash } from 'node:crypto';
import type { FileHandle } from 'node:fs/promises';
import { crc32 } from 'node:zlib';
import { type Section, type StoredTensor, sectionsOf } from './manifest.ts';

const CHUNK_BYTES = 1 << 20;

/** The checksums of a block: SHA-256 over all its bytes, CRC-32 over each tensor's sections. */
export interface BlockSums {
  readonly sha256: string;
  readonly crc32: readonly number[];
}

type Sections = Pick<StoredTensor, 'data' | 'scales' | 'minima'>;

/** CRC-32 of a tensor in a block's bytes. 4.4 GB/s on one core here, where SHA-256 makes 1.6. */
export function tensorCrc(block: Uint8Array, tensor: Sections): number {
  return sectionsOf(tensor).reduce(
    (sum, { offset, bytes }) => crc32(block.subarray(offset, offset + bytes), sum),
    0,
  );
}

/** Reads a block from the file, a piece at a time, and sums it up; undefined where the file ends early. */
export async function sumBlock(
  handle: FileHandle,
  block: { readonly offset: number; readonly bytes: number; readonly tensors: readonly Sections[] },
  onBytes: (bytes: number) => void = () => {},
): Promise<BlockSums | undefined> {
  const hash = createHash('sha256');
  const sums = block.tensors.map(() => 0);
  const sections = block.tensors.flatMap((tensor, i) =>
    sectionsOf(tensor).map((section): [number, Section] => [i, section]),
  );
  const buffer = Buffer.allocUnsafe(Math.min(CHUNK_BYTES, block.bytes));
  let next = 0;
  for (let at = 0; at < block.bytes; ) {
    const length = Math.min(buffer.length, block.bytes - at);
    const { bytesRead } = await handle.read(buffer, 0, length, block.offset + at);
    if (bytesRead === 0) return undefined;
    hash.update(buffer.subarray(0, bytesRead));
    const end = at + bytesRead;
    for (let i = next; i < sections.length; i++) {
      const [tensor, { offset, bytes }] = sections[i] as [number, Section];
      if (offset >= end) break;
      const from = Math.max(offset, at);
      const to = Math.min(offset + bytes, end);
      if (to > from) sums[tensor] = crc32(buffer.subarray(from - at, to - at), sums[tensor] as number);
      if (offset + bytes <= end) next = i + 1;
    }
    at = end;
    onBytes(bytesRead);
  }
  return { sha256: hash.digest('hex'), crc32: sums };
}
