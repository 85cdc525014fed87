import { openRawLog } from '../../../src/io/log/open-raw-log.ts';
import type { Damage, RawChannel, RawFilter, RawLog } from '../../../src/io/log/raw-log.ts';

/** One message with everything that a copy has to keep, as plain values that can be compared. */
export interface PlainMessage {
  readonly topic: string;
  readonly encodings: string;
  readonly schema: string;
  readonly metadata: string;
  readonly logTimeNs: bigint;
  readonly publishTimeNs: bigint;
  readonly sequence: number;
  readonly data: string;
}

/** All messages of an open log. */
export async function contentsOf(log: RawLog, filter: RawFilter = {}): Promise<PlainMessage[]> {
  const contents: PlainMessage[] = [];
  const channels = new Map(log.channels.map((channel) => [channel.id, plainChannel(channel)]));
  for await (const { channel, logTimeNs, publishTimeNs, sequence, data } of log.messages(filter)) {
    contents.push({
      ...channels.get(channel.id)!,
      logTimeNs,
      publishTimeNs,
      sequence,
      data: Buffer.from(data).toString('latin1'),
    });
  }
  return contents;
}

function plainChannel(
  channel: RawChannel,
): Omit<PlainMessage, 'logTimeNs' | 'publishTimeNs' | 'sequence' | 'data'> {
  return {
    topic: channel.topic,
    encodings: `${channel.messageEncoding}/${channel.schemaEncoding}`,
    schema: `${channel.schemaName}\n${Buffer.from(channel.schemaData).toString('latin1')}`,
    metadata: JSON.stringify([...channel.metadata].sort()),
  };
}

/** Opens, reads and closes. */
export async function readRaw(
  path: string,
  filter: RawFilter = {},
): Promise<{ contents: PlainMessage[]; damages: Damage[] }> {
  const log = await openRawLog(path);
  try {
    const damages = [...log.damages];
    const contents = await contentsOf(log, { onDamage: (damage) => damages.push(damage), ...filter });
    return { contents, damages };
  } finally {
    await log.close();
  }
}
