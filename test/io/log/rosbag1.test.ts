import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { FileSource } from '../../../src/io/log/file-source.ts';
import type { Damage, RawLog } from '../../../src/io/log/raw-log.ts';
import { openRosbag1 } from '../../../src/io/log/rosbag1/rosbag1.ts';
import { need, pythonPeers, sharedData } from '../../support/require.ts';
import { temporaryFolder } from '../temporary-folder.ts';
import { allMessages, BytesSource } from './bytes-source.ts';
import { linesOf, MANY_CHUNKS_BAG, rosbag1Files, rosbagsLines, runPython } from './rosbag-peers.ts';

const at = temporaryFolder();
const SHARED = { skip: need('shared') };
const PEERS = { skip: need('shared', 'python-peers') };
const fixture = (name: string): string => sharedData('rosbag1-fixtures', name);
const openFile = async (file: string): Promise<RawLog> => await openRosbag1(await FileSource.open(file));

test('every bag gives the messages that rosbags reads', PEERS, async () => {
  const files = rosbag1Files();
  assert.equal(files.length, 5);
  const expected = rosbagsLines(files);
  for (const [index, file] of files.entries()) {
    const log = await openFile(file);
    const lines = await linesOf(log, assert.fail);
    assert.deepEqual(lines.toSorted(), expected[index]!.toSorted(), file);
    const times = lines.map((line) => BigInt(line.split(' ')[0]!));
    assert.deepEqual(
      times,
      times.toSorted((a, b) => (a < b ? -1 : a > b ? 1 : 0)),
    );
    assert.deepEqual([log.startNs, log.endNs], [times[0] ?? 0n, times.at(-1) ?? 0n]);
    assert.equal(
      log.channels.reduce((sum, { count }) => sum + count!, 0),
      lines.length,
    );
    assert.deepEqual(log.damages, []);
    await log.close();
  }
});

test('what a connection says', SHARED, async () => {
  const log = await openFile(fixture('example.bag'));
  const pose = log.channels.find(({ schemaName }) => schemaName === 'turtlesim/Pose')!;
  assert.deepEqual([log.format, pose.messageEncoding, pose.schemaEncoding], ['rosbag1', 'ros1', 'ros1msg']);
  assert.match(Buffer.from(pose.schemaData).toString(), /^float32 x\s+float32 y/);
  assert.equal(pose.metadata.get('md5sum'), '863b248d5016ca62ea2e895ae5265cf9');
  assert.equal(pose.count, (await allMessages(log, { channelIds: new Set([pose.id]) })).length);
  await log.close();
});

test('chunks that are not in order come in order', SHARED, async () => {
  const log = await openFile(fixture('example-unsorted-chunks.bag'));
  const times = (await allMessages(log)).map(({ logTimeNs }) => logTimeNs);
  assert.deepEqual(times, [1_000_000_000n, 2_000_000_000n, 3_000_000_000n]);
  const part = await allMessages(log, { fromNs: 2_000_000_000n, toNs: 2_500_000_000n });
  assert.deepEqual(
    part.map(({ logTimeNs }) => logTimeNs),
    [2_000_000_000n],
  );
  await log.close();
});

for (const compression of ['none', 'lz4', 'bz2'] as const) {
  test(`many overlapping chunks, ${compression}: whole, in part, and never closed`, PEERS, async () => {
    const file = at(`many-${compression}.bag`);
    runPython(pythonPeers(), MANY_CHUNKS_BAG, [file, compression]);
    const [expected] = rosbagsLines([file]);
    const log = await openFile(file);
    assert.ok(Number(log.facts.find(([label]) => label === 'chunks')![1].split(',')[0]) > 20);
    const lines = await linesOf(log, assert.fail);
    assert.deepEqual(lines.toSorted(), expected!.toSorted());
    const all = await allMessages(log);
    const [fromNs, toNs] = [all[700]!.logTimeNs, all[1900]!.logTimeNs];
    const part = await allMessages(log, { fromNs, toNs });
    assert.deepEqual(
      part.map(({ logTimeNs }) => logTimeNs),
      all.map(({ logTimeNs }) => logTimeNs).filter((timeNs) => timeNs >= fromNs && timeNs <= toNs),
    );
    await log.close();

    // As a recorder leaves it that lost its power: no index, nothing behind the last chunk.
    const bytes = readFileSync(file);
    const header = bytes.indexOf('index_pos=') + 'index_pos='.length;
    const indexAt = Number(bytes.readBigUInt64LE(header));
    bytes.writeBigUInt64LE(0n, header);
    const open = await openRosbag1(new BytesSource(bytes.subarray(0, indexAt), 'open.bag'));
    assert.match(open.damages[0]!.why, /it was not closed/);
    assert.deepEqual((await linesOf(open, assert.fail)).toSorted(), lines.toSorted());
    assert.equal(
      open.channels.reduce((sum, { count }) => sum + count!, 0),
      3000,
    );
    await open.close();
  });
}

test('a damaged lz4 chunk costs its messages and no others', PEERS, async () => {
  const file = at('lz4.bag');
  runPython(pythonPeers(), MANY_CHUNKS_BAG, [file, 'lz4']);
  const whole = await openFile(file);
  const lines = await linesOf(whole, assert.fail);
  await whole.close();
  const bytes = readFileSync(file);
  // In the middle of the second chunk's packed bytes.
  const second = bytes.indexOf('op=\x05', bytes.indexOf('op=\x05') + 1);
  bytes.fill(0xff, second + 300, second + 400);
  const damages: string[] = [];
  const log = await openRosbag1(new BytesSource(bytes));
  const left = await linesOf(log, (why) => damages.push(why));
  assert.match(damages.join('\n'), /lz4/);
  assert.ok(left.length > lines.length - 200 && left.length < lines.length, String(left.length));
  const known = new Set(lines);
  assert.ok(left.every((line) => known.has(line)));
  await log.close();
});

test('a message that contradicts the index is left out and told', SHARED, async () => {
  const bytes = readFileSync(fixture('example-unsorted-chunks.bag'));
  const at = bytes.indexOf('time=', bytes.indexOf('op=\x02'));
  bytes[at + 5]! ^= 1;
  const log = await openRosbag1(new BytesSource(bytes));
  const damages: Damage[] = [];
  const messages = await allMessages(log, { onDamage: (damage) => damages.push(damage) });
  assert.equal(messages.length, 2);
  assert.match(damages[0]!.why, /contradict/);
  assert.equal(typeof damages[0]!.offset, 'number');
  await log.close();
});

test('what is no bag is refused in a sentence, and its file closed', async () => {
  for (const [content, says] of [
    ['', /it is empty \(byte 0\)/],
    ['#ROSBAG V1.2\nrest', /another version \(#ROSBAG V1\.2\)/],
    ['not a bag at all', /does not begin as a bag/],
    ['#ROSBAG V2.0\n', /no readable message.*cut short/],
  ] as const) {
    const source = new BytesSource(Buffer.from(content), 'x.bag');
    await assert.rejects(openRosbag1(source), { code: 'LOG_UNREADABLE', message: says });
    assert.equal(source.closed, 1);
  }
  writeFileSync(at('short.bag'), '#ROSBAG V2.0\n');
  await assert.rejects(openFile(at('short.bag')), {
    code: 'LOG_UNREADABLE',
    message: new RegExp(path.basename(at('short.bag'))),
  });
});
