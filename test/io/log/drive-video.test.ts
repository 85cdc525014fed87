import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { describe, test } from 'node:test';
import { parse } from '@foxglove/rosmsg';
import type { CodriverError } from '../../../src/domain/index.ts';
import { type LogMessage, type LogReader, openLog } from '../../../src/io/log/drive-log.ts';
import { PacketsSinceKey } from '../../../src/io/log/key-packets.ts';
import { CdrEncoder } from '../../../src/io/ros-messages/cdr-writer.ts';
import { COMPRESSED_VIDEO_TEXT } from '../../../src/io/ros-messages/foxglove.ts';
import { nsToRosTime } from '../../../src/io/ros-messages/ros-time.ts';
import { need } from '../../support/require.ts';
import { temporaryFolder } from '../temporary-folder.ts';
import { clipPackets, H264, H265, makeClip, numberIn } from '../video/clips.ts';
import { foxgloveJson } from './decoding/samples.ts';
import { type MadeMessage, makeMcap } from './make-mcap.ts';

const at = temporaryFolder();
const START_NS = 1_700_000_000_000_000_000n;
const PICTURE_NS = 40_000_000n;
const PICTURES = 60;

const VIDEO = {
  topic: '/camera',
  messageEncoding: 'cdr',
  schemaName: 'foxglove_msgs/msg/CompressedVideo',
  schemaEncoding: 'ros2msg',
  schemaData: COMPRESSED_VIDEO_TEXT,
};

const timeOf = (picture: number): bigint => START_NS + BigInt(picture) * PICTURE_NS;

/** A drive with a video, key pictures every ten, and a GNSS fix 10 ms after every picture. */
async function videoLog(codec: 'h264' | 'h265'): Promise<string> {
  const clip = await makeClip(at(`${codec}.mp4`), {
    pictures: PICTURES,
    encode: codec === 'h264' ? [...H264, '-bf', '0'] : [...H265.slice(0, -1), `${H265.at(-1)}:bframes=0`],
  });
  const encoder = new CdrEncoder(parse(COMPRESSED_VIDEO_TEXT, { ros2: true }));
  const fix = foxgloveJson('/gnss', 'LocationFix', {});
  const messages = (await clipPackets(clip)).flatMap(({ data }, picture): MadeMessage[] => {
    const logTimeNs = timeOf(picture);
    const fields = { timestamp: nsToRosTime(logTimeNs), frame_id: 'cam', data, format: codec };
    const place = { latitude: 35, longitude: 139, altitude: 0 };
    return [
      { channel: 0, logTimeNs, data: encoder.encode(fields) },
      { channel: 1, logTimeNs: logTimeNs + 10_000_000n, data: fix.encode(place) },
    ];
  });
  assert.equal(messages.length, 2 * PICTURES);
  const path = at(`${codec}.mcap`);
  writeFileSync(path, await makeMcap([VIDEO, fix.channel], messages, { chunkSize: 4000 }));
  return path;
}

async function collect(log: LogReader, filter?: Parameters<LogReader['messages']>[0]) {
  const messages: LogMessage[] = [];
  for await (const message of log.messages(filter)) messages.push(message);
  return messages;
}

/** Pictures by the number that is painted in them. */
const numbers = (messages: readonly LogMessage[]): number[] =>
  messages.flatMap(({ message }) => (message.kind === 'frame' ? [numberIn(message.frame)] : []));

const range = (from: number, to: number): number[] => Array.from({ length: to - from }, (_, n) => from + n);

describe('video topics', { skip: need('ffmpeg') }, () => {
  for (const codec of ['h264', 'h265'] as const) {
    test(`${codec}: every picture at its own time, among the other messages`, async () => {
      const told: CodriverError[] = [];
      const log = await openLog(await videoLog(codec), { onBadMessage: (error) => told.push(error) });
      assert.equal(log.topics.find(({ name }) => name === '/camera')?.role, 'camera');
      const messages = await collect(log);
      assert.deepEqual(numbers(messages), range(0, PICTURES));
      assert.equal(messages.length, 2 * PICTURES);
      for (const [index, { logTimeNs, message }] of messages.entries()) {
        assert.equal(message.kind, index % 2 === 0 ? 'frame' : 'gnss');
        if (message.kind !== 'frame') continue;
        assert.equal(logTimeNs, timeOf(index / 2));
        assert.deepEqual([message.frame.stampNs, message.frame.camera], [logTimeNs, '/camera']);
      }
      assert.deepEqual(told, []);
      await log.close();
    });
  }

  test('from a moment between key pictures: that picture first, nothing before, nothing complained of', async () => {
    const told: CodriverError[] = [];
    const log = await openLog(await videoLog('h264'), { onBadMessage: (error) => told.push(error) });
    for (const picture of [0, 10, 37, 59]) {
      const messages = await collect(log, { fromNs: timeOf(picture), toNs: timeOf(picture + 5) });
      assert.deepEqual(numbers(messages), range(picture, Math.min(PICTURES, picture + 6)), `from ${picture}`);
      assert.ok(messages.every(({ logTimeNs }) => logTimeNs >= timeOf(picture)));
    }
    assert.deepEqual(numbers(await collect(log, { topics: ['/gnss'] })), []);
    assert.deepEqual(told, []);
    await log.close();
  });

  test('a reader that stops early, and passes at once', async () => {
    const log = await openLog(await videoLog('h264'));
    for await (const { message } of log.messages()) if (message.kind === 'gnss') break;
    const [a, b] = await Promise.all([collect(log), collect(log, { fromNs: timeOf(50) })]);
    assert.deepEqual(numbers(a), range(0, PICTURES));
    assert.deepEqual(numbers(b), range(50, PICTURES));
    await log.close();
  });

  test('a plain video file is a log with one camera', async () => {
    await makeClip(at('plain.mp4'), { pictures: 20, encode: H264 });
    const log = await openLog(at('plain.mp4'));
    assert.deepEqual(numbers(await collect(log)), range(0, 20));
    await log.close();
  });
});

test('before a moment only the packets since the last key picture are kept, with its parameter sets', () => {
  const packet = (...units: number[]) => ({
    logTimeNs: 0n,
    stampNs: 0n,
    frameId: '',
    codec: 'h264' as const,
    data: new Uint8Array(units.flatMap((unit) => [0, 0, 1, unit, 0])),
  });
  const [slice, key, parameters] = [packet(1), packet(5), packet(7, 8)];
  const kept = (...packets: (typeof slice)[]) => {
    const since = new PacketsSinceKey();
    for (const each of packets) since.add(each);
    return since.take();
  };
  assert.deepEqual(kept(slice, slice), []);
  assert.deepEqual(kept(slice, parameters), [parameters]);
  assert.deepEqual(kept(parameters, key, slice, parameters, key, slice, slice), [
    parameters,
    key,
    slice,
    slice,
  ]);
  assert.deepEqual(kept(key, slice, parameters), [key, slice, parameters]);
});
