import { z } from 'zod';
import { CodriverError, type TopicRole } from '../../domain/index.ts';
import type { DomainMessage } from '../ros-messages/domain-message.ts';
import { CONVERSIONS, type Conversion, type VideoConversion } from '../ros-messages/from-ros.ts';
import type { VideoPacket } from '../video/video-packet.ts';
import type { DecodeMessage } from './decoding/decode-message.ts';
import { makeDecoder } from './decoding/decoder.ts';
import { fullTypeName } from './decoding/type-names.ts';
import type { RawChannel, RawMessage } from './raw-log.ts';

/** Turns the messages of one channel into domain messages, or into packets of a video. */
export class TopicDecoder {
  readonly channel: RawChannel;
  /** `package/msg/Name`. */
  readonly type: string;
  readonly role: TopicRole;
  readonly isVideo: boolean;
  readonly #conversion: Conversion | VideoConversion;
  readonly #decode: DecodeMessage;

  /**
   * @param conversion other than the type's own
   * @throws CodriverError BAD_MESSAGE for an encoding that is not read or a schema that does not parse
   */
  constructor(channel: RawChannel, role: TopicRole, conversion?: VideoConversion) {
    this.channel = channel;
    this.type = fullTypeName(channel.schemaName);
    this.role = role;
    this.#conversion = conversion ?? CONVERSIONS[this.type]!;
    this.isVideo = this.#conversion.video === true;
    this.#decode = makeDecoder(channel);
  }

  /**
   * One message, or of a video topic one packet; null where it says nothing.
   *
   * @param isOwn the bytes are nobody else's, and all of their memory
   * @throws CodriverError BAD_MESSAGE naming topic, time and field
   */
  decode(raw: Omit<RawMessage, 'channel'>, isOwn = false): DomainMessage | VideoPacket | null {
    const { topic } = this.channel;
    try {
      // Of its own memory: pictures are kept, and readers must meet the message's end where lengths are broken.
      const decoded = this.#decode(isOwn ? raw.data : new Uint8Array(raw.data)) as never;
      const source = { topic, logTimeNs: raw.logTimeNs };
      const conversion = this.#conversion;
      return conversion.video === true
        ? conversion.packetOf(decoded, source)
        : conversion.convert(decoded, source);
    } catch (error) {
      throw new CodriverError(
        'BAD_MESSAGE',
        `The message on ${topic} (${this.type}) at ${raw.logTimeNs} ns is not usable: ${reasonOf(error)}.`,
        {
          remedy: 'It is left out; if all are, check that the recorder used the same message definitions.',
          cause: error,
          details: { topic, type: this.type, logTimeNs: raw.logTimeNs.toString() },
        },
      );
    }
  }
}

function reasonOf(error: unknown): string {
  if (!(error instanceof z.ZodError)) return (error as Error).message;
  return error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`).join('; ');
}
