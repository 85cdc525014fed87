import assert from 'node:assert/strict';
import { copyFileSync, readdirSync, readFileSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import Database from 'libsql';
import { CodriverError } from '../../../src/domain/index.ts';
import { openRosbag2Sqlite } from '../../../src/io/log/rosbag2/sqlite.ts';
import { need, sharedData } from '../../support/require.ts';
import { temporaryFolder } from '../temporary-folder.ts';
import { allMessages } from './bytes-source.ts';
import { linesOf, rosbag2Files, seeded } from './rosbag-peers.ts';

const at = temporaryFolder();
const SHARED = { skip: need('shared') };
/** Of each file, so many cuts and so many flipped bytes. */
const PER_FILE = Number(process.env.CODRIVER_CORRUPTION ?? 4);
const WBAG_0 = sharedData('rosbag2-tests/rosbag2_py/test/resources/sqlite3/wbag/wbag_0.db3');

interface Reading {
  readonly lines: string[];
  readonly damages: string[];
}

/** What is read of a damaged file; null where it is refused as it should be. */
async function readDamaged(file: string): Promise<Reading | null> {
  try {
    const log = await openRosbag2Sqlite(file);
    const damages = log.damages.map(({ why }) => why);
    const lines = await linesOf(log, (why) => damages.push(why));
    await log.close();
    return { lines, damages };
  } catch (error) {
    assert.ok(error instanceof CodriverError && error.code === 'LOG_UNREADABLE', String(error));
    return null;
  }
}

/** How many of `some` are not in `all`, each as often as it is there. */
function strangers(some: readonly string[], all: readonly string[]): number {
  const left = new Map<string, number>();
  for (const one of all) left.set(one, (left.get(one) ?? 0) + 1);
  return some.filter((one) => {
    const count = left.get(one) ?? 0;
    left.set(one, count - 1);
    return count <= 0;
  }).length;
}

const times = (lines: readonly string[]): string[] => lines.map((line) => line.split(' ')[0]!);

test(
  'cut anywhere, a .db3 gives some of its messages and tells of the cut, or is refused',
  SHARED,
  async () => {
    const random = seeded(4);
    let read = 0;
    for (const file of rosbag2Files('.db3')) {
      const bytes = readFileSync(file);
      const { lines } = (await readDamaged(file))!;
      for (let index = 0; index < PER_FILE; index++) {
        const length = Math.floor(random() * bytes.length);
        writeFileSync(at('cut.db3'), bytes.subarray(0, length));
        const reading = await readDamaged(at('cut.db3'));
        if (reading === null) continue;
        read += reading.lines.length;
        const where = `${file} cut at ${length}`;
        assert.equal(strangers(reading.lines, lines), 0, where);
        assert.match(reading.damages[0]!, /^the file ends at byte \d+ where its header says \d+/, where);
      }
    }
    assert.ok(read > 1000, `${read} messages of cut files`);
  },
);

/*
 * SQLite has no checksums. Whether a byte inside a message changed, or the number of its topic, nothing can
 * tell. Its time is in the index a second time, and rows are counted: those are compared.
 */
test(
  'with a byte flipped, a .db3 gives no message of another time, and none is missing unsaid',
  SHARED,
  async () => {
    const random = seeded(5);
    let [refused, told, silent] = [0, 0, 0];
    for (const file of rosbag2Files('.db3')) {
      const original = readFileSync(file);
      const { lines } = (await readDamaged(file))!;
      for (let index = 0; index < PER_FILE; index++) {
        const bytes = Buffer.from(original);
        const offset = Math.floor(random() * bytes.length);
        const mask = 1 + Math.floor(random() * 255);
        bytes[offset]! ^= mask;
        writeFileSync(at('flipped.db3'), bytes);
        const reading = await readDamaged(at('flipped.db3'));
        const where = `${file} byte ${offset} ^ ${mask}`;
        if (reading === null) {
          refused += 1;
          continue;
        }
        assert.equal(strangers(times(reading.lines), times(lines)), 0, where);
        if (reading.damages.length > 0) told += 1;
        else {
          silent += 1;
          assert.equal(reading.lines.length, lines.length, where);
        }
      }
    }
    assert.ok(silent > 0 && told + refused > 0, JSON.stringify({ refused, told, silent }));
  },
);

test('a whole page of rubbish costs only the rows on it', SHARED, async () => {
  const original = readFileSync(WBAG_0);
  const { lines } = (await readDamaged(WBAG_0))!;
  const pageBytes = original.readUInt16BE(16);
  let most = 0;
  for (let page = 3; page < original.length / pageBytes; page++) {
    const bytes = Buffer.from(original);
    bytes.fill(0xa5, page * pageBytes, (page + 1) * pageBytes);
    writeFileSync(at('page.db3'), bytes);
    const reading = (await readDamaged(at('page.db3')))!;
    assert.equal(strangers(reading.lines, lines), 0, `page ${page}`);
    assert.ok(reading.damages.length > 0, `page ${page}`);
    // Some pages are the index's: without it every row is still there.
    most = Math.max(most, lines.length - reading.lines.length);
    assert.ok(lines.length - reading.lines.length < 120, `page ${page}: ${reading.lines.length} left`);
  }
  assert.ok(most > 10);
});

test('without an index every pass sorts, and gives the same', SHARED, async () => {
  copyFileSync(WBAG_0, at('bare.db3'));
  const database = new Database(at('bare.db3'));
  database.exec('DROP INDEX timestamp_idx');
  database.exec('UPDATE messages SET id = 100000 - id');
  database.close();
  const log = await openRosbag2Sqlite(at('bare.db3'));
  const { lines } = (await readDamaged(WBAG_0))!;
  const bare = await linesOf(log, assert.fail);
  assert.deepEqual(bare.toSorted(), lines.toSorted());
  assert.deepEqual(times(bare), times(lines));
  assert.ok(log.facts.some(([label, value]) => label === 'index' && /none/.test(value)));
  await log.close();
});

test(
  'the write-ahead log of a recorder that is still writing is read; no file is made, changed or left',
  SHARED,
  async () => {
    const file = at('live.db3');
    copyFileSync(WBAG_0, file);
    const writer = new Database(file);
    writer.prepare('PRAGMA journal_mode = WAL').all();
    const insert = writer.prepare('INSERT INTO messages(topic_id, timestamp, data) VALUES (1, ?, ?)');
    for (let index = 0; index < 300; index++)
      insert.run(5000n + BigInt(index), Buffer.from([0, 1, 0, 0, index & 255]));
    const state = (): unknown =>
      readdirSync(path.dirname(file))
        .filter((name) => name.startsWith('live.db3') && !name.endsWith('-shm'))
        .map((name) => [name, statSync(at(name)).mtimeMs, readFileSync(at(name)).toString('latin1')]);
    const before = state();
    const log = await openRosbag2Sqlite(file);
    assert.equal(log.endNs, 5299n);
    assert.equal((await allMessages(log, { fromNs: 5000n })).length, 300);
    assert.deepEqual(state(), before);
    // The recorder goes on and moves its log into the file while a pass is under way.
    const pass = log.messages({ onDamage: ({ why }) => assert.fail(why) })[Symbol.asyncIterator]();
    const lines: bigint[] = [];
    for (let index = 0; index < 200; index++) lines.push((await pass.next()).value.logTimeNs);
    for (let index = 300; index < 900; index++) insert.run(5000n + BigInt(index), Buffer.alloc(3000));
    writer.prepare('PRAGMA wal_checkpoint(TRUNCATE)').all();
    for (let index = 900; index < 1000; index++) insert.run(5000n + BigInt(index), Buffer.alloc(10));
    for (let next = await pass.next(); next.done !== true; next = await pass.next())
      lines.push(next.value.logTimeNs);
    assert.equal(lines.length, 1246 + 1000);
    assert.deepEqual(
      lines,
      lines.toSorted((a, b) => (a < b ? -1 : a > b ? 1 : 0)),
    );
    await log.close();
    writer.close();
  },
);

test('a database of something else is refused with its tables named', async () => {
  const database = new Database(at('other.db3'));
  database.exec('CREATE TABLE songs(name); CREATE VIEW messages AS SELECT * FROM songs');
  database.close();
  await assert.rejects(openRosbag2Sqlite(at('other.db3')), {
    code: 'LOG_UNREADABLE',
    message: /no table `topics`; its tables are songs/,
  });
});

test('large messages come whole beside small ones, and memory stays flat', async () => {
  const file = at('large.db3');
  const database = new Database(file);
  database.exec(`
    CREATE TABLE topics(id INTEGER PRIMARY KEY, name TEXT NOT NULL, type TEXT NOT NULL, serialization_format TEXT NOT NULL);
    CREATE TABLE messages(id INTEGER PRIMARY KEY, topic_id INTEGER NOT NULL, timestamp INTEGER NOT NULL, data BLOB NOT NULL);
    CREATE INDEX timestamp_idx ON messages (timestamp ASC);
    INSERT INTO topics VALUES (1, '/small', 'a/msg/A', 'cdr'), (2, '/large', 'b/msg/B', 'cdr');
    WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < 9999)
      INSERT INTO messages(topic_id, timestamp, data) SELECT 1, i * 1000, zeroblob(20) FROM n;
    WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < 59)
      INSERT INTO messages(topic_id, timestamp, data) SELECT 2, i * 1000 + 5000000, zeroblob(4000000) FROM n;
  `);
  database.close();
  // Written long ago, so that nobody is expected to go on writing.
  utimesSync(file, 1e9, 1e9);
  const log = await openRosbag2Sqlite(file);
  assert.deepEqual(log.facts[0], ['storage', 'sqlite3, schema version 1']);
  let [small, large, peak] = [0, 0, 0];
  const base = process.memoryUsage.rss();
  for await (const { data } of log.messages()) {
    if (data.length === 20) small += 1;
    else if (data.length === 4_000_000) large += 1;
    peak = Math.max(peak, process.memoryUsage.rss() - base);
  }
  assert.deepEqual([small, large], [10_000, 60]);
  // 240 MB were read; garbage of some messages may wait for collection.
  assert.ok(peak < 150e6, `${peak} bytes`);
  await log.close();
});
