import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, test } from 'node:test';
import { parse } from '@foxglove/rosmsg';
import { MessageReader } from '@foxglove/rosmsg2-serialization';
import sharp from 'sharp';
import type { Frame } from '../../src/domain/index.ts';
import { Bus } from '../../src/io/bus.ts';
import { decodeFrame, readImageSize } from '../../src/io/images.ts';
import { CdrEncoder } from '../../src/io/ros-messages/cdr-writer.ts';
import type { DomainMessage } from '../../src/io/ros-messages/domain-message.ts';
import { CONVERSIONS } from '../../src/io/ros-messages/from-ros.ts';
import { messageDefinitions, messageText } from '../../src/io/ros-messages/message-texts.ts';
import { saneStampNs } from '../../src/io/ros-messages/ros-time.ts';
import { toRos } from '../../src/io/ros-messages/to-ros.ts';
import { repositoryRoot } from '../support/require.ts';
import { SAMPLES, TINY_PNG } from './domain-samples.ts';

const source = { topic: '/t', logTimeNs: 1_000_000_000n };
const header = { stamp: { sec: 1, nanosec: 0 }, frame_id: 'f' };

function convert(type: string, message: unknown): DomainMessage | null {
  const conversion = CONVERSIONS[type]!;
  assert.ok(conversion.video !== true);
  return conversion.convert(message as never, source);
}

describe('codriver_msgs', () => {
  const folder = path.join(repositoryRoot, 'ros/codriver_msgs');
  const files = readdirSync(path.join(folder, 'msg'));

  test('every message parses with what it uses, and the build lists it', () => {
    const build = readFileSync(path.join(folder, 'CMakeLists.txt'), 'utf8');
    for (const file of files) {
      assert.match(file, /^[A-Z][A-Za-z0-9]*\.msg$/);
      assert.ok(
        messageDefinitions(`codriver_msgs/msg/${file.replace('.msg', '')}`)[0]!.definitions.length > 0,
      );
      assert.ok(build.includes(`"msg/${file}"`), file);
    }
    assert.equal(build.match(/"msg\//g)?.length, files.length);
  });

  test('every field that a conversion fills is in the message, and every field is filled', () => {
    const check = (fields: Record<string, unknown>, type: string) => {
      const definitions = messageDefinitions(type);
      const names = definitions[0]!.definitions.filter((f) => f.isConstant !== true).map((f) => f.name);
      const filled = Object.keys(fields).filter((name) => names.includes(name) || !name.startsWith('has_'));
      assert.deepEqual(filled.toSorted(), names.toSorted(), type);
      for (const field of definitions[0]!.definitions) {
        if (field.isComplex !== true || !field.type.startsWith('codriver_msgs/')) continue;
        const nested = [fields[field.name]].flat().filter((value) => value !== undefined);
        for (const value of nested) {
          check(value as Record<string, unknown>, field.type.replace('/', '/msg/'));
        }
      }
    };
    for (const { message } of SAMPLES) {
      const out = toRos(message);
      if (out.type.startsWith('codriver_msgs/')) check(out.message, out.type);
    }
  });
});

describe('CDR', () => {
  const text =
    'bool a\nfloat64 b\nstring[] c\nint16 d\nint64 e\nfloat32[3] f\nuint8[] g\nstring h\nuint32 i\nint8 j\n';
  const value = {
    a: true,
    b: -1.5,
    c: ['', 'あ', 'x'],
    d: -2,
    e: -(2n ** 40n),
    f: Float32Array.of(1, 2, 3),
    g: Uint8Array.of(9, 8),
    h: '補助標識🚸',
    i: 4_000_000_000,
    j: -128,
  };

  test('an independent decoder reads every type and alignment back', () => {
    const definitions = parse(text, { ros2: true });
    assert.deepEqual(
      new MessageReader(definitions).readMessage(new CdrEncoder(definitions).encode(value)),
      value,
    );
  });

  test('one encoder, used again, leaves nothing of the message before', () => {
    const encoder = new CdrEncoder(parse(text, { ros2: true }));
    const first = encoder.encode(value);
    encoder.encode({ ...value, h: 'z'.repeat(5000), c: [] });
    assert.deepEqual(encoder.encode(value), first);
  });

  test('a wrong fixed length is an error', () => {
    assert.throws(() => new CdrEncoder(parse('float64[9] m', { ros2: true })).encode({ m: [1] }), /9/);
  });

  test('texts name the types they use once, ROS 2 style', () => {
    const image = messageText('sensor_msgs/msg/CompressedImage');
    assert.match(image, /MSG: builtin_interfaces\/Time/);
    assert.doesNotMatch(image, /^time /m);
    assert.equal(messageText('codriver_msgs/msg/PlannerStatus').match(/MSG: std_msgs\/Header/g)?.length, 1);
    assert.throws(() => messageText('nobody_msgs/msg/Thing'), { code: 'INTERNAL' });
  });
});

describe('messages of others', () => {
  test('NaN and infinite speeds are refused, a GNSS without a fix says nothing', () => {
    const twist = (x: number) => ({ header, twist: { linear: { x, y: 0, z: 0 } } });
    assert.throws(() => convert('geometry_msgs/msg/TwistStamped', twist(Number.NaN)), /speedMps/);
    assert.throws(
      () => convert('geometry_msgs/msg/TwistStamped', twist(Number.POSITIVE_INFINITY)),
      /speedMps/,
    );
    const fix = { header, status: { status: -1 }, latitude: Number.NaN, longitude: 0, altitude: 0 };
    assert.equal(convert('sensor_msgs/msg/NavSatFix', fix), null);
    assert.throws(
      () => convert('sensor_msgs/msg/NavSatFix', { ...fix, status: { status: 0 } }),
      /latitudeDeg/,
    );
  });

  test('NaN in a required field of our own messages is refused, not taken for absent', () => {
    const { message } = toRos(SAMPLES.find(({ message: m }) => m.kind === 'objects')!.message);
    const [object] = message.objects as Record<string, unknown>[];
    const broken = { ...message, objects: [{ ...object, yaw_rad: Number.NaN }] };
    assert.throws(() => convert('codriver_msgs/msg/TrackedObjectArray', broken), /yawRad/);
  });

  test('an odometry pose counts only in the map frame', () => {
    const odometry = (frame: string) => ({
      header: { ...header, frame_id: frame },
      pose: {
        pose: {
          position: { x: 1, y: 2, z: 0 },
          orientation: { x: 0, y: 0, z: Math.SQRT1_2, w: Math.SQRT1_2 },
        },
      },
      twist: { twist: { linear: { x: 5, y: 0, z: 0 } } },
    });
    const inMap = convert('nav_msgs/msg/Odometry', odometry('map'));
    assert.ok(inMap?.kind === 'vehicle' && Math.abs(inMap.vehicle.pose!.yawRad - Math.PI / 2) < 1e-12);
    const inEcef = convert('nav_msgs/msg/Odometry', odometry('ecef'));
    assert.ok(
      inEcef?.kind === 'vehicle' && inEcef.vehicle.pose === undefined && inEcef.vehicle.speedMps === 5,
    );
  });

  test('a bare string is speech of an unknown voice', () => {
    const said = convert('std_msgs/msg/String', { data: '止まって' });
    assert.ok(said?.kind === 'utterance');
    assert.deepEqual(
      [said.utterance.language, said.utterance.authority, said.utterance.confidence],
      ['ja', 'UNKNOWN', 0],
    );
  });

  test('raw pictures: row padding, channel order, grey, and lengths that lie', () => {
    const raw = {
      header,
      height: 2,
      width: 1,
      encoding: 'bgr8',
      step: 4,
      data: Uint8Array.of(1, 2, 3, 0, 4, 5, 6, 0),
    };
    const bgr = convert('sensor_msgs/msg/Image', raw);
    assert.deepEqual(bgr?.kind === 'frame' && [...bgr.frame.data], [3, 2, 1, 6, 5, 4]);
    const grey = convert('sensor_msgs/msg/Image', { ...raw, encoding: 'mono8', step: 1 });
    assert.deepEqual(grey?.kind === 'frame' && [...grey.frame.data], [1, 1, 1, 2, 2, 2]);
    assert.throws(() => convert('sensor_msgs/msg/Image', { ...raw, height: 3 }), /do not hold/);
    assert.throws(() => convert('sensor_msgs/msg/Image', { ...raw, encoding: '16UC1' }), /16UC1/);
  });

  test('header stamps are believed near the log time only', () => {
    assert.equal(saneStampNs({ sec: 0, nanosec: 0 }, 77n), 77n);
    assert.equal(saneStampNs({ sec: 100, nanosec: 5 }, 105_000_000_000n), 100_000_000_005n);
    assert.equal(saneStampNs({ sec: 100, nanosec: 0 }, 200_000_000_000n), 200_000_000_000n);
  });
});

describe('pictures', () => {
  const frameOf = (data: Frame['data'], encoding: Frame['encoding']): Frame => ({
    stampNs: 5n,
    frameId: '',
    camera: '/cam',
    encoding,
    widthPx: 0,
    heightPx: 0,
    data,
  });
  const jpeg = async () => {
    const picture = { width: 64, height: 48, channels: 3 as const, background: '#204060' };
    return new Uint8Array(await sharp({ create: picture }).jpeg().toBuffer());
  };

  test('PNG pixels and JPEG size', async () => {
    const image = await decodeFrame(frameOf(TINY_PNG, 'png'));
    assert.deepEqual([image.widthPx, image.heightPx, image.data.length], [2, 1, 6]);
    assert.deepEqual(readImageSize(await jpeg()), { widthPx: 64, heightPx: 48 });
    const { data } = await decodeFrame(frameOf(await jpeg(), 'jpeg'));
    assert.ok(Math.abs(data[0]! - 0x20) < 4 && Math.abs(data[2]! - 0x60) < 4);
  });

  test('a broken picture is BAD_IMAGE naming the camera', async () => {
    const whole = await jpeg();
    const broken: Frame['data'][] = [
      whole.subarray(0, whole.length / 2),
      whole.subarray(0, 20),
      new Uint8Array(0),
      Uint8Array.of(1, 2),
    ];
    for (const data of broken) {
      await assert.rejects(decodeFrame(frameOf(data, 'jpeg')), {
        code: 'BAD_IMAGE',
        message: /\/cam.* 5 ns/,
      });
    }
    await assert.rejects(decodeFrame(frameOf(TINY_PNG, 'jpeg')), { code: 'BAD_IMAGE' });
    await assert.rejects(decodeFrame(frameOf(Uint8Array.of(1), 'rgb8')), { code: 'BAD_IMAGE' });
    for (let length = 0; length < whole.length; length += 7) readImageSize(whole.subarray(0, length));
  });
});

test('bus: order, unsubscribing, and one subscriber that throws', () => {
  const bus = new Bus<{ speed: number; text: string }>();
  const seen: string[] = [];
  const stop = bus.subscribe('speed', (speed) => seen.push(`a${speed}`));
  bus.subscribe('speed', () => {
    throw new Error('no');
  });
  bus.subscribe('speed', (speed) => seen.push(`b${speed}`));
  bus.publish('text', 'nobody hears');
  assert.throws(() => bus.publish('speed', 1), /no/);
  stop();
  stop();
  assert.throws(() => bus.publish('speed', 2), /no/);
  assert.deepEqual(seen, ['a1', 'b1', 'b2']);
});
