import type { McapTypes } from '@mcap/core';
import type { LogFile } from './log-file.ts';
import {
  CHUNK_OPCODE,
  type Damage,
  type LogIndex,
  RECORD_HEADER_BYTES,
  readSegment,
  type Segment,
  type Stretch,
} from './mcap-segments.ts';

const MAGIC_BYTES = 8;
const FOOTER_OPCODE = 0x02;
const DATA_END_OPCODE = 0x0f;
const MESSAGE_OPCODE = 0x05;
const SCHEMA_OPCODE = 0x03;
const CHANNEL_OPCODE = 0x04;

/** Messages outside chunks are gathered into segments of about this size. */
const LOOSE_SEGMENT_BYTES = 1024 * 1024;

/** A {@link LogIndex} found by walking, and where its data ended. */
export interface ScannedLog extends LogIndex {
  readonly dataEndOffset: number;
}

/**
 * Walks through a file whose summary is missing or broken and finds every readable
 * part. A damaged chunk is left out and the walk goes on behind it; where a
 * record's length is broken, what follows can't be found and the walk ends.
 */
export async function scanLog(file: LogFile): Promise<ScannedLog> {
  const scan = new Scan(file);
  let offset = MAGIC_BYTES;
  for (;;) {
    const header = await file.read(offset, RECORD_HEADER_BYTES);
    if (header.length < RECORD_HEADER_BYTES) {
      scan.damages.push({ offset, why: 'the file ends without a footer' });
      break;
    }
    const opcode = header[0]!;
    const content = new DataView(header.buffer, header.byteOffset).getBigUint64(1, true);
    if (opcode === DATA_END_OPCODE || opcode === FOOTER_OPCODE) break;
    if (opcode === 0 || content > BigInt(file.sizeBytes - offset - RECORD_HEADER_BYTES)) {
      await scan.takeTorn(offset, opcode, content);
      break;
    }
    const length = RECORD_HEADER_BYTES + Number(content);
    if (opcode === CHUNK_OPCODE) await scan.take({ offset, length });
    else if (opcode === MESSAGE_OPCODE || opcode === SCHEMA_OPCODE || opcode === CHANNEL_OPCODE) {
      await scan.takeLoose(offset, length);
    }
    offset += length;
  }
  await scan.flushLoose();
  return scan.result(offset);
}

class Scan {
  readonly damages: Damage[] = [];
  readonly #file: LogFile;
  readonly #schemas = new Map<number, McapTypes.Schema>();
  readonly #channels = new Map<number, McapTypes.Channel>();
  readonly #counts = new Map<number, number>();
  readonly #segments: Segment[] = [];
  #loose = { offset: 0, length: 0 };

  constructor(file: LogFile) {
    this.#file = file;
  }

  /** Takes a stretch of whole records. */
  async take(stretch: Stretch): Promise<void> {
    await this.flushLoose();
    await this.#read(stretch);
  }

  /** Puts a record that stands outside chunks to its neighbours. */
  async takeLoose(offset: number, length: number): Promise<void> {
    const adjoins = this.#loose.offset + this.#loose.length === offset;
    if (!adjoins || this.#loose.length >= LOOSE_SEGMENT_BYTES) {
      await this.flushLoose();
      this.#loose = { offset, length: 0 };
    }
    this.#loose.length += length;
  }

  async flushLoose(): Promise<void> {
    const { offset, length } = this.#loose;
    this.#loose = { offset: 0, length: 0 };
    if (length > 0) await this.#read({ offset, length });
  }

  /** Takes what is whole of a chunk that runs past the end; compressed, nothing of it can be read. */
  async takeTorn(offset: number, opcode: number, content: bigint): Promise<void> {
    const left = this.#file.sizeBytes - offset;
    this.damages.push({
      offset,
      why:
        opcode === 0
          ? 'there is no record here'
          : `a record of ${content} bytes begins here, and the file has ${left - RECORD_HEADER_BYTES} left`,
    });
    if (opcode !== CHUNK_OPCODE) return;
    // Chunk: start, end, uncompressed size (u64), CRC (u32), compression (string), length of records (u64).
    const fixed = await this.#file.read(offset + RECORD_HEADER_BYTES, 8 * 3 + 4 + 4);
    if (fixed.length < 32 || new DataView(fixed.buffer, fixed.byteOffset).getUint32(28, true) !== 0) return;
    const records = offset + RECORD_HEADER_BYTES + 32 + 8;
    if (records < this.#file.sizeBytes)
      await this.take({ offset: records, length: this.#file.sizeBytes - records, torn: true });
  }

  result(dataEndOffset: number): ScannedLog {
    let [startNs, endNs] = [this.#segments[0]?.startNs ?? 0n, this.#segments[0]?.endNs ?? 0n];
    for (const segment of this.#segments) {
      if (segment.startNs < startNs) startNs = segment.startNs;
      if (segment.endNs > endNs) endNs = segment.endNs;
    }
    return {
      schemas: this.#schemas,
      channels: this.#channels,
      counts: this.#counts,
      segments: this.#segments,
      startNs,
      endNs,
      damages: this.damages,
      dataEndOffset,
    };
  }

  async #read(stretch: Stretch): Promise<void> {
    const content = await readSegment(this.#file, stretch, this.#channels.values());
    if (content.damage !== null) this.damages.push(content.damage);
    for (const schema of content.schemas) this.#schemas.set(schema.id, schema);
    for (const channel of content.channels) this.#channels.set(channel.id, channel);
    for (const message of content.messages) {
      this.#counts.set(message.channelId, (this.#counts.get(message.channelId) ?? 0) + 1);
    }
    const first = content.messages[0];
    if (first === undefined) return;
    this.#segments.push({ ...stretch, startNs: first.logTime, endNs: content.messages.at(-1)!.logTime });
  }
}
