import type { TimeNs } from '../../../domain/index.ts';
import type { ByteSource, Damage } from '../raw-log.ts';
import { type ChunkPlace, readChunk } from './chunk.ts';
import {
  type Connection,
  MAGIC,
  OP,
  parseConnection,
  parseFrame,
  type RecordFrame,
  timeAt,
} from './records.ts';

/** A chunk and what is in it. */
export interface BagChunk extends ChunkPlace {
  readonly startNs: TimeNs;
  readonly endNs: TimeNs;
  /** Messages by connection. */
  readonly counts: ReadonlyMap<number, number>;
}

/** Where everything lies in a bag. */
export interface BagIndex {
  readonly connections: ReadonlyMap<number, Connection>;
  /** By their first time; equal times in the order of the file. */
  readonly chunks: readonly BagChunk[];
  readonly damages: readonly Damage[];
}

const BAG_HEADER_AT = MAGIC.length;
/** Bytes read to find a record's header, and how much of one that is read whole is taken. */
const PROBE_BYTES = 4096;
const MAX_RECORD_BYTES = 16 * 1024 * 1024;

/** Finds the chunks of a bag: by the index at its end, else by one walk from chunk to chunk. */
export async function indexBag(source: ByteSource): Promise<BagIndex> {
  const why = await (async (): Promise<string | BagIndex> => {
    try {
      return await readBagIndex(source);
    } catch (error) {
      return (error as Error).message;
    }
  })();
  if (typeof why !== 'string') return why;
  return await walkBag(source, why);
}

interface FoundRecord extends RecordFrame {
  /** The record from its first byte on; whole where `readRecord` was told so. */
  readonly bytes: Uint8Array;
}

/** The record at `offset`; `end` and `dataAt` are relative to it. */
async function readRecord(source: ByteSource, offset: number, whole: boolean): Promise<FoundRecord> {
  let bytes = await source.read(offset, PROBE_BYTES);
  if (bytes.length >= 4) {
    const headerBytes = new DataView(bytes.buffer, bytes.byteOffset, 4).getUint32(0, true);
    if (headerBytes + 8 > PROBE_BYTES && headerBytes <= MAX_RECORD_BYTES) {
      bytes = await source.read(offset, headerBytes + 8);
    }
  }
  const frame = parseFrame(bytes, 0);
  if (whole && frame.end > bytes.length) {
    if (frame.dataBytes > MAX_RECORD_BYTES)
      throw new Error(`a record of ${frame.dataBytes} bytes is too large`);
    bytes = await source.read(offset, frame.end);
    if (bytes.length < frame.end) throw new Error('the file ends inside a record');
    return { ...parseFrame(bytes, 0), bytes };
  }
  return { ...frame, bytes };
}

async function readBagIndex(source: ByteSource): Promise<BagIndex> {
  const header = await readRecord(source, BAG_HEADER_AT, false);
  if (header.op !== OP.bagHeader) throw new Error('its header is damaged');
  const indexAt = header.fields.offset('index_pos');
  if (indexAt === 0) throw new Error('it was not closed');
  if (indexAt > source.sizeBytes) throw new Error(`its index at byte ${indexAt} is cut off`);
  const connectionCount = header.fields.uint32('conn_count');
  const chunkCount = header.fields.uint32('chunk_count');
  const connections = new Map<number, Connection>();
  const chunks: Omit<BagChunk, 'length'>[] = [];
  for (let offset = indexAt; offset < source.sizeBytes; ) {
    const record = await readRecord(source, offset, true);
    if (record.op === OP.connection) {
      const connection = parseConnection(record.bytes, record);
      connections.set(connection.id, connection);
    } else if (record.op === OP.chunkInfo) chunks.push(parseChunkInfo(record, indexAt));
    else throw new Error(`a record of kind ${record.op} is in its index`);
    offset += record.end;
  }
  if (connections.size !== connectionCount || chunks.length !== chunkCount) {
    throw new Error(
      `its index has ${connections.size} of ${connectionCount} connections and ${chunks.length} of ${chunkCount} chunks`,
    );
  }
  const byOffset = chunks.toSorted((a, b) => a.offset - b.offset);
  const placed = byOffset.map((chunk, index) => ({
    ...chunk,
    length: (byOffset[index + 1]?.offset ?? indexAt) - chunk.offset,
  }));
  return { connections, chunks: byTime(placed), damages: [] };
}

function parseChunkInfo(record: FoundRecord, indexAt: number): Omit<BagChunk, 'length'> {
  const { fields, bytes, dataAt, dataBytes } = record;
  const offset = fields.offset('chunk_pos');
  if (offset >= indexAt) throw new Error(`its index has a chunk at byte ${offset}, behind all chunks`);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const counts = new Map<number, number>();
  const count = fields.uint32('count');
  if (count * 8 !== dataBytes) throw new Error('a record of its index is damaged');
  for (let at = dataAt; at < record.end; at += 8)
    counts.set(view.getUint32(at, true), view.getUint32(at + 4, true));
  return { offset, startNs: fields.timeNs('start_time'), endNs: fields.timeNs('end_time'), counts };
}

function byTime(chunks: readonly BagChunk[]): BagChunk[] {
  return chunks.toSorted((a, b) =>
    a.startNs < b.startNs ? -1 : a.startNs > b.startNs ? 1 : a.offset - b.offset,
  );
}

/** The chunks in front of the damage, and one damage that says why the bag was walked through. */
async function walkBag(source: ByteSource, why: string): Promise<BagIndex> {
  const connections = new Map<number, Connection>();
  const chunks: BagChunk[] = [];
  const damages: Damage[] = [];
  let offset = BAG_HEADER_AT;
  try {
    while (offset < source.sizeBytes) {
      const record = await readRecord(source, offset, false);
      if (record.op === OP.connection || record.op === OP.chunkInfo) break;
      if (record.op !== OP.chunk) {
        if (record.op !== OP.bagHeader && record.op !== OP.indexData)
          throw new Error(`a record is of kind ${record.op}`);
        offset += record.end;
        continue;
      }
      const chunk = await measureChunk(source, offset, record, connections);
      if (chunk.counts.size > 0) chunks.push(chunk);
      offset += chunk.length;
    }
  } catch (error) {
    damages.push({ offset, why: (error as Error).message });
  }
  const first = {
    offset: Math.min(offset, source.sizeBytes),
    why: `${why}; it was read without its index, as far as it goes`,
  };
  return { connections, chunks: byTime(chunks), damages: [first, ...damages] };
}

/** Times and counts of a chunk by its index records; by its messages where they are cut off. */
async function measureChunk(
  source: ByteSource,
  offset: number,
  chunk: RecordFrame,
  connections: Map<number, Connection>,
): Promise<BagChunk> {
  const counts = new Map<number, number>();
  let [startNs, endNs]: [TimeNs | null, TimeNs] = [null, 0n];
  const take = (connection: number, timeNs: TimeNs): void => {
    counts.set(connection, (counts.get(connection) ?? 0) + 1);
    if (startNs === null || timeNs < startNs) startNs = timeNs;
    if (timeNs > endNs) endNs = timeNs;
  };
  let end = chunk.end;
  try {
    while (offset + end < source.sizeBytes) {
      const record = await readRecord(source, offset + end, false);
      if (record.op !== OP.indexData) break;
      const { bytes, dataAt } = await readRecord(source, offset + end, true);
      const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
      const connection = record.fields.uint32('conn');
      for (let at = dataAt; at + 12 <= record.end; at += 12) take(connection, timeAt(view, at));
      end += record.end;
    }
  } catch {
    // The chunk itself tells the rest; what is behind it is met by the walk.
  }
  const length = Math.min(end, source.sizeBytes - offset);
  if (startNs === null || [...counts.keys()].some((id) => !connections.has(id))) {
    const content = await readChunk(source, { offset, length });
    for (const connection of content.connections) connections.set(connection.id, connection);
    if (startNs === null) for (const { connection, timeNs } of content.messages) take(connection, timeNs);
  }
  return { offset, length, startNs: startNs ?? 0n, endNs, counts };
}
