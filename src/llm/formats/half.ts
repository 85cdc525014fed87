const VALUES = buildTable();

/** The 65,536 values of IEEE 754 half precision, by their bits. */
function buildTable(): Float32Array {
  const values = new Float32Array(65_536);
  for (let bits = 0; bits < 65_536; bits++) {
    const sign = bits & 0x8000 ? -1 : 1;
    const exponent = (bits >> 10) & 31;
    const fraction = bits & 1023;
    if (exponent === 31) values[bits] = fraction === 0 ? sign * Number.POSITIVE_INFINITY : Number.NaN;
    else if (exponent === 0) values[bits] = sign * fraction * 2 ** -24;
    else values[bits] = sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
  }
  return values;
}

/** A half-precision number from its bits; exact. */
export function halfToNumber(bits: number): number {
  return VALUES[bits] as number;
}

/** The little-endian half-precision number at byte `at`. */
export function halfAt(bytes: Uint8Array, at: number): number {
  return VALUES[(bytes[at] as number) | ((bytes[at + 1] as number) << 8)] as number;
}

const FLOAT = new Float32Array(1);
const BITS = new Uint32Array(FLOAT.buffer);

/** The half-precision number nearest to `value` as bits, ties to even; too large ones become infinite. */
export function nearestHalf(value: number): number {
  FLOAT[0] = value;
  const bits = BITS[0] as number;
  const sign = (bits >>> 16) & 0x8000;
  const magnitude = bits & 0x7fffffff;
  if (magnitude > 0x7f800000) return sign | 0x7e00;
  if (magnitude >= 0x47800000) return sign | 0x7c00;
  if (magnitude < 0x38800000) {
    // Subnormal in half precision: whole multiples of 2⁻²⁴. 2²³ + x rounds x to a whole number, ties to even.
    return sign | (Math.fround(Math.abs(FLOAT[0]) * 2 ** 24 + 2 ** 23) - 2 ** 23);
  }
  const rounded = magnitude + 0xfff + ((magnitude >>> 13) & 1);
  return sign | ((rounded - 0x38000000) >>> 13);
}

/** Bits of the smallest half-precision number that is not below `value` ≥ 0. */
export function halfAtLeast(value: number): number {
  const bits = nearestHalf(value);
  return halfToNumber(bits) < value ? bits + 1 : bits;
}

/** Bits of the largest half-precision number that is not above `value`, which may be negative. */
export function halfAtMost(value: number): number {
  const bits = nearestHalf(value);
  if (halfToNumber(bits) <= value) return bits;
  // One step down: away from zero for negative numbers, and from zero to the smallest negative one.
  if (bits === 0) return 0x8001;
  return bits & 0x8000 ? bits + 1 : bits - 1;
}
