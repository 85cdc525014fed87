import { compress, isLoaded } from '@foxglove/wasm-zstd';
import { McapWriter, type McapWriterOptions } from '@mcap/core';

/** A channel to write: what a RawChannel says, less what a container adds. */
export interface MadeChannel {
  readonly topic: string;
  readonly messageEncoding: string;
  readonly schemaName: string;
  readonly schemaEncoding: string;
  readonly schemaData: Uint8Array | string;
}

/** A message to write; `channel` is its place in the list of channels. */
export interface MadeMessage {
  readonly channel: number;
  readonly logTimeNs: bigint;
  readonly data: Uint8Array;
}

export interface MakeOptions extends Omit<Partial<McapWriterOptions>, 'writable'> {
  readonly zstd?: boolean;
  /** Leaves out the end: what a recorder has written so far. Default: false. */
  readonly unfinished?: boolean;
}

/** An MCAP file in memory, written by @mcap/core. */
export async function makeMcap(
  channels: readonly MadeChannel[],
  messages: readonly MadeMessage[],
  options: MakeOptions = {},
): Promise<Uint8Array> {
  const { zstd = false, unfinished = false, ...rest } = options;
  await isLoaded;
  const parts: Uint8Array[] = [];
  let length = 0;
  const writer = new McapWriter({
    writable: {
      write: async (bytes) => {
        parts.push(bytes.slice());
        length += bytes.length;
      },
      position: () => BigInt(length),
    },
    ...(zstd ? { compressChunk: (data) => ({ compression: 'zstd', compressedData: compress(data) }) } : {}),
    ...rest,
  });
  await writer.start({ profile: '', library: 'test' });
  const ids: number[] = [];
  for (const { topic, messageEncoding, schemaName, schemaEncoding, schemaData } of channels) {
    const data = typeof schemaData === 'string' ? new TextEncoder().encode(schemaData) : schemaData;
    const schemaId =
      schemaName === ''
        ? 0
        : await writer.registerSchema({ name: schemaName, encoding: schemaEncoding, data });
    ids.push(await writer.registerChannel({ topic, schemaId, messageEncoding, metadata: new Map() }));
  }
  for (const [sequence, { channel, logTimeNs, data }] of messages.entries()) {
    const channelId = ids[channel]!;
    await writer.addMessage({ channelId, sequence, logTime: logTimeNs, publishTime: logTimeNs, data });
  }
  if (!unfinished) await writer.end();
  return Buffer.concat(parts);
}
