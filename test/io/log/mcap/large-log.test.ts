import assert from 'node:assert/strict';
import { open, writeFile } from 'node:fs/promises';
import { test } from 'node:test';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { McapRecordBuilder } from '@mcap/core';
import { FileSource } from '../../../../src/io/log/file-source.ts';
import { openMcap } from '../../../../src/io/log/mcap/mcap-log.ts';
import { temporaryFolder } from '../../temporary-folder.ts';
import { allMessages, BytesSource } from '../bytes-source.ts';
import { makeMcap } from '../make-mcap.ts';

const at = temporaryFolder();

setFlagsFromString('--expose-gc');
const gc = runInNewContext('gc') as () => void;

const CHANNELS = Array.from({ length: 12 }, (_, index) => ({
  topic: `/t${index}`,
  messageEncoding: 'json',
  schemaName: '',
  schemaEncoding: '',
  schemaData: '',
}));

/** Always of one length, so that chunks are too. */
const textOf = (ns: bigint): Uint8Array => new TextEncoder().encode(`{"at":"${String(ns).padStart(20)}"}`);

/** One chunk of a message a channel, 1 ms apart, from `startNs` on; its record as @mcap/core writes it. */
async function chunkRecord(startNs: bigint): Promise<Uint8Array> {
  const messages = CHANNELS.map((_, channel) => ({
    channel,
    logTimeNs: startNs + BigInt(channel) * 1_000_000n,
    data: textOf(startNs),
  }));
  const file = await makeMcap(CHANNELS, messages);
  let offset = 8;
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength);
  while (file[offset] !== 6) offset += 9 + Number(view.getBigUint64(offset + 1, true));
  return file.subarray(offset, offset + 9 + Number(view.getBigUint64(offset + 1, true)));
}

/** Of the processor since then: how long it takes also depends on what else the machine does. */
function cpuMs(started: NodeJS.CpuUsage): number {
  const { user, system } = process.cpuUsage(started);
  return (user + system) / 1000;
}

const CHUNK_COUNT = 26_000;
const CHUNK_APART = 768 * 1024;
const PERIOD_NS = 100_000_000n;
const WRITTEN = [0, 1, 17_000, 17_001, CHUNK_COUNT - 1];

/**
 * A file of 20 GB that takes a few MB on the disk: with holes where no test reads, and an index of all its
 * chunks as rosbag2's are, 0.75 MiB each.
 */
async function sparseLog(path: string): Promise<number> {
  const file = await open(path, 'w');
  const head = await makeMcap([], []);
  await file.write(head.subarray(0, 8 + 9 + 8 + 4), 0, 29, 0);
  const start = 64;
  const offsetOf = (index: number): number => start + index * CHUNK_APART;
  let length = 0;
  for (const index of WRITTEN) {
    const record = await chunkRecord(BigInt(index + 1) * PERIOD_NS);
    length = record.length;
    await file.write(record, 0, length, offsetOf(index));
  }
  const summary = new McapRecordBuilder();
  const summaryStart = BigInt(offsetOf(CHUNK_COUNT));
  summary.writeDataEnd({ dataSectionCrc: 0 });
  for (const [index, { topic, messageEncoding }] of CHANNELS.entries()) {
    summary.writeChannel({ id: index, schemaId: 0, topic, messageEncoding, metadata: new Map() });
  }
  summary.writeStatistics({
    messageCount: BigInt(CHUNK_COUNT * CHANNELS.length),
    schemaCount: 0,
    channelCount: CHANNELS.length,
    attachmentCount: 0,
    metadataCount: 0,
    chunkCount: CHUNK_COUNT,
    messageStartTime: PERIOD_NS,
    messageEndTime: BigInt(CHUNK_COUNT) * PERIOD_NS + 11_000_000n,
    channelMessageCounts: new Map(CHANNELS.map((_, index) => [index, BigInt(CHUNK_COUNT)])),
  });
  for (let index = 0; index < CHUNK_COUNT; index++) {
    const startNs = BigInt(index + 1) * PERIOD_NS;
    summary.writeChunkIndex({
      messageStartTime: startNs,
      messageEndTime: startNs + 11_000_000n,
      chunkStartOffset: BigInt(offsetOf(index)),
      chunkLength: BigInt(length),
      messageIndexOffsets: new Map(CHANNELS.map((_, id) => [id, BigInt(offsetOf(index) + length)])),
      messageIndexLength: 0n,
      compression: '',
      compressedSize: BigInt(length),
      uncompressedSize: BigInt(length),
    });
  }
  summary.writeFooter({ summaryStart, summaryOffsetStart: 0n, summaryCrc: 0 });
  const dataEndBytes = 13;
  const bytes = Buffer.concat([summary.buffer, head.subarray(0, 8)]);
  await file.write(bytes, 0, bytes.length, Number(summaryStart) - dataEndBytes);
  const { size } = await file.stat();
  await file.close();
  return size;
}

test('20 GB: opens and seeks anywhere in half a second each, reading next to nothing', async () => {
  const path = at('large.mcap');
  assert.ok((await sparseLog(path)) > 20e9);
  const source = await FileSource.open(path);
  let bytesRead = 0;
  const counted = {
    name: path,
    sizeBytes: source.sizeBytes,
    read: async (offset: number, length: number) => {
      const bytes = await source.read(offset, length);
      bytesRead += bytes.length;
      return bytes;
    },
    close: () => source.close(),
  };
  let started = process.cpuUsage();
  const log = await openMcap(counted);
  assert.ok(cpuMs(started) < 1000, `opened in ${cpuMs(started)} ms`);
  assert.equal(
    log.channels.reduce((sum, { count }) => sum + (count ?? 0), 0),
    CHUNK_COUNT * 12,
  );
  for (const index of [17_000, 0, CHUNK_COUNT - 1]) {
    bytesRead = 0;
    started = process.cpuUsage();
    const fromNs = BigInt(index + 1) * PERIOD_NS + 5_000_000n;
    const toNs = fromNs + 2_000_000n;
    const [first] = await allMessages(log, { fromNs, toNs, onDamage: ({ why }) => assert.fail(why) });
    assert.ok(cpuMs(started) < 500, `sought in ${cpuMs(started)} ms`);
    assert.equal(first!.logTimeNs, fromNs);
    assert.deepEqual(first!.data, textOf(BigInt(index + 1) * PERIOD_NS));
    assert.ok(bytesRead < 10_000, `${bytesRead} bytes read`);
  }
  await log.close();
});

test('chunks that have none of the wanted channels are not read', async () => {
  const messages = Array.from({ length: 400 }, (_, index) => ({
    channel: index < 200 ? 0 : 1,
    logTimeNs: BigInt(index),
    data: new Uint8Array(100),
  }));
  const source = new BytesSource(await makeMcap(CHANNELS.slice(0, 2), messages, { chunkSize: 1000 }));
  const log = await openMcap(source);
  source.reads = [];
  const wanted = log.channels.find(({ topic }) => topic === '/t1')!;
  assert.equal((await allMessages(log, { channelIds: new Set([wanted.id]) })).length, 200);
  const half = source.reads.length;
  await allMessages(log);
  assert.ok(source.reads.length - half > 1.8 * half, `${half} of ${source.reads.length - half} chunks`);
});

test('chunks that all overlap are in order, and are not all held', async () => {
  // Every chunk has one message of the far end, so that none could be let go of before.
  const size = 200_000;
  const count = 1000;
  const messages = Array.from({ length: count }, (_, index) => ({
    channel: 0,
    logTimeNs: index % 20 === 19 ? 1_000_000n + BigInt(index) : BigInt(index),
    data: new Uint8Array(size).fill(index),
  }));
  const path = at('overlapping.mcap');
  await writeFile(path, await makeMcap(CHANNELS.slice(0, 1), messages, { chunkSize: 20 * size }));
  messages.length = 0;
  const log = await openMcap(await FileSource.open(path));
  let lastNs = -1n;
  let read = 0;
  let mostBytes = 0;
  const onDamage = ({ why }: { why: string }) => assert.fail(why);
  for await (const { logTimeNs, data, sequence } of log.messages({ onDamage })) {
    assert.ok(logTimeNs >= lastNs);
    assert.equal(data[0], sequence & 0xff);
    lastNs = logTimeNs;
    read += 1;
    if (read % 50 !== 0) continue;
    // What is let go of, also of the writing above, is gone only once it was collected.
    gc();
    if (read < 200) continue;
    mostBytes = Math.max(mostBytes, process.memoryUsage().arrayBuffers);
  }
  assert.equal(read, count);
  assert.ok(mostBytes < 130e6, `${mostBytes} of ${count * size} bytes held`);
  await log.close();
});
