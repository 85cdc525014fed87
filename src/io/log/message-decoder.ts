import { parse } from '@foxglove/rosmsg';
import { MessageReader } from '@foxglove/rosmsg2-serialization';
import type { McapTypes } from '@mcap/core';
import { z } from 'zod';
import { CodriverError, type TopicRole } from '../../domain/index.ts';
import type { DomainMessage } from '../ros-messages/domain-message.ts';
import { CONVERSIONS } from '../ros-messages/from-ros.ts';

/** `package/Name` and `package/msg/Name` alike as the latter. */
export function fullTypeName(name: string): string {
  return /^[^/]+\/[^/]+$/.test(name) ? name.replace('/', '/msg/') : name;
}

/** Turns the messages of one channel into domain messages, by the schema that the file brings. */
export class MessageDecoder {
  readonly topic: string;
  readonly type: string;
  readonly role: TopicRole;
  readonly #reader: MessageReader<never>;

  /** @throws Error for a schema that does not parse */
  constructor(channel: McapTypes.Channel, schema: McapTypes.Schema, role: TopicRole) {
    this.topic = channel.topic;
    this.type = fullTypeName(schema.name);
    this.role = role;
    this.#reader = new MessageReader(parse(new TextDecoder().decode(schema.data), { ros2: true }));
  }

  /**
   * One message; null where it says nothing.
   *
   * @throws CodriverError BAD_MESSAGE naming topic, time and field
   */
  decode(message: McapTypes.Message): DomainMessage | null {
    try {
      const decoded = this.#reader.readMessage(message.data);
      const source = { topic: this.topic, logTimeNs: message.logTime };
      const conversion = CONVERSIONS[this.type]!;
      if (conversion.video === true) throw new Error('a packet of video is no picture by itself');
      return conversion.convert(decoded, source);
    } catch (error) {
      throw new CodriverError(
        'BAD_MESSAGE',
        `The message on ${this.topic} (${this.type}) at ${message.logTime} ns is not usable: ${reasonOf(error)}.`,
        {
          remedy: 'It is left out; if all are, check that the recorder used the same message definitions.',
          cause: error,
          details: { topic: this.topic, type: this.type, logTimeNs: message.logTime.toString() },
        },
      );
    }
  }
}

function reasonOf(error: unknown): string {
  if (!(error instanceof z.ZodError)) return (error as Error).message;
  return error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`).join('; ');
}
