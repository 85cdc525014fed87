import { CodriverError, type JournalEntry, type TimeNs } from '../../domain/index.ts';
import type { CdrEncoder } from '../ros-messages/cdr-writer.ts';
import type { DomainMessage } from '../ros-messages/domain-message.ts';
import { encoderOf } from '../ros-messages/encode.ts';
import { messageText } from '../ros-messages/message-texts.ts';
import { type RosMessageOut, toRos } from '../ros-messages/to-ros.ts';
import { writeError } from './durable-file.ts';
import { McapRecording, type McapRecordingOptions } from './mcap-recording.ts';

/** Compression, splitting and chunks of a log. */
export type LogWriterOptions = McapRecordingOptions;

interface OpenChannel {
  readonly index: number;
  readonly type: string;
  readonly encoder: CdrEncoder;
  sequence: number;
}

/**
 * Writes logs that rosbag2 and the MCAP tools read: ROS 2 messages as CDR with
 * their message texts. The same calls give the same bytes. Every quarter of a
 * second of log time is handed to the system as it is over, and put on the disk
 * within a second, so that a crash or a power loss leaves a log that reads up to there.
 */
export class LogWriter {
  readonly path: string;
  readonly #recording: McapRecording;
  readonly #channels = new Map<string, OpenChannel>();
  /** Calls wait for one another: a recording must not be entered twice. */
  #last: Promise<unknown> = Promise.resolve();
  #failure: CodriverError | undefined;
  #closed = false;

  private constructor(recording: McapRecording) {
    this.path = recording.path;
    this.#recording = recording;
  }

  /**
   * Creates or empties a file, where the path ends in `.mcap`, else a rosbag2 folder.
   *
   * @throws CodriverError LOG_WRITE_FAILED, or DISK_FULL
   */
  static async create(path: string, options: LogWriterOptions = {}): Promise<LogWriter> {
    return new LogWriter(await McapRecording.create(path, options));
  }

  /**
   * Adds a message to a topic; all of a topic have one type. May be called without waiting for the one
   * before; messages keep the order of the calls.
   *
   * @param stampNs log time of the message
   * @throws CodriverError DISK_FULL or LOG_WRITE_FAILED, also for every call after the first that failed;
   *   BAD_MESSAGE for a topic that has another type
   */
  async write(topic: string, value: DomainMessage | JournalEntry, stampNs: TimeNs): Promise<void> {
    await this.writeRos(topic, toRos(value), stampNs);
  }

  /**
   * As {@link write}, of a ROS message.
   *
   * @param text the type's definition with what it uses; default: the known one
   */
  async writeRos(
    topic: string,
    { type, message }: RosMessageOut,
    stampNs: TimeNs,
    text?: string,
  ): Promise<void> {
    await this.#inTurn(async () => {
      const channel = this.#channel(topic, type, text);
      await this.#recording.add({
        channel: channel.index,
        sequence: channel.sequence,
        logTimeNs: stampNs,
        publishTimeNs: stampNs,
        data: channel.encoder.encode(message),
      });
      channel.sequence += 1;
    });
  }

  /** Hands what waits to the system; for live recordings in which nothing may come for a while. */
  async flush(): Promise<void> {
    await this.#inTurn(() => this.#recording.flush());
  }

  /** Writes the summary and closes; calling it again does nothing. */
  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    await this.#last;
    try {
      await this.#recording.close();
    } catch (error) {
      throw this.#failure ?? writeError(this.path, error);
    }
    if (this.#failure !== undefined) throw this.#failure;
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

  #channel(topic: string, type: string, knownText: string | undefined): OpenChannel {
    const existing = this.#channels.get(topic);
    if (existing !== undefined) {
      if (existing.type === type) return existing;
      throw new CodriverError('BAD_MESSAGE', `Topic ${topic} carries ${existing.type}, so not ${type}.`, {
        remedy: 'Use one topic for each type.',
      });
    }
    const text = knownText ?? messageText(type);
    const encoder = encoderOf(type, () => text);
    const index = this.#recording.addChannel({
      topic,
      messageEncoding: 'cdr',
      schemaName: type,
      schemaEncoding: 'ros2msg',
      schemaData: new TextEncoder().encode(text),
      metadata: new Map(),
    });
    const channel = { index, type, encoder, sequence: 0 };
    this.#channels.set(topic, channel);
    return channel;
  }
}
