import type { McapTypes } from '@mcap/core';
import type { TimeNs } from '../../../domain/index.ts';
import type { Damage, RawChannel } from '../raw-log.ts';
import type { Stretch } from './chunk.ts';
import { contentLength, RECORD_HEADER_BYTES, viewOf } from './records.ts';

/** A stretch whose times are known: `startNs` and `endNs` are the first and last log time in it. */
export interface Segment extends Stretch {
  readonly startNs: TimeNs;
  readonly endNs: TimeNs;
  /** Ids of the channels in it; null where the index does not say. */
  readonly channelIds: readonly number[] | null;
  /** Bytes of the message indexes that follow the chunk; 0 where there are none. */
  readonly indexBytes: number;
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

/** True where messages of both are read alike. */
export function sameChannel(a: McapTypes.Channel, b: McapTypes.Channel): boolean {
  return a.topic === b.topic && a.schemaId === b.schemaId && a.messageEncoding === b.messageEncoding;
}

/** A {@link Damage} of a segment. */
export function segmentDamage(segment: Stretch, why: string): Damage {
  return { offset: segment.offset, why };
}

/** Order of the first log time; of the file where equal. */
export function byStart(a: Segment, b: Segment): number {
  return a.startNs < b.startNs ? -1 : a.startNs > b.startNs ? 1 : a.offset - b.offset;
}
