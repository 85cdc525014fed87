import { crc32 } from 'node:zlib';
import type { McapTypes } from '@mcap/core';
import type { ByteSource, Damage } from '../raw-log.ts';
import { type ChunkHeader, parseChunkHeader, readRecords, type Stretch } from './chunk.ts';
import {
  contentLength,
  MESSAGE_PREFIX_BYTES,
  OPCODE,
  parseRecord,
  RECORD_HEADER_BYTES,
  viewOf,
} from './records.ts';
import { byStart, type LogIndex, type Segment, sameChannel, walkRecords } from './segments.ts';

const MAGIC_BYTES = 8;
const FOOTER_BYTES = RECORD_HEADER_BYTES + 20;

/** Messages outside chunks are gathered into segments of about this size. */
const LOOSE_SEGMENT_BYTES = 1024 * 1024;

/** Enough of a chunk for its header, whose only text is the compression's name. */
const CHUNK_HEADER_BYTES = 128;

/** A {@link LogIndex} found by walking, and where its data ended. */
export interface ScannedLog extends LogIndex {
  readonly dataEndOffset: number;
  readonly chunkCount: number;
}

/**
 * Walks through a file whose summary is missing or broken and finds every readable part. A chunk that is
 * followed by its message indexes is not opened unless it has a channel not met before. A damaged chunk is
 * left out and the walk goes on behind it; where a record's length is broken, what follows can't be found
 * and the walk ends.
 */
export async function scanLog(source: ByteSource): Promise<ScannedLog> {
  const scan = new Scan(source);
  let offset = MAGIC_BYTES;
  for (;;) {
    const header = await source.read(offset, RECORD_HEADER_BYTES);
    if (header.length < RECORD_HEADER_BYTES) {
      const why = 'the file ends without a footer: it is still being written, or was cut off';
      scan.damages.push({ offset, why });
      break;
    }
    const opcode = header[0]!;
    const content = contentLength(viewOf(header), 0);
    if (opcode === OPCODE.dataEnd || opcode === OPCODE.footer) {
      await scan.checkDataEnd(offset, opcode);
      break;
    }
    if (opcode === 0 || content > source.sizeBytes - offset - RECORD_HEADER_BYTES) {
      await scan.takeTorn(offset, opcode, content);
      break;
    }
    const length = RECORD_HEADER_BYTES + content;
    await scan.take(opcode, offset, length);
    offset += length;
  }
  await scan.flush();
  return scan.result(offset);
}

/** A chunk whose message indexes are being gathered. */
interface PendingChunk extends Stretch {
  readonly header: ChunkHeader;
  readonly indexed: Map<number, number>;
  /** Bytes of the message indexes behind it. */
  indexBytes: number;
}

class Scan {
  readonly damages: Damage[] = [];
  readonly #source: ByteSource;
  readonly #schemas = new Map<number, McapTypes.Schema>();
  readonly #channels = new Map<number, McapTypes.Channel>();
  readonly #counts = new Map<number, number>();
  readonly #segments: Segment[] = [];
  readonly #compressions = new Set<string>();
  readonly #facts: [string, string][] = [];
  #chunkCount = 0;
  #hasUnproven = false;
  #loose = { offset: 0, length: 0 };
  #chunk: PendingChunk | null = null;

  constructor(source: ByteSource) {
    this.#source = source;
  }

  /** Takes one whole record of the data section. */
  async take(opcode: number, offset: number, length: number): Promise<void> {
    // Chunks have a CRC of their own; of all else only that of the whole data tells.
    if (opcode !== OPCODE.chunk && opcode !== OPCODE.messageIndex) this.#hasUnproven = true;
    if (opcode === OPCODE.messageIndex) {
      await this.#takeIndex(offset, length);
    } else if (opcode === OPCODE.chunk) {
      await this.flush();
      await this.#takeChunk(offset, length);
    } else if (opcode === OPCODE.message || opcode === OPCODE.schema || opcode === OPCODE.channel) {
      await this.#takeLoose(offset, length);
    } else if (opcode === OPCODE.header) {
      await this.#takeHeader(offset, length);
    }
  }

  /** Finishes what was gathered so far. */
  async flush(): Promise<void> {
    const { offset, length } = this.#loose;
    this.#loose = { offset: 0, length: 0 };
    if (length > 0) await this.#read({ offset, length });
    const chunk = this.#chunk;
    this.#chunk = null;
    if (chunk !== null) await this.#finishChunk(chunk);
  }

  /** Takes what is whole of a chunk that runs past the end; compressed, nothing of it can be read. */
  async takeTorn(offset: number, opcode: number, content: number): Promise<void> {
    const left = this.#source.sizeBytes - offset - RECORD_HEADER_BYTES;
    const why =
      opcode === 0
        ? 'there are zeros where a record should be'
        : `a record of ${content} bytes begins here, and the file has ${left} left: it is still being written, or was cut off`;
    this.damages.push({ offset, why });
    if (opcode !== OPCODE.chunk) return;
    try {
      const header = parseChunkHeader(await this.#source.read(offset, CHUNK_HEADER_BYTES));
      const records = offset + header.recordsAt;
      if (header.compression !== '' || records >= this.#source.sizeBytes) return;
      await this.flush();
      await this.#read({ offset: records, length: this.#source.sizeBytes - records, torn: true });
    } catch {
      // Its header is cut off too, so that nothing of it is whole.
    }
  }

  /** Checks what follows the data: that there is a footer, and the CRC of messages that no chunk covers. */
  async checkDataEnd(offset: number, opcode: number): Promise<void> {
    await this.flush();
    const footerAt = this.#source.sizeBytes - FOOTER_BYTES - MAGIC_BYTES;
    const footer = (await this.#source.read(Math.max(0, footerAt), FOOTER_BYTES)).slice();
    const head = (await this.#source.read(offset, RECORD_HEADER_BYTES)).slice();
    const endsAt = opcode === OPCODE.footer ? offset : offset + head.length + contentLength(viewOf(head), 0);
    if (footer[0] !== OPCODE.footer) {
      this.damages.push({ offset, why: 'the file ends behind its data, without a footer' });
    } else if (endsAt !== (Number(viewOf(footer).getBigUint64(RECORD_HEADER_BYTES, true)) || footerAt)) {
      this.damages.push({ offset, why: 'the data seems to end here, and the footer says otherwise' });
    }
    if (opcode === OPCODE.footer && this.damages.length === 0) {
      const why = 'the footer follows with no end of the data before it: a length may have skipped some';
      this.damages.push({ offset, why });
    }
    if (opcode !== OPCODE.dataEnd || !this.#hasUnproven) return;
    const record = await this.#source.read(offset + RECORD_HEADER_BYTES, 4);
    const expected = record.length < 4 ? 0 : viewOf(record).getUint32(0, true);
    if (expected === 0) return;
    let found = 0;
    for (let at = 0; at < offset; at += LOOSE_SEGMENT_BYTES) {
      found = crc32(await this.#source.read(at, Math.min(LOOSE_SEGMENT_BYTES, offset - at)), found);
    }
    if (found === expected) return;
    const why = `the CRC of the bytes before is ${found}, and ${expected} is expected: some were changed`;
    this.damages.push({ offset, why });
  }

  result(dataEndOffset: number): ScannedLog {
    const segments = this.#segments.toSorted(byStart);
    let lastNs = 0n;
    for (const { endNs } of segments) if (endNs > lastNs) lastNs = endNs;
    const packed = [...this.#compressions].sort().join(' and ');
    return {
      schemas: this.#schemas,
      channels: this.#channels,
      counts: this.#counts,
      segments,
      startNs: segments[0]?.startNs ?? 0n,
      endNs: lastNs,
      damages: this.damages,
      dataEndOffset,
      chunkCount: this.#chunkCount,
      facts: [
        ...this.#facts,
        ['chunks', this.#chunkCount === 0 ? 'none' : `${this.#chunkCount}, ${packed}`],
        ['index', 'none that is whole; the file was walked through'],
      ],
    };
  }

  async #takeHeader(offset: number, length: number): Promise<void> {
    try {
      const header = parseRecord(await this.#source.read(offset, Math.min(length, LOOSE_SEGMENT_BYTES)));
      if (header.type !== 'Header') return;
      if (header.profile !== '') this.#facts.push(['profile', header.profile]);
      if (header.library !== '') this.#facts.push(['library', header.library]);
    } catch (error) {
      this.damages.push({ offset, why: `its header is broken: ${(error as Error).message}` });
    }
  }

  /** Puts a record that stands outside chunks to its neighbours. */
  async #takeLoose(offset: number, length: number): Promise<void> {
    const adjoins = this.#loose.offset + this.#loose.length === offset;
    if (this.#chunk !== null || !adjoins || this.#loose.length >= LOOSE_SEGMENT_BYTES) {
      await this.flush();
      this.#loose = { offset, length: 0 };
    }
    this.#loose.length += length;
  }

  async #takeIndex(offset: number, length: number): Promise<void> {
    const chunk = this.#chunk;
    const head = viewOf(await this.#source.read(offset + RECORD_HEADER_BYTES, 6));
    // A channel (u16), the length of the list in bytes (u32), 16 bytes an entry.
    const listBytes = head.byteLength < 6 ? -1 : head.getUint32(2, true);
    if (chunk === null || listBytes % 16 !== 0 || listBytes > length - RECORD_HEADER_BYTES - 6) {
      this.damages.push({ offset, why: 'a message index is broken, or belongs to no chunk' });
      return;
    }
    chunk.indexed.set(head.getUint16(0, true), listBytes / 16);
    if (offset === chunk.offset + chunk.length + chunk.indexBytes) chunk.indexBytes += length;
  }

  async #takeChunk(offset: number, length: number): Promise<void> {
    this.#chunkCount += 1;
    try {
      const bytes = await this.#source.read(offset, Math.min(length, CHUNK_HEADER_BYTES));
      const header = parseChunkHeader(bytes);
      this.#compressions.add(header.compression || 'none');
      this.#chunk = { offset, length, header, indexed: new Map(), indexBytes: 0 };
    } catch (error) {
      if ((error as { code?: unknown }).code !== undefined) throw error;
      this.damages.push({ offset, why: (error as Error).message });
    }
  }

  async #finishChunk({ offset, length, header, indexed, indexBytes }: PendingChunk): Promise<void> {
    if (indexed.size === 0 || [...indexed.keys()].some((id) => !this.#channels.has(id))) {
      await this.#read({ offset, length }, indexBytes);
      return;
    }
    const { startNs, endNs } = header;
    this.#segments.push({ offset, length, startNs, endNs, channelIds: [...indexed.keys()], indexBytes });
    for (const [id, count] of indexed) this.#count(id, count);
  }

  #count(channelId: number, count: number): void {
    this.#counts.set(channelId, (this.#counts.get(channelId) ?? 0) + count);
  }

  /** Opens a stretch for what it defines and counts. */
  async #read(stretch: Stretch, indexBytes = 0): Promise<void> {
    let startNs: bigint | null = null;
    let endNs = 0n;
    const ids = new Set<number>();
    try {
      const { records } = await readRecords(this.#source, stretch);
      const view = viewOf(records);
      walkRecords(records, stretch.torn === true, (opcode, at, end) => {
        if (opcode === OPCODE.message) {
          if (end - at < RECORD_HEADER_BYTES + MESSAGE_PREFIX_BYTES) return;
          const id = view.getUint16(at + RECORD_HEADER_BYTES, true);
          const logTimeNs = view.getBigUint64(at + RECORD_HEADER_BYTES + 6, true);
          if (startNs === null || logTimeNs < startNs) startNs = logTimeNs;
          if (logTimeNs > endNs) endNs = logTimeNs;
          ids.add(id);
          this.#count(id, 1);
        } else if (opcode === OPCODE.schema || opcode === OPCODE.channel) {
          this.#define(parseRecord(records.subarray(at, end)));
        }
      });
    } catch (error) {
      if ((error as { code?: unknown }).code !== undefined) throw error;
      this.damages.push({ offset: stretch.offset, why: (error as Error).message });
    }
    if (startNs === null) return;
    this.#segments.push({ ...stretch, startNs, endNs, channelIds: [...ids], indexBytes });
  }

  #define(record: McapTypes.TypedMcapRecord): void {
    if (record.type === 'Schema') {
      if (!this.#schemas.has(record.id)) this.#schemas.set(record.id, record);
    } else if (record.type === 'Channel') {
      const known = this.#channels.get(record.id);
      if (known === undefined) this.#channels.set(record.id, record);
      else if (!sameChannel(known, record)) {
        throw new Error(`channel ${record.id} (${known.topic}) is defined again, as ${record.topic}`);
      }
    }
  }
}
