import { McapStreamReader, type McapTypes } from '@mcap/core';

/** Opcodes of the MCAP specification, "Records", that decide how a file is walked. */
export const OPCODE = {
  header: 0x01,
  footer: 0x02,
  schema: 0x03,
  channel: 0x04,
  message: 0x05,
  chunk: 0x06,
  messageIndex: 0x07,
  dataEnd: 0x0f,
} as const;

/** Bytes before a record's content: opcode and length. */
export const RECORD_HEADER_BYTES = 9;

/** Bytes of a message before its data: channel (u16), sequence (u32), log and publish time (u64). */
export const MESSAGE_PREFIX_BYTES = 22;

/** A view of all of `bytes`. */
export function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

/** Length of a record's content; too large for a number gives a number that no file has. */
export function contentLength(view: DataView, recordAt: number): number {
  return view.getUint32(recordAt + 5, true) * 2 ** 32 + view.getUint32(recordAt + 1, true);
}

/**
 * One whole record, parsed by @mcap/core; for the few that are no messages.
 *
 * @throws Error for one that is broken
 */
export function parseRecord(record: Uint8Array): McapTypes.TypedMcapRecord {
  const reader = new McapStreamReader({ noMagicPrefix: true });
  reader.append(record);
  const parsed = reader.nextRecord();
  if (parsed === undefined) throw new Error('a record runs past its end');
  return parsed;
}

/** True where both hold the same bytes. */
export function sameBytes(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && Buffer.compare(a, b) === 0;
}
