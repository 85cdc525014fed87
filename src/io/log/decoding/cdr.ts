import { parseRos2idl } from '@foxglove/ros2idl-parser';
import { parse } from '@foxglove/rosmsg';
import { MessageReader } from '@foxglove/rosmsg2-serialization';
import { CodriverError } from '../../../domain/index.ts';
import { type MessageDefinition, messageDefinitions } from '../../ros-messages/message-texts.ts';
import type { RawChannel } from '../raw-log.ts';
import type { DecodeMessage } from './decode-message.ts';
import { fullTypeName } from './type-names.ts';

/** CDR with the schema as a ROS 2 message text or IDL, or, for well-known types, without any. */
export function cdrDecoder(channel: RawChannel): DecodeMessage {
  const reader = new MessageReader(definitionsOf(channel));
  return (data) => reader.readMessage(data);
}

function definitionsOf(channel: RawChannel): MessageDefinition[] {
  const text = new TextDecoder().decode(channel.schemaData);
  const type = fullTypeName(channel.schemaName);
  if (channel.schemaEncoding === 'ros2idl') return rootFirst(parseRos2idl(text).map(withNanosec), type);
  // A type without fields has an empty text, and only the well-known ones can do without their own.
  if (channel.schemaEncoding === 'ros2msg') return parse(text, { ros2: true });
  try {
    return messageDefinitions(type);
  } catch (error) {
    throw new CodriverError('BAD_MESSAGE', `the log has no schema, and ${type} is not well known`, {
      cause: error,
    });
  }
}

/** The parser names them as ROS 1 does. */
function withNanosec(definition: MessageDefinition): MessageDefinition {
  if (!/^builtin_interfaces\/msg\/(Time|Duration)$/.test(definition.name ?? '')) return definition;
  const definitions = definition.definitions.map((field) =>
    field.name === 'nsec' ? { ...field, name: 'nanosec' } : field,
  );
  return { ...definition, definitions };
}

/** IDL files put the types that are used before those that use them; the reader takes the first. */
function rootFirst(definitions: MessageDefinition[], type: string): MessageDefinition[] {
  const root = definitions.find(({ name }) => name === type);
  if (root === undefined) throw new Error(`it does not define ${type}`);
  return [root, ...definitions.filter((definition) => definition !== root)];
}
