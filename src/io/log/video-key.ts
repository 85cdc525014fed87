import { packetKind } from '../video/packet-kind.ts';
import { makeDecoder } from './decoding/decoder.ts';
import { fullTypeName } from './decoding/type-names.ts';
import type { RawChannel, RawMessage } from './raw-log.ts';
import { isVideoType, videoPacket } from './video-packets.ts';

/** Tells of a message whether decoding can start with its picture; false for a broken one. */
export type KeyFinder = (message: RawMessage) => boolean;

/** The finder of a channel's messages; null where they are no video, or can't be decoded. */
export function keyFinder(channel: RawChannel): KeyFinder | null {
  const type = fullTypeName(channel.schemaName);
  if (!isVideoType(type)) return null;
  let decode: ReturnType<typeof makeDecoder>;
  try {
    decode = makeDecoder(channel);
  } catch {
    return null;
  }
  return (message) => {
    try {
      const { codec, data } = videoPacket(type, decode(message.data), message);
      return packetKind(codec, data) === 'key';
    } catch {
      return false;
    }
  };
}
