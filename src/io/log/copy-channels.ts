import { CodriverError } from '../../domain/index.ts';
import type { RawChannel, RawLog } from './raw-log.ts';
import type { RawWriter } from './raw-writer.ts';

/** Which channels of the inputs are copied, and to which of the writer's. */
export class ChannelPlan {
  /** Topics that got another name because theirs was taken by another type. */
  readonly renamed = new Map<string, string>();
  readonly #writer: RawWriter;
  readonly #wanted: (topic: string) => boolean;
  /** Type by output topic. */
  readonly #types = new Map<string, string>();
  /** Output channels of earlier inputs, by everything that makes them equal. */
  readonly #known = new Map<string, number>();

  /** @throws CodriverError NOT_FOUND for a topic that no input has */
  constructor(writer: RawWriter, inputs: readonly RawLog[], topics: readonly string[] | undefined) {
    this.#writer = writer;
    const patterns = topics?.map((topic) => ({ topic, matches: matcher(topic) }));
    this.#wanted = (topic) => patterns === undefined || patterns.some(({ matches }) => matches(topic));
    const names = [...new Set(inputs.flatMap((log) => log.channels.map((channel) => channel.topic)))].sort();
    for (const { topic, matches } of patterns ?? []) {
      if (names.some(matches)) continue;
      throw new CodriverError(
        'NOT_FOUND',
        `No topic ${topic} is in ${inputs.map((log) => log.path).join(', ')}.`,
        {
          remedy: names.length === 0 ? 'There are no topics at all.' : `There are: ${names.join(', ')}.`,
        },
      );
    }
  }

  /** The writer's channels by this input's channel ids; to be asked once for each input. */
  targetsOf(log: RawLog, prefix: string): Map<number, number> {
    const targets = new Map<number, number>();
    const own = new Map<string, number>();
    for (const channel of log.channels) {
      if (!this.#wanted(channel.topic)) continue;
      const topic = this.#freeName(prefix + channel.topic, typeKey(channel));
      const key = channelKey(topic, channel);
      // Several connections of one input stay apart, as they were recorded.
      const known = this.#known.get(key) ?? this.#writer.addChannel({ ...specOf(channel), topic });
      targets.set(channel.id, known);
      own.set(key, known);
    }
    for (const [key, target] of own) this.#known.set(key, target);
    return targets;
  }

  #freeName(topic: string, type: string): string {
    let name = topic;
    for (let number = 2; (this.#types.get(name) ?? type) !== type; number++) name = `${topic}_${number}`;
    this.#types.set(name, type);
    if (name !== topic) this.renamed.set(topic, name);
    return name;
  }
}

function matcher(pattern: string): (topic: string) => boolean {
  const parts = pattern.split('*').map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'));
  const expression = new RegExp(`^${parts.join('.*')}$`);
  return (topic) => expression.test(topic);
}

function specOf({ messageEncoding, schemaName, schemaEncoding, schemaData, metadata }: RawChannel) {
  return { messageEncoding, schemaName, schemaEncoding, schemaData, metadata };
}

/** `package/Name` and `package/msg/Name` are one type. */
function typeKey(channel: RawChannel): string {
  return `${channel.schemaName.replace('/msg/', '/')} ${channel.messageEncoding}`;
}

function channelKey(topic: string, channel: RawChannel): string {
  const { schemaEncoding, schemaData, metadata } = channel;
  return JSON.stringify([
    topic,
    typeKey(channel),
    schemaEncoding,
    Buffer.from(schemaData).toString('latin1'),
    [...metadata].sort(([a], [b]) => (a < b ? -1 : 1)),
  ]);
}
