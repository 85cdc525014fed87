import { CdrEncoder } from './cdr-writer.ts';
import { messageDefinitions } from './message-texts.ts';
import type { RosMessageOut } from './to-ros.ts';

const encoders = new Map<string, CdrEncoder>();

/** A message as CDR, in memory of its own. @throws CodriverError INTERNAL for a type without a known definition */
export function encodeRos({ type, message }: RosMessageOut): Uint8Array {
  let encoder = encoders.get(type);
  if (encoder === undefined) {
    encoder = new CdrEncoder(messageDefinitions(type));
    encoders.set(type, encoder);
  }
  return encoder.encode(message);
}
