import { type FileHandle, open } from 'node:fs/promises';
import { Decompress } from 'fzstd';
import type { Damage } from '../raw-log.ts';
import { parseZstdHeader, ZSTD_HEADER_BYTES, type ZstdHeader } from './zstd-header.ts';

const READ_BYTES = 256 * 1024;
/** Larger windows are refused, as by zstd itself without `--long`: so much has to be in memory. */
const MAX_WINDOW_BYTES = 128 * 1024 * 1024;

/**
 * The header of a zstd file.
 *
 * @throws Error where it is not there, is damaged, or asks for too much memory
 */
export async function readZstdHeader(file: FileHandle): Promise<ZstdHeader> {
  const bytes = new Uint8Array(ZSTD_HEADER_BYTES);
  const { bytesRead } = await file.read(bytes, 0, bytes.length, 0);
  if (bytesRead === 0) throw new Error('it is empty');
  const header = parseZstdHeader(bytes.subarray(0, bytesRead));
  if (header.windowBytes > MAX_WINDOW_BYTES) {
    throw new Error(`its window of ${header.windowBytes} bytes is larger than ${MAX_WINDOW_BYTES}`);
  }
  return header;
}

/** What came out of a zstd file. */
export interface Unpacked {
  readonly bytes: number;
  /** Where in the packed file reading ended early; null where it did not. */
  readonly damage: Damage | null;
}

/**
 * Unpacks a zstd file to a new one, a block at a time.
 *
 * @throws Error of the file system (ENOSPC where the disk is full)
 */
export async function unpackZstdFile(from: FileHandle, to: string, header: ZstdHeader): Promise<Unpacked> {
  const output = await open(to, 'wx', 0o600);
  let bytes = 0;
  let offset = 0;
  let damage: Damage | null = null;
  try {
    let blocks: Uint8Array[] = [];
    const stream = new Decompress((block) => void blocks.push(block));
    for (;;) {
      const input = new Uint8Array(READ_BYTES);
      const { bytesRead } = await from.read(input, 0, READ_BYTES, offset);
      try {
        stream.push(input.subarray(0, bytesRead), bytesRead === 0);
      } catch (error) {
        damage = { offset, why: `it does not unpack (zstd): ${(error as Error).message}` };
      }
      for (const block of blocks) {
        await writeAll(output, block);
        bytes += block.length;
      }
      blocks = [];
      offset += bytesRead;
      if (bytesRead === 0 || damage !== null) break;
    }
    // Only for a file of one frame; several have a size each.
    if (damage === null && header.contentBytes !== null && bytes < header.contentBytes) {
      damage = { offset, why: `it unpacks to ${bytes} bytes, not ${header.contentBytes}` };
    }
    return { bytes, damage };
  } finally {
    await output.close();
  }
}

async function writeAll(output: FileHandle, block: Uint8Array): Promise<void> {
  for (let written = 0; written < block.length; ) {
    written += (await output.write(block, written)).bytesWritten;
  }
}
