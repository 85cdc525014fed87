import { CodriverError } from '../../domain/errors.ts';

/** A metadata value; 64-bit integers come as numbers when they are safe, else as bigints. */
export type GgufValue = string | number | bigint | boolean | readonly GgufValue[];

const SCALAR_BYTES: Readonly<Record<number, number>> = {
  0: 1,
  1: 1,
  2: 2,
  3: 2,
  4: 4,
  5: 4,
  6: 4,
  7: 1,
  10: 8,
  11: 8,
  12: 8,
};
const STRING = 8;
const ARRAY = 9;

/** Reads GGUF's little-endian primitives in order; every error names what was being read and where. */
export class ByteCursor {
  position = 0;
  /** Whether an error was for want of bytes: more of the file may help. */
  ranOut = false;
  readonly #bytes: Buffer;
  readonly #subject: string;

  constructor(bytes: Buffer, subject: string) {
    this.#bytes = bytes;
    this.#subject = subject;
  }

  u32(what: string): number {
    return this.#bytes.readUInt32LE(this.#take(4, what));
  }

  /** A 64-bit count that must not exceed `limit`. No BigInt and no text is made: arrays have 100,000 of these. */
  count(what: string, limit: number): number {
    const at = this.#take(8, what);
    const value = this.#bytes.readUInt32LE(at + 4) * 2 ** 32 + this.#bytes.readUInt32LE(at);
    if (value > limit) throw this.#corrupt(`${what} is or has ${value}`, at);
    return value;
  }

  text(what: string): string {
    const length = this.count(what, 1 << 30);
    const at = this.#take(length, what);
    return this.#bytes.toString('utf8', at, at + length);
  }

  /** A metadata value with its type in front. */
  value(what: string): GgufValue {
    return this.#typed(this.u32(what), what, 0);
  }

  #typed(type: number, what: string, depth: number): GgufValue {
    if (type === STRING) return this.text(what);
    if (type === ARRAY) {
      if (depth > 4) throw this.#corrupt(`${what} is nested too deep`, this.position);
      const elementType = this.u32(what);
      const length = this.count(what, 1 << 28);
      const values: GgufValue[] = [];
      for (let i = 0; i < length; i++) values.push(this.#typed(elementType, what, depth + 1));
      return values;
    }
    const bytes = SCALAR_BYTES[type];
    if (bytes === undefined) throw this.#corrupt(`${what} has the unknown value type ${type}`, this.position);
    return this.#scalar(type, this.#take(bytes, what));
  }

  #scalar(type: number, at: number): number | bigint | boolean {
    const bytes = this.#bytes;
    switch (type) {
      case 0:
        return bytes.readUInt8(at);
      case 1:
        return bytes.readInt8(at);
      case 2:
        return bytes.readUInt16LE(at);
      case 3:
        return bytes.readInt16LE(at);
      case 4:
        return bytes.readUInt32LE(at);
      case 5:
        return bytes.readInt32LE(at);
      case 6:
        return bytes.readFloatLE(at);
      case 7:
        return bytes.readUInt8(at) !== 0;
      case 10:
        return narrowed(bytes.readBigUInt64LE(at));
      case 11:
        return narrowed(bytes.readBigInt64LE(at));
      default:
        return bytes.readDoubleLE(at);
    }
  }

  #take(bytes: number, what: string): number {
    const at = this.position;
    if (at + bytes > this.#bytes.length) {
      this.ranOut = true;
      throw this.#corrupt(`it ends at byte ${this.#bytes.length} within ${what}`, at);
    }
    this.position = at + bytes;
    return at;
  }

  #corrupt(why: string, offset: number): CodriverError {
    return new CodriverError(
      'MODEL_CORRUPT',
      `The model file ${this.#subject} is damaged: ${why} (offset ${offset}).`,
      {
        remedy: 'Pull or copy the model again: `npx codriver models pull NAME`.',
        details: { offset },
      },
    );
  }
}

function narrowed(value: bigint): number | bigint {
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : value;
}
