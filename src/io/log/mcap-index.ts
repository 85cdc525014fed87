import { McapIndexedReader, type McapTypes } from '@mcap/core';
import { CodriverError } from '../../domain/index.ts';
import type { LogFile } from './log-file.ts';
import { scanLog } from './mcap-scan.ts';
import type { LogIndex } from './mcap-segments.ts';

const MAGIC = [0x89, 0x4d, 0x43, 0x41, 0x50, 0x30, 0x0d, 0x0a];

/**
 * Finds the parts of a log: by its summary where that is complete, else by one walk through the file.
 *
 * @throws CodriverError LOG_UNREADABLE for a file that is empty or no MCAP
 */
export async function indexLog(file: LogFile): Promise<LogIndex> {
  await requireMagic(file);
  let summaryError: string | null = null;
  try {
    const summary = await McapIndexedReader.Initialize({ readable: readableOf(file) });
    const index = fromSummary(summary);
    if (index !== null) return index;
  } catch (error) {
    summaryError = (error as Error).message;
  }
  const scanned = await scanLog(file);
  // A file may leave its summary out; one that has a broken one was damaged.
  if (summaryError === null || summaryError.includes('not indexed') || scanned.damages.length > 0)
    return scanned;
  return {
    ...scanned,
    damages: [{ offset: scanned.dataEndOffset, why: `its summary is broken: ${summaryError}` }],
  };
}

async function requireMagic(file: LogFile): Promise<void> {
  const found = await file.read(0, MAGIC.length);
  if (MAGIC.every((byte, index) => found[index] === byte)) return;
  const what = file.sizeBytes === 0 ? 'it is empty' : 'it does not begin with the MCAP magic';
  throw new CodriverError('LOG_UNREADABLE', `Log ${file.path} is no MCAP file: ${what} (byte 0).`, {
    remedy: 'Name an .mcap file; other bags can be converted with `ros2 bag convert`.',
    details: { path: file.path, offset: 0, sizeBytes: file.sizeBytes },
  });
}

function readableOf(file: LogFile): McapTypes.IReadable {
  return {
    size: async () => BigInt(file.sizeBytes),
    read: async (offset, length) => {
      const bytes = await file.read(Number(offset), Number(length));
      if (bytes.length < Number(length)) throw new Error(`the file ends before byte ${offset + length}`);
      return bytes;
    },
  };
}

/** Null where the summary leaves out something that a walk would find. */
function fromSummary(summary: McapIndexedReader): LogIndex | null {
  const { statistics, chunkIndexes, channelsById, schemasById } = summary;
  if (statistics === undefined || statistics.chunkCount !== chunkIndexes.length) return null;
  const counts = new Map([...statistics.channelMessageCounts].map(([id, count]) => [id, Number(count)]));
  const counted = [...counts.values()].reduce((sum, count) => sum + count, 0);
  if (BigInt(counted) !== statistics.messageCount || (counted > 0 && chunkIndexes.length === 0)) return null;
  for (const id of counts.keys()) {
    const channel = channelsById.get(id);
    if (channel === undefined || (channel.schemaId !== 0 && !schemasById.has(channel.schemaId))) return null;
  }
  return {
    schemas: schemasById,
    channels: channelsById,
    counts,
    startNs: statistics.messageStartTime,
    endNs: statistics.messageEndTime,
    damages: [],
    segments: chunkIndexes.map((chunk) => ({
      offset: Number(chunk.chunkStartOffset),
      length: Number(chunk.chunkLength),
      startNs: chunk.messageStartTime,
      endNs: chunk.messageEndTime,
    })),
  };
}
