import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseChunkHeader } from '../../../../src/io/log/mcap/chunk.ts';
import { openMcap } from '../../../../src/io/log/mcap/mcap-log.ts';
import { allMessages, BytesSource } from '../bytes-source.ts';
import { makeMcap } from '../make-mcap.ts';

const COUNT = 20;
const channel = (topic: string) => ({
  topic,
  messageEncoding: 'json',
  schemaName: '',
  schemaEncoding: '',
  schemaData: '',
});

/** Where things lie in {@link plainLog}. */
interface Places {
  readonly bytes: Uint8Array;
  /** Of the message records, opcode first. */
  readonly messages: readonly number[];
  /** Of the first message index behind the chunk. */
  readonly index: number;
}

/** Two topics in one chunk without compression or CRC, as rosbag2 writes them by default. */
async function plainLog(): Promise<Places> {
  const messages = Array.from({ length: COUNT }, (_, index) => ({
    channel: index % 2,
    logTimeNs: BigInt(1000 + index),
    data: new Uint8Array(8).fill(index),
  }));
  const bytes = new Uint8Array(await makeMcap([channel('/a'), channel('/b')], messages));
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const next = (at: number): number => at + 9 + Number(view.getBigUint64(at + 1, true));
  let chunk = 8;
  while (bytes[chunk] !== 6) chunk = next(chunk);
  view.setUint32(chunk + 9 + 24, 0, true);
  const { recordsAt, recordsBytes } = parseChunkHeader(bytes.subarray(chunk));
  const found: number[] = [];
  for (let at = chunk + recordsAt; at < chunk + recordsAt + recordsBytes; at = next(at)) {
    if (bytes[at] === 5) found.push(at);
  }
  return { bytes, messages: found, index: next(chunk) };
}

async function read(bytes: Uint8Array, topic?: string) {
  const log = await openMcap(new BytesSource(bytes));
  const told: string[] = [];
  const channelIds = new Set(log.channels.filter((c) => c.topic === topic).map(({ id }) => id));
  const filter = topic === undefined ? {} : { channelIds };
  const messages = await allMessages(log, { ...filter, onDamage: ({ why }) => told.push(why) });
  return { values: messages.map(({ data }) => data[0]), told };
}

const all = Array.from({ length: COUNT }, (_, index) => index);

test('whole, nothing is said', async () => {
  const { bytes } = await plainLog();
  assert.deepEqual(await read(bytes), { values: all, told: [] });
  assert.equal((await read(bytes, '/b')).values.length, COUNT / 2);
});

for (const [what, offset, mask] of [
  ['log time', 9 + 6, 1],
  ['channel', 9, 1],
  ['kind of record', 0, 0x80],
] as const) {
  test(`a message with another ${what} than its index says is left out, and told`, async () => {
    const { bytes, messages } = await plainLog();
    bytes[messages[7]! + offset]! ^= mask;
    const { values, told } = await read(bytes);
    assert.deepEqual(
      values,
      all.filter((value) => value !== 7),
    );
    assert.equal(told.length, 1);
    // Also where only the other topic is read, and only its own.
    for (const topic of ['/a', '/b']) assert.equal((await read(bytes, topic)).told.length, 1, topic);
  });
}

test('where the index itself is broken, messages are read without it, which is told', async () => {
  const { bytes, index } = await plainLog();
  bytes[index] = 0x77;
  assert.deepEqual((await read(bytes)).values, all);
  assert.equal((await read(bytes)).told.length, 1);
});

test('where the index is of something else, messages are believed, which is told', async () => {
  const { bytes, index } = await plainLog();
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  // Every entry of both channels: 9 bytes of header, 6 before the list, 16 an entry.
  for (let list = 0, at = index; list < 2; list++, at += 15 + (COUNT / 2) * 16) {
    for (let entry = 0; entry < COUNT / 2; entry++) view.setUint32(at + 15 + entry * 16 + 8, 1, true);
  }
  const { values, told } = await read(bytes);
  assert.deepEqual(values, all);
  assert.match(told.join(), /indexes are not those/);
});
