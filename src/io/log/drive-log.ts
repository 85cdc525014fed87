import { CodriverError, type TimeNs, type TopicRole } from '../../domain/index.ts';
import { encodingOf, whyNotDecodable } from './decoding/decoder.ts';
import { fullTypeName } from './decoding/type-names.ts';
import { DomainPass } from './domain-pass.ts';
import type { LogMessage, MessageFilter } from './log-message.ts';
import { openRawLog } from './open-raw-log.ts';
import type { RawChannel, RawLog } from './raw-log.ts';
import { TopicDecoder } from './topic-decoder.ts';
import { assignRoles, type FoundTopic, type TopicInfo, topicKey } from './topics.ts';

export type { LogMessage, MessageFilter } from './log-message.ts';

export interface OpenLogOptions {
  /** `config.topics`: topic name → role. Default: by message type alone. */
  readonly topicRoles?: Readonly<Record<string, TopicRole>>;
  /**
   * Called after the last readable message, once for each log of which some could not be read
   * (LOG_UNREADABLE). Default: `messages()` throws the first there.
   */
  readonly onDamage?: (error: CodriverError) => void;
  /**
   * Called for every message that is broken and left out (BAD_MESSAGE), and for what a video lacks
   * (BAD_IMAGE). Default: they are only counted.
   */
  readonly onBadMessage?: (error: CodriverError) => void;
  /** Ends requests to a server and decoding of videos, with ABORTED. */
  readonly signal?: AbortSignal;
}

/** One or several open logs as one. `messages()` may be called again, for another pass. */
export interface LogReader {
  /** Of several, joined by commas. */
  readonly path: string;
  /** As they were given. */
  readonly paths: readonly string[];
  /** First and last log time of all messages; both 0n where there is none. */
  readonly startNs: TimeNs;
  readonly endNs: TimeNs;
  /** Every topic of every log, by name, also those that are not read. */
  readonly topics: readonly TopicInfo[];
  /** Messages left out so far because they were broken. */
  readonly badMessageCount: number;
  /** The messages of topics with a role, by log time; equal times in the order of the logs, then of the file. */
  messages(filter?: MessageFilter): AsyncIterable<LogMessage>;
  /** Also ends passes under way. */
  close(): Promise<void>;
}

/**
 * Opens one or several logs of any format, merged by time: files, rosbag2 folders, http(s) addresses. A
 * log that is cut short, damaged or still being written gives everything that can be read, and then one error.
 *
 * @throws CodriverError NOT_FOUND; LOG_UNREADABLE for a log of no known format, or damaged so that no message
 *   is left; BAD_MESSAGE for a role in `topicRoles` that the topic's type can't serve
 */
export async function openLog(
  paths: string | readonly string[],
  options: OpenLogOptions = {},
): Promise<LogReader> {
  const names = typeof paths === 'string' ? [paths] : [...paths];
  const { signal } = options;
  const logs: RawLog[] = [];
  try {
    for (const name of names) logs.push(await openRawLog(name, signal === undefined ? {} : { signal }));
    return new DriveLog(names, logs, options);
  } catch (error) {
    await Promise.allSettled(logs.map((log) => log.close()));
    throw CodriverError.from(error, 'LOG_UNREADABLE');
  }
}

class DriveLog implements LogReader {
  readonly path: string;
  readonly paths: readonly string[];
  readonly startNs: TimeNs;
  readonly endNs: TimeNs;
  readonly topics: readonly TopicInfo[];
  badMessageCount = 0;
  readonly #logs: readonly RawLog[];
  readonly #options: OpenLogOptions;
  readonly #decoders = new Map<RawChannel, TopicDecoder>();

  constructor(paths: readonly string[], logs: readonly RawLog[], options: OpenLogOptions) {
    this.path = paths.join(', ');
    this.paths = paths;
    this.#logs = logs;
    this.#options = options;
    const filled = logs.filter(({ startNs, endNs }) => startNs !== 0n || endNs !== 0n);
    this.startNs = filled.map(({ startNs }) => startNs).toSorted(byNumber)[0] ?? 0n;
    this.endNs =
      filled
        .map(({ endNs }) => endNs)
        .toSorted(byNumber)
        .at(-1) ?? 0n;
    this.topics = this.#assignTopics();
  }

  async *messages(filter: MessageFilter = {}): AsyncGenerator<LogMessage> {
    const pass = new DomainPass(this.#logs, this.#decoders, filter, {
      signal: this.#options.signal,
      onBadMessage: (error) => {
        if (error.code === 'BAD_MESSAGE') this.badMessageCount += 1;
        this.#options.onBadMessage?.(error);
      },
    });
    yield* pass.messages();
    for (const error of pass.damageErrors()) {
      if (this.#options.onDamage === undefined) throw error;
      this.#options.onDamage(error);
    }
  }

  async close(): Promise<void> {
    await Promise.all(this.#logs.map((log) => log.close()));
  }

  /** Gives topics their roles and makes the decoders; a topic whose schema does not parse loses its role. */
  #assignTopics(): TopicInfo[] {
    const assigned = assignRoles(this.#logs.flatMap(foundTopics), this.#options.topicRoles ?? {});
    const topics = this.#logs.flatMap((log) => {
      const infos = new Map<string, TopicInfo>();
      for (const channel of log.channels) {
        const found = foundTopic(log, channel);
        const key = `${topicKey(found)}\n${encodingOf(channel)}`;
        const known = infos.get(key);
        const count = (known?.count ?? 0) + found.count;
        const { role, why } = known ?? assigned.get(topicKey(found))!;
        const readable = found.undecodable === null ? role : null;
        const { failure } = this.#makeDecoder(channel, readable);
        infos.set(key, {
          name: found.name,
          type: found.type,
          encoding: encodingOf(channel),
          count,
          log: log.path,
          role: failure === null ? readable : null,
          why: failure ?? found.undecodable ?? why,
        });
      }
      return [...infos.values()];
    });
    return topics.toSorted((a, b) => byText(a.name, b.name) || byText(a.type, b.type));
  }

  #makeDecoder(channel: RawChannel, role: TopicRole | null): { failure: string | null } {
    if (role === null) return { failure: null };
    try {
      this.#decoders.set(channel, new TopicDecoder(channel, role));
      return { failure: null };
    } catch (error) {
      return { failure: String(CodriverError.from(error).details.why ?? (error as Error).message) };
    }
  }
}

const byText = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);
const byNumber = (a: TimeNs, b: TimeNs): number => (a < b ? -1 : a > b ? 1 : 0);

function foundTopics(log: RawLog): FoundTopic[] {
  return log.channels.map((channel) => foundTopic(log, channel));
}

function foundTopic(log: RawLog, channel: RawChannel): FoundTopic {
  return {
    name: channel.topic,
    type: fullTypeName(channel.schemaName),
    count: channel.count ?? 0,
    log: log.path,
    undecodable: whyNotDecodable(channel),
  };
}
