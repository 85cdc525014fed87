import { CodriverError, type TimeNs } from '../../../domain/index.ts';
import { mergeStretches, type StretchContent } from '../merge-stretches.ts';
import type { ByteSource, Damage, LogFormat, RawChannel, RawFilter, RawLog, RawMessage } from '../raw-log.ts';
import { type BagChunk, type BagIndex, indexBag } from './bag-index.ts';
import { readChunk } from './chunk.ts';
import { MAGIC } from './records.ts';

/** What a message's objects take beside the chunk's bytes. */
const MESSAGE_BYTES = 200;

/**
 * Opens a ROS 1 bag, version 2.0; chunks stored as they are, with lz4 or with bz2. One that was never closed is
 * read chunk by chunk, and a damage says so. In memory are the chunks that overlap in time.
 * The log owns the source and closes it.
 *
 * @throws CodriverError LOG_UNREADABLE for a source that is empty, no bag, or of which no message can be read
 */
export async function openRosbag1(source: ByteSource): Promise<RawLog> {
  try {
    return await open(source);
  } catch (error) {
    await source.close();
    throw CodriverError.from(error, 'LOG_UNREADABLE');
  }
}

async function open(source: ByteSource): Promise<RawLog> {
  const magic = Buffer.from(await source.read(0, MAGIC.length)).toString('latin1');
  if (magic !== MAGIC) {
    const what =
      source.sizeBytes === 0
        ? 'it is empty'
        : magic.startsWith('#ROSBAG') || magic.startsWith('#ROSRECORD')
          ? `it is a bag of another version (${magic.trim()}), and 2.0 is read`
          : 'it does not begin as a bag';
    throw unreadable(
      source,
      `is no ROS 1 bag: ${what} (byte 0)`,
      'Convert an older bag with `rosbag fix`.',
      0,
    );
  }
  const index = await indexBag(source);
  const [damage] = index.damages;
  if (index.chunks.length === 0 && damage !== undefined) {
    const remedy = 'Copy the bag again from where it was recorded, or repair it with `rosbag reindex`.';
    throw unreadable(
      source,
      `has no readable message: ${damage.why} (byte ${damage.offset})`,
      remedy,
      damage.offset,
    );
  }
  return new Rosbag1(source, index);
}

function unreadable(source: ByteSource, what: string, remedy: string, offset: number | null): CodriverError {
  return new CodriverError('LOG_UNREADABLE', `Log ${source.name} ${what}.`, {
    remedy,
    details: { path: source.name, offset, sizeBytes: source.sizeBytes },
  });
}

class Rosbag1 implements RawLog {
  readonly path: string;
  readonly format: LogFormat = 'rosbag1';
  readonly sizeBytes: number;
  readonly startNs: TimeNs;
  readonly endNs: TimeNs;
  readonly channels: readonly RawChannel[];
  readonly damages: readonly Damage[];
  readonly facts: readonly (readonly [string, string])[];
  readonly #source: ByteSource;
  readonly #chunks: readonly BagChunk[];
  readonly #byConnection: ReadonlyMap<number, RawChannel>;
  #closed = false;

  constructor(source: ByteSource, index: BagIndex) {
    this.#source = source;
    this.#chunks = index.chunks;
    this.path = source.name;
    this.sizeBytes = source.sizeBytes;
    this.damages = index.damages;
    this.startNs = index.chunks[0]?.startNs ?? 0n;
    let endNs = this.startNs;
    for (const chunk of index.chunks) if (chunk.endNs > endNs) endNs = chunk.endNs;
    this.endNs = endNs;
    const counts = new Map<number, number>();
    for (const chunk of index.chunks) {
      for (const [id, count] of chunk.counts) counts.set(id, (counts.get(id) ?? 0) + count);
    }
    this.channels = [...index.connections.values()].map(({ id, topic, type, definition, metadata }) => ({
      id,
      topic,
      messageEncoding: 'ros1',
      schemaName: type,
      schemaEncoding: 'ros1msg',
      schemaData: definition,
      metadata,
      count: counts.get(id) ?? 0,
    }));
    this.#byConnection = new Map(this.channels.map((channel) => [channel.id, channel]));
    this.facts = [['chunks', String(index.chunks.length)]];
  }

  async *messages(filter: RawFilter = {}): AsyncGenerator<RawMessage> {
    const { fromNs, toNs, channelIds, onDamage } = filter;
    const chunks = this.#chunks.filter(
      ({ startNs, endNs, counts }) =>
        (fromNs === undefined || endNs >= fromNs) &&
        (toNs === undefined || startNs <= toNs) &&
        (channelIds === undefined || [...counts.keys()].some((id) => channelIds.has(id))),
    );
    const wanted = { ...filter };
    yield* mergeStretches({
      stretches: chunks,
      read: (chunk, again) => this.#read(chunk, wanted, again ? undefined : onDamage),
      onChanged: ({ offset }) => onDamage?.({ offset, why: 'the file changed while it was read' }),
      isClosed: () => this.#closed,
    });
  }

  async close(): Promise<void> {
    this.#closed = true;
    await this.#source.close();
  }

  async #read(
    chunk: BagChunk,
    filter: Omit<RawFilter, 'onDamage'>,
    onDamage?: (damage: Damage) => void,
  ): Promise<StretchContent> {
    const told = (why: string): void => onDamage?.({ offset: chunk.offset, why });
    try {
      const content = await readChunk(this.#source, chunk);
      for (const why of content.damages) told(why);
      const messages: RawMessage[] = [];
      let sorted = true;
      let unknown = 0;
      let stray = 0;
      let lastNs = 0n;
      for (const { connection, timeNs, at, end } of content.messages) {
        const channel = this.#byConnection.get(connection);
        if (channel === undefined) unknown += 1;
        else if (timeNs < chunk.startNs || timeNs > chunk.endNs) {
          // Given out all the same, it would come out of order.
          stray += 1;
          continue;
        }
        if (channel === undefined || !within(timeNs, filter)) continue;
        if (filter.channelIds?.has(connection) === false) continue;
        if (timeNs < lastNs) sorted = false;
        lastNs = timeNs;
        const data = content.bytes.subarray(at, end);
        messages.push({ channel, logTimeNs: timeNs, publishTimeNs: timeNs, sequence: 0, data });
      }
      if (unknown > 0) told(`${unknown} messages are of a connection that nothing defines`);
      if (stray > 0) told(`${stray} messages lie outside the times that the index gives their chunk`);
      if (!sorted)
        messages.sort((a, b) => (a.logTimeNs < b.logTimeNs ? -1 : a.logTimeNs > b.logTimeNs ? 1 : 0));
      return { messages, bytes: content.bytes.length + messages.length * MESSAGE_BYTES };
    } catch (error) {
      if (error instanceof CodriverError) throw error;
      told((error as Error).message);
      return { messages: [], bytes: 0 };
    }
  }
}

function within(timeNs: TimeNs, { fromNs, toNs }: RawFilter): boolean {
  return (fromNs === undefined || timeNs >= fromNs) && (toNs === undefined || timeNs <= toNs);
}
