import { crc32 } from 'node:zlib';
import type { McapTypes } from '@mcap/core';
import { loadDecompressHandlers } from '@mcap/support';
import { decompressLz4 } from '../lz4-decompress.ts';
import type { ByteSource } from '../raw-log.ts';
import { contentLength, OPCODE, RECORD_HEADER_BYTES, viewOf } from './records.ts';

/** A run of whole records in the file: a chunk, or messages that stand outside chunks. */
export interface Stretch {
  readonly offset: number;
  readonly length: number;
  /** True for the whole records at the front of one that the file's end cut off. */
  readonly torn?: boolean;
}

/** Start, end, uncompressed size (u64), CRC (u32), length of the compression's name (u32). */
const FIXED_BYTES = 8 * 3 + 4 + 4;

/** Larger chunks are refused: one must fit in memory, and rosbag2 writes 0.75 MiB, the MCAP tools 4 MiB. */
const MAX_CHUNK_BYTES = 256 * 1024 * 1024;

/** The front of a chunk record. */
export interface ChunkHeader {
  readonly startNs: bigint;
  readonly endNs: bigint;
  readonly uncompressedBytes: number;
  /** 0 where the writer left it out. */
  readonly crc: number;
  readonly compression: string;
  /** Where its records lie in the chunk's bytes. */
  readonly recordsAt: number;
  readonly recordsBytes: number;
}

/**
 * @param bytes the record from its opcode on; need not be whole
 * @throws Error where its own lengths contradict each other
 */
export function parseChunkHeader(bytes: Uint8Array): ChunkHeader {
  const view = viewOf(bytes);
  const at = RECORD_HEADER_BYTES;
  const end = at + contentLength(view, 0);
  if (bytes.length < at + FIXED_BYTES) throw new Error('a chunk ends inside its header');
  const nameBytes = view.getUint32(at + FIXED_BYTES - 4, true);
  const recordsAt = at + FIXED_BYTES + nameBytes + 8;
  if (nameBytes > 64 || recordsAt > Math.min(bytes.length, end)) throw new Error('a chunk header is broken');
  const recordsBytes = Number(view.getBigUint64(recordsAt - 8, true));
  if (recordsAt + recordsBytes > end) throw new Error('a chunk is shorter than its records');
  return {
    startNs: view.getBigUint64(at, true),
    endNs: view.getBigUint64(at + 8, true),
    uncompressedBytes: Number(view.getBigUint64(at + 16, true)),
    crc: view.getUint32(at + 24, true),
    compression: Buffer.from(bytes.buffer, bytes.byteOffset + at + FIXED_BYTES, nameBytes).toString('latin1'),
    recordsAt,
    recordsBytes,
  };
}

/** The records of a stretch, unpacked. */
export interface UnpackedRecords {
  readonly records: Uint8Array;
  /** True where a CRC says that they are as they were written. */
  readonly isProven: boolean;
}

/**
 * Reads a stretch and unpacks it.
 *
 * @throws Error for one that the file cuts off, whose CRC is wrong, or that does not unpack
 */
export async function readRecords(source: ByteSource, stretch: Stretch): Promise<UnpackedRecords> {
  const { offset, length } = stretch;
  if (length > MAX_CHUNK_BYTES) throw new Error(`a chunk of ${length} bytes is too large`);
  const bytes = await source.read(offset, length);
  if (bytes.length < length) throw new Error('the file ends inside it');
  if (stretch.torn === true || bytes[0] !== OPCODE.chunk) return { records: bytes, isProven: false };
  if (contentLength(viewOf(bytes), 0) !== length - RECORD_HEADER_BYTES) {
    throw new Error('there is no chunk of the length that the index says');
  }
  const header = parseChunkHeader(bytes);
  if (header.uncompressedBytes > MAX_CHUNK_BYTES) {
    throw new Error(`a chunk of ${header.uncompressedBytes} bytes, uncompressed, is too large`);
  }
  const packed = bytes.subarray(header.recordsAt, header.recordsAt + header.recordsBytes);
  const records = await unpack(packed, header);
  if (records.length !== header.uncompressedBytes) {
    throw new Error(`a chunk unpacks to ${records.length} bytes, not ${header.uncompressedBytes}`);
  }
  if (header.crc !== 0) {
    const found = crc32(records);
    if (found !== header.crc) throw new Error(`its CRC is ${found}, and ${header.crc} is expected`);
  }
  return { records, isProven: header.crc !== 0 };
}

let handlers: McapTypes.DecompressHandlers | undefined;

async function unpack(packed: Uint8Array, header: ChunkHeader): Promise<Uint8Array> {
  if (header.compression === '' || packed.length === 0) return packed;
  try {
    if (header.compression === 'lz4') return decompressLz4(packed, header.uncompressedBytes);
    handlers ??= await loadDecompressHandlers();
    const decompress = handlers[header.compression];
    if (decompress === undefined) throw new Error('it is not read');
    return decompress(packed, BigInt(header.uncompressedBytes));
  } catch (error) {
    throw new Error(`it does not unpack (${header.compression}): ${(error as Error).message}`);
  }
}
