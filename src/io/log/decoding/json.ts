import type { RawChannel } from '../raw-log.ts';
import type { DecodeMessage } from './decode-message.ts';
import { withNanosec } from './times.ts';

/** The part of JSON Schema that says how to read a value. */
interface JsonSchema {
  readonly type?: string;
  readonly contentEncoding?: string;
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly items?: JsonSchema;
}

/** JSON, with a JSON Schema that says which strings are base64, or without any. */
export function jsonDecoder(channel: RawChannel): DecodeMessage {
  const text = new TextDecoder().decode(channel.schemaData).trim();
  const schema: unknown = text === '' ? {} : JSON.parse(text);
  if (typeof schema !== 'object' || schema === null) throw new Error('it is no object');
  const decoder = new TextDecoder('utf-8', { fatal: true });
  return (data) => {
    const value: unknown = JSON.parse(decoder.decode(data));
    if (typeof value !== 'object' || value === null) throw new Error('it is no object');
    return withNanosec(withBytes(value, schema as JsonSchema));
  };
}

function withBytes(value: unknown, schema: JsonSchema | undefined): unknown {
  if (schema === undefined) return value;
  if (typeof value === 'string') {
    return schema.contentEncoding === 'base64' ? new Uint8Array(Buffer.from(value, 'base64')) : value;
  }
  if (Array.isArray(value)) {
    return schema.items === undefined ? value : value.map((item) => withBytes(item, schema.items));
  }
  if (typeof value !== 'object' || value === null || schema.properties === undefined) return value;
  const fields = value as Record<string, unknown>;
  for (const name of Object.keys(fields)) {
    if (Object.hasOwn(schema.properties, name)) {
      fields[name] = withBytes(fields[name], schema.properties[name]);
    }
  }
  return fields;
}
