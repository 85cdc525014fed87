import type { McapTypes } from '@mcap/core';
import type { TimeNs } from '../../../domain/index.ts';
import type { ByteSource, Damage, RawChannel, RawMessage } from '../raw-log.ts';
import { readRecords, type Stretch } from './chunk.ts';
import {
  contentLength,
  MESSAGE_PREFIX_BYTES,
  OPCODE,
  parseRecord,
  RECORD_HEADER_BYTES,
  sameBytes,
  viewOf,
} from './records.ts';

/** A stretch whose times are known: `startNs` and `endNs` are the first and last log time in it. */
export interface Segment extends Stretch {
  readonly startNs: TimeNs;
  readonly endNs: TimeNs;
  /** Ids of the channels in it; null where the index does not say. */
  readonly channelIds: readonly number[] | null;
}

/** Where everything lies in an MCAP file. */
export interface LogIndex {
  readonly schemas: ReadonlyMap<number, McapTypes.Schema>;
  readonly channels: ReadonlyMap<number, McapTypes.Channel>;
  readonly segments: readonly Segment[];
  /** Messages by channel id. */
  readonly counts: ReadonlyMap<number, number>;
  readonly startNs: TimeNs;
  readonly endNs: TimeNs;
  /** What was already found broken; the segments leave it out. */
  readonly damages: readonly Damage[];
  readonly facts: readonly (readonly [label: string, value: string])[];
}

/** A channel of an open log with the record that defined it. */
export interface KnownChannel {
  readonly raw: RawChannel;
  readonly record: McapTypes.Channel;
  /** Bytes of a channel record found equal to `record`, so that the next is compared without parsing. */
  bytes: Uint8Array | null;
}

/** Where a record begins in unpacked records, and where it ends. */
type OnRecord = (opcode: number, at: number, end: number) => void;

/**
 * Walks through whole records.
 *
 * @throws Error where one runs past the end; those before it were given
 */
export function walkRecords(records: Uint8Array, torn: boolean, onRecord: OnRecord): void {
  const view = viewOf(records);
  let at = 0;
  while (at + RECORD_HEADER_BYTES <= records.length) {
    const end = at + RECORD_HEADER_BYTES + contentLength(view, at);
    if (end > records.length) break;
    if (records[at] === 0) throw new Error('there are zeros where a record should be');
    onRecord(records[at]!, at, end);
    at = end;
  }
  if (at < records.length && !torn) throw new Error('a record runs past its end');
}

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

/**
 * Reads the messages of one segment. What is broken is left out: messages before a fault are kept.
 *
 * @throws CodriverError where the source fails
 */
export async function readSegment(
  source: ByteSource,
  segment: Segment,
  channels: ReadonlyMap<number, KnownChannel>,
  filter: SegmentFilter,
): Promise<SegmentContent> {
  const messages: RawMessage[] = [];
  let damage: string | null = null;
  let records: Uint8Array;
  try {
    records = await readRecords(source, segment);
  } catch (error) {
    if ((error as { code?: unknown }).code !== undefined) throw error;
    return { messages, damage: (error as Error).message };
  }
  const view = viewOf(records);
  const { fromNs, toNs, channelIds } = filter;
  let inOrder = true;
  let lastNs: TimeNs = 0n;
  const onMessage = (at: number, end: number): void => {
    const content = at + RECORD_HEADER_BYTES;
    if (end - content < MESSAGE_PREFIX_BYTES) {
      damage ??= 'a message ends inside its header';
      return;
    }
    const channelId = view.getUint16(content, true);
    const logTimeNs = view.getBigUint64(content + 6, true);
    const channel = channels.get(channelId);
    if (channel === undefined) {
      damage ??= `a message is on channel ${channelId}, which the file does not define`;
      return;
    }
    if (logTimeNs < segment.startNs || logTimeNs > segment.endNs) {
      damage ??= `a message of ${logTimeNs} ns is outside the times that the chunk says it has`;
      return;
    }
    if (channelIds?.has(channelId) === false) return;
    if ((fromNs !== undefined && logTimeNs < fromNs) || (toNs !== undefined && logTimeNs > toNs)) return;
    if (logTimeNs < lastNs) inOrder = false;
    lastNs = logTimeNs;
    messages.push({
      channel: channel.raw,
      logTimeNs,
      publishTimeNs: view.getBigUint64(content + 14, true),
      sequence: view.getUint32(content + 2, true),
      data: records.subarray(content + MESSAGE_PREFIX_BYTES, end),
    });
  };
  try {
    walkRecords(records, segment.torn === true, (opcode, at, end) => {
      if (opcode === OPCODE.message) onMessage(at, end);
      else if (opcode === OPCODE.channel) checkChannel(records.subarray(at, end), channels);
    });
  } catch (error) {
    damage ??= (error as Error).message;
  }
  if (!inOrder) messages.sort(byLogTime);
  return { messages, damage };
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

/** True where messages of both are read alike. */
export function sameChannel(a: McapTypes.Channel, b: McapTypes.Channel): boolean {
  return a.topic === b.topic && a.schemaId === b.schemaId && a.messageEncoding === b.messageEncoding;
}

function byLogTime(a: RawMessage, b: RawMessage): number {
  return a.logTimeNs < b.logTimeNs ? -1 : a.logTimeNs > b.logTimeNs ? 1 : 0;
}

/** A {@link Damage} of a segment. */
export function segmentDamage(segment: Stretch, why: string): Damage {
  return { offset: segment.offset, why };
}

/** Order of the first log time; of the file where equal. */
export function byStart(a: Segment, b: Segment): number {
  return a.startNs < b.startNs ? -1 : a.startNs > b.startNs ? 1 : a.offset - b.offset;
}
