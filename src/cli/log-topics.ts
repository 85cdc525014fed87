import { nsToSeconds, type TopicRole } from '../domain/index.ts';
import { encodingOf, makeDecoder, whyNotDecodable } from '../io/log/decoding/decoder.ts';
import { fullTypeName } from '../io/log/decoding/type-names.ts';
import type { RawChannel, RawLog } from '../io/log/raw-log.ts';
import { assignRoles, topicKey } from '../io/log/topics.ts';

/** One topic of a log, for people and scripts. */
export interface TopicSummary {
  readonly name: string;
  readonly type: string;
  /** Of messages and schema: `cdr/ros2msg`. */
  readonly encoding: string;
  /** Null where only reading would tell. */
  readonly count: number | null;
  /** Messages a second over the log's whole span; null where that is not known. */
  readonly rateHz: number | null;
  readonly role: TopicRole | null;
  /** Why it is not read; null where it is. */
  readonly why: string | null;
}

/**
 * The topics of a log by name, each with its role; one with two types or encodings counts as two.
 *
 * @param overrides `config.topics`
 * @throws CodriverError BAD_MESSAGE for an override that the topic's type can't serve
 */
export function topicsOf(log: RawLog, overrides: Readonly<Record<string, TopicRole>>): TopicSummary[] {
  const found = new Map<string, { channel: RawChannel; count: number | null }>();
  for (const channel of log.channels) {
    const key = `${channel.topic}\n${fullTypeName(channel.schemaName)}\n${encodingOf(channel)}`;
    const earlier = found.get(key) ?? { count: 0 };
    const count = channel.count === null || earlier.count === null ? null : earlier.count + channel.count;
    found.set(key, { channel, count });
  }
  const topics = [...found]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([, { channel, count }]) => ({
      name: channel.topic,
      type: fullTypeName(channel.schemaName),
      encoding: encodingOf(channel),
      count,
      undecodable: undecodable(channel),
    }));
  const assigned = assignRoles(
    topics.map((topic) => ({ ...topic, count: topic.count ?? 0, log: log.path })),
    overrides,
  );
  const spanS = nsToSeconds(log.endNs - log.startNs);
  return topics.map(({ undecodable: broken, ...topic }) => {
    const { role, why } = assigned.get(topicKey(topic))!;
    return {
      ...topic,
      rateHz: topic.count === null || topic.count < 2 || spanS <= 0 ? null : (topic.count - 1) / spanS,
      role: broken === null ? role : null,
      why: why ?? broken,
    };
  });
}

function undecodable(channel: RawChannel): string | null {
  const why = whyNotDecodable(channel);
  if (why !== null) return why;
  try {
    makeDecoder(channel);
    return null;
  } catch (error) {
    return (error as Error).message.replace(/^.* cannot be decoded: /, '');
  }
}
