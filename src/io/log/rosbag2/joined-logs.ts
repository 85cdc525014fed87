import { basename } from 'node:path';
import type { TimeNs } from '../../../domain/index.ts';
import type { Damage, LogFormat, RawChannel, RawFilter, RawLog, RawMessage } from '../raw-log.ts';
import type { BagInformation } from './metadata.ts';

/** What is known of a recording beside its files. */
export interface JoinedInfo {
  readonly damages: readonly Damage[];
  readonly facts: readonly (readonly [string, string])[];
  /** What the recorder says of the topics. */
  readonly topics: BagInformation['topics_with_message_count'];
  /** Messages in all files together by the recorder's count; null where it did not tell. */
  readonly messageCount: number | null;
}

/** The files of one recording as one log. A file is read only when its time has come. */
export class JoinedLogs implements RawLog {
  readonly path: string;
  readonly format: LogFormat = 'rosbag2-folder';
  readonly sizeBytes: number;
  readonly startNs: TimeNs;
  readonly endNs: TimeNs;
  readonly channels: readonly RawChannel[];
  readonly damages: readonly Damage[];
  readonly facts: readonly (readonly [string, string])[];
  readonly #logs: readonly RawLog[];
  /** The joined channel of every file's channel. */
  readonly #joined: ReadonlyMap<RawChannel, RawChannel>;

  constructor(folder: string, logs: readonly RawLog[], info: JoinedInfo) {
    this.path = folder;
    this.#logs = logs;
    this.sizeBytes = logs.reduce((sum, log) => sum + log.sizeBytes, 0);
    const filled = logs.filter(isFilled);
    const startsNs = filled.map(({ startNs }) => startNs).toSorted(ascending);
    const endsNs = filled.map(({ endNs }) => endNs).toSorted(ascending);
    this.startNs = startsNs[0] ?? 0n;
    this.endNs = endsNs.at(-1) ?? 0n;
    this.#joined = joinChannels(logs, info.topics);
    this.channels = [...new Set(this.#joined.values())];
    const inFiles = logs.flatMap((log) =>
      log.damages.map((damage) => ({ file: basename(log.path), ...damage })),
    );
    this.damages = [...info.damages, ...inFiles];
    const counts = this.channels.map(({ count }) => count);
    const counted = counts.reduce((sum, count) => (sum === null || count === null ? null : sum + count), 0);
    const told = info.messageCount;
    if (this.damages.length === 0 && counted !== null && told !== null && counted !== told) {
      const why = `it counts ${told} messages, and ${counted} are in the files`;
      this.damages = [{ offset: null, why, file: 'metadata.yaml' }];
    }
    const ofFiles = new Map(logs.flatMap(({ facts }) => facts.map((fact) => [fact.join('\n'), fact])));
    this.facts = [...info.facts, ...ofFiles.values()];
  }

  async *messages(filter: RawFilter = {}): AsyncGenerator<RawMessage> {
    const { fromNs, toNs } = filter;
    const waiting = this.#logs
      .filter(
        (log) =>
          isFilled(log) &&
          (fromNs === undefined || log.endNs >= fromNs) &&
          (toNs === undefined || log.startNs <= toNs),
      )
      .map((log, order) => ({ log, order }))
      .sort((a, b) =>
        a.log.startNs < b.log.startNs ? -1 : a.log.startNs > b.log.startNs ? 1 : a.order - b.order,
      );
    const open: Input[] = [];
    try {
      for (;;) {
        let first = earliest(open);
        while (
          waiting.length > 0 &&
          (first === undefined || waiting[0]!.log.startNs <= first.head.logTimeNs)
        ) {
          const { log, order } = waiting.shift()!;
          const iterator = log.messages(this.#filterOf(log, filter))[Symbol.asyncIterator]();
          const input: Input = { order, iterator, head: undefined as never };
          open.push(input);
          await advance(open, input);
          first = earliest(open);
        }
        if (first === undefined) return;
        const { head } = first;
        yield { ...head, channel: this.#joined.get(head.channel)! };
        await advance(open, first);
      }
    } finally {
      await Promise.allSettled(open.map(({ iterator }) => iterator.return?.()));
    }
  }

  async close(): Promise<void> {
    await Promise.all(this.#logs.map((log) => log.close()));
  }

  #filterOf(log: RawLog, filter: RawFilter): RawFilter {
    const { channelIds, onDamage } = filter;
    const file = basename(log.path);
    return {
      ...filter,
      ...(channelIds === undefined
        ? {}
        : {
            channelIds: new Set(
              log.channels
                .filter((channel) => channelIds.has(this.#joined.get(channel)!.id))
                .map(({ id }) => id),
            ),
          }),
      ...(onDamage === undefined
        ? {}
        : { onDamage: (damage: Damage): void => onDamage({ file, ...damage }) }),
    };
  }
}

interface Input {
  readonly order: number;
  readonly iterator: AsyncIterator<RawMessage>;
  head: RawMessage;
}

async function advance(open: Input[], input: Input): Promise<void> {
  const next = await input.iterator.next();
  if (next.done === true) open.splice(open.indexOf(input), 1);
  else input.head = next.value;
}

function earliest(open: readonly Input[]): Input | undefined {
  let first = open[0];
  for (let index = 1; index < open.length; index++) {
    const input = open[index]!;
    const [a, b] = [input.head.logTimeNs, first!.head.logTimeNs];
    if (a < b || (a === b && input.order < first!.order)) first = input;
  }
  return first;
}

const ascending = (a: bigint, b: bigint): number => (a < b ? -1 : a > b ? 1 : 0);

/** False for a file without messages, whose times say nothing. */
function isFilled({ startNs, endNs, channels }: RawLog): boolean {
  return startNs !== 0n || endNs !== 0n || channels.some(({ count }) => count !== 0);
}

/** One channel for those that different files have of one topic, type, encoding and schema. */
function joinChannels(
  logs: readonly RawLog[],
  told: BagInformation['topics_with_message_count'],
): ReadonlyMap<RawChannel, RawChannel> {
  const groups = new Map<string, RawChannel[]>();
  for (const channel of logs.flatMap(({ channels }) => channels)) {
    const { topic, schemaName, messageEncoding, schemaEncoding, schemaData } = channel;
    const schema = Buffer.from(schemaData).toString('latin1');
    const key = JSON.stringify([topic, schemaName, messageEncoding, schemaEncoding, schema]);
    groups.set(key, [...(groups.get(key) ?? []), channel]);
  }
  const joined = new Map<RawChannel, RawChannel>();
  for (const [id, channels] of [...groups.values()].entries()) {
    const { topic, messageEncoding } = channels[0]!;
    const counts = channels.map(({ count }) => count);
    const ofTopic = told.filter(({ topic_metadata }) => topic_metadata.name === topic);
    const alone = [...groups.values()].filter(([other]) => other!.topic === topic).length === 1;
    const channel = {
      ...channels[0]!,
      id,
      // rosbag2 goes by the metadata where that names another format than the file.
      messageEncoding: ofTopic[0]?.topic_metadata.serialization_format ?? messageEncoding,
      count: counts.every((count) => count !== null)
        ? counts.reduce((sum, count) => sum + count, 0)
        : alone
          ? (ofTopic[0]?.message_count ?? null)
          : null,
    };
    for (const one of channels) joined.set(one, channel);
  }
  return joined;
}
