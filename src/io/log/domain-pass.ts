import { CodriverError, type TimeNs } from '../../domain/index.ts';
import type { DomainMessage } from '../ros-messages/domain-message.ts';
import { decodeVideo } from '../video/video-decoder.ts';
import type { VideoPacket } from '../video/video-packet.ts';
import { PacketsSinceKey } from './key-packets.ts';
import type { LogMessage, MessageFilter } from './log-message.ts';
import { mergeByTime } from './merge.ts';
import type { Damage, RawChannel, RawFilter, RawLog, RawMessage } from './raw-log.ts';
import type { TopicDecoder } from './topic-decoder.ts';

/** So far before a moment the key picture is looked for that decoding can start at. */
const KEY_PICTURE_NS = 10_000_000_000n;

export interface PassOptions {
  readonly signal: AbortSignal | undefined;
  readonly onBadMessage: (error: CodriverError) => void;
}

/** What one pass finds in one log. */
interface LogTally {
  readonly log: RawLog;
  /** By place, because videos are passes of their own, which meet the same damage. */
  readonly damages: Map<string, Damage>;
  read: number;
}

/** One pass over logs: raw messages become domain messages, and videos pictures, merged by time. */
export class DomainPass {
  readonly #decoders: ReadonlyMap<RawChannel, TopicDecoder>;
  readonly #filter: MessageFilter;
  readonly #options: PassOptions;
  readonly #tallies: readonly LogTally[];

  constructor(
    logs: readonly RawLog[],
    decoders: ReadonlyMap<RawChannel, TopicDecoder>,
    filter: MessageFilter,
    options: PassOptions,
  ) {
    this.#decoders = decoders;
    this.#filter = filter;
    this.#options = options;
    this.#tallies = logs.map((log) => {
      const damages = new Map(log.damages.map((damage) => [placeOf(damage), damage]));
      return { log, damages, read: 0 };
    });
  }

  messages(): AsyncGenerator<LogMessage> {
    return mergeByTime(this.#tallies.flatMap((tally) => this.#streams(tally)));
  }

  /** One for each log of which some could not be read; complete when the pass is. */
  damageErrors(): CodriverError[] {
    return this.#tallies.filter(({ damages }) => damages.size > 0).map(damageError);
  }

  /** All that decodes at once, and each video apart: decoding looks ahead. */
  #streams(tally: LogTally): AsyncGenerator<LogMessage>[] {
    const { topics } = this.#filter;
    const wanted = tally.log.channels.filter(
      (channel) => this.#decoders.has(channel) && topics?.includes(channel.topic) !== false,
    );
    const videos = new Map<string, Set<number>>();
    const others = new Set<number>();
    for (const channel of wanted) {
      if (!this.#decoders.get(channel)!.isVideo) others.add(channel.id);
      else videos.set(channel.topic, (videos.get(channel.topic) ?? new Set()).add(channel.id));
    }
    const streams = [...videos].map(([topic, ids]) => this.#pictures(tally, topic, ids));
    // Also where there is none: the damage of a log is told whatever is read of it.
    if (others.size > 0 || videos.size === 0) streams.unshift(this.#others(tally, others));
    return streams;
  }

  async *#others(tally: LogTally, channelIds: ReadonlySet<number>): AsyncGenerator<LogMessage> {
    const { fromNs, toNs } = this.#filter;
    for await (const raw of tally.log.messages(rawFilter(tally, channelIds, fromNs, toNs))) {
      const decoder = this.#decoders.get(raw.channel);
      if (decoder === undefined) continue;
      tally.read += 1;
      const message = this.#decode(decoder, raw);
      if (message === null || !('kind' in message)) continue;
      yield { topic: raw.channel.topic, logTimeNs: raw.logTimeNs, role: decoder.role, message };
    }
  }

  async *#pictures(
    tally: LogTally,
    topic: string,
    channelIds: ReadonlySet<number>,
  ): AsyncGenerator<LogMessage> {
    const { fromNs } = this.#filter;
    const { signal, onBadMessage } = this.#options;
    const packets = this.#packets(tally, channelIds);
    const options = { camera: topic, onError: onBadMessage, ...(signal === undefined ? {} : { signal }) };
    let lastNs: TimeNs | null = null;
    for await (const { logTimeNs, frame } of decodeVideo(packets, options)) {
      if (fromNs !== undefined && logTimeNs < fromNs) continue;
      // Pictures are presented in another order than recorded where there are B-frames; time never goes back.
      const atNs: TimeNs = lastNs !== null && logTimeNs < lastNs ? lastNs : logTimeNs;
      lastNs = atNs;
      yield { topic, logTimeNs: atNs, role: 'camera', message: { kind: 'frame', frame } };
    }
  }

  async *#packets(tally: LogTally, channelIds: ReadonlySet<number>): AsyncGenerator<VideoPacket> {
    const { fromNs, toNs } = this.#filter;
    const earlierNs = fromNs === undefined || fromNs < KEY_PICTURE_NS ? 0n : fromNs - KEY_PICTURE_NS;
    let before: PacketsSinceKey | null = new PacketsSinceKey();
    for await (const raw of tally.log.messages(rawFilter(tally, channelIds, earlierNs, toNs))) {
      const isBefore = fromNs !== undefined && raw.logTimeNs < fromNs;
      if (!isBefore) tally.read += 1;
      const decoder = this.#decoders.get(raw.channel);
      const packet = decoder === undefined ? null : this.#decode(decoder, raw);
      if (packet === null || !('codec' in packet)) continue;
      if (isBefore) {
        before?.add(packet);
        continue;
      }
      if (before !== null) yield* before.take();
      before = null;
      yield packet;
    }
  }

  #decode(decoder: TopicDecoder, raw: RawMessage): DomainMessage | VideoPacket | null {
    try {
      return decoder.decode(raw);
    } catch (error) {
      this.#options.onBadMessage(CodriverError.from(error, 'BAD_MESSAGE'));
      return null;
    }
  }
}

function rawFilter(
  tally: LogTally,
  channelIds: ReadonlySet<number>,
  fromNs: TimeNs | undefined,
  toNs: TimeNs | undefined,
): RawFilter {
  return {
    channelIds,
    onDamage: (damage) => void tally.damages.set(placeOf(damage), damage),
    ...(fromNs === undefined ? {} : { fromNs }),
    ...(toNs === undefined ? {} : { toNs }),
  };
}

function placeOf({ file, offset, why }: Damage): string {
  return `${file ?? ''}\n${offset ?? why}`;
}

function damageError({ log, damages, read }: LogTally): CodriverError {
  const [first, ...others] = [...damages.values()].toSorted((a, b) => (a.offset ?? 0) - (b.offset ?? 0));
  const place = first!.offset === null ? '' : ` at byte ${first!.offset}`;
  const file = first!.file === undefined || first!.file === log.path ? '' : ` (${first!.file})`;
  const more = others.length === 0 ? '' : ` ${others.length} more places are damaged.`;
  return new CodriverError(
    'LOG_UNREADABLE',
    `Log ${log.path} is damaged${place}${file}: ${first!.why}.${more} ${read} messages could be read.`,
    {
      remedy:
        'What could be read was used; copy the log again from where it was recorded, or repair it with `mcap recover`.',
      details: { path: log.path, offset: first!.offset, damages: [...damages.values()], messagesRead: read },
    },
  );
}
