import type { TimeNs } from '../../../domain/index.ts';
import { CodriverError } from '../../../domain/index.ts';
import { mergeStretches } from '../merge-stretches.ts';
import type { ByteSource, Damage, RawChannel, RawFilter, RawLog, RawMessage } from '../raw-log.ts';
import { indexLog } from './log-index.ts';
import { readSegment } from './read-segment.ts';
import { type KnownChannel, type LogIndex, type Segment, segmentDamage } from './segments.ts';

/**
 * Opens an MCAP file: with or without summary, chunks or compression, cut off or still being written. A
 * summary that is whole is all that is read; else the file is walked through once. The log owns the source
 * and closes it.
 *
 * @throws CodriverError LOG_UNREADABLE for a file that is empty, no MCAP, or so damaged that nothing of it
 *   can be read
 */
export async function openMcap(source: ByteSource): Promise<RawLog> {
  try {
    const index = await indexLog(source);
    const [damage] = index.damages;
    if (damage !== undefined && index.segments.length === 0) throw nothingLeft(source, damage);
    return new McapLog(source, index);
  } catch (error) {
    await source.close();
    throw CodriverError.from(error, 'LOG_UNREADABLE');
  }
}

class McapLog implements RawLog {
  readonly path: string;
  readonly format = 'mcap';
  readonly sizeBytes: number;
  readonly startNs: TimeNs;
  readonly endNs: TimeNs;
  readonly channels: readonly RawChannel[];
  readonly damages: readonly Damage[];
  readonly facts: RawLog['facts'];
  readonly #source: ByteSource;
  readonly #segments: readonly Segment[];
  readonly #channels: ReadonlyMap<number, KnownChannel>;

  constructor(source: ByteSource, index: LogIndex) {
    this.path = source.name;
    this.sizeBytes = source.sizeBytes;
    this.startNs = index.startNs;
    this.endNs = index.endNs;
    this.damages = index.damages;
    this.facts = index.facts;
    this.#source = source;
    this.#segments = index.segments;
    this.#channels = knownChannels(index);
    this.channels = [...this.#channels.values()].map(({ raw }) => raw);
  }

  async *messages(filter: RawFilter = {}): AsyncGenerator<RawMessage> {
    const { fromNs, toNs, channelIds, onDamage } = filter;
    const segments = this.#segments.filter(
      (segment) =>
        (fromNs === undefined || segment.endNs >= fromNs) &&
        (toNs === undefined || segment.startNs <= toNs) &&
        (channelIds === undefined || segment.channelIds?.some((id) => channelIds.has(id)) !== false),
    );
    let damaged = this.damages.length > 0;
    const onSegmentDamage = (damage: Damage): void => {
      damaged = true;
      // What was found on opening is in `damages`, and met again here.
      if (!this.damages.some(({ offset }) => offset === damage.offset)) onDamage?.(damage);
    };
    const counts: number[] = [];
    const wanted = { fromNs, toNs, channelIds };
    yield* mergeStretches({
      stretches: segments,
      read: async (segment, again) => {
        const { messages, damage } = await readSegment(this.#source, segment, this.#channels, wanted);
        if (!again && damage !== null) onSegmentDamage(segmentDamage(segment, damage));
        if (!again) for (const { channel } of messages) counts[channel.id] = (counts[channel.id] ?? 0) + 1;
        return { messages, bytes: bytesHeld(messages) };
      },
      onChanged: (segment) => onSegmentDamage(segmentDamage(segment, 'the file changed while it was read')),
      isClosed: () => false,
    });
    if (damaged || fromNs !== undefined || toNs !== undefined) return;
    for (const { id, topic, count } of this.channels) {
      const read = counts[id] ?? 0;
      if (count === read || channelIds?.has(id) === false) continue;
      onDamage?.({
        offset: null,
        why: `its index says ${count} messages on ${topic}, and ${read} were read`,
      });
    }
  }

  async close(): Promise<void> {
    await this.#source.close();
  }
}

function knownChannels(index: LogIndex): Map<number, KnownChannel> {
  const known = new Map<number, KnownChannel>();
  for (const record of index.channels.values()) {
    const schema = index.schemas.get(record.schemaId);
    const raw: RawChannel = {
      id: record.id,
      topic: record.topic,
      messageEncoding: record.messageEncoding,
      schemaName: schema?.name ?? '',
      schemaEncoding: schema?.encoding ?? '',
      schemaData: schema?.data ?? new Uint8Array(0),
      metadata: record.metadata,
      count: index.counts.get(record.id) ?? 0,
    };
    known.set(record.id, { raw, record, bytes: null });
  }
  return known;
}

function nothingLeft(source: ByteSource, damage: Damage): CodriverError {
  return new CodriverError(
    'LOG_UNREADABLE',
    `Log ${source.name} is damaged at byte ${damage.offset}: ${damage.why}. No message could be read.`,
    {
      remedy: 'Copy the log again from where it was recorded; if it is still being written, wait a moment.',
      details: { path: source.name, offset: damage.offset },
    },
  );
}

/** Bytes that a segment's messages keep in memory: the unpacked records and an object for each message. */
function bytesHeld(messages: readonly RawMessage[]): number {
  return (messages[0]?.data.buffer.byteLength ?? 0) + messages.length * 150;
}
