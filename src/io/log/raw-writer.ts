import type { TimeNs } from '../../domain/index.ts';
import { messageText } from '../ros-messages/message-texts.ts';
import { type ChannelSpec, McapRecording, type McapRecordingOptions } from './mcap-recording.ts';
import type { RawMessage } from './raw-log.ts';

/** Larger than a recorder's: what is copied can be copied again after a crash. */
const CHUNK_BYTES = 1024 * 1024;

/**
 * Writes messages as they were recorded, whatever their encoding: bytes, publish times, sequences,
 * schemas and metadata stay as they are. A ROS 2 type whose container brought no definition gets the
 * known one, so that the MCAP explains itself. The same calls give the same bytes. Calls must wait for
 * one another.
 */
export class RawWriter {
  readonly path: string;
  readonly #recording: McapRecording;
  /** Types that got the known definition, and types for which none is known. */
  readonly filledTypes = new Set<string>();
  readonly unexplainedTypes = new Set<string>();

  private constructor(recording: McapRecording) {
    this.path = recording.path;
    this.#recording = recording;
  }

  /**
   * Creates or empties a file, where the path ends in `.mcap`, else a rosbag2 folder. Chunks are of 1 MiB
   * by default.
   *
   * @throws CodriverError BAD_ARGUMENT for a split of a plain file, LOG_WRITE_FAILED or DISK_FULL
   */
  static async create(path: string, options: McapRecordingOptions = {}): Promise<RawWriter> {
    return new RawWriter(
      await McapRecording.create(path, { chunkBytes: CHUNK_BYTES, chunkNs: null, ...options }),
    );
  }

  /** True once messages have left memory, so that a failure leaves something to read. */
  get hasStored(): boolean {
    return this.#recording.hasStored;
  }

  /** Takes note of a channel. @returns its number for {@link write} */
  addChannel(channel: ChannelSpec): number {
    return this.#recording.addChannel(this.#explained(channel));
  }

  /**
   * Adds a message to a channel.
   *
   * @param logTimeNs in place of the message's own log time
   * @throws CodriverError DISK_FULL or LOG_WRITE_FAILED
   */
  async write(
    channel: number,
    message: Omit<RawMessage, 'channel'>,
    logTimeNs: TimeNs = message.logTimeNs,
  ): Promise<void> {
    const { publishTimeNs, sequence, data } = message;
    await this.#recording.add({ channel, logTimeNs, publishTimeNs, sequence, data });
  }

  /** Writes what is left and closes; calling it again does nothing. */
  async close(): Promise<void> {
    await this.#recording.close();
  }

  #explained(channel: ChannelSpec): ChannelSpec {
    const { schemaName, schemaEncoding, schemaData, messageEncoding } = channel;
    if (schemaData.length > 0 || schemaEncoding !== '' || messageEncoding !== 'cdr') return channel;
    try {
      const text = messageText(schemaName);
      this.filledTypes.add(schemaName);
      return { ...channel, schemaEncoding: 'ros2msg', schemaData: new TextEncoder().encode(text) };
    } catch {
      this.unexplainedTypes.add(schemaName);
      return channel;
    }
  }
}
