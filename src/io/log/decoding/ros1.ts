import { parse } from '@foxglove/rosmsg';
import { MessageReader } from '@foxglove/rosmsg-serialization';
import type { RawChannel } from '../raw-log.ts';
import type { DecodeMessage } from './decode-message.ts';
import { withNanosec } from './times.ts';

type Definitions = ReturnType<typeof parse>;

/** ROS 1 messages with their text. */
export function ros1Decoder(channel: RawChannel): DecodeMessage {
  const definitions = parse(new TextDecoder().decode(channel.schemaData));
  requirePlainNames(definitions);
  refuseEmptyItems(definitions);
  const reader = new MessageReader(definitions);
  return (data) => withNanosec(reader.readMessage(data));
}

/** The reader is compiled from the names, so that one with other signs in it would be run as code. */
function requirePlainNames(definitions: Definitions): void {
  for (const { name = '', definitions: fields } of definitions) {
    for (const word of [name, ...fields.flatMap((field) => [field.name, field.type])]) {
      if (!/^[\w/]*$/.test(word)) throw new Error(`"${word}" is no name of a type or field`);
    }
  }
}

/** Items without bytes: a broken count would make a list without end. */
function refuseEmptyItems(definitions: Definitions): void {
  const isEmpty = (type: string): boolean =>
    definitions
      .find(({ name }) => name === type)
      ?.definitions.every(
        (field) => field.isConstant === true || (field.isComplex === true && isEmpty(field.type)),
      ) === true;
  for (const { definitions: fields } of definitions) {
    for (const field of fields) {
      if (field.isArray === true && field.isComplex === true && isEmpty(field.type)) {
        throw new Error(`${field.name} is a list of ${field.type}, which has no fields`);
      }
    }
  }
}
