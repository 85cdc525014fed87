import type { TimeNs } from '../../../domain/index.ts';

/** Kinds of records (wiki.ros.org/Bags/Format/2.0). */
export const OP = { message: 2, bagHeader: 3, indexData: 4, chunk: 5, chunkInfo: 6, connection: 7 } as const;

export const MAGIC = '#ROSBAG V2.0\n';

/** Longer headers are taken for damage: those of a record hold a few numbers, and a topic's name. */
export const MAX_HEADER_BYTES = 64 * 1024;

/** A record's frame: header length, header, data length, data. */
export interface RecordFrame {
  readonly fields: Fields;
  readonly op: number;
  /** Where its data begins, and how long it is. */
  readonly dataAt: number;
  readonly dataBytes: number;
  readonly end: number;
}

/** The named values of a record's header. */
export class Fields {
  readonly #values: ReadonlyMap<string, Uint8Array>;

  constructor(values: ReadonlyMap<string, Uint8Array>) {
    this.#values = values;
  }

  has(name: string): boolean {
    return this.#values.has(name);
  }

  /** @throws Error where it is missing or not of this length */
  view(name: string, bytes: number): DataView {
    const value = this.#values.get(name);
    if (value === undefined) throw new Error(`a record lacks its field "${name}"`);
    if (value.length !== bytes) throw new Error(`a record's field "${name}" has ${value.length} bytes`);
    return new DataView(value.buffer, value.byteOffset, value.byteLength);
  }

  uint32(name: string): number {
    return this.view(name, 4).getUint32(0, true);
  }

  /** A byte offset. */
  offset(name: string): number {
    return Number(this.view(name, 8).getBigUint64(0, true));
  }

  timeNs(name: string): TimeNs {
    return timeAt(this.view(name, 8), 0);
  }

  /** Empty where it is missing. */
  text(name: string): string {
    const value = this.#values.get(name);
    return value === undefined ? '' : Buffer.from(value).toString('utf8');
  }

  /** Empty where it is missing. */
  bytes(name: string): Uint8Array {
    return this.#values.get(name) ?? new Uint8Array(0);
  }
}

/** A ROS 1 time: seconds and nanoseconds, 32 bits each. */
export function timeAt(view: DataView, at: number): TimeNs {
  return BigInt(view.getUint32(at, true)) * 1_000_000_000n + BigInt(view.getUint32(at + 4, true));
}

/**
 * The `name=value` fields between two places.
 *
 * @throws Error where they do not fill it exactly
 */
export function parseFields(bytes: Uint8Array, start: number, end: number): Fields {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const values = new Map<string, Uint8Array>();
  let at = start;
  while (at < end) {
    if (at + 4 > end) throw new Error('a header field is cut short');
    const length = view.getUint32(at, true);
    at += 4;
    if (at + length > end) throw new Error('a header field runs past its end');
    const equals = bytes.indexOf(0x3d, at);
    if (equals < 0 || equals >= at + length) throw new Error('a header field has no name');
    const name = Buffer.from(bytes.buffer, bytes.byteOffset + at, equals - at).toString('latin1');
    values.set(name, bytes.subarray(equals + 1, at + length));
    at += length;
  }
  return new Fields(values);
}

/**
 * The record that begins at `at`. Its data need not be in `bytes`.
 *
 * @throws Error where it is damaged, or where `bytes` ends inside its header
 */
export function parseFrame(bytes: Uint8Array, at: number): RecordFrame {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (at + 4 > bytes.length) throw new Error('a record is cut short');
  const headerBytes = view.getUint32(at, true);
  if (headerBytes > MAX_HEADER_BYTES) throw new Error(`a record header of ${headerBytes} bytes is too large`);
  const headerEnd = at + 4 + headerBytes;
  if (headerEnd + 4 > bytes.length) throw new Error('a record is cut short');
  const fields = parseFields(bytes, at + 4, headerEnd);
  const dataBytes = view.getUint32(headerEnd, true);
  return {
    fields,
    op: fields.view('op', 1).getUint8(0),
    dataAt: headerEnd + 4,
    dataBytes,
    end: headerEnd + 4 + dataBytes,
  };
}

/** A topic as one publisher announced it. */
export interface Connection {
  readonly id: number;
  readonly topic: string;
  /** `turtlesim/Pose`. */
  readonly type: string;
  readonly definition: Uint8Array;
  readonly metadata: ReadonlyMap<string, string>;
}

/** @throws Error where it is damaged */
export function parseConnection(bytes: Uint8Array, frame: RecordFrame): Connection {
  if (frame.end > bytes.length) throw new Error('a connection is cut short');
  const header = parseFields(bytes, frame.dataAt, frame.end);
  const metadata = ['md5sum', 'callerid', 'latching'].flatMap((key): [string, string][] =>
    header.has(key) ? [[key, header.text(key)]] : [],
  );
  return {
    id: frame.fields.uint32('conn'),
    topic: frame.fields.text('topic'),
    type: header.text('type'),
    definition: header.bytes('message_definition').slice(),
    metadata: new Map(metadata),
  };
}
