import { z } from 'zod';

/**
 * A stamp in nanoseconds. In memory a bigint; in JSON a decimal string, because
 * nanoseconds since 1970 do not fit a JavaScript number. Numbers and strings are accepted.
 */
export const StampNs = z.coerce.bigint();

/** `JSON.stringify` replacer: bigint as decimal string, bytes as their length. */
export function jsonReplacer(_key: string, value: unknown): unknown {
  if (typeof value === 'bigint') return value.toString();
  if (value instanceof Uint8Array) return `<${value.byteLength} bytes>`;
  return value;
}

/** One line of JSON with stamps as decimal strings. */
export function toJsonLine(value: unknown): string {
  return JSON.stringify(value, jsonReplacer);
}
