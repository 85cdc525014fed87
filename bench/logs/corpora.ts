import { readdirSync } from 'node:fs';
import { isDeepStrictEqual } from 'node:util';
import { openRawLog } from '../../src/io/log/open-raw-log.ts';
import { corpus, expected, read, root } from '../../test/io/log/mcap/conformance-corpus.ts';
import { linesOf, rosbag2Files, rosbagsLines, sqliteLines } from '../../test/io/log/rosbag-peers.ts';
import { need, sharedData } from '../../test/support/require.ts';
import type { BenchRow } from '../row.ts';

/** The part of each corpus that reads equal to its expected records, or to an independent reader in Python. */
export async function corpusRows(): Promise<BenchRow[]> {
  if (need('shared') !== false) return [];
  const rows = [await conformanceRow()];
  if (need('python-peers') !== false) return rows;
  const db3 = rosbag2Files('.db3');
  rows.push(await peerRow('rosbag2-db3', db3, sqliteLines(db3), "Python's sqlite3"));
  const mcap = rosbag2Files('.mcap');
  rows.push(await peerRow('rosbag2-mcap', mcap, rosbagsLines(mcap), 'rosbags'));
  const bags = readdirSync(sharedData('rosbag1-fixtures'))
    .filter((name) => name.endsWith('.bag'))
    .map((name) => sharedData('rosbag1-fixtures', name));
  rows.push(await peerRow('rosbag1', bags, rosbagsLines(bags), 'rosbags'));
  return rows;
}

async function conformanceRow(): Promise<BenchRow> {
  let equal = 0;
  const files = corpus();
  for (const name of files) {
    const log = await openRawLog(`${root}/${name}`);
    if (isDeepStrictEqual(await read(log), expected(name))) equal++;
    await log.close();
  }
  return equalRow('mcap-conformance', equal, files.length, 'expected records');
}

/** Messages of equal times have no order of their own among readers, so lines are compared sorted. */
async function peerRow(
  name: string,
  files: readonly string[],
  peer: readonly string[][],
  by: string,
): Promise<BenchRow> {
  let equal = 0;
  for (const [index, file] of files.entries()) {
    const log = await openRawLog(file);
    if (isDeepStrictEqual((await linesOf(log)).sort(), [...(peer[index] ?? [])].sort())) equal++;
    await log.close();
  }
  return equalRow(name, equal, files.length, by);
}

function equalRow(name: string, equal: number, files: number, peer: string): BenchRow {
  const value = equal / files;
  return {
    bench: 'logs',
    case: name,
    metric: 'equal',
    value,
    unit: 'fraction',
    peer,
    ratio: value,
    rounds: files,
  };
}
