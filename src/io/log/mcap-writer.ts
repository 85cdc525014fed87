import { type FileHandle, open } from 'node:fs/promises';
import { compress, isLoaded } from '@foxglove/wasm-zstd';
import { McapWriter } from '@mcap/core';
import { CodriverError, type JournalEntry, type TimeNs } from '../../domain/index.ts';
import { CdrEncoder } from '../ros-messages/cdr-writer.ts';
import type { DomainMessage } from '../ros-messages/domain-message.ts';
import { messageDefinitions, messageText } from '../ros-messages/message-texts.ts';
import { toRos } from '../ros-messages/to-ros.ts';

export interface LogWriterOptions {
  /** Of the chunks. Default: `zstd`. */
  readonly compression?: 'zstd' | 'none';
}

/** A crash loses at most one chunk; smaller ones compress worse. */
const CHUNK_BYTES = 256 * 1024;

/** Bytes that name the writer in the file; fixed, so that the same messages give the same file. */
const LIBRARY = 'codriver';

interface OpenChannel {
  readonly id: number;
  readonly type: string;
  readonly encoder: CdrEncoder;
  sequence: number;
}

/**
 * Writes an MCAP that rosbag2 and the MCAP tools read: ROS 2 messages as CDR with
 * their message texts. The same calls give the same bytes. Every full chunk is
 * handed to the system at once, so that a crash leaves a file that
 * {@link openLog} reads up to there.
 */
export class LogWriter {
  readonly path: string;
  readonly #handle: FileHandle;
  readonly #writer: McapWriter;
  readonly #channels = new Map<string, OpenChannel>();
  readonly #encoders = new Map<string, { schemaId: number; encoder: CdrEncoder }>();
  /** Calls wait for one another: McapWriter must not be entered twice. */
  #last: Promise<unknown> = Promise.resolve();
  #failure: CodriverError | undefined;
  #closed = false;

  private constructor(path: string, handle: FileHandle, writer: McapWriter) {
    this.path = path;
    this.#handle = handle;
    this.#writer = writer;
  }

  /**
   * Creates or empties the file.
   *
   * @throws CodriverError LOG_WRITE_FAILED, or DISK_FULL
   */
  static async create(path: string, { compression = 'zstd' }: LogWriterOptions = {}): Promise<LogWriter> {
    let handle: FileHandle | undefined;
    try {
      if (compression === 'zstd') await isLoaded;
      const file = await open(path, 'w');
      handle = file;
      const writer = new McapWriter({
        writable: new FileSink(file),
        chunkSize: CHUNK_BYTES,
        ...(compression === 'zstd'
          ? { compressChunk: (data) => ({ compression: 'zstd', compressedData: compress(data) }) }
          : {}),
      });
      await writer.start({ profile: 'ros2', library: LIBRARY });
      return new LogWriter(path, file, writer);
    } catch (error) {
      await handle?.close();
      throw writeError(path, error);
    }
  }

  /**
   * Adds a message to a topic; all of a topic have one type. May be called without waiting for the one
   * before; messages keep the order of the calls.
   *
   * @param stampNs log time of the message
   * @throws CodriverError DISK_FULL or LOG_WRITE_FAILED, also for every call after the first that failed
   */
  async write(topic: string, value: DomainMessage | JournalEntry, stampNs: TimeNs): Promise<void> {
    await this.#inTurn(async () => {
      const { type, message } = toRos(value);
      const channel = await this.#channel(topic, type);
      await this.#writer.addMessage({
        channelId: channel.id,
        sequence: channel.sequence,
        logTime: stampNs,
        publishTime: stampNs,
        data: channel.encoder.encode(message),
      });
      channel.sequence += 1;
    });
  }

  /** Writes the summary and closes; calling it again does nothing. */
  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    try {
      await this.#inTurn(() => this.#writer.end());
    } finally {
      await this.#handle.close();
    }
  }

  async #inTurn(work: () => Promise<void>): Promise<void> {
    const turn = this.#last.then(async () => {
      if (this.#failure !== undefined) throw this.#failure;
      try {
        await work();
      } catch (error) {
        const failure = writeError(this.path, error);
        // A refused message leaves the file whole; a failed write does not.
        if (failure.code !== 'BAD_MESSAGE') this.#failure = failure;
        throw failure;
      }
    });
    this.#last = turn.catch(() => undefined);
    await turn;
  }

  async #channel(topic: string, type: string): Promise<OpenChannel> {
    const existing = this.#channels.get(topic);
    if (existing !== undefined) {
      if (existing.type === type) return existing;
      throw new CodriverError('BAD_MESSAGE', `Topic ${topic} carries ${existing.type}, so not ${type}.`, {
        remedy: 'Use one topic for each type.',
      });
    }
    const { schemaId, encoder } = await this.#schema(type);
    const id = await this.#writer.registerChannel({
      topic,
      schemaId,
      messageEncoding: 'cdr',
      metadata: new Map(),
    });
    const channel = { id, type, encoder, sequence: 0 };
    this.#channels.set(topic, channel);
    return channel;
  }

  async #schema(type: string): Promise<{ schemaId: number; encoder: CdrEncoder }> {
    let known = this.#encoders.get(type);
    if (known === undefined) {
      const data = new TextEncoder().encode(messageText(type));
      const schemaId = await this.#writer.registerSchema({ name: type, encoding: 'ros2msg', data });
      known = { schemaId, encoder: new CdrEncoder(messageDefinitions(type)) };
      this.#encoders.set(type, known);
    }
    return known;
  }
}

/** Appends to a file; a short write is continued, which @mcap/nodejs leaves out. */
class FileSink {
  readonly #handle: FileHandle;
  #position = 0;

  constructor(handle: FileHandle) {
    this.#handle = handle;
  }

  async write(bytes: Uint8Array): Promise<void> {
    let written = 0;
    while (written < bytes.length) {
      const { bytesWritten } = await this.#handle.write(bytes, written, bytes.length - written);
      written += bytesWritten;
    }
    this.#position += bytes.length;
  }

  position(): bigint {
    return BigInt(this.#position);
  }
}

function writeError(path: string, error: unknown): CodriverError {
  const known = CodriverError.from(error, 'LOG_WRITE_FAILED');
  if (error instanceof CodriverError) return known;
  if (known.code === 'DISK_FULL') {
    return new CodriverError('DISK_FULL', `The disk is full; log ${path} ends here.`, {
      remedy: 'Free some space and record again; what was written so far can be replayed.',
      cause: error,
    });
  }
  return new CodriverError('LOG_WRITE_FAILED', `Log ${path} cannot be written: ${known.message}.`, {
    remedy: 'Check that the folder exists and may be written to.',
    cause: error,
  });
}
