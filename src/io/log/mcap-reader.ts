import type { McapTypes } from '@mcap/core';
import { CodriverError, type TimeNs, type TopicRole } from '../../domain/index.ts';
import type { DomainMessage } from '../ros-messages/domain-message.ts';
import { LogFile } from './log-file.ts';
import { indexLog } from './mcap-index.ts';
import { type Damage, type LogIndex, mergeSegments } from './mcap-segments.ts';
import { fullTypeName, MessageDecoder } from './message-decoder.ts';
import { assignRoles, type FoundTopic, type TopicInfo } from './topics.ts';

/** One message of a log. */
export interface LogMessage {
  readonly topic: string;
  /** When it was recorded; messages come in this order. */
  readonly logTimeNs: TimeNs;
  readonly role: TopicRole;
  readonly message: DomainMessage;
}

export interface OpenLogOptions {
  /** `config.topics`: topic name → role. Default: by message type alone. */
  readonly topicRoles?: Readonly<Record<string, TopicRole>>;
  /**
   * Called once, after the last readable message, when some of the file could not
   * be read (LOG_UNREADABLE). Default: `messages()` throws it there.
   */
  readonly onDamage?: (error: CodriverError) => void;
  /** Called for every message that is broken and left out (BAD_MESSAGE). Default: they are only counted. */
  readonly onBadMessage?: (error: CodriverError) => void;
}

/** Which messages to read; all by default. */
export interface MessageFilter {
  /** First and last log time, both included. */
  readonly fromNs?: TimeNs;
  readonly toNs?: TimeNs;
  readonly topics?: readonly string[];
}

/** An open log. `messages()` may be called again, for another pass, but not while a pass is under way. */
export interface LogReader {
  readonly path: string;
  /** First and last log time of the file's messages. */
  readonly startNs: TimeNs;
  readonly endNs: TimeNs;
  /** Every topic of the file, by name, also those that are not read. */
  readonly topics: readonly TopicInfo[];
  /** Messages left out so far because they were broken. */
  readonly badMessageCount: number;
  /** The messages of topics with a role, by log time; equal times in the file's order. */
  messages(filter?: MessageFilter): AsyncIterable<LogMessage>;
  close(): Promise<void>;
}

/**
 * Opens an MCAP log with ROS 2 messages. A file that is cut short or damaged gives everything that can be
 * read, and then one error. In memory is one chunk, or those that overlap in time.
 *
 * @throws CodriverError NOT_FOUND; LOG_UNREADABLE for a file that is empty, no MCAP, or damaged so that no
 *   message is left; BAD_MESSAGE for a role in `topicRoles` that the topic's type can't serve
 */
export async function openLog(path: string, options: OpenLogOptions = {}): Promise<LogReader> {
  const file = await LogFile.open(path);
  try {
    const index = await indexLog(file);
    if (index.segments.length === 0 && index.damages.length > 0) throw damageError(path, index.damages, 0);
    return new McapLogReader(file, index, options);
  } catch (error) {
    await file.close();
    throw CodriverError.from(error, 'LOG_UNREADABLE');
  }
}

class McapLogReader implements LogReader {
  readonly path: string;
  readonly startNs: TimeNs;
  readonly endNs: TimeNs;
  readonly topics: readonly TopicInfo[];
  badMessageCount = 0;
  readonly #file: LogFile;
  readonly #index: LogIndex;
  readonly #options: OpenLogOptions;
  readonly #decoders: ReadonlyMap<number, MessageDecoder>;

  constructor(file: LogFile, index: LogIndex, options: OpenLogOptions) {
    this.path = file.path;
    this.startNs = index.startNs;
    this.endNs = index.endNs;
    this.#file = file;
    this.#index = index;
    this.#options = options;
    const assigned = assignRoles(file.path, foundTopics(index), options.topicRoles ?? {});
    const { topics, decoders } = makeDecoders(index, assigned);
    this.topics = topics;
    this.#decoders = decoders;
  }

  async *messages(filter: MessageFilter = {}): AsyncGenerator<LogMessage> {
    const { fromNs = this.startNs, toNs = this.endNs, topics } = filter;
    const segments = this.#index.segments.filter((s) => s.endNs >= fromNs && s.startNs <= toNs);
    // By offset, because a segment that was found damaged on opening is met again here.
    const damages = new Map(this.#index.damages.map((damage) => [damage.offset, damage]));
    const onDamage = (damage: Damage) => void damages.set(damage.offset, damage);
    let read = 0;
    for await (const raw of mergeSegments(this.#file, segments, this.#index.channels, onDamage)) {
      read += 1;
      if (raw.logTime < fromNs || raw.logTime > toNs) continue;
      const decoder = this.#decoders.get(raw.channelId);
      if (decoder === undefined || topics?.includes(decoder.topic) === false) continue;
      const message = this.#decode(decoder, raw);
      if (message === null) continue;
      yield { topic: decoder.topic, logTimeNs: raw.logTime, role: decoder.role, message };
    }
    if (damages.size === 0) return;
    const error = damageError(this.path, [...damages.values()], read);
    if (this.#options.onDamage === undefined) throw error;
    this.#options.onDamage(error);
  }

  async close(): Promise<void> {
    await this.#file.close();
  }

  #decode(decoder: MessageDecoder, raw: McapTypes.Message): DomainMessage | null {
    try {
      return decoder.decode(raw);
    } catch (error) {
      this.badMessageCount += 1;
      this.#options.onBadMessage?.(CodriverError.from(error, 'BAD_MESSAGE'));
      return null;
    }
  }
}

const topicKey = (topic: string, type: string): string => `${topic}\n${type}`;

/** The file's topics by name; one recorded with two types counts as two. */
function foundTopics(index: LogIndex): FoundTopic[] {
  const topics = new Map<string, FoundTopic>();
  for (const channel of index.channels.values()) {
    const schema = index.schemas.get(channel.schemaId);
    const type = fullTypeName(schema?.name ?? '');
    const key = topicKey(channel.topic, type);
    const count = (topics.get(key)?.count ?? 0) + (index.counts.get(channel.id) ?? 0);
    const encoding = `${channel.messageEncoding}/${schema?.encoding ?? ''}`;
    topics.set(key, { name: channel.topic, type, encoding, count });
  }
  return [...topics].toSorted(([a], [b]) => (a < b ? -1 : 1)).map(([, topic]) => topic);
}

/** A decoder by channel id; a topic whose schema does not parse loses its role. */
function makeDecoders(
  index: LogIndex,
  assigned: readonly TopicInfo[],
): { topics: TopicInfo[]; decoders: Map<number, MessageDecoder> } {
  const byKey = new Map(assigned.map((topic) => [topicKey(topic.name, topic.type), topic]));
  const decoders = new Map<number, MessageDecoder>();
  for (const channel of index.channels.values()) {
    const schema = index.schemas.get(channel.schemaId);
    if (schema === undefined) continue;
    const key = topicKey(channel.topic, fullTypeName(schema.name));
    const topic = byKey.get(key);
    if (topic === undefined || topic.role === null) continue;
    try {
      decoders.set(channel.id, new MessageDecoder(channel, schema, topic.role));
    } catch (error) {
      byKey.set(key, { ...topic, role: null, why: `its schema does not parse: ${(error as Error).message}` });
    }
  }
  return { topics: [...byKey.values()], decoders };
}

function damageError(path: string, damages: readonly Damage[], messagesRead: number): CodriverError {
  const [first, ...others] = damages.toSorted((a, b) => a.offset - b.offset);
  const more = others.length === 0 ? '' : ` ${others.length} more places are damaged.`;
  return new CodriverError(
    'LOG_UNREADABLE',
    `Log ${path} is damaged at byte ${first!.offset}: ${first!.why}.${more} ${messagesRead} messages could be read.`,
    {
      remedy:
        'What could be read was used; copy the log again from where it was recorded, or repair it with `mcap recover`.',
      details: { path, offset: first!.offset, damages, messagesRead },
    },
  );
}
