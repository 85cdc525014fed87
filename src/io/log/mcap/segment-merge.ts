import type { TimeNs } from '../../../domain/index.ts';
import type { ByteSource, Damage, RawMessage } from '../raw-log.ts';
import { readSegment, type SegmentFilter } from './read-segment.ts';
import { type KnownChannel, type Segment, segmentDamage } from './segments.ts';

/** Overlapping segments hold at most about this much; beyond, the one needed last is read again later. */
const MAX_OPEN_BYTES = 96 * 1024 * 1024;

interface Cursor {
  readonly segment: Segment;
  /** Null while it is put away. */
  messages: readonly RawMessage[] | null;
  readonly bytes: number;
  next: number;
  timeNs: TimeNs;
}

/**
 * The messages of `segments`, which come by their first log time, in the order of log times; equal times
 * in the order of the file. In memory are only the segments whose times overlap, and no more than a bound.
 *
 * @param counts how many messages each channel has, by id; filled as segments are read
 */
export async function* mergeSegments(
  source: ByteSource,
  segments: readonly Segment[],
  channels: ReadonlyMap<number, KnownChannel>,
  filter: SegmentFilter,
  onDamage: (damage: Damage) => void,
  counts: number[],
): AsyncGenerator<RawMessage> {
  const cursors: Cursor[] = [];
  let opened = 0;
  for (;;) {
    let first = earliest(cursors);
    while (opened < segments.length && (first === undefined || segments[opened]!.startNs <= first.timeNs)) {
      const segment = segments[opened]!;
      opened += 1;
      const { messages, damage } = await readSegment(source, segment, channels, filter);
      if (damage !== null) onDamage(segmentDamage(segment, damage));
      if (messages.length === 0) continue;
      for (const { channel } of messages) counts[channel.id] = (counts[channel.id] ?? 0) + 1;
      const bytes = bytesHeld(messages);
      cursors.push({ segment, messages, bytes, next: 0, timeNs: messages[0]!.logTimeNs });
      putAway(cursors);
      first = earliest(cursors);
    }
    if (first === undefined) return;
    if (first.messages === null) {
      first.messages = (await readSegment(source, first.segment, channels, filter)).messages;
      putAway(cursors);
    }
    const message = first.messages[first.next];
    if (message === undefined) {
      // Read again after it was put away, the segment has less: the file was changed.
      onDamage(segmentDamage(first.segment, 'the file changed while it was read'));
      cursors.splice(cursors.indexOf(first), 1);
      continue;
    }
    first.next += 1;
    const following = first.messages[first.next];
    if (following === undefined) cursors.splice(cursors.indexOf(first), 1);
    else first.timeNs = following.logTimeNs;
    yield message;
  }
}

function earliest(cursors: readonly Cursor[]): Cursor | undefined {
  let first = cursors[0];
  for (let index = 1; index < cursors.length; index++) {
    const cursor = cursors[index]!;
    if (
      cursor.timeNs < first!.timeNs ||
      (cursor.timeNs === first!.timeNs && cursor.segment.offset < first!.segment.offset)
    ) {
      first = cursor;
    }
  }
  return first;
}

/** Lets go of the segments that are needed last, until the others fit. One always stays. */
function putAway(cursors: readonly Cursor[]): void {
  const open = cursors.filter(({ messages }) => messages !== null);
  let held = open.reduce((sum, { bytes }) => sum + bytes, 0);
  if (held <= MAX_OPEN_BYTES) return;
  open.sort((a, b) => (a.timeNs > b.timeNs ? -1 : 1));
  for (const cursor of open.slice(0, -1)) {
    if (held <= MAX_OPEN_BYTES) return;
    cursor.messages = null;
    held -= cursor.bytes;
  }
}

/** Bytes that a segment's messages keep in memory: the unpacked records and an object for each message. */
function bytesHeld(messages: readonly RawMessage[]): number {
  return messages[0]!.data.buffer.byteLength + messages.length * 150;
}
