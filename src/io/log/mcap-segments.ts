import { McapRecordBuilder, McapStreamReader, type McapTypes } from '@mcap/core';
import { loadDecompressHandlers } from '@mcap/support';
import type { TimeNs } from '../../domain/index.ts';
import type { LogFile } from './log-file.ts';

/**
 * A run of whole records in the file, read in one go: a chunk, or messages that
 * stand outside chunks. `startNs` and `endNs` are the first and last log time in it.
 */
export interface Segment {
  readonly offset: number;
  readonly length: number;
  readonly startNs: TimeNs;
  readonly endNs: TimeNs;
  /** True for the whole records at the front of one that the file's end cut off. */
  readonly torn?: boolean;
}

/** The bytes of a segment. */
export type Stretch = Pick<Segment, 'offset' | 'length' | 'torn'>;

/** Something in the file that could not be read. */
export interface Damage {
  readonly offset: number;
  readonly why: string;
}

/** Where everything lies in an MCAP file. */
export interface LogIndex {
  readonly schemas: ReadonlyMap<number, McapTypes.Schema>;
  readonly channels: ReadonlyMap<number, McapTypes.Channel>;
  readonly segments: readonly Segment[];
  /** Messages by channel id. */
  readonly counts: ReadonlyMap<number, number>;
  readonly startNs: TimeNs;
  readonly endNs: TimeNs;
  /** What was already found broken; the segments leave it out. */
  readonly damages: readonly Damage[];
}

/** What a stretch of records holds. Messages before a fault inside it are kept. */
export interface SegmentContent {
  readonly schemas: readonly McapTypes.Schema[];
  readonly channels: readonly McapTypes.Channel[];
  readonly messages: readonly McapTypes.Message[];
  readonly damage: Damage | null;
}

/** Opcode of a Chunk record (MCAP specification, "Records"). */
export const CHUNK_OPCODE = 0x06;
/** Bytes before a record's content: opcode and length. */
export const RECORD_HEADER_BYTES = 9;

/** Larger chunks are refused: one must fit in memory, and rosbag2 writes 0.75 MiB, the MCAP tools 4 MiB. */
const MAX_CHUNK_BYTES = 512 * 1024 * 1024;

/**
 * Reads the records of one stretch of the file.
 *
 * @param known channels defined earlier in the file
 */
export async function readSegment(
  file: LogFile,
  segment: Stretch,
  known: Iterable<McapTypes.Channel>,
): Promise<SegmentContent> {
  const schemas: McapTypes.Schema[] = [];
  const channels: McapTypes.Channel[] = [];
  const messages: McapTypes.Message[] = [];
  let damage: Damage | null = null;
  try {
    const bytes = await readChecked(file, segment);
    const reader = new McapStreamReader({
      noMagicPrefix: true,
      decompressHandlers: await loadDecompressHandlers(),
    });
    const prefix = new McapRecordBuilder();
    let fromPrefix = 0;
    for (const channel of known) {
      prefix.writeChannel(channel);
      fromPrefix += 1;
    }
    if (fromPrefix > 0) reader.append(prefix.buffer);
    reader.append(bytes);
    for (let record = reader.nextRecord(); record !== undefined; record = reader.nextRecord()) {
      if (fromPrefix > 0) fromPrefix -= 1;
      else if (record.type === 'Message') messages.push(record);
      else if (record.type === 'Channel') channels.push(record);
      else if (record.type === 'Schema') schemas.push(record);
    }
    if (segment.torn !== true && reader.bytesRemaining() > 0) throw new Error('a record runs past its end');
  } catch (error) {
    damage = { offset: segment.offset, why: (error as Error).message };
  }
  messages.sort((a, b) => (a.logTime < b.logTime ? -1 : a.logTime > b.logTime ? 1 : 0));
  return { schemas, channels, messages, damage };
}

async function readChecked(file: LogFile, segment: Stretch): Promise<Uint8Array> {
  if (segment.length > MAX_CHUNK_BYTES) throw new Error(`a chunk of ${segment.length} bytes is too large`);
  const bytes = await file.read(segment.offset, segment.length);
  if (bytes.length < segment.length) throw new Error('the file ends inside it');
  if (bytes[0] === CHUNK_OPCODE && bytes.length >= RECORD_HEADER_BYTES + 24) {
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    const uncompressedBytes = view.getBigUint64(RECORD_HEADER_BYTES + 16, true);
    if (uncompressedBytes > MAX_CHUNK_BYTES) {
      throw new Error(`a chunk of ${uncompressedBytes} bytes, uncompressed, is too large`);
    }
  }
  return bytes;
}

interface Cursor {
  readonly messages: readonly McapTypes.Message[];
  next: number;
}

/**
 * The messages of `segments` in the order of their log times; equal times in the
 * order of the file. In memory are only the segments whose times overlap.
 */
export async function* mergeSegments(
  file: LogFile,
  segments: readonly Segment[],
  channels: ReadonlyMap<number, McapTypes.Channel>,
  onDamage: (damage: Damage) => void,
): AsyncGenerator<McapTypes.Message> {
  const waiting = segments.toSorted((a, b) =>
    a.startNs < b.startNs ? -1 : a.startNs > b.startNs ? 1 : a.offset - b.offset,
  );
  const cursors: Cursor[] = [];
  let opened = 0;
  for (;;) {
    let first = earliest(cursors);
    while (opened < waiting.length && (first === undefined || waiting[opened]!.startNs <= timeOf(first))) {
      const content = await readSegment(file, waiting[opened]!, channels.values());
      opened += 1;
      if (content.damage !== null) onDamage(content.damage);
      if (content.messages.length > 0) cursors.push({ messages: content.messages, next: 0 });
      first = earliest(cursors);
    }
    if (first === undefined) return;
    yield first.messages[first.next]!;
    first.next += 1;
    if (first.next === first.messages.length) cursors.splice(cursors.indexOf(first), 1);
  }
}

const timeOf = (cursor: Cursor): TimeNs => cursor.messages[cursor.next]!.logTime;

function earliest(cursors: readonly Cursor[]): Cursor | undefined {
  let first = cursors[0];
  for (const cursor of cursors) if (timeOf(cursor) < timeOf(first!)) first = cursor;
  return first;
}
