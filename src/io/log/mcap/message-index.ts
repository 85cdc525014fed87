import type { ByteSource } from '../raw-log.ts';
import type { Stretch } from './chunk.ts';
import { contentLength, OPCODE, RECORD_HEADER_BYTES, viewOf } from './records.ts';

/** Log time and offset, u64 each. */
const ENTRY_BYTES = 16;

/** A larger one is not believed. */
const MAX_INDEX_BYTES = 64 * 1024 * 1024;

interface ChannelEntries {
  readonly at: number;
  readonly count: number;
  /** Where the next is expected: entries mostly come as the messages do. */
  next: number;
}

/**
 * The message indexes behind a chunk: a second witness of where its messages lie, when they were and on
 * which channel, for chunks that were written without a CRC (rosbag2 does).
 */
export class MessageIndex {
  /** How many messages it has. */
  readonly count: number;
  readonly #view: DataView;
  readonly #channels = new Map<number, ChannelEntries>();

  /** @throws Error for bytes that are no message indexes */
  constructor(bytes: Uint8Array) {
    this.#view = viewOf(bytes);
    let at = 0;
    let count = 0;
    while (at < bytes.length) {
      const content = at + RECORD_HEADER_BYTES;
      if (bytes[at] !== OPCODE.messageIndex || content + 6 > bytes.length)
        throw new Error('no message index');
      const end = content + contentLength(this.#view, at);
      const listBytes = this.#view.getUint32(content + 2, true);
      if (end > bytes.length || content + 6 + listBytes > end || listBytes % ENTRY_BYTES !== 0) {
        throw new Error('a message index is broken');
      }
      const channelId = this.#view.getUint16(content, true);
      this.#channels.set(channelId, { at: content + 6, count: listBytes / ENTRY_BYTES, next: 0 });
      count += listBytes / ENTRY_BYTES;
      at = end;
    }
    this.count = count;
  }

  /**
   * True where the index has this message.
   *
   * @param offset of its record in the chunk's unpacked records
   */
  has(channelId: number, offset: number, logTimeNs: bigint): boolean {
    const entries = this.#channels.get(channelId);
    if (entries === undefined) return false;
    for (let tried = 0; tried < entries.count; tried++) {
      const index = (entries.next + tried) % entries.count;
      const at = entries.at + index * ENTRY_BYTES;
      if (this.#view.getUint32(at + 8, true) !== offset) continue;
      entries.next = index + 1;
      return this.#view.getBigUint64(at, true) === logTimeNs && this.#view.getUint32(at + 12, true) === 0;
    }
    return false;
  }
}

/**
 * The indexes of a chunk; null where it has none.
 *
 * @throws Error where they are broken
 */
export async function readMessageIndex(
  source: ByteSource,
  chunk: Stretch,
  indexBytes: number,
): Promise<MessageIndex | null> {
  if (indexBytes === 0) return null;
  if (indexBytes > MAX_INDEX_BYTES) throw new Error(`message indexes of ${indexBytes} bytes`);
  const bytes = await source.read(chunk.offset + chunk.length, indexBytes);
  if (bytes.length < indexBytes) throw new Error('the file ends inside its message indexes');
  return new MessageIndex(bytes);
}
