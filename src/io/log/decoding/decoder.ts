import { CodriverError } from '../../../domain/index.ts';
import type { RawChannel } from '../raw-log.ts';
import { cdrDecoder } from './cdr.ts';
import type { DecodeMessage } from './decode-message.ts';
import { jsonDecoder } from './json.ts';
import { protobufDecoder } from './protobuf.ts';
import { ros1Decoder } from './ros1.ts';

type MakeDecoder = (channel: RawChannel) => DecodeMessage;

/** By message encoding and schema encoding, MCAP's well-known names; no schema is the empty name. */
const DECODERS: Readonly<Record<string, MakeDecoder>> = {
  'cdr/ros2msg': cdrDecoder,
  'cdr/ros2idl': cdrDecoder,
  'cdr/': cdrDecoder,
  'ros1/ros1msg': ros1Decoder,
  'json/jsonschema': jsonDecoder,
  'json/': jsonDecoder,
  'protobuf/protobuf': protobufDecoder,
};

/** Of the messages and of the schema: `cdr/ros2msg`. */
export function encodingOf(channel: RawChannel): string {
  return `${channel.messageEncoding}/${channel.schemaEncoding}`;
}

/** Why messages of a channel can't be decoded, as far as its encodings tell; null where they can. */
export function whyNotDecodable(channel: RawChannel): string | null {
  if (DECODERS[encodingOf(channel)] !== undefined) return null;
  const known = Object.keys(DECODERS).filter((encoding) => !encoding.endsWith('/'));
  if (channel.schemaEncoding === '' && known.some((name) => name.startsWith(`${channel.messageEncoding}/`))) {
    return `its encoding is ${channel.messageEncoding}, and the log has no schema for it`;
  }
  return `its encoding is ${encodingOf(channel)}, and only ${known.join(', ')} are read`;
}

/**
 * The decoder of one channel.
 *
 * @throws CodriverError BAD_MESSAGE for an encoding that is not read, and a schema that is missing or broken
 */
export function makeDecoder(channel: RawChannel): DecodeMessage {
  const make = DECODERS[encodingOf(channel)];
  let why = whyNotDecodable(channel);
  try {
    if (make !== undefined) return make(channel);
  } catch (error) {
    why =
      error instanceof CodriverError ? error.message : `its schema is broken: ${(error as Error).message}`;
  }
  throw new CodriverError(
    'BAD_MESSAGE',
    `Topic ${channel.topic} (${channel.schemaName}) cannot be decoded: ${why}`,
    {
      remedy: 'Record it with its schema as ROS 2, ROS 1, JSON or protobuf messages.',
      details: { topic: channel.topic, type: channel.schemaName, why },
    },
  );
}
