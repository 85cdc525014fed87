import { z } from 'zod';
import { nsToRosTime, type RosTime, rosTimeToNs } from './ros-time.ts';

/**
 * Conversion between a domain schema and the codriver_msgs message of the same
 * fields, so that the vocabulary is written once. The rules:
 *
 * - `speedMps` ↔ `speed_mps`; `class`, a keyword of C++, ↔ `object_class`;
 * - `stampNs` ↔ `header.stamp`;
 * - an optional field is absent as NaN (numbers) or an empty string (strings and
 *   enums), or, where the message has a `has_…` beside it, as false there;
 * - a nullable number is NaN for null.
 *
 * A NaN in a field that is neither stays NaN, and the domain schema refuses it.
 */
type RosMessage = Record<string, unknown>;

const RENAMED: Readonly<Record<string, string>> = { class: 'object_class', stampNs: 'header' };

/** Name of the message field that carries a domain field. */
export function rosFieldName(key: string): string {
  return RENAMED[key] ?? key.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}

interface Field {
  readonly key: string;
  readonly name: string;
  readonly inner: z.ZodType;
  readonly optional: boolean;
  readonly nullable: boolean;
}

const fieldsOfSchema = new WeakMap<z.ZodObject, readonly Field[]>();

function fieldsOf(schema: z.ZodObject): readonly Field[] {
  let fields = fieldsOfSchema.get(schema);
  if (fields === undefined) {
    fields = Object.entries(schema.shape).map(([key, type]) => describe(key, type as z.ZodType));
    fieldsOfSchema.set(schema, fields);
  }
  return fields;
}

function describe(key: string, type: z.ZodType): Field {
  let inner = type;
  let optional = false;
  let nullable = false;
  for (;;) {
    if (inner instanceof z.ZodOptional) optional = true;
    else if (inner instanceof z.ZodNullable) nullable = true;
    else if (!(inner instanceof z.ZodDefault)) break;
    inner = inner.unwrap() as z.ZodType;
  }
  return { key, name: rosFieldName(key), inner, optional, nullable };
}

/** A decoded message as input for `schema`, which still has to check it. */
export function fromRosMessage(schema: z.ZodObject, message: RosMessage): RosMessage {
  const value: RosMessage = {};
  for (const field of fieldsOf(schema)) {
    const read = readField(field, message);
    if (read !== undefined) value[field.key] = read;
  }
  return value;
}

function readField(field: Field, message: RosMessage): unknown {
  const raw = message[field.name];
  if (field.key === 'stampNs') return rosTimeToNs((raw as { stamp: RosTime }).stamp);
  const present = message[`has_${field.name}`];
  if (field.optional && (present === undefined ? Number.isNaN(raw) || raw === '' : present !== true)) {
    return undefined;
  }
  if (field.nullable && Number.isNaN(raw)) return null;
  return readValue(field.inner, raw);
}

function readValue(type: z.ZodType, raw: unknown): unknown {
  if (type instanceof z.ZodObject) return fromRosMessage(type, raw as RosMessage);
  if (type instanceof z.ZodArray && Array.isArray(raw)) {
    return raw.map((item) => readValue(type.element as z.ZodType, item));
  }
  return raw;
}

/** A domain value as a message; `frameId` goes into every header. */
export function toRosMessage(schema: z.ZodObject, value: RosMessage, frameId: string): RosMessage {
  const message: RosMessage = {};
  for (const field of fieldsOf(schema)) {
    const raw = value[field.key];
    if (field.key === 'stampNs') {
      message[field.name] = { stamp: nsToRosTime(raw as bigint), frame_id: frameId };
      continue;
    }
    const absent = raw === undefined || raw === null;
    if (field.optional) message[`has_${field.name}`] = !absent;
    message[field.name] = absent ? absentValue(field.inner) : writeValue(field.inner, raw, frameId);
  }
  return message;
}

function absentValue(type: z.ZodType): unknown {
  return type instanceof z.ZodNumber ? Number.NaN : undefined;
}

function writeValue(type: z.ZodType, raw: unknown, frameId: string): unknown {
  if (type instanceof z.ZodObject) return toRosMessage(type, raw as RosMessage, frameId);
  if (type instanceof z.ZodArray) {
    return (raw as unknown[]).map((item) => writeValue(type.element as z.ZodType, item, frameId));
  }
  return raw;
}
