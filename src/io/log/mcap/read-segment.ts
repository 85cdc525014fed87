import { CodriverError, type TimeNs } from '../../../domain/index.ts';
import type { ByteSource, RawMessage } from '../raw-log.ts';
import { readRecords, type UnpackedRecords } from './chunk.ts';
import { type MessageIndex, readMessageIndex } from './message-index.ts';
import {
  MESSAGE_PREFIX_BYTES,
  OPCODE,
  parseRecord,
  RECORD_HEADER_BYTES,
  sameBytes,
  viewOf,
} from './records.ts';
import { type KnownChannel, type Segment, sameChannel, walkRecords } from './segments.ts';

/** Which messages of a segment to take. */
export interface SegmentFilter {
  readonly fromNs: TimeNs | undefined;
  readonly toNs: TimeNs | undefined;
  readonly channelIds: ReadonlySet<number> | undefined;
}

/** The messages of a segment by log time; equal times in the order of the file. */
export interface SegmentContent {
  readonly messages: RawMessage[];
  /** Why some are missing; null where none is. */
  readonly damage: string | null;
}

/** So many messages that the index does not have, and the index is what is wrong. */
const MAX_STRANGERS = 1000;

/**
 * Reads the messages of one segment. What is broken is left out: messages before a fault are kept. Of a chunk
 * without a CRC, messages must be as its message indexes say.
 *
 * @throws CodriverError where the source fails
 */
export async function readSegment(
  source: ByteSource,
  segment: Segment,
  channels: ReadonlyMap<number, KnownChannel>,
  filter: SegmentFilter,
): Promise<SegmentContent> {
  let unpacked: UnpackedRecords;
  try {
    unpacked = await readRecords(source, segment);
  } catch (error) {
    if (error instanceof CodriverError) throw error;
    return { messages: [], damage: (error as Error).message };
  }
  const read = (index: MessageIndex | null): SegmentWalk =>
    new SegmentWalk(segment, unpacked.records, channels, filter, index);
  if (unpacked.isProven || segment.indexBytes === 0) return read(null).content();
  try {
    const indexed = read(await readMessageIndex(source, segment, segment.indexBytes));
    if (indexed.trustsIndex) return indexed.content();
    return read(null).content('its message indexes are not those of its messages');
  } catch (error) {
    if (error instanceof CodriverError) throw error;
    return read(null).content((error as Error).message);
  }
}

/** One walk through the records of a segment. */
class SegmentWalk {
  /** False where the index is wrong, rather than the messages. */
  trustsIndex = true;
  /** Messages met, and how many of them the index does not have. */
  #seen = 0;
  #strangers = 0;
  readonly #segment: Segment;
  readonly #records: Uint8Array;
  readonly #view: DataView;
  readonly #channels: ReadonlyMap<number, KnownChannel>;
  readonly #filter: SegmentFilter;
  readonly #index: MessageIndex | null;
  readonly #messages: RawMessage[] = [];
  #damage: string | null = null;
  #isInOrder = true;
  #lastNs: TimeNs = 0n;

  constructor(
    segment: Segment,
    records: Uint8Array,
    channels: ReadonlyMap<number, KnownChannel>,
    filter: SegmentFilter,
    index: MessageIndex | null,
  ) {
    this.#segment = segment;
    this.#records = records;
    this.#view = viewOf(records);
    this.#channels = channels;
    this.#filter = filter;
    this.#index = index;
    this.#walk();
    if (index === null) return;
    this.trustsIndex = this.#strangers <= MAX_STRANGERS && this.#strangers * 2 <= this.#seen;
    const missing = index.count - (this.#seen - this.#strangers);
    if (missing > 0) this.#damage ??= `${missing} messages of its index are missing`;
  }

  /** @param damage what is wrong beside what the walk met */
  content(damage: string | null = null): SegmentContent {
    if (!this.#isInOrder) this.#messages.sort(byLogTime);
    return { messages: this.#messages, damage: this.#damage ?? damage };
  }

  #walk(): void {
    try {
      walkRecords(this.#records, this.#segment.torn === true, (opcode, at, end) => {
        if (opcode === OPCODE.message) this.#take(at, end);
        else if (opcode === OPCODE.channel) checkChannel(this.#records.subarray(at, end), this.#channels);
      });
    } catch (error) {
      this.#damage ??= (error as Error).message;
    }
  }

  #take(at: number, end: number): void {
    const view = this.#view;
    const content = at + RECORD_HEADER_BYTES;
    if (end - content < MESSAGE_PREFIX_BYTES) {
      this.#damage ??= 'a message ends inside its header';
      return;
    }
    const channelId = view.getUint16(content, true);
    const logTimeNs = view.getBigUint64(content + 6, true);
    this.#seen += 1;
    const channel = this.#channels.get(channelId);
    if (channel === undefined || !this.#isTrue(at, channelId, logTimeNs)) {
      this.#damage ??= `a message on channel ${channelId} at ${logTimeNs} ns is not one that its chunk or index has`;
      return;
    }
    const { fromNs, toNs, channelIds } = this.#filter;
    if (channelIds?.has(channelId) === false) return;
    if ((fromNs !== undefined && logTimeNs < fromNs) || (toNs !== undefined && logTimeNs > toNs)) return;
    if (logTimeNs < this.#lastNs) this.#isInOrder = false;
    this.#lastNs = logTimeNs;
    this.#messages.push({
      channel: channel.raw,
      logTimeNs,
      publishTimeNs: view.getBigUint64(content + 14, true),
      sequence: view.getUint32(content + 2, true),
      data: this.#records.subarray(content + MESSAGE_PREFIX_BYTES, end),
    });
  }

  /** Whether a message is within the times of its chunk and, where that is needed, in the index. */
  #isTrue(at: number, channelId: number, logTimeNs: TimeNs): boolean {
    if (logTimeNs < this.#segment.startNs || logTimeNs > this.#segment.endNs) return false;
    if (this.#index === null || this.#index.has(channelId, at, logTimeNs)) return true;
    this.#strangers += 1;
    if (this.#strangers > MAX_STRANGERS) throw new Error('its message indexes are not those of its messages');
    return false;
  }
}

/** Throws where a channel's number is used again for something else: its messages would be misread. */
function checkChannel(bytes: Uint8Array, channels: ReadonlyMap<number, KnownChannel>): void {
  const id = bytes.length < RECORD_HEADER_BYTES + 2 ? -1 : viewOf(bytes).getUint16(RECORD_HEADER_BYTES, true);
  const known = channels.get(id);
  if (known?.bytes !== undefined && known.bytes !== null && sameBytes(known.bytes, bytes)) return;
  const record = parseRecord(bytes);
  if (known === undefined || record.type !== 'Channel') {
    throw new Error(`channel ${id} is missing from the file's index`);
  }
  if (!sameChannel(known.record, record)) {
    throw new Error(`channel ${id} (${known.record.topic}) is defined again, as ${record.topic}`);
  }
  known.bytes = bytes.slice();
}

function byLogTime(a: RawMessage, b: RawMessage): number {
  return a.logTimeNs < b.logTimeNs ? -1 : a.logTimeNs > b.logTimeNs ? 1 : 0;
}
