import type { ByteSource, RawLog, RawMessage } from '../../../src/io/log/raw-log.ts';

/** Bytes in memory as a source, with the reads counted. */
export class BytesSource implements ByteSource {
  readonly name: string;
  readonly sizeBytes: number;
  reads: { offset: number; length: number }[] = [];
  closed = 0;
  readonly #bytes: Uint8Array;

  constructor(bytes: Uint8Array, name = 'memory.mcap') {
    this.name = name;
    this.#bytes = bytes;
    this.sizeBytes = bytes.length;
  }

  async read(offset: number, length: number): Promise<Uint8Array> {
    this.reads.push({ offset, length });
    return this.#bytes.slice(offset, Math.max(offset, offset + length));
  }

  async close(): Promise<void> {
    this.closed += 1;
  }
}

/** Every message of a log, in memory of its own. */
export async function allMessages(
  log: RawLog,
  filter?: Parameters<RawLog['messages']>[0],
): Promise<RawMessage[]> {
  const messages: RawMessage[] = [];
  for await (const message of log.messages(filter)) {
    messages.push({ ...message, data: new Uint8Array(message.data) });
  }
  return messages;
}
