import { execFileSync } from 'node:child_process';
import { statfs } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { RawWriter } from '../../src/io/log/raw-writer.ts';
import type { BenchRow } from '../row.ts';
import { repeatedMessages } from './repeated.ts';

/** Bytes of messages in the big log, and what the disk must have free for it. */
const BIG_BYTES = 20e9;
const NEEDED_BYTES = 25e9;

/** What {@link ./read-big.ts} prints. */
export interface BigReading {
  readonly openMs: number;
  readonly worstSeekMs: number;
  readonly peakRssMb: number;
}

/** Opening and seeking in a log of 20 GB; no rows where the disk has no room for it. */
export async function bigLogRows(logPath: string, folder: string): Promise<BenchRow[]> {
  const { bavail, bsize } = await statfs(folder);
  if (bavail * bsize < NEEDED_BYTES) {
    process.stderr.write(`The log of 20 GB is left out: ${folder} has less than 25 GB free.\n`);
    return [];
  }
  const file = path.join(folder, 'big.mcap');
  const writer = await RawWriter.create(file, { compression: 'none' });
  const channels = new Map<number, number>();
  for await (const message of repeatedMessages(logPath, BIG_BYTES)) {
    const { channel } = message;
    const id = channels.get(channel.id) ?? writer.addChannel(channel);
    channels.set(channel.id, id);
    await writer.write(id, message);
  }
  await writer.close();
  // In a process of its own, so that the memory is the reader's.
  const script = fileURLToPath(new URL('./read-big.ts', import.meta.url));
  const output = execFileSync(process.execPath, ['--import', 'tsx', script, file], { encoding: 'utf8' });
  const reading = JSON.parse(output) as BigReading;
  const row = (metric: string, value: number, unit: string, limit: number): BenchRow => ({
    bench: 'logs',
    case: 'big-20gb',
    metric,
    value,
    unit,
    peer: `limit ${limit} ${unit}`,
    ratio: limit / value,
    rounds: 1,
  });
  return [
    row('open_ms', reading.openMs, 'ms', 1000),
    row('worst_seek_ms', reading.worstSeekMs, 'ms', 500),
    row('peak_rss_mb', reading.peakRssMb, 'MB', 300),
  ];
}
