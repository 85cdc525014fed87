import type { MessageDefinition } from './message-texts.ts';

type MessageDefinitionField = MessageDefinition['definitions'][number];

/** Bytes of the primitive types; their alignment is the same. */
const SIZES: Readonly<Record<string, number>> = {
  bool: 1,
  int8: 1,
  uint8: 1,
  int16: 2,
  uint16: 2,
  int32: 4,
  uint32: 4,
  int64: 8,
  uint64: 8,
  float32: 4,
  float64: 8,
};

const HEADER_BYTES = 4;
const encoder = new TextEncoder();

/**
 * Encodes messages as little-endian XCDR1, ROS 2's default. Written here because
 * @foxglove/cdr 3.5.0 counts a string's UTF-16 units where CDR counts its UTF-8
 * bytes, so Japanese text comes out cut. A field left out is zero, empty or false.
 */
export class CdrEncoder {
  readonly #root: readonly MessageDefinitionField[];
  readonly #definitions: ReadonlyMap<string, readonly MessageDefinitionField[]>;
  #bytes = new Uint8Array(1024);
  #view = new DataView(this.#bytes.buffer);
  #length = 0;

  /** `definitions`: the message's own first, then those it uses, as `parse` of @foxglove/rosmsg gives them. */
  constructor(definitions: readonly MessageDefinition[]) {
    this.#root = definitions[0]!.definitions;
    this.#definitions = new Map(
      definitions.map((definition) => [definition.name ?? '', definition.definitions]),
    );
  }

  /** The message with its four-byte encapsulation header, in memory of its own. */
  encode(message: Readonly<Record<string, unknown>>): Uint8Array {
    this.#length = 0;
    this.#reserve(HEADER_BYTES);
    this.#bytes.set([0, 1, 0, 0]);
    this.#length = HEADER_BYTES;
    this.#writeFields(this.#root, message);
    return this.#bytes.slice(0, this.#length);
  }

  #writeFields(fields: readonly MessageDefinitionField[], message: Readonly<Record<string, unknown>>): void {
    for (const field of fields) {
      if (field.isConstant === true) continue;
      if (field.isArray === true)
        this.#writeArray(field, message[field.name] as ArrayLike<unknown> | undefined);
      else this.#writeValue(field, message[field.name]);
    }
  }

  #writeArray(field: MessageDefinitionField, items: ArrayLike<unknown> | undefined): void {
    const count = field.arrayLength ?? items?.length ?? 0;
    if (items !== undefined && items.length !== count) {
      throw new RangeError(`${field.name} has ${items.length} items, its type has ${count}`);
    }
    if (field.arrayLength === undefined) this.#writeNumber('uint32', count);
    if (items instanceof Uint8Array && field.type === 'uint8') {
      this.#reserve(count);
      this.#bytes.set(items, this.#length);
      this.#length += count;
      return;
    }
    for (let index = 0; index < count; index++) this.#writeValue(field, items?.[index]);
  }

  #writeValue(field: MessageDefinitionField, value: unknown): void {
    if (field.isComplex === true) {
      const fields = this.#definitions.get(field.type);
      if (fields === undefined) throw new RangeError(`no definition of ${field.type}`);
      this.#writeFields(fields, (value ?? {}) as Record<string, unknown>);
    } else if (field.type === 'string') {
      this.#writeString((value ?? '') as string);
    } else if (field.type === 'time' || field.type === 'duration') {
      const time = (value ?? { sec: 0, nanosec: 0 }) as { sec: number; nanosec: number };
      this.#writeNumber('int32', time.sec);
      this.#writeNumber('uint32', time.nanosec);
    } else {
      this.#writeNumber(field.type, value);
    }
  }

  #writeString(value: string): void {
    const bytes = encoder.encode(value);
    this.#writeNumber('uint32', bytes.length + 1);
    this.#reserve(bytes.length + 1);
    this.#bytes.set(bytes, this.#length);
    this.#bytes[this.#length + bytes.length] = 0;
    this.#length += bytes.length + 1;
  }

  #writeNumber(type: string, value: unknown): void {
    const size = SIZES[type];
    if (size === undefined) throw new RangeError(`cannot encode type ${type}`);
    const padding = (size - ((this.#length - HEADER_BYTES) % size)) % size;
    this.#reserve(padding + size);
    this.#bytes.fill(0, this.#length, this.#length + padding);
    this.#length += padding;
    const at = this.#length;
    this.#length += size;
    const number = Number(value ?? 0);
    if (type === 'float64') this.#view.setFloat64(at, number, true);
    else if (type === 'float32') this.#view.setFloat32(at, number, true);
    else if (size === 8)
      this.#view.setBigUint64(at, BigInt.asUintN(64, BigInt((value ?? 0) as bigint)), true);
    else if (size === 4) this.#view.setUint32(at, number, true);
    else if (size === 2) this.#view.setUint16(at, number, true);
    else this.#view.setUint8(at, number);
  }

  #reserve(bytes: number): void {
    if (this.#length + bytes <= this.#bytes.length) return;
    const grown = new Uint8Array(Math.max(this.#bytes.length * 2, this.#length + bytes));
    grown.set(this.#bytes.subarray(0, this.#length));
    this.#bytes = grown;
    this.#view = new DataView(grown.buffer);
  }
}
