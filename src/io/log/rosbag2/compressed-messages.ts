import { decompress, isLoaded } from '@foxglove/wasm-zstd';
import type { RawFilter, RawLog, RawMessage } from '../raw-log.ts';
import { isZstd, parseZstdHeader } from './zstd-header.ts';

/** Larger messages are refused: one is unpacked whole. */
const MAX_MESSAGE_BYTES = 256 * 1024 * 1024;

/**
 * A log whose messages were compressed one by one (rosbag2's `compression_mode: MESSAGE`). Messages that are
 * not compressed pass as they are: the first bytes of CDR and of zstd can't be the same.
 */
export function withMessagesUnpacked(log: RawLog): RawLog {
  return {
    path: log.path,
    format: log.format,
    sizeBytes: log.sizeBytes,
    startNs: log.startNs,
    endNs: log.endNs,
    channels: log.channels,
    damages: log.damages,
    facts: [...log.facts, ['compression', 'zstd, each message']],
    messages: (filter) => unpackMessages(log, filter),
    close: () => log.close(),
  };
}

async function* unpackMessages(log: RawLog, filter: RawFilter = {}): AsyncGenerator<RawMessage> {
  await isLoaded;
  for await (const message of log.messages(filter)) {
    let data: Uint8Array;
    try {
      data = isZstd(message.data) ? unpackMessage(message.data) : message.data;
    } catch (error) {
      const { channel, logTimeNs } = message;
      const why = `a message of ${channel.topic} at ${logTimeNs} ns does not unpack (zstd): ${(error as Error).message}`;
      filter.onDamage?.({ offset: null, why });
      continue;
    }
    yield { ...message, data };
  }
}

function unpackMessage(packed: Uint8Array): Uint8Array {
  const { contentBytes } = parseZstdHeader(packed);
  if (contentBytes === null) throw new Error('its size is not told');
  if (contentBytes > MAX_MESSAGE_BYTES) throw new Error(`${contentBytes} bytes are too many`);
  const data = decompress(packed, contentBytes);
  if (data.length !== contentBytes)
    throw new Error(`${data.length} bytes come out of it, not ${contentBytes}`);
  return data;
}
