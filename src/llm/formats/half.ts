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
