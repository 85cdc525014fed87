import {
  createFileRegistry,
  type DescField,
  type DescMessage,
  fromBinary,
  type Message,
} from '@bufbuild/protobuf';
import { FileDescriptorSetSchema } from '@bufbuild/protobuf/wkt';
import type { RawChannel } from '../raw-log.ts';
import type { DecodeMessage } from './decode-message.ts';

type Fields = Readonly<Record<string, unknown>>;

/** Protobuf with a FileDescriptorSet that holds the type and all it uses. */
export function protobufDecoder(channel: RawChannel): DecodeMessage {
  const registry = createFileRegistry(fromBinary(FileDescriptorSetSchema, channel.schemaData));
  const type = registry.getMessage(channel.schemaName);
  if (type === undefined) throw new Error(`it does not define ${channel.schemaName}`);
  return (data) => toPlain(type, fromBinary(type, data));
}

/** With the names of the .proto file, as other encodings of the same schema have them. */
function toPlain(type: DescMessage, message: Message): unknown {
  const from = message as unknown as Fields;
  if (type.typeName === 'google.protobuf.Timestamp' || type.typeName === 'google.protobuf.Duration') {
    return { sec: Number(from.seconds), nanosec: from.nanos };
  }
  const plain: Record<string, unknown> = {};
  for (const field of type.fields) {
    const value = setValue(field, from);
    if (value !== undefined) plain[field.name] = fieldToPlain(field, value);
  }
  return plain;
}

function setValue(field: DescField, from: Fields): unknown {
  if (field.oneof === undefined) return from[field.localName];
  const chosen = from[field.oneof.localName] as { case?: string; value?: unknown } | undefined;
  return chosen?.case === field.localName ? chosen.value : undefined;
}

function fieldToPlain(field: DescField, value: unknown): unknown {
  if (field.message === undefined) return value;
  const { message } = field;
  if (field.fieldKind === 'list') return (value as Message[]).map((item) => toPlain(message, item));
  if (field.fieldKind !== 'map') return toPlain(message, value as Message);
  const entries = Object.entries(value as Record<string, Message>);
  return Object.fromEntries(entries.map(([key, item]) => [key, toPlain(message, item)]));
}
