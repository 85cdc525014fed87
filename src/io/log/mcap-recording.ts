import path from 'node:path';
import { CodriverError, type TimeNs } from '../../domain/index.ts';
import { makeFolder } from '../folders.ts';
import type { Compression } from './chunk-compression.ts';
import { McapFile } from './mcap-file.ts';
import { metadataYaml, type RecordedFile, writeMetadataYaml } from './metadata-yaml.ts';
import type { RawChannel, RawMessage } from './raw-log.ts';

export interface McapRecordingOptions {
  /** Of the chunks. Default: `zstd`. */
  readonly compression?: Compression;
  /** MCAP profile: `ros2`, `ros1` or empty. Default: `ros2`. */
  readonly profile?: string;
  /** Chunks close at this size. Default: 256 KiB. */
  readonly chunkBytes?: number;
  /** … or at this span of log time; null: by size alone. Default: 250 ms, what a crash may lose. */
  readonly chunkNs?: TimeNs | null;
  /** A folder's next file begins when this many bytes are reached. Default: never. */
  readonly splitBytes?: number;
  /** … or this span of log time. Default: never. */
  readonly splitNs?: TimeNs;
  /** Names the files in a folder, NAME_0.mcap. Default: the folder's own name. */
  readonly name?: string;
}

/** A channel of a recording, before it has a number. */
export type ChannelSpec = Omit<RawChannel, 'id' | 'count'>;

/** A message of a recording, with the number {@link McapRecording.addChannel} gave. */
export type MessageSpec = Omit<RawMessage, 'channel'> & { readonly channel: number };

const DEFAULT_CHUNK_BYTES = 256 * 1024;
const DEFAULT_CHUNK_NS = 250_000_000n;

/**
 * What every recording is written through: one MCAP where the path ends in `.mcap` (or is a device),
 * else a rosbag2 folder, `NAME/NAME_0.mcap` … and `metadata.yaml`, split by size or duration. Calls
 * must wait for one another.
 */
export class McapRecording {
  readonly path: string;
  readonly #options: McapRecordingOptions;
  /** Null for a plain file. */
  readonly #folder: string | null;
  readonly #channels: ChannelSpec[] = [];
  readonly #counts: number[] = [];
  readonly #done: RecordedFile[] = [];
  #file: McapFile;
  #fileName: string;
  /** Ids in the present file. */
  #schemaIds = new Map<string, number>();
  #channelIds = new Map<number, number>();
  #closed = false;

  private constructor(
    location: string,
    folder: string | null,
    file: McapFile,
    fileName: string,
    options: McapRecordingOptions,
  ) {
    this.path = location;
    this.#folder = folder;
    this.#file = file;
    this.#fileName = fileName;
    this.#options = options;
  }

  /**
   * Creates the file, emptying one that is there, or the folder.
   *
   * @throws CodriverError BAD_ARGUMENT for a split of a plain file, LOG_WRITE_FAILED or DISK_FULL
   */
  static async create(location: string, options: McapRecordingOptions = {}): Promise<McapRecording> {
    const plain = isPlainFile(location);
    if (plain) {
      if (options.splitBytes !== undefined || options.splitNs !== undefined) {
        throw new CodriverError('BAD_ARGUMENT', `One file, ${location}, can't be split.`, {
          remedy: 'Name a folder, without .mcap at the end.',
        });
      }
      const file = await McapFile.create(location, fileOptions(options));
      return new McapRecording(location, null, file, path.basename(location), options);
    }
    await makeFolder(location);
    const name = `${options.name ?? path.basename(path.resolve(location))}_0.mcap`;
    const file = await McapFile.create(path.join(location, name), fileOptions(options));
    const recording = new McapRecording(location, location, file, name, options);
    // From the start, so that the folder is a bag even if it never gets to its end.
    await recording.#writeMetadata();
    return recording;
  }

  /** True once messages have left memory. */
  get hasStored(): boolean {
    return this.#file.hasStored || this.#done.some((file) => file.messageCount > 0);
  }

  /** Takes note of a channel; it is written with its first message. */
  addChannel(channel: ChannelSpec): number {
    this.#channels.push(channel);
    this.#counts.push(0);
    return this.#channels.length - 1;
  }

  /** Adds a message; its bytes are copied. */
  async add(message: MessageSpec): Promise<void> {
    if (this.#isFull(message.logTimeNs)) await this.#nextFile();
    await this.#file.add({
      channelId: this.#channelId(message.channel),
      sequence: message.sequence,
      logTime: message.logTimeNs,
      publishTime: message.publishTimeNs,
      data: message.data,
    });
    this.#counts[message.channel]! += 1;
  }

  /** Hands what waits to the system, so that a crash of the process does not lose it. */
  async flush(): Promise<void> {
    await this.#file.flush();
  }

  /** Writes channels without messages, summary and metadata.yaml, and closes; calling it again does nothing. */
  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    // Listed in the summary, so that nothing of a source is left out.
    for (const index of this.#channels.keys()) if (this.#counts[index] === 0) this.#channelId(index);
    await this.#endFile();
    await this.#writeMetadata();
  }

  #isFull(logTimeNs: TimeNs): boolean {
    const { splitBytes, splitNs } = this.#options;
    const { messageCount, startNs } = this.#file.statistics;
    if (messageCount === 0) return false;
    if (splitNs !== undefined && logTimeNs - startNs >= splitNs) return true;
    return splitBytes !== undefined && this.#file.sizeBytes >= splitBytes;
  }

  async #nextFile(): Promise<void> {
    await this.#endFile();
    const base = this.#options.name ?? path.basename(path.resolve(this.path));
    this.#fileName = `${base}_${this.#done.length}.mcap`;
    this.#file = await McapFile.create(path.join(this.#folder!, this.#fileName), fileOptions(this.#options));
    this.#schemaIds = new Map();
    this.#channelIds = new Map();
    await this.#writeMetadata();
  }

  async #endFile(): Promise<void> {
    const file = this.#file;
    await file.end();
    this.#done.push({ path: this.#fileName, ...file.statistics });
  }

  #channelId(index: number): number {
    const known = this.#channelIds.get(index);
    if (known !== undefined) return known;
    const { topic, messageEncoding, metadata, ...schema } = this.#channels[index]!;
    const id = this.#file.addChannel({
      topic,
      messageEncoding,
      metadata: new Map(metadata),
      schemaId: this.#schemaId(schema),
    });
    this.#channelIds.set(index, id);
    return id;
  }

  #schemaId(schema: Pick<ChannelSpec, 'schemaName' | 'schemaEncoding' | 'schemaData'>): number {
    const { schemaName: name, schemaEncoding: encoding, schemaData: data } = schema;
    if (name === '' && encoding === '' && data.length === 0) return 0;
    const key = `${name}\n${encoding}\n${Buffer.from(data).toString('latin1')}`;
    let id = this.#schemaIds.get(key);
    if (id === undefined) {
      id = this.#file.addSchema({ name, encoding, data });
      this.#schemaIds.set(key, id);
    }
    return id;
  }

  async #writeMetadata(): Promise<void> {
    if (this.#folder === null) return;
    const open = this.#closed ? [] : [{ path: this.#fileName, ...this.#file.statistics }];
    const topics = this.#channels.map((channel, index) => ({
      name: channel.topic,
      type: channel.schemaName,
      messageEncoding: channel.messageEncoding,
      qosProfiles: channel.metadata.get('offered_qos_profiles') ?? '',
      typeHash: channel.metadata.get('topic_type_hash') ?? '',
      messageCount: this.#counts[index]!,
    }));
    await writeMetadataYaml(
      path.join(this.#folder, 'metadata.yaml'),
      metadataYaml([...this.#done, ...open], topics),
    );
  }
}

/** True where a recording at this path is one file and no folder. */
export function isPlainFile(location: string): boolean {
  return location.endsWith('.mcap') || location.startsWith('/dev/');
}

function fileOptions(options: McapRecordingOptions): Parameters<typeof McapFile.create>[1] {
  return {
    profile: options.profile ?? 'ros2',
    compression: options.compression ?? 'zstd',
    chunkBytes: options.chunkBytes ?? DEFAULT_CHUNK_BYTES,
    chunkNs: options.chunkNs === undefined ? DEFAULT_CHUNK_NS : options.chunkNs,
  };
}
