import assert from 'node:assert/strict';
import { cpSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import Database from 'libsql';
import { openRawLog } from '../../../src/io/log/open-raw-log.ts';
import type { RawMessage } from '../../../src/io/log/raw-log.ts';
import { openRosbag2Folder } from '../../../src/io/log/rosbag2/folder.ts';
import { openRosbag2Sqlite } from '../../../src/io/log/rosbag2/sqlite.ts';
import { need, sharedData } from '../../support/require.ts';
import { temporaryFolder } from '../temporary-folder.ts';
import { allMessages } from './bytes-source.ts';
import { linesOf, rosbag2Files, rosbagsLines, sqliteLines } from './rosbag-peers.ts';

const at = temporaryFolder();
const SHARED = { skip: need('shared') };
const PEERS = { skip: need('shared', 'python-peers') };
const resources = (...parts: string[]): string => sharedData('rosbag2-tests', ...parts);
const WBAG = resources('rosbag2_py/test/resources/sqlite3/wbag');
const SERVICES = resources('rosbag2_cpp/test/rosbag2_cpp/bags/topics_and_services.db3');

test('every .db3 gives the messages that SQLite has, in the order of time and row', PEERS, async () => {
  const files = rosbag2Files('.db3');
  assert.equal(files.length, 18);
  const expected = sqliteLines(files);
  for (const [index, file] of files.entries()) {
    const log = await openRosbag2Sqlite(file);
    assert.deepEqual(await linesOf(log, assert.fail), expected[index], file);
    assert.deepEqual(log.damages, []);
    const times = expected[index]!.map((line) => BigInt(line.split(' ')[0]!));
    assert.deepEqual([log.startNs, log.endNs], [times[0], times.at(-1)]);
    for (const { topic, count } of log.channels) {
      assert.equal(count, expected[index]!.filter((line) => line.split(' ')[1] === topic).length, topic);
    }
    await log.close();
  }
});

test('every folder gives the messages that rosbags reads from its files', PEERS, async () => {
  const folders = rosbag2Files('metadata.yaml').map((file) => path.dirname(file));
  assert.equal(folders.length, 20);
  const all = [...rosbag2Files('.db3'), ...rosbag2Files('.mcap')];
  // rosbags refuses a serialisation other than CDR; Python's SQLite reads what SQLite has of it.
  const foreign = all.filter((file) => file.includes('wrong_rmw'));
  const usual = all.filter((file) => !foreign.includes(file));
  const read = new Map(rosbagsLines(usual).map((lines, index) => [usual[index]!, lines]));
  const inSqlite = foreign.filter((file) => file.endsWith('.db3'));
  for (const [index, lines] of sqliteLines(inSqlite).entries()) read.set(inSqlite[index]!, lines);
  for (const folder of folders) {
    const files = all.filter((file) => path.dirname(file) === folder);
    if (!files.every((file) => read.has(file))) continue;
    const expected = files.flatMap((file) => read.get(file)!);
    const log = await openRosbag2Folder(folder, openRawLog);
    const lines = await linesOf(log, assert.fail);
    assert.deepEqual(lines.toSorted(), expected.toSorted(), folder);
    assert.ok(inTime(lines), folder);
    assert.deepEqual(log.damages, [], folder);
    assert.equal(
      log.channels.reduce((sum, { count }) => sum + (count ?? 0), 0),
      expected.length,
    );
    await log.close();
  }
});

const plain = (message: RawMessage): RawMessage => ({ ...message, data: new Uint8Array(message.data) });
const timeOf = (line: string): bigint => BigInt(line.split(' ')[0]!);
const inTime = (lines: readonly string[]): boolean =>
  lines.every((line, index) => index === 0 || timeOf(line) >= timeOf(lines[index - 1]!));

test('what the tables say of a topic', SHARED, async () => {
  const log = await openRosbag2Sqlite(SERVICES);
  assert.equal(log.format, 'rosbag2-sqlite3');
  assert.deepEqual(log.facts, [['storage', 'sqlite3, schema version 4, ROS 2 rolling']]);
  const rosout = log.channels.find(({ topic }) => topic === '/rosout')!;
  assert.deepEqual(
    [rosout.messageEncoding, rosout.schemaName, rosout.schemaEncoding],
    ['cdr', 'rcl_interfaces/msg/Log', 'ros2msg'],
  );
  assert.match(
    Buffer.from(rosout.schemaData).toString(),
    /^##\n## Severity level constants[\s\S]*MSG: builtin_interfaces\/Time/,
  );
  assert.match(rosout.metadata.get('type_description_hash')!, /^RIHS01_e28ce/);
  assert.match(rosout.metadata.get('offered_qos_profiles')!, /^- history: 3/);
  // The definition that is there is of the service, not of its event.
  const event = log.channels.find(({ topic }) => topic === '/add_two_ints/_service_event')!;
  assert.deepEqual(
    [event.schemaName, event.schemaEncoding, event.schemaData.length],
    ['example_interfaces/srv/AddTwoInts_Event', '', 0],
  );
  await log.close();

  const foreign = await openRosbag2Folder(
    resources('rosbag2_tests/resources/sqlite3/wrong_rmw_test'),
    openRawLog,
  );
  assert.deepEqual(
    foreign.channels.map(({ messageEncoding }) => messageEncoding),
    ['wrong_format', 'wrong_format'],
  );
  await foreign.close();
});

test(
  'a filter by time and topic gives what the whole log has there; passes do not disturb each other',
  SHARED,
  async () => {
    const log = await openRosbag2Folder(WBAG, openRawLog);
    const all = await allMessages(log);
    const { id } = log.channels.find(({ topic }) => topic === 'CCC')!;
    for (const [fromNs, toNs] of [
      [1000n, 1000n],
      [1405n, 1830n],
      [2998n, 9000n],
      [0n, 999n],
      [1500n, undefined],
    ] as const) {
      const expected = all.filter(
        ({ channel, logTimeNs }) =>
          channel.id === id && logTimeNs >= fromNs && (toNs === undefined || logTimeNs <= toNs),
      );
      const filter = { fromNs, channelIds: new Set([id]), ...(toNs === undefined ? {} : { toNs }) };
      assert.deepEqual(await allMessages(log, filter), expected);
    }
    const [one, other] = [log.messages(), log.messages({ fromNs: 2000n })].map((m) =>
      m[Symbol.asyncIterator](),
    );
    const later = all.filter(({ logTimeNs }) => logTimeNs >= 2000n);
    for (let index = 0; index < 2000; index++) {
      assert.deepEqual(plain((await one!.next()).value), all[index]);
      assert.deepEqual(plain((await other!.next()).value), later[index]);
    }
    await log.close();
    assert.equal((await one!.next()).done, true);
  },
);

test('a folder without metadata.yaml is read by name, numbers as numbers', SHARED, async () => {
  const folder = at('by-name');
  mkdirSync(folder);
  const whole = await openRosbag2Folder(WBAG, openRawLog);
  const expected = await linesOf(whole, assert.fail);
  await whole.close();
  // wbag_10 comes behind wbag_2, or equal times would change places.
  for (const [from, to] of [
    [0, 1],
    [1, 2],
    [2, 3],
    [3, 10],
    [4, 11],
  ]) {
    cpSync(path.join(WBAG, `wbag_${from}.db3`), path.join(folder, `wbag_${to}.db3`));
  }
  writeFileSync(path.join(folder, 'notes.txt'), 'not a bag');
  const log = await openRosbag2Folder(folder, openRawLog);
  assert.deepEqual(await linesOf(log, assert.fail), expected);
  assert.deepEqual(log.facts.slice(0, 2), [
    ['files', '5'],
    ['metadata.yaml', 'none; the files are taken by name'],
  ]);
  await log.close();
});

test('missing files, broken metadata and names that lead out of the folder are told', SHARED, async () => {
  const folder = at('missing');
  cpSync(WBAG, folder, { recursive: true });
  rmSync(path.join(folder, 'wbag_1.db3'));
  writeFileSync(path.join(folder, 'wbag_3.db3'), 'no database');
  let log = await openRosbag2Folder(folder, openRawLog);
  assert.deepEqual(
    log.damages.map(({ file }) => file),
    ['wbag_1.db3', 'wbag_3.db3'],
  );
  assert.match(log.damages[0]!.why, /missing/);
  assert.equal((await linesOf(log, assert.fail)).length, 1246 + 1240 + 1108);
  await log.close();

  writeFileSync(path.join(folder, 'metadata.yaml'), 'rosbag2_bagfile_information: {version: many}');
  log = await openRosbag2Folder(folder, openRawLog);
  assert.match(log.damages[0]!.why, /can't be used.*rosbag2_bagfile_information\.version/);
  assert.equal(log.damages[0]!.file, 'metadata.yaml');
  await log.close();

  const outside =
    'rosbag2_bagfile_information: {version: 5, relative_file_paths: [../by-name/wbag_1.db3, old_name/wbag_0.db3]}';
  writeFileSync(path.join(folder, 'metadata.yaml'), outside);
  log = await openRosbag2Folder(folder, openRawLog);
  assert.deepEqual(
    log.damages.map(({ file }) => file),
    ['../by-name/wbag_1.db3'],
  );
  assert.equal((await linesOf(log, assert.fail)).length, 1246);
  await log.close();
});

test('a folder whose files have fewer messages than were recorded says so', SHARED, async () => {
  cpSync(WBAG, at('fewer'), { recursive: true });
  const database = new Database(at('fewer/wbag_2.db3'));
  database.exec('DELETE FROM messages WHERE id % 2 = 0');
  database.close();
  const log = await openRosbag2Folder(at('fewer'), openRawLog);
  assert.deepEqual(log.damages, [
    { offset: null, why: 'it counts 6074 messages, and 5454 are in the files', file: 'metadata.yaml' },
  ]);
  await log.close();
});

test('a folder that is no recording is refused in a sentence', async () => {
  mkdirSync(at('empty'));
  await assert.rejects(openRosbag2Folder(at('empty'), openRawLog), {
    code: 'LOG_UNREADABLE',
    message: /empty is no recording/,
  });
  await assert.rejects(openRosbag2Folder(at('nowhere'), openRawLog), { code: 'NOT_FOUND' });
  await assert.rejects(openRosbag2Sqlite(at('nowhere.db3')), { code: 'NOT_FOUND' });
  for (const [name, content, says] of [
    ['empty.db3', '', /it is empty \(byte 0\)/],
    ['text.db3', 'text '.repeat(100), /does not begin with a SQLite header \(byte 0\)/],
  ] as const) {
    writeFileSync(at(name), content);
    await assert.rejects(openRosbag2Sqlite(at(name)), { code: 'LOG_UNREADABLE', message: says });
  }
});
