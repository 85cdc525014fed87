import assert from 'node:assert/strict';
import { appendFileSync, writeFileSync } from 'node:fs';
import { describe, test } from 'node:test';
import { FieldDescriptorProto_Type as Type } from '@bufbuild/protobuf/wkt';
import type { CodriverError } from '../../../src/domain/index.ts';
import { type LogMessage, type MessageFilter, openLog } from '../../../src/io/log/drive-log.ts';
import { CdrEncoder } from '../../../src/io/ros-messages/cdr-writer.ts';
import { messageDefinitions, messageText } from '../../../src/io/ros-messages/message-texts.ts';
import { temporaryFolder } from '../temporary-folder.ts';
import {
  COMPRESSED_IMAGE_IDL,
  foxgloveJson,
  foxgloveProtobuf,
  JPEG,
  ros1,
  STAMP_NS,
} from './decoding/samples.ts';
import { type MadeChannel, type MadeMessage, makeMcap } from './make-mcap.ts';

const at = temporaryFolder();
const S = 1_000_000_000n;

async function makeLog(
  name: string,
  channels: readonly MadeChannel[],
  messages: readonly MadeMessage[],
  options: Parameters<typeof makeMcap>[2] = {},
): Promise<string> {
  writeFileSync(at(name), await makeMcap(channels, messages, options));
  return at(name);
}

async function readAll(
  paths: string | readonly string[],
  filter?: MessageFilter,
): Promise<{ messages: LogMessage[]; damages: CodriverError[] }> {
  const damages: CodriverError[] = [];
  const log = await openLog(paths, {
    onDamage: (error) => damages.push(error),
    onBadMessage: (error) => assert.fail(error.message),
  });
  const messages: LogMessage[] = [];
  for await (const message of log.messages(filter)) messages.push(message);
  await log.close();
  return { messages, damages };
}

const TWIST = 'geometry_msgs/msg/TwistStamped';
const twistEncoder = new CdrEncoder(messageDefinitions(TWIST));

function twistChannel(topic: string): MadeChannel {
  return {
    topic,
    messageEncoding: 'cdr',
    schemaName: TWIST,
    schemaEncoding: 'ros2msg',
    schemaData: messageText(TWIST),
  };
}

/** A twist whose speed is its second. */
function twist(channel: number, second: number): MadeMessage {
  const header = { stamp: { sec: second, nanosec: 0 }, frame_id: '' };
  const data = twistEncoder.encode({ header, twist: { linear: { x: second, y: 0, z: 0 } } });
  return { channel, logTimeNs: BigInt(second) * S, data };
}

const speeds = (messages: readonly LogMessage[]): number[] =>
  messages.map(({ message }) => (message.kind === 'vehicle' ? message.vehicle.speedMps : -1));

test('ROS 1, IDL, JSON and protobuf messages become the same domain messages, in one log', async () => {
  const image1 = ros1('/ros1', 'sensor_msgs/CompressedImage', 'string format\nuint8[] data\n');
  const fix1 = ros1(
    '/fix1',
    'sensor_msgs/NavSatFix',
    'int8 unused\nfloat64 latitude\nfloat64 longitude\nfloat64 altitude\nNavSatStatus status\n' +
      `${'='.repeat(80)}\nMSG: sensor_msgs/NavSatStatus\nint8 status\nuint16 service\n`,
  );
  const json = foxgloveJson('/json', 'CompressedImage', {
    data: { type: 'string', contentEncoding: 'base64' },
  });
  const proto = foxgloveProtobuf('/proto', 'CompressedImage', [
    ['data', Type.BYTES],
    ['format', Type.STRING],
  ]);
  const fixJson = foxgloveJson('/fixjson', 'LocationFix', {});
  const base64 = Buffer.from(JPEG).toString('base64');
  const header = { stamp: { sec: 12, nanosec: 34 }, frame_id: 'cam' };
  const idl = new CdrEncoder(messageDefinitions('sensor_msgs/msg/CompressedImage'));
  const entries: [MadeChannel, Uint8Array][] = [
    [image1.channel, image1.encode({ format: 'jpeg', data: JPEG })],
    [
      {
        topic: '/idl',
        messageEncoding: 'cdr',
        schemaName: 'sensor_msgs/msg/CompressedImage',
        schemaEncoding: 'ros2idl',
        schemaData: COMPRESSED_IMAGE_IDL,
      },
      idl.encode({ header, format: 'jpeg', data: JPEG }),
    ],
    [json.channel, json.encode({ format: 'jpeg', data: base64 })],
    [proto.channel, proto.encode({ format: 'jpeg', data: base64 })],
    [
      fix1.channel,
      fix1.encode({
        unused: 0,
        latitude: 35.5,
        longitude: 139.5,
        altitude: 4,
        status: { status: 0, service: 1 },
      }),
    ],
    [fixJson.channel, fixJson.encode({ latitude: 35.5, longitude: 139.5, altitude: 4 })],
  ];
  const path = await makeLog(
    'encodings.mcap',
    entries.map(([channel]) => channel),
    entries.map(([, data], channel) => ({ channel, logTimeNs: 12n * S + BigInt(channel), data })),
  );
  const log = await openLog(path, { topicRoles: { '/fix1': 'gnss', '/fixjson': 'gnss' } });
  const read: LogMessage[] = [];
  for await (const message of log.messages()) read.push(message);
  assert.deepEqual(
    read.map(({ topic, role }) => [topic, role]),
    [
      ['/ros1', 'camera'],
      ['/idl', 'camera'],
      ['/json', 'camera'],
      ['/proto', 'camera'],
      ['/fix1', 'gnss'],
      ['/fixjson', 'gnss'],
    ],
  );
  for (const { topic, message } of read) {
    if (message.kind === 'frame') {
      const { stampNs, frameId, camera, encoding, data } = message.frame;
      assert.deepEqual([stampNs, frameId, camera, encoding, data], [STAMP_NS, 'cam', topic, 'jpeg', JPEG]);
    } else {
      assert.ok(message.kind === 'gnss');
      const gnss = { stampNs: STAMP_NS, latitudeDeg: 35.5, longitudeDeg: 139.5, altitudeM: 4 };
      assert.deepEqual(message.gnss, gnss, topic);
    }
  }
  await log.close();
});

test('what can not be read is named with its count, and the rest is read', async () => {
  const image = { schemaName: 'sensor_msgs/msg/Image', schemaData: '' };
  const channels: MadeChannel[] = [
    twistChannel('/twist'),
    { topic: '/flat', messageEncoding: 'flatbuffer', schemaEncoding: 'flatbuffer', ...image },
    { topic: '/none', messageEncoding: 'protobuf', schemaName: '', schemaEncoding: '', schemaData: '' },
    { topic: '/broken', messageEncoding: 'cdr', schemaEncoding: 'ros2msg', ...image, schemaData: '(((' },
    { topic: '/acme', messageEncoding: 'cdr', schemaEncoding: '', schemaName: 'acme/msg/X', schemaData: '' },
  ];
  const messages = channels.map((_, channel) => ({ ...twist(channel, channel + 1), channel }));
  const path = await makeLog('unreadable.mcap', channels, [...messages, twist(1, 9)]);
  const log = await openLog(path);
  const why = Object.fromEntries(log.topics.map((topic) => [topic.name, topic]));
  assert.equal(why['/twist']!.role, 'vehicle');
  assert.match(why['/flat']!.why!, /flatbuffer/);
  assert.equal(why['/flat']!.count, 2);
  assert.match(why['/none']!.why!, /no schema/);
  assert.match(why['/broken']!.why!, /schema is broken/);
  assert.match(why['/acme']!.why!, /no role reads.*acme\/msg\/X/);
  for (const { role, name } of log.topics) assert.equal(role === null, name !== '/twist', name);
  assert.deepEqual(speeds((await readAll(path)).messages), [1]);
  await log.close();
});

test('a message that is broken is left out, told and counted', async () => {
  const broken = { ...twist(0, 2), data: twist(0, 2).data.slice(0, 20) };
  const path = await makeLog('broken.mcap', [twistChannel('/twist')], [twist(0, 1), broken, twist(0, 3)]);
  const told: CodriverError[] = [];
  const log = await openLog(path, { onBadMessage: (error) => told.push(error) });
  const messages: LogMessage[] = [];
  for await (const message of log.messages()) messages.push(message);
  assert.deepEqual(speeds(messages), [1, 3]);
  assert.equal(log.badMessageCount, 1);
  assert.match(told[0]!.message, /\/twist.*TwistStamped.*2000000000 ns/);
  await log.close();
});

describe('several logs', () => {
  test('come as one by time; roles are given over all; topics name their log', async () => {
    const a = await makeLog('a.mcap', [twistChannel('/twist')], [twist(0, 1), twist(0, 4), twist(0, 5)]);
    const b = await makeLog(
      'b.mcap',
      [twistChannel('/twist'), twistChannel('/second')],
      [twist(0, 2), twist(1, 3), twist(1, 6), twist(1, 7), twist(1, 8), twist(0, 9)],
    );
    const log = await openLog([a, b]);
    // Five of /twist in both together, four of /second: neither log alone would tell.
    assert.deepEqual(
      log.topics.map(({ name, role, log: path, count }) => [name, role, path, count]),
      [
        ['/second', null, b, 4],
        ['/twist', 'vehicle', a, 3],
        ['/twist', 'vehicle', b, 2],
      ],
    );
    assert.deepEqual([log.startNs, log.endNs], [1n * S, 9n * S]);
    assert.deepEqual(log.paths, [a, b]);
    const collect = async (filter?: MessageFilter) => {
      const messages: LogMessage[] = [];
      for await (const message of log.messages(filter)) messages.push(message);
      return speeds(messages);
    };
    assert.deepEqual(await collect(), [1, 2, 4, 5, 9]);
    assert.deepEqual(await collect({ fromNs: 2n * S, toNs: 5n * S }), [2, 4, 5]);
    assert.deepEqual(await collect({ topics: ['/second'] }), []);
    // Passes at once do not disturb each other.
    assert.deepEqual(await Promise.all([collect(), collect({ fromNs: 5n * S })]), [
      [1, 2, 4, 5, 9],
      [5, 9],
    ]);
    await log.close();
  });

  test('each damaged one is told once, by name, after the last message; without a listener the first is thrown', async () => {
    const paths: string[] = [];
    for (const [index, name] of ['x.mcap', 'y.mcap', 'whole.mcap'].entries()) {
      const messages = Array.from({ length: 50 }, (_, n) => twist(0, 1 + index + 3 * n));
      const whole = await makeMcap([twistChannel('/twist')], messages, { chunkSize: 500 });
      writeFileSync(at(name), name === 'whole.mcap' ? whole : whole.subarray(0, whole.length / 2));
      paths.push(at(name));
    }
    const { messages, damages } = await readAll(paths);
    assert.deepEqual(
      speeds(messages),
      speeds(messages).toSorted((a, b) => a - b),
    );
    assert.equal(speeds(messages).filter((speed) => speed % 3 === 0).length, 50);
    assert.equal(damages.length, 2);
    for (const [index, name] of ['x.mcap', 'y.mcap'].entries()) {
      assert.match(damages[index]!.message, new RegExp(`${name} is damaged at byte \\d+`));
    }
    const log = await openLog(paths);
    let read = 0;
    await assert.rejects(
      async () => {
        for await (const _ of log.messages()) read += 1;
      },
      { code: 'LOG_UNREADABLE', message: /x\.mcap/ },
    );
    assert.equal(read, messages.length);
    await log.close();
  });

  test('where one can not be opened the others are closed, and its error is the answer', async () => {
    const a = await makeLog('alone.mcap', [twistChannel('/twist')], [twist(0, 1)]);
    await assert.rejects(openLog([a, at('missing.mcap')]), { code: 'NOT_FOUND', message: /missing\.mcap/ });
  });
});

test('a log that is still being written is read up to where it is, which is told', async () => {
  const messages = Array.from({ length: 60 }, (_, n) => twist(0, n + 1));
  const options = { chunkSize: 1000 };
  const whole = await makeMcap([twistChannel('/twist')], messages, options);
  const path = await makeLog('growing.mcap', [twistChannel('/twist')], messages.slice(0, 30), {
    ...options,
    unfinished: true,
  });
  const damages: CodriverError[] = [];
  const log = await openLog(path, { onDamage: (error) => damages.push(error) });
  const early: LogMessage[] = [];
  for await (const message of log.messages()) {
    if (early.length === 0) {
      // The recorder goes on; what was opened stays what it was.
      const written = (
        await makeMcap([twistChannel('/twist')], messages.slice(0, 30), { ...options, unfinished: true })
      ).length;
      appendFileSync(path, whole.subarray(written));
    }
    early.push(message);
  }
  await log.close();
  assert.ok(early.length > 10 && early.length <= 30, `${early.length}`);
  assert.deepEqual(
    speeds(early),
    Array.from({ length: early.length }, (_, n) => n + 1),
  );
  assert.equal(damages.length, 1);
  assert.match(damages[0]!.message, /still being written/);
  const later = await readAll(path);
  assert.equal(later.messages.length, 60);
  assert.deepEqual(later.damages, []);
});
