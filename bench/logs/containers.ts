import { type FileHandle, open, stat } from 'node:fs/promises';
import path from 'node:path';
import { McapIndexedReader } from '@mcap/core';
import { loadDecompressHandlers } from '@mcap/support';
import Database from 'libsql';
import { openRawLog } from '../../src/io/log/open-raw-log.ts';
import { RawWriter } from '../../src/io/log/raw-writer.ts';
import { type BenchRow, median } from '../row.ts';
import { repeatedMessages } from './repeated.ts';

/** Bytes of messages in the files that are read. */
const MESSAGE_BYTES = 200e6;

/** Raw reading, message by message, against a bare loop over the same container library. */
export async function containerRows(logPath: string, folder: string, rounds: number): Promise<BenchRow[]> {
  const mcap = path.join(folder, 'bench.mcap');
  const db3 = path.join(folder, 'bench.db3');
  await writeMcap(logPath, mcap);
  await writeDb3(logPath, db3);
  const rows: BenchRow[] = [];
  for (const [name, file, bare, peer] of [
    ['mcap-raw', mcap, bareMcap, '@mcap/core 2.2.2'],
    ['db3-raw', db3, bareDb3, 'libsql 0.5.29'],
  ] as const) {
    const [ours, theirs]: [number[], number[]] = [[], []];
    // One round more than counted: the first warms up both, and the page cache.
    for (let round = 0; round <= rounds; round++) {
      const mine = await mbPerS(() => readAll(file));
      const other = await mbPerS(() => bare(file));
      if (round === 0) continue;
      ours.push(mine);
      theirs.push(other);
    }
    const value = median(ours);
    rows.push({
      bench: 'logs',
      case: name,
      metric: 'mb_per_s',
      value,
      unit: 'MB/s',
      peer,
      ratio: value / median(theirs),
      rounds,
    });
  }
  return rows;
}

async function mbPerS(read: () => Promise<number>): Promise<number> {
  const startedMs = performance.now();
  const bytes = await read();
  if (!(bytes >= MESSAGE_BYTES)) throw new Error(`${bytes} bytes were read of ${MESSAGE_BYTES}`);
  return bytes / 1e3 / (performance.now() - startedMs);
}

async function readAll(file: string): Promise<number> {
  const log = await openRawLog(file);
  let bytes = 0;
  for await (const message of log.messages()) bytes += message.data.length;
  await log.close();
  return bytes;
}

async function bareMcap(file: string): Promise<number> {
  const handle = await open(file, 'r');
  const { size } = await stat(file);
  const reader = await McapIndexedReader.Initialize({
    readable: { size: async () => BigInt(size), read: (offset, length) => readAt(handle, offset, length) },
    decompressHandlers: await loadDecompressHandlers(),
  });
  let bytes = 0;
  for await (const message of reader.readMessages()) bytes += message.data.length;
  await handle.close();
  return bytes;
}

async function readAt(handle: FileHandle, offset: bigint, length: bigint): Promise<Uint8Array> {
  const bytes = new Uint8Array(Number(length));
  await handle.read(bytes, 0, bytes.length, Number(offset));
  return bytes;
}

async function bareDb3(file: string): Promise<number> {
  const database = new Database(file, { readonly: true });
  let bytes = 0;
  const query = database.prepare('SELECT data FROM messages ORDER BY timestamp').raw(true);
  for (const [data] of query.iterate() as Iterable<[Uint8Array]>) bytes += data.byteLength;
  database.close();
  return bytes;
}

async function writeMcap(logPath: string, file: string): Promise<void> {
  const writer = await RawWriter.create(file);
  const channels = new Map<number, number>();
  for await (const message of repeatedMessages(logPath, MESSAGE_BYTES)) {
    const { channel } = message;
    const id = channels.get(channel.id) ?? writer.addChannel(channel);
    channels.set(channel.id, id);
    await writer.write(id, message);
  }
  await writer.close();
}

/** As rosbag2_storage_sqlite3 lays it out, schema version 3. */
async function writeDb3(logPath: string, file: string): Promise<void> {
  const database = new Database(file);
  database.exec(`
    CREATE TABLE schema(schema_version INTEGER PRIMARY KEY, ros_distro TEXT NOT NULL);
    CREATE TABLE metadata(id INTEGER PRIMARY KEY, metadata_version INTEGER NOT NULL, metadata TEXT NOT NULL);
    CREATE TABLE topics(id INTEGER PRIMARY KEY, name TEXT NOT NULL, type TEXT NOT NULL,
      serialization_format TEXT NOT NULL, offered_qos_profiles TEXT NOT NULL);
    CREATE TABLE messages(id INTEGER PRIMARY KEY, topic_id INTEGER NOT NULL, timestamp INTEGER NOT NULL,
      data BLOB NOT NULL);
    CREATE INDEX timestamp_idx ON messages (timestamp ASC);
    INSERT INTO schema VALUES (3, 'humble');
  `);
  const topic = database.prepare('INSERT INTO topics VALUES (?, ?, ?, ?, ?)');
  const insert = database.prepare('INSERT INTO messages(topic_id, timestamp, data) VALUES (?, ?, ?)');
  const known = new Set<number>();
  database.exec('BEGIN');
  for await (const { channel, logTimeNs, data } of repeatedMessages(logPath, MESSAGE_BYTES)) {
    if (!known.has(channel.id)) topic.run(channel.id, channel.topic, channel.schemaName, 'cdr', '');
    known.add(channel.id);
    insert.run(channel.id, logTimeNs, Buffer.from(data));
  }
  database.exec('COMMIT');
  database.close();
}
