import { crc32 } from 'node:zlib';
import { McapChunkBuilder, McapConstants, McapRecordBuilder, type McapTypes } from '@mcap/core';
import type { TimeNs } from '../../domain/index.ts';
import { type CompressChunk, type Compression, loadCompressor } from './chunk-compression.ts';
import { DurableFile, writeError } from './durable-file.ts';

export interface McapFileOptions {
  /** `ros2`, `ros1`, or empty (MCAP's well-known profiles). */
  readonly profile: string;
  readonly compression: Compression;
  /** A chunk is closed when it holds this many bytes … */
  readonly chunkBytes: number;
  /** … or its messages span this much log time; null: by size alone. */
  readonly chunkNs: TimeNs | null;
}

/** What a finished or growing file holds. */
export interface McapFileStatistics {
  readonly messageCount: number;
  /** Both 0n without messages. */
  readonly startNs: TimeNs;
  readonly endNs: TimeNs;
}

/** Bytes that name the writer in the file; fixed, so that the same messages give the same file. */
const LIBRARY = 'codriver';

const { Opcode } = McapConstants;

/**
 * One MCAP file being written, indexed and with CRCs. Stands beside @mcap/core's McapWriter, on its
 * builders, because that one can't close a chunk before it is full, so that slow topics would stay
 * in memory for minutes. Calls must wait for one another.
 */
export class McapFile {
  readonly #file: DurableFile;
  readonly #options: McapFileOptions;
  readonly #compress: CompressChunk;
  readonly #records = new McapRecordBuilder();
  readonly #chunk = new McapChunkBuilder({ useMessageIndex: true });
  readonly #schemas = new Map<number, McapTypes.Schema>();
  readonly #channels = new Map<number, McapTypes.Channel>();
  readonly #defined = new Set<number>();
  readonly #definedSchemas = new Set<number>();
  readonly #chunkIndexes: McapTypes.ChunkIndex[] = [];
  readonly #counts = new Map<number, bigint>();
  #crc = 0;
  #startNs: TimeNs = 0n;
  #endNs: TimeNs = 0n;
  #messages = 0;
  #hasStored = false;

  private constructor(file: DurableFile, options: McapFileOptions, compress: CompressChunk) {
    this.#file = file;
    this.#options = options;
    this.#compress = compress;
  }

  /**
   * Creates or empties the file.
   *
   * @throws CodriverError LOG_WRITE_FAILED, or DISK_FULL
   */
  static async create(path: string, options: McapFileOptions): Promise<McapFile> {
    const compress = await loadCompressor(options.compression);
    const file = await DurableFile.create(path);
    const created = new McapFile(file, options, compress);
    created.#records.writeMagic();
    created.#records.writeHeader({ profile: options.profile, library: LIBRARY });
    try {
      await created.#put();
    } catch (error) {
      await file.close().catch(() => {});
      throw writeError(path, error);
    }
    return created;
  }

  /** Bytes in the file and waiting to be compressed into it. */
  get sizeBytes(): number {
    return Number(this.#file.position()) + this.#chunk.byteLength;
  }

  /** True once a chunk is in the file. */
  get hasStored(): boolean {
    return this.#hasStored;
  }

  get statistics(): McapFileStatistics {
    return { messageCount: this.#messages, startNs: this.#startNs, endNs: this.#endNs };
  }

  /** @returns the schema's id for {@link addChannel} */
  addSchema(schema: Omit<McapTypes.Schema, 'id'>): number {
    const id = this.#schemas.size + 1;
    this.#schemas.set(id, { ...schema, id });
    return id;
  }

  /** @returns the channel's id for {@link add} */
  addChannel(channel: Omit<McapTypes.Channel, 'id'>): number {
    const id = this.#channels.size + 1;
    this.#channels.set(id, { ...channel, id });
    return id;
  }

  /** Adds a message; its bytes are copied. */
  async add(message: Omit<McapTypes.Message, 'type'>): Promise<void> {
    const { logTime, channelId } = message;
    const { chunkBytes, chunkNs } = this.#options;
    if (chunkNs !== null && this.#chunk.numMessages > 0 && logTime - this.#chunk.messageStartTime >= chunkNs)
      await this.flush();
    this.#define(channelId);
    this.#chunk.addMessage(message);
    if (this.#messages === 0 || logTime < this.#startNs) this.#startNs = logTime;
    if (this.#messages === 0 || logTime > this.#endNs) this.#endNs = logTime;
    this.#messages += 1;
    this.#counts.set(channelId, (this.#counts.get(channelId) ?? 0n) + 1n);
    if (this.#chunk.byteLength >= chunkBytes) await this.flush();
  }

  /** Hands what waits to the system, as a chunk of its own. */
  async flush(): Promise<void> {
    const chunk = this.#chunk;
    if (chunk.numMessages === 0) return;
    const { messageStartTime, messageEndTime } = chunk;
    const data = chunk.buffer;
    const records = this.#compress(data);
    const compression = this.#options.compression === 'none' ? '' : this.#options.compression;
    const uncompressedSize = BigInt(data.length);
    const chunkStartOffset = this.#file.position();
    const chunkLength = this.#records.writeChunk({
      messageStartTime,
      messageEndTime,
      uncompressedSize,
      uncompressedCrc: crc32(data),
      compression,
      records,
    });
    const messageIndexOffsets = new Map<number, bigint>();
    let messageIndexLength = 0n;
    for (const index of chunk.indices) {
      if (index.records.length === 0) continue;
      messageIndexOffsets.set(index.channelId, chunkStartOffset + chunkLength + messageIndexLength);
      messageIndexLength += this.#records.writeMessageIndex(index);
    }
    this.#chunkIndexes.push({
      messageStartTime,
      messageEndTime,
      chunkStartOffset,
      chunkLength,
      messageIndexOffsets,
      messageIndexLength,
      compression,
      compressedSize: BigInt(records.length),
      uncompressedSize,
    });
    chunk.reset();
    // Chunk and index in one write: a file that a full disk cuts off ends between chunks.
    await this.#put();
    this.#hasStored = true;
  }

  /** Writes the summary and closes. */
  async end(): Promise<void> {
    try {
      await this.flush();
      this.#records.writeDataEnd({ dataSectionCrc: this.#crc });
      await this.#put();
      this.#writeSummary();
      await this.#put();
    } finally {
      await this.#file.close();
    }
  }

  #define(channelId: number): void {
    if (this.#defined.has(channelId)) return;
    this.#defined.add(channelId);
    const channel = this.#channels.get(channelId)!;
    const schema = this.#schemas.get(channel.schemaId);
    if (schema !== undefined && !this.#definedSchemas.has(schema.id)) {
      this.#definedSchemas.add(schema.id);
      this.#chunk.addSchema(schema);
    }
    this.#chunk.addChannel(channel);
  }

  async #put(): Promise<void> {
    const bytes = this.#records.buffer;
    this.#crc = crc32(bytes, this.#crc);
    await this.#file.write(bytes);
    this.#records.reset();
  }

  /** Schemas, channels, statistics, chunk indexes, offsets of these groups, footer, magic. */
  #writeSummary(): void {
    const records = this.#records;
    const summaryStart = this.#file.position();
    const groups: McapTypes.SummaryOffset[] = [];
    const group = (groupOpcode: number, write: () => void): void => {
      const from = records.length;
      write();
      const groupLength = BigInt(records.length - from);
      if (groupLength > 0n)
        groups.push({ groupOpcode, groupStart: summaryStart + BigInt(from), groupLength });
    };
    group(Opcode.SCHEMA, () => {
      for (const schema of this.#schemas.values()) records.writeSchema(schema);
    });
    group(Opcode.CHANNEL, () => {
      for (const channel of this.#channels.values()) records.writeChannel(channel);
    });
    group(Opcode.STATISTICS, () => {
      records.writeStatistics({
        messageCount: BigInt(this.#messages),
        schemaCount: this.#schemas.size,
        channelCount: this.#channels.size,
        attachmentCount: 0,
        metadataCount: 0,
        chunkCount: this.#chunkIndexes.length,
        messageStartTime: this.#startNs,
        messageEndTime: this.#endNs,
        channelMessageCounts: this.#counts,
      });
    });
    group(Opcode.CHUNK_INDEX, () => {
      for (const index of this.#chunkIndexes) records.writeChunkIndex(index);
    });
    const summaryOffsetStart = summaryStart + BigInt(records.length);
    for (const entry of groups) records.writeSummaryOffset(entry);
    // The CRC covers the summary and the footer up to the CRC itself.
    const footer = new DataView(new ArrayBuffer(1 + 8 + 8 + 8));
    footer.setUint8(0, Opcode.FOOTER);
    footer.setBigUint64(1, 20n, true);
    footer.setBigUint64(9, summaryStart, true);
    footer.setBigUint64(17, summaryOffsetStart, true);
    const summaryCrc = crc32(new Uint8Array(footer.buffer), crc32(records.buffer));
    records.writeFooter({ summaryStart, summaryOffsetStart, summaryCrc });
    records.writeMagic();
  }
}
