import { createCipheriv, createHash } from 'node:crypto';
import type { PlannedTensor } from '../store/layout.ts';
import { elementsOf, type Section } from '../store/manifest.ts';

/** Most bytes that are made at once; a multiple of every number's size. */
const CHUNK_BYTES = 1 << 22;
const ZEROS = Buffer.alloc(CHUNK_BYTES);

/** Exponents of normal float16 numbers, as stored. */
const [SMALLEST_EXPONENT, LARGEST_EXPONENT, EXPONENT_BIAS] = [1, 30, 15];

/** Root mean square of numbers spread evenly over 1–2. */
const SPREAD = Math.sqrt(7 / 3);

/**
 * The bytes of a tensor with made-up weights, piece by piece: the section they belong to and where in it.
 * Quants are the key stream of AES in counter mode, and so are sign and fraction of scales and float16 weights;
 * their exponent makes the weights' root mean square about 1/√columns, so that a product neither swells nor
 * shrinks what goes through it. Vectors are `fill` throughout. The same `key` gives the same bytes.
 */
export function* madeUpBytes(
  { source, encoding, data, scales, minima }: PlannedTensor,
  key: string,
  fill: number,
): Generator<{ readonly section: Section; readonly at: number; readonly bytes: Uint8Array }> {
  if (encoding.type === 'f32') {
    const bytes = new Uint8Array(new Float32Array(elementsOf(source.shape)).fill(fill).buffer);
    yield { section: data, at: 0, bytes };
    return;
  }
  const columns = source.shape.at(-1) as number;
  const rms = 1 / Math.sqrt(columns);
  if (encoding.type === 'f16') {
    for (const { at, bytes } of keyStream(`${key} data`, data.bytes))
      yield { section: data, at, bytes: asHalves(bytes, rms) };
    return;
  }
  for (const { at, bytes } of keyStream(`${key} data`, data.bytes)) yield { section: data, at, bytes };
  if (scales === undefined) return;
  // Quants are spread evenly over 2^bits steps.
  const step = rms / (2 ** encoding.bits / Math.sqrt(12));
  for (const { at, bytes } of keyStream(`${key} scales`, scales.bytes)) {
    yield { section: scales, at, bytes: asHalves(bytes, step) };
    if (minima !== undefined) yield { section: minima, at, bytes: asMinima(bytes, encoding.bits) };
  }
}

function* keyStream(key: string, length: number): Generator<{ at: number; bytes: Uint8Array }> {
  const digest = createHash('sha256').update(key).digest();
  const cipher = createCipheriv('aes-128-ctr', digest.subarray(0, 16), digest.subarray(16));
  for (let at = 0; at < length; at += CHUNK_BYTES)
    yield { at, bytes: cipher.update(ZEROS.subarray(0, Math.min(CHUNK_BYTES, length - at))) };
}

/** Turns random bytes, in place, into float16 numbers of either sign and about this root mean square. */
function asHalves(bytes: Uint8Array, rms: number): Uint8Array {
  const exponent = Math.round(Math.log2(rms / SPREAD)) + EXPONENT_BIAS;
  const field = Math.min(LARGEST_EXPONENT, Math.max(SMALLEST_EXPONENT, exponent)) << 10;
  for (let i = 1; i < bytes.length; i += 2) bytes[i] = ((bytes[i] as number) & 0x83) | (field >> 8);
  return bytes;
}

/** −2^(bits − 1) times each scale, so that quants are around zero as they are in symmetric groups. */
function asMinima(scales: Uint8Array, bits: number): Uint8Array {
  const minima = Uint8Array.from(scales);
  for (let i = 1; i < minima.length; i += 2) minima[i] = ((minima[i] as number) ^ 0x80) + ((bits - 1) << 2);
  return minima;
}
