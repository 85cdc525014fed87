/**
 * LZ4 frames (LZ4 frame format 1.6.3) unpacked, with every checksum that they carry. Written here because
 * `@foxglove/wasm-lz4` keeps one context: after one damaged frame it refuses all that follow.
 */

const MAGIC = 0x184d2204;
const SKIPPABLE_MAGIC = 0x184d2a50;
const UNCOMPRESSED_BLOCK = 0x8000_0000;
const MIN_MATCH = 4;

const PRIME1 = 2_654_435_761;
const PRIME2 = 2_246_822_519;
const PRIME3 = 3_266_489_917;
const PRIME4 = 668_265_263;
const PRIME5 = 374_761_393;

/** Thrown for a frame that is cut short or damaged. */
export class Lz4Error extends Error {
  /** What came out of the whole blocks before the damage. */
  readonly unpacked: Uint8Array;

  constructor(message: string, unpacked: Uint8Array) {
    super(message);
    this.unpacked = unpacked;
  }
}

/**
 * @param maxBytes most bytes that may come out; this much is allocated
 * @throws Lz4Error for bytes that are no whole, sound frames, or that unpack to more
 */
export function decompressLz4(packed: Uint8Array, maxBytes: number): Uint8Array {
  const output = Buffer.allocUnsafeSlow(maxBytes);
  const view = new DataView(packed.buffer, packed.byteOffset, packed.byteLength);
  let at = 0;
  let to = 0;
  try {
    do {
      const magic = view.getUint32(at, true);
      if ((magic & 0xffff_fff0) >>> 0 === SKIPPABLE_MAGIC) {
        at += 8 + view.getUint32(at + 4, true);
        continue;
      }
      if (magic !== MAGIC) throw new Error(`there is no LZ4 frame at byte ${at}`);
      const frame = readDescriptor(packed, view, at + 4);
      at = frame.end;
      const frameStart = to;
      for (;;) {
        const size = view.getUint32(at, true);
        at += 4;
        if (size === 0) break;
        const length = (size & ~UNCOMPRESSED_BLOCK) >>> 0;
        if (at + length > packed.length) throw new RangeError();
        const block = packed.subarray(at, at + length);
        at += length;
        if (frame.blockChecksums) {
          if (xxh32(block) !== view.getUint32(at, true)) throw new Error('a block checksum is wrong');
          at += 4;
        }
        // A block may refer to what came before it only where the frame says that its blocks are linked.
        const from = frame.linked ? frameStart : to;
        if ((size & UNCOMPRESSED_BLOCK) === 0) to = unpackBlock(block, output, from, to);
        else if (to + length > maxBytes) throw new Error(`more than ${maxBytes} bytes come out of it`);
        else {
          output.set(block, to);
          to += length;
        }
      }
      if (frame.contentBytes !== null && frame.contentBytes !== BigInt(to - frameStart)) {
        throw new Error(`${to - frameStart} bytes come out of it, not ${frame.contentBytes}`);
      }
      if (frame.contentChecksum) {
        if (xxh32(output.subarray(frameStart, to)) !== view.getUint32(at, true)) {
          throw new Error('its checksum is wrong');
        }
        at += 4;
      }
    } while (at < packed.length);
    return output.subarray(0, to);
  } catch (error) {
    const cut = error instanceof RangeError;
    throw new Lz4Error(cut ? 'it is cut short' : (error as Error).message, output.subarray(0, to));
  }
}

interface Descriptor {
  readonly linked: boolean;
  readonly blockChecksums: boolean;
  readonly contentBytes: bigint | null;
  readonly contentChecksum: boolean;
  readonly end: number;
}

function readDescriptor(packed: Uint8Array, view: DataView, start: number): Descriptor {
  const flags = view.getUint8(start);
  if (flags >>> 6 !== 1) throw new Error(`its version ${flags >>> 6} is not read`);
  if ((flags & 1) !== 0) throw new Error('it needs a dictionary');
  const hasSize = (flags & 8) !== 0;
  const end = start + 2 + (hasSize ? 8 : 0);
  const contentBytes = hasSize ? view.getBigUint64(start + 2, true) : null;
  if (((xxh32(packed.subarray(start, end)) >>> 8) & 0xff) !== view.getUint8(end)) {
    throw new Error('its header checksum is wrong');
  }
  return {
    linked: (flags & 0x20) === 0,
    blockChecksums: (flags & 0x10) !== 0,
    contentBytes,
    contentChecksum: (flags & 4) !== 0,
    end: end + 1,
  };
}

/** Unpacks one block behind `to`; returns where it ends. Matches reach back to `from` at most. */
function unpackBlock(block: Uint8Array, output: Uint8Array, from: number, to: number): number {
  const end = block.length;
  const limit = output.length;
  let at = 0;
  while (at < end) {
    const token = block[at++]!;
    let literals = token >>> 4;
    if (literals === 15) {
      let more = 255;
      while (more === 255 && at < end) {
        more = block[at++]!;
        literals += more;
      }
    }
    if (at + literals > end) throw new Error('a block is damaged: literals run past its end');
    if (to + literals > limit) throw new Error(`more than ${limit} bytes come out of it`);
    if (literals > 16) {
      output.set(block.subarray(at, at + literals), to);
      to += literals;
      at += literals;
    } else for (const stop = at + literals; at < stop; ) output[to++] = block[at++]!;
    if (at === end) return to;
    if (at + 2 > end) throw new Error('a block is damaged: it ends inside an offset');
    const offset = block[at]! | (block[at + 1]! << 8);
    at += 2;
    let length = token & 15;
    if (length === 15) {
      let more = 255;
      while (more === 255 && at < end) {
        more = block[at++]!;
        length += more;
      }
    }
    length += MIN_MATCH;
    let source = to - offset;
    if (offset === 0 || source < from) throw new Error('a block is damaged: a match lies before its start');
    if (to + length > limit) throw new Error(`more than ${limit} bytes come out of it`);
    if (length > 32 && offset >= length) {
      output.copyWithin(to, source, source + length);
      to += length;
    } else for (const stop = to + length; to < stop; ) output[to++] = output[source++]!;
  }
  throw new Error('a block is damaged: it does not end in literals');
}

/** xxHash32 with seed 0. */
function xxh32(bytes: Uint8Array): number {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const length = bytes.length;
  let at = 0;
  let hash: number;
  if (length >= 16) {
    let v1 = (PRIME1 + PRIME2) | 0;
    let v2 = PRIME2 | 0;
    let v3 = 0;
    let v4 = -PRIME1 | 0;
    for (; at + 16 <= length; at += 16) {
      v1 = round(v1, view.getUint32(at, true));
      v2 = round(v2, view.getUint32(at + 4, true));
      v3 = round(v3, view.getUint32(at + 8, true));
      v4 = round(v4, view.getUint32(at + 12, true));
    }
    hash = (rotate(v1, 1) + rotate(v2, 7) + rotate(v3, 12) + rotate(v4, 18)) | 0;
  } else hash = PRIME5 | 0;
  hash = (hash + length) | 0;
  for (; at + 4 <= length; at += 4) {
    hash = Math.imul(rotate((hash + Math.imul(view.getUint32(at, true), PRIME3)) | 0, 17), PRIME4);
  }
  for (; at < length; at++) {
    hash = Math.imul(rotate((hash + Math.imul(bytes[at]!, PRIME5)) | 0, 11), PRIME1);
  }
  hash = Math.imul(hash ^ (hash >>> 15), PRIME2);
  hash = Math.imul(hash ^ (hash >>> 13), PRIME3);
  return (hash ^ (hash >>> 16)) >>> 0;
}

function round(value: number, input: number): number {
  return Math.imul(rotate((value + Math.imul(input, PRIME2)) | 0, 13), PRIME1);
}

function rotate(value: number, bits: number): number {
  return (value << bits) | (value >>> (32 - bits));
}
