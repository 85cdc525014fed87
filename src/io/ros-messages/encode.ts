import { parse } from '@foxglove/rosmsg';
import { CdrEncoder } from './cdr-writer.ts';
import { messageText } from './message-texts.ts';
import type { RosMessageOut } from './to-ros.ts';

const encoders = new Map<string, CdrEncoder>();

/** The encoder of a type, made once. `text` gives its definition with what it uses. */
export function encoderOf(type: string, text: () => string): CdrEncoder {
  let encoder = encoders.get(type);
  if (encoder === undefined) {
    encoder = new CdrEncoder(parse(text(), { ros2: true }));
    encoders.set(type, encoder);
  }
  return encoder;
}

/** A message as CDR, in memory of its own. @throws CodriverError INTERNAL for a type without a known definition */
export function encodeRos({ type, message }: RosMessageOut): Uint8Array {
  return encoderOf(type, () => messageText(type)).encode(message);
}
