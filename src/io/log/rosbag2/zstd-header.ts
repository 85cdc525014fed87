/** A zstd frame's first bytes (RFC 8878, 3.1.1). */
export interface ZstdHeader {
  /** Bytes that the frame unpacks to; null where the writer did not say. */
  readonly contentBytes: number | null;
  /** How far back a block may refer, which a reader must keep. */
  readonly windowBytes: number;
}

/** Most bytes that a frame header takes. */
export const ZSTD_HEADER_BYTES = 18;

const MAGIC = 0xfd2f_b528;

/** True for bytes that begin as a zstd frame does. */
export function isZstd(bytes: Uint8Array): boolean {
  return (
    bytes.length >= 4 && bytes[0] === 0x28 && bytes[1] === 0xb5 && bytes[2] === 0x2f && bytes[3] === 0xfd
  );
}

/** @throws Error where there is no frame header or it is damaged */
export function parseZstdHeader(bytes: Uint8Array): ZstdHeader {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (bytes.length < 6 || view.getUint32(0, true) !== MAGIC)
    throw new Error('it does not begin with a zstd frame');
  const descriptor = view.getUint8(4);
  const singleSegment = (descriptor & 0x20) !== 0;
  const windowByte = singleSegment ? 0 : view.getUint8(5);
  const dictionaryBytes = [0, 1, 2, 4][descriptor & 3]!;
  const at = 5 + (singleSegment ? 0 : 1) + dictionaryBytes;
  const sizeCode = descriptor >>> 6;
  const sizeBytes = sizeCode === 0 ? (singleSegment ? 1 : 0) : 1 << sizeCode;
  if (at + sizeBytes > bytes.length) throw new Error('it ends inside a zstd frame header');
  const contentBytes = readSize(view, at, sizeBytes);
  const base = 2 ** (10 + (windowByte >>> 3));
  return { contentBytes, windowBytes: singleSegment ? contentBytes! : base + (base / 8) * (windowByte & 7) };
}

function readSize(view: DataView, at: number, bytes: number): number | null {
  if (bytes === 0) return null;
  if (bytes === 1) return view.getUint8(at);
  if (bytes === 2) return view.getUint16(at, true) + 256;
  return bytes === 4 ? view.getUint32(at, true) : Number(view.getBigUint64(at, true));
}
