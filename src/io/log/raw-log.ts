import type { CodriverError, TimeNs } from '../../domain/index.ts';

/** What a file's bytes are, by its first bytes and never by its name alone. */
export type LogFormat = 'mcap' | 'rosbag2-sqlite3' | 'rosbag2-folder' | 'rosbag1' | 'video';

/** A topic as the container stores it: its messages' encoding and the text that explains them. */
export interface RawChannel {
  /** Unique in its log; not the container's own number where several files were joined. */
  readonly id: number;
  readonly topic: string;
  /** `cdr`, `ros1`, `json`, `protobuf` …: MCAP's well-known names, also for the other containers. */
  readonly messageEncoding: string;
  /** The type's name as recorded: `sensor_msgs/msg/Image`, `foxglove.CompressedVideo`. Empty where there is none. */
  readonly schemaName: string;
  /** `ros2msg`, `ros2idl`, `ros1msg`, `jsonschema`, `protobuf`; empty where the container brings no schema. */
  readonly schemaEncoding: string;
  readonly schemaData: Uint8Array;
  /** Container metadata of the channel, such as `offered_qos_profiles`. */
  readonly metadata: ReadonlyMap<string, string>;
  /** How many messages the container says it has; null where only reading would tell. */
  readonly count: number | null;
}

/** One message, undecoded. `data` may be a view that is valid only until the next message is asked for. */
export interface RawMessage {
  readonly channel: RawChannel;
  readonly logTimeNs: TimeNs;
  readonly publishTimeNs: TimeNs;
  readonly sequence: number;
  readonly data: Uint8Array;
}

/** Something in a log that could not be read. */
export interface Damage {
  /** Byte in the file; null where the container does not tell (a SQLite row). */
  readonly offset: number | null;
  readonly why: string;
  /** The file, where the log has several. */
  readonly file?: string;
}

/** Which messages to read; all by default. */
export interface RawFilter {
  /** First and last log time, both included. */
  readonly fromNs?: TimeNs;
  readonly toNs?: TimeNs;
  /** Ids of the channels; undefined is all. */
  readonly channelIds?: ReadonlySet<number>;
  /** Called for what turns out damaged on the way; reading goes on behind it. */
  readonly onDamage?: (damage: Damage) => void;
}

/**
 * A container of messages, whatever its format: the one interface of all of them. In memory is a
 * bounded part, whatever the size. Several passes may run at once.
 */
export interface RawLog {
  /** The path or URL it was opened with. */
  readonly path: string;
  readonly format: LogFormat;
  /** Of all its files together. */
  readonly sizeBytes: number;
  /** First and last log time of its messages; both 0n where it has none. */
  readonly startNs: TimeNs;
  readonly endNs: TimeNs;
  readonly channels: readonly RawChannel[];
  /** What was found damaged on opening. */
  readonly damages: readonly Damage[];
  /** Facts for people, in order: compression, chunks, files, library … */
  readonly facts: readonly (readonly [label: string, value: string])[];
  /** The messages by log time; equal times in the order of the file. */
  messages(filter?: RawFilter): AsyncIterable<RawMessage>;
  /** Ends passes under way; safe to call twice. */
  close(): Promise<void>;
}

/** Bytes that can be read at any offset: a file, or a log on a server. */
export interface ByteSource {
  /** Path or URL, for messages. */
  readonly name: string;
  readonly sizeBytes: number;
  /**
   * The bytes from `offset`, fewer than `length` where the source ends. No later read changes them.
   *
   * @throws CodriverError LOG_UNREADABLE where the disk or the server fails
   */
  read(offset: number, length: number): Promise<Uint8Array>;
  close(): Promise<void>;
}

/** Told of what could not be read, once for each: damaged bytes, unknown encodings, broken messages. */
export type OnLogError = (error: CodriverError) => void;
