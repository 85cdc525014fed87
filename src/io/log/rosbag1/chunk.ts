import Bzip2 from '@foxglove/wasm-bz2';
import type { TimeNs } from '../../../domain/index.ts';
import { decompressLz4, Lz4Error } from '../lz4-decompress.ts';
import type { ByteSource } from '../raw-log.ts';
import { type Connection, OP, parseConnection, parseFrame, timeAt } from './records.ts';

/** Larger chunks are refused: one must fit in memory, and rosbag writes 0.75 MiB. */
const MAX_CHUNK_BYTES = 256 * 1024 * 1024;

/** Bytes of an entry of an index record: time, offset in the chunk. */
const INDEX_ENTRY_BYTES = 12;

/** A chunk, and the index records that follow it. */
export interface ChunkPlace {
  readonly offset: number;
  /** To the next chunk, or to where its index records end. */
  readonly length: number;
}

/** One message in the bytes of its chunk. */
export interface ChunkMessage {
  readonly connection: number;
  readonly timeNs: TimeNs;
  /** Where its record begins. */
  readonly recordAt: number;
  readonly at: number;
  readonly end: number;
}

export interface ChunkContent {
  readonly bytes: Uint8Array;
  /** In the order of the file. */
  readonly messages: readonly ChunkMessage[];
  readonly connections: readonly Connection[];
  readonly compression: string;
  /** What of it could not be read; the rest is there. */
  readonly damages: readonly string[];
}

/**
 * Reads one chunk and compares every message with the index records behind it, which tell its connection,
 * time and place a second time. A message that contradicts them is left out.
 *
 * @throws Error where there is no chunk
 */
export async function readChunk(source: ByteSource, place: ChunkPlace): Promise<ChunkContent> {
  if (place.length > MAX_CHUNK_BYTES) throw new Error(`a chunk of ${place.length} bytes is too large`);
  // A copy, because other passes read from the source too.
  const record = new Uint8Array(await source.read(place.offset, place.length));
  const frame = parseFrame(record, 0);
  if (frame.op !== OP.chunk) throw new Error(`there is no chunk but a record of kind ${frame.op}`);
  const compression = frame.fields.text('compression');
  const damages: string[] = [];
  const torn = frame.end > record.length;
  if (torn) damages.push('the file ends inside it');
  const packed = record.subarray(frame.dataAt, Math.min(frame.end, record.length));
  const bytes = await unpack(packed, compression, frame.fields.uint32('size'), damages);
  const walked = walk(bytes, damages);
  const messages = torn ? walked.messages : confirm(bytes, walked, readIndex(record, frame.end), damages);
  return { bytes, messages, connections: walked.connections, compression, damages };
}

let bzip2: Bzip2 | undefined;

/** The chunk's records: those before the damage where it does not unpack whole. */
async function unpack(
  packed: Uint8Array,
  compression: string,
  size: number,
  damages: string[],
): Promise<Uint8Array> {
  if (size > MAX_CHUNK_BYTES) throw new Error(`a chunk of ${size} bytes, uncompressed, is too large`);
  if (compression !== 'none' && compression !== 'lz4' && compression !== 'bz2') {
    throw new Error(`its compression "${compression}" is not read`);
  }
  if (compression === 'none') return packed;
  try {
    if (compression === 'bz2') bzip2 ??= await Bzip2.init();
    const bytes = compression === 'lz4' ? decompressLz4(packed, size) : bzip2!.decompress(packed, size);
    if (bytes.length !== size) damages.push(`it unpacks to ${bytes.length} bytes, not ${size}`);
    return bytes;
  } catch (error) {
    damages.push(`it does not unpack (${compression}): ${(error as Error).message}`);
    return error instanceof Lz4Error ? error.unpacked : new Uint8Array(0);
  }
}

interface Walked {
  readonly messages: readonly ChunkMessage[];
  readonly connections: readonly Connection[];
  /** Where a record is damaged; the end where none is. */
  readonly end: number;
}

function walk(bytes: Uint8Array, damages: string[]): Walked {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const messages: ChunkMessage[] = [];
  const connections: Connection[] = [];
  let at = 0;
  try {
    while (at < bytes.length) {
      const message = parseMessage(bytes, view, at);
      if (message !== null) {
        messages.push(message);
        at = message.end;
        continue;
      }
      const frame = parseFrame(bytes, at);
      if (frame.end > bytes.length) throw new Error('a record runs past its end');
      if (frame.op !== OP.connection) throw new Error(`a record of kind ${frame.op} is in it`);
      connections.push(parseConnection(bytes, frame));
      at = frame.end;
    }
  } catch (error) {
    if (damages.length === 0) damages.push(`${(error as Error).message}, at its byte ${at}`);
  }
  return { messages, connections, end: at };
}

const FIELD_OP = 0x70_6f; // "op"
const FIELD_CONN = 0x6e_6e_6f_63; // "conn"
const FIELD_TIME = 0x65_6d_69_74; // "time"
const EQUALS = 0x3d;

/**
 * A message record, without a string or a map for its header, since there are millions. Null for another
 * kind of record.
 *
 * @throws RangeError or Error where it is damaged
 */
function parseMessage(bytes: Uint8Array, view: DataView, recordAt: number): ChunkMessage | null {
  const headerEnd = recordAt + 4 + view.getUint32(recordAt, true);
  let connection = -1;
  let timeNs: TimeNs | null = null;
  let isMessage = false;
  let at = recordAt + 4;
  while (at + 4 < headerEnd) {
    const length = view.getUint32(at, true);
    at += 4;
    if (length === 4 && view.getUint16(at, true) === FIELD_OP && bytes[at + 2] === EQUALS) {
      isMessage = bytes[at + 3] === OP.message;
    } else if (length === 9 && view.getUint32(at, true) === FIELD_CONN && bytes[at + 4] === EQUALS) {
      connection = view.getUint32(at + 5, true);
    } else if (length === 13 && view.getUint32(at, true) === FIELD_TIME && bytes[at + 4] === EQUALS) {
      timeNs = timeAt(view, at + 5);
    }
    at += length;
  }
  if (!isMessage) return null;
  if (at !== headerEnd || connection < 0 || timeNs === null) throw new Error('a message header is damaged');
  const start = headerEnd + 4;
  const end = start + view.getUint32(headerEnd, true);
  if (end > bytes.length) throw new Error('a message runs past its end');
  return { connection, timeNs, recordAt, at: start, end };
}

interface IndexEntry {
  readonly connection: number;
  readonly timeNs: TimeNs;
}

/** What the index records say, by offset in the chunk; null where there are none or one is damaged. */
function readIndex(record: Uint8Array, start: number): Map<number, IndexEntry> | null {
  const view = new DataView(record.buffer, record.byteOffset, record.byteLength);
  const entries = new Map<number, IndexEntry>();
  try {
    let records = 0;
    for (let at = start; at < record.length; records++) {
      const frame = parseFrame(record, at);
      if (frame.op !== OP.indexData) break;
      const connection = frame.fields.uint32('conn');
      const count = frame.fields.uint32('count');
      if (frame.end > record.length || count * INDEX_ENTRY_BYTES !== frame.dataBytes) return null;
      for (let entry = frame.dataAt; entry < frame.end; entry += INDEX_ENTRY_BYTES) {
        entries.set(view.getUint32(entry + 8, true), { connection, timeNs: timeAt(view, entry) });
      }
      at = frame.end;
    }
    return records === 0 ? null : entries;
  } catch {
    return null;
  }
}

/** The messages that their index confirms, with those that the walk did not reach. */
function confirm(
  bytes: Uint8Array,
  walked: Walked,
  index: ReadonlyMap<number, IndexEntry> | null,
  damages: string[],
): readonly ChunkMessage[] {
  if (index === null) {
    if (walked.messages.length > 0)
      damages.push('its index records are damaged, so that its messages are unconfirmed');
    return walked.messages;
  }
  const confirmed: ChunkMessage[] = [];
  let contradicted = 0;
  const check = (message: ChunkMessage): void => {
    const entry = index.get(message.recordAt);
    if (entry?.timeNs === message.timeNs && entry.connection === message.connection) confirmed.push(message);
    else contradicted += 1;
  };
  for (const message of walked.messages) check(message);
  if (walked.end < bytes.length) {
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    for (const offset of [...index.keys()].filter((at) => at > walked.end).sort((a, b) => a - b)) {
      try {
        const message = parseMessage(bytes, view, offset);
        if (message !== null) check(message);
      } catch {
        // One that is not there is counted below.
      }
    }
  }
  if (contradicted > 0) damages.push(`${contradicted} messages contradict their index and are left out`);
  const missing = index.size - confirmed.length - contradicted;
  if (missing > 0) damages.push(`${missing} of the ${index.size} messages in its index are missing`);
  return confirmed;
}
