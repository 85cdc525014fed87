import { CONVERSIONS } from '../ros-messages/from-ros.ts';
import { type PacketKind, packetKind } from '../video/packet-kind.ts';
import { makeDecoder } from './decoding/decoder.ts';
import { fullTypeName } from './decoding/type-names.ts';
import type { RawChannel, RawMessage } from './raw-log.ts';

/** Tells what a message is to a decoder; a broken one is `dependent`. */
export type KindOf = (message: RawMessage) => PacketKind;

/** Kinds of a channel's messages; null where they are no video, or can't be decoded. */
export function packetKinds(channel: RawChannel): KindOf | null {
  const conversion = CONVERSIONS[fullTypeName(channel.schemaName)];
  if (conversion?.video !== true) return null;
  let decode: ReturnType<typeof makeDecoder>;
  try {
    decode = makeDecoder(channel);
  } catch {
    return null;
  }
  return ({ data, logTimeNs }) => {
    try {
      const packet = conversion.packetOf(decode(data) as never, { topic: channel.topic, logTimeNs });
      return packetKind(packet.codec, packet.data);
    } catch {
      return 'dependent';
    }
  };
}
