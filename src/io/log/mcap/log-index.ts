import { McapIndexedReader, type McapTypes } from '@mcap/core';
import { CodriverError } from '../../../domain/index.ts';
import type { ByteSource } from '../raw-log.ts';
import { scanLog } from './scan.ts';
import { byStart, type LogIndex, type Segment } from './segments.ts';

const MAGIC = [0x89, 0x4d, 0x43, 0x41, 0x50, 0x30, 0x0d, 0x0a];

/** A summary is read in one piece; 20 GB of rosbag2's chunks have one of about 5 MB. */
const MAX_SUMMARY_BYTES = 256 * 1024 * 1024;

/**
 * Finds the parts of a log: by its summary where that is complete, else by one walk through the file.
 *
 * @throws CodriverError LOG_UNREADABLE for a file that is empty or no MCAP
 */
export async function indexLog(source: ByteSource): Promise<LogIndex> {
  await requireMagic(source);
  let summaryError: string | null = null;
  let summaryChunks = 0;
  try {
    const summary = await McapIndexedReader.Initialize({ readable: readableOf(source) });
    const index = fromSummary(summary);
    if (index !== null) return index;
    summaryChunks = summary.chunkIndexes.length;
  } catch (error) {
    if (error instanceof CodriverError) throw error;
    summaryError = (error as Error).message;
  }
  const scanned = await scanLog(source);
  if (summaryChunks > scanned.chunkCount) {
    const why = `its summary has ${summaryChunks} chunks, and ${scanned.chunkCount} were found`;
    return { ...scanned, damages: [...scanned.damages, { offset: scanned.dataEndOffset, why }] };
  }
  // A file may leave its summary out; one that has a broken one was damaged.
  if (summaryError === null || summaryError.includes('not indexed') || scanned.damages.length > 0)
    return scanned;
  return {
    ...scanned,
    damages: [{ offset: scanned.dataEndOffset, why: `its summary is broken: ${summaryError}` }],
  };
}

async function requireMagic(source: ByteSource): Promise<void> {
  const found = await source.read(0, MAGIC.length);
  if (MAGIC.every((byte, index) => found[index] === byte)) return;
  const what = source.sizeBytes === 0 ? 'it is empty' : 'it does not begin with the MCAP magic';
  throw new CodriverError('LOG_UNREADABLE', `Log ${source.name} is no MCAP file: ${what} (byte 0).`, {
    remedy: 'Copy the log again from where it was recorded; if it is of another format, name it by that.',
    details: { path: source.name, offset: 0, sizeBytes: source.sizeBytes },
  });
}

function readableOf(source: ByteSource): McapTypes.IReadable {
  return {
    size: async () => BigInt(source.sizeBytes),
    read: async (offset, length) => {
      if (length > MAX_SUMMARY_BYTES) throw new Error(`it would have ${length} bytes`);
      const bytes = await source.read(Number(offset), Number(length));
      if (bytes.length < Number(length)) throw new Error(`the file ends before byte ${offset + length}`);
      return bytes;
    },
  };
}

/** Null where the summary leaves out something that a walk would find. */
function fromSummary(summary: McapIndexedReader): LogIndex | null {
  const { statistics, chunkIndexes, channelsById, schemasById, header } = summary;
  if (statistics === undefined || statistics.chunkCount !== chunkIndexes.length) return null;
  const counts = new Map([...statistics.channelMessageCounts].map(([id, count]) => [id, Number(count)]));
  const counted = [...counts.values()].reduce((sum, count) => sum + count, 0);
  if (BigInt(counted) !== statistics.messageCount || (counted > 0 && chunkIndexes.length === 0)) return null;
  for (const id of counts.keys()) {
    const channel = channelsById.get(id);
    if (channel === undefined || (channel.schemaId !== 0 && !schemasById.has(channel.schemaId))) return null;
  }
  const interned = new Map<string, readonly number[]>();
  const compressions = new Set<string>();
  const segments = chunkIndexes.map((chunk): Segment => {
    compressions.add(chunk.compression || 'none');
    return {
      offset: Number(chunk.chunkStartOffset),
      length: Number(chunk.chunkLength),
      startNs: chunk.messageStartTime,
      endNs: chunk.messageEndTime,
      channelIds: chunk.messageIndexOffsets.size === 0 ? null : intern(chunk.messageIndexOffsets, interned),
      indexBytes: Number(chunk.messageIndexLength),
    };
  });
  return {
    schemas: schemasById,
    channels: channelsById,
    counts,
    startNs: statistics.messageStartTime,
    endNs: statistics.messageEndTime,
    damages: [],
    segments: segments.toSorted(byStart),
    facts: [
      ...headerFacts(header),
      ['chunks', `${chunkIndexes.length}, ${[...compressions].sort().join(' and ')}`],
      ['index', 'summary'],
      ...countFacts(statistics),
    ],
  };
}

/** Chunks of one recording mostly have the same channels; their list is kept once. */
function intern(
  offsets: ReadonlyMap<number, bigint>,
  known: Map<string, readonly number[]>,
): readonly number[] {
  const ids = [...offsets.keys()];
  const key = ids.join();
  const existing = known.get(key);
  if (existing !== undefined) return existing;
  known.set(key, ids);
  return ids;
}

function headerFacts(header: McapTypes.TypedMcapRecords['Header']): [string, string][] {
  const facts: [string, string][] = [];
  if (header.profile !== '') facts.push(['profile', header.profile]);
  if (header.library !== '') facts.push(['library', header.library]);
  return facts;
}

function countFacts(statistics: McapTypes.TypedMcapRecords['Statistics']): [string, string][] {
  const facts: [string, string][] = [];
  if (statistics.attachmentCount > 0) facts.push(['attachments', String(statistics.attachmentCount)]);
  if (statistics.metadataCount > 0) facts.push(['metadata', String(statistics.metadataCount)]);
  return facts;
}
