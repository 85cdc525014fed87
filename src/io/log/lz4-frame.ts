/**
 * LZ4 frames (LZ4 frame format 1.6.3, block format), written here because the packages at hand only
 * decompress. Greedy matching over one hash table, as the reference's fast level does.
 */

const MAGIC = 0x184d2204;
/** Version 1, blocks that do not refer to one another, no checksums but the header's. */
const FLAGS = 0b0110_0000;
/** Blocks of at most 4 MiB. */
const BLOCK_SIZE_CODE = 0x70;
const BLOCK_BYTES = 4 * 1024 * 1024;
const UNCOMPRESSED_BLOCK = 0x8000_0000;

const MIN_MATCH = 4;
/** The last match begins at least 12 bytes before a block's end, and the last 5 bytes are literals. */
const MATCH_MARGIN = 12;
const LAST_LITERALS = 5;
const MAX_OFFSET = 65_535;
const HASH_BITS = 16;

/** Compresses to one frame. */
export function compressLz4(data: Uint8Array): Uint8Array {
  const parts: Uint8Array[] = [header()];
  for (let from = 0; from < data.length; from += BLOCK_BYTES) {
    const block = data.subarray(from, from + BLOCK_BYTES);
    const packed = compressBlock(block);
    const smaller = packed.length < block.length;
    parts.push(uint32(smaller ? packed.length : (block.length | UNCOMPRESSED_BLOCK) >>> 0));
    parts.push(smaller ? packed : block);
  }
  parts.push(uint32(0));
  return Buffer.concat(parts);
}

function header(): Uint8Array {
  const descriptor = Uint8Array.of(FLAGS, BLOCK_SIZE_CODE);
  return Buffer.concat([uint32(MAGIC), descriptor, Uint8Array.of((xxh32Short(descriptor) >>> 8) & 0xff)]);
}

function uint32(value: number): Uint8Array {
  const bytes = new Uint8Array(4);
  new DataView(bytes.buffer).setUint32(0, value, true);
  return bytes;
}

/** xxHash32 with seed 0 of fewer than 4 bytes, as the two of the descriptor are. */
function xxh32Short(bytes: Uint8Array): number {
  const [prime1, prime2, prime3, prime5] = [2_654_435_761, 2_246_822_519, 3_266_489_917, 374_761_393];
  let hash = (prime5 + bytes.length) | 0;
  for (const byte of bytes) {
    hash = (hash + Math.imul(byte, prime5)) | 0;
    hash = Math.imul((hash << 11) | (hash >>> 21), prime1);
  }
  hash = Math.imul(hash ^ (hash >>> 15), prime2);
  hash = Math.imul(hash ^ (hash >>> 13), prime3);
  return (hash ^ (hash >>> 16)) >>> 0;
}

function compressBlock(input: Uint8Array): Uint8Array {
  const view = new DataView(input.buffer, input.byteOffset, input.byteLength);
  const output = new Uint8Array(input.length + Math.ceil(input.length / 255) + 16);
  const table = new Int32Array(1 << HASH_BITS).fill(-1);
  const lastMatchStart = input.length - MATCH_MARGIN;
  const matchLimit = input.length - LAST_LITERALS;
  let [to, anchor, at, misses] = [0, 0, 0, 0];
  while (at <= lastMatchStart) {
    const word = view.getUint32(at, true);
    const slot = Math.imul(word, 2_654_435_761) >>> (32 - HASH_BITS);
    const candidate = table[slot]!;
    table[slot] = at;
    if (candidate < 0 || at - candidate > MAX_OFFSET || view.getUint32(candidate, true) !== word) {
      // Longer steps where nothing matches: pictures and other compressed data go through quickly.
      at += 1 + (misses++ >> 6);
      continue;
    }
    misses = 0;
    let end = at + MIN_MATCH;
    let source = candidate + MIN_MATCH;
    while (end < matchLimit && input[end] === input[source]) {
      end++;
      source++;
    }
    to = writeSequence(output, to, input.subarray(anchor, at), end - at - MIN_MATCH);
    output[to++] = (at - candidate) & 0xff;
    output[to++] = (at - candidate) >>> 8;
    to = writeLength(output, to, end - at - MIN_MATCH);
    at = end;
    anchor = end;
  }
  to = writeSequence(output, to, input.subarray(anchor), 0);
  return output.subarray(0, to);
}

/** Token and literals; the match's offset and rest of length follow. */
function writeSequence(output: Uint8Array, to: number, literals: Uint8Array, matchLength: number): number {
  output[to++] = (Math.min(literals.length, 15) << 4) | Math.min(matchLength, 15);
  const next = writeLength(output, to, literals.length);
  output.set(literals, next);
  return next + literals.length;
}

/** What of a length does not fit the token's four bits. */
function writeLength(output: Uint8Array, to: number, length: number): number {
  if (length < 15) return to;
  let rest = length - 15;
  for (; rest >= 255; rest -= 255) output[to++] = 255;
  output[to++] = rest;
  return to;
}
