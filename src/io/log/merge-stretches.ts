import type { TimeNs } from '../../domain/index.ts';
import type { RawMessage } from './raw-log.ts';

/** A part of a file that is read in one go: an MCAP or rosbag1 chunk. */
export interface Stretch {
  readonly offset: number;
  /** First log time in it. */
  readonly startNs: TimeNs;
}

/** The messages of a stretch by log time, and the bytes of memory they hold. */
export interface StretchContent {
  readonly messages: readonly RawMessage[];
  readonly bytes: number;
}

export interface MergeStretchesOptions<S extends Stretch> {
  /** By their first log time; equal times in the order of the file. */
  readonly stretches: readonly S[];
  /** `again`: it was read before, was put away, and is needed once more. */
  readonly read: (stretch: S, again: boolean) => Promise<StretchContent>;
  /** A stretch that was read again has fewer messages than before. */
  readonly onChanged: (stretch: S) => void;
  /** True once no more is wanted. */
  readonly isClosed: () => boolean;
}

/** Overlapping stretches hold at most about this much; beyond, the one needed last is read again later. */
const MAX_OPEN_BYTES = 96 * 1024 * 1024;

interface Cursor<S> {
  readonly stretch: S;
  /** Null while it is put away. */
  messages: readonly RawMessage[] | null;
  readonly bytes: number;
  next: number;
  timeNs: TimeNs;
}

/**
 * The messages of stretches in the order of log times; equal times in the order of the file. In memory are
 * only the stretches whose times overlap, and no more than a bound.
 */
export async function* mergeStretches<S extends Stretch>(
  options: MergeStretchesOptions<S>,
): AsyncGenerator<RawMessage> {
  const { stretches, read, onChanged, isClosed } = options;
  const cursors: Cursor<S>[] = [];
  let opened = 0;
  while (!isClosed()) {
    let first = earliest(cursors);
    while (opened < stretches.length && (first === undefined || stretches[opened]!.startNs <= first.timeNs)) {
      const stretch = stretches[opened++]!;
      const { messages, bytes } = await read(stretch, false);
      if (messages.length === 0) continue;
      cursors.push({ stretch, messages, bytes, next: 0, timeNs: messages[0]!.logTimeNs });
      putAway(cursors);
      first = earliest(cursors);
    }
    if (first === undefined) return;
    if (first.messages === null) {
      first.messages = (await read(first.stretch, true)).messages;
      putAway(cursors);
    }
    const message = first.messages[first.next];
    if (message === undefined) {
      onChanged(first.stretch);
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

function earliest<S extends Stretch>(cursors: readonly Cursor<S>[]): Cursor<S> | undefined {
  let first = cursors[0];
  for (let index = 1; index < cursors.length; index++) {
    const cursor = cursors[index]!;
    if (
      cursor.timeNs < first!.timeNs ||
      (cursor.timeNs === first!.timeNs && cursor.stretch.offset < first!.stretch.offset)
    ) {
      first = cursor;
    }
  }
  return first;
}

/** Lets go of the stretches that are needed last, until the others fit. One always stays. */
function putAway<S>(cursors: readonly Cursor<S>[]): void {
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
