import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { TopicDecoder } from '../../../src/io/log/topic-decoder.ts';
import type { DomainMessage } from '../../../src/io/ros-messages/domain-message.ts';
import { encodeRos } from '../../../src/io/ros-messages/encode.ts';
import { CONVERSIONS } from '../../../src/io/ros-messages/from-ros.ts';
import { messageText } from '../../../src/io/ros-messages/message-texts.ts';
import { isoToNs, messageTimeToNs, saneStampNs } from '../../../src/io/ros-messages/ros-time.ts';
import { packetKind } from '../../../src/io/video/packet-kind.ts';
import type { VideoPacket } from '../../../src/io/video/video-decoder.ts';
import { TINY_PNG } from '../domain-samples.ts';

const NOW_NS = 1_700_000_000_000_000_000n;
const source = { topic: '/camera', logTimeNs: NOW_NS };
const timestamp = { sec: 1_700_000_001, nanosec: 5 };
const STAMP_NS = NOW_NS + 1_000_000_005n;

function convert(type: string, message: unknown): DomainMessage | null {
  const conversion = CONVERSIONS[type];
  assert.ok(conversion !== undefined && conversion.video !== true, type);
  return conversion.convert(message as never, source);
}

function packetOf(type: string, message: unknown): VideoPacket {
  const conversion = CONVERSIONS[type];
  assert.ok(conversion?.video === true, type);
  assert.equal(conversion.role, 'camera');
  return conversion.packetOf(message as never, source);
}

describe("Foxglove's messages", () => {
  test('CompressedImage as CDR, protobuf and JSON give one frame', () => {
    const cdr = { timestamp, frame_id: 'front', format: 'png', data: TINY_PNG };
    const expected = convert('foxglove_msgs/msg/CompressedImage', cdr);
    assert.ok(expected?.kind === 'frame');
    assert.equal(expected.frame.stampNs, STAMP_NS);
    assert.equal(expected.frame.frameId, 'front');
    assert.equal(expected.frame.camera, '/camera');
    assert.equal(expected.frame.encoding, 'png');
    assert.deepEqual(expected.frame.data, new Uint8Array(TINY_PNG));
    const protobuf = {
      ...cdr,
      frame_id: undefined,
      frameId: 'front',
      timestamp: { seconds: 1_700_000_001n, nanos: 5 },
    };
    assert.deepEqual(convert('foxglove_msgs/msg/CompressedImage', protobuf), expected);
    const json = {
      ...cdr,
      timestamp: '2023-11-14T22:13:21.000000005Z',
      data: Buffer.from(TINY_PNG).toString('base64'),
    };
    assert.deepEqual(convert('foxglove_msgs/msg/CompressedImage', json), expected);
  });

  test('RawImage is converted to RGB', () => {
    const message = {
      timestamp,
      frame_id: 'f',
      width: 1,
      height: 2,
      encoding: 'bgr8',
      step: 4,
      data: Uint8Array.of(1, 2, 3, 0, 4, 5, 6, 0),
    };
    const converted = convert('foxglove_msgs/msg/RawImage', message);
    assert.ok(converted?.kind === 'frame');
    assert.deepEqual([...converted.frame.data], [3, 2, 1, 6, 5, 4]);
    assert.throws(() => convert('foxglove_msgs/msg/RawImage', { ...message, encoding: '32FC1' }), /32FC1/);
  });

  test('LocationFix is a fix, NaN is none, and a latitude of 91° is refused', () => {
    const message = { timestamp, frame_id: 'gps', latitude: 35.5, longitude: 139.5, altitude: 40 };
    assert.deepEqual(convert('foxglove_msgs/msg/LocationFix', message), {
      kind: 'gnss',
      gnss: { stampNs: STAMP_NS, latitudeDeg: 35.5, longitudeDeg: 139.5, altitudeM: 40 },
    });
    assert.equal(convert('foxglove_msgs/msg/LocationFix', { ...message, latitude: Number.NaN }), null);
    assert.throws(
      () => convert('foxglove_msgs/msg/LocationFix', { ...message, latitude: 91 }),
      /latitudeDeg/,
    );
  });

  test('CompressedVideo and ffmpeg packets are packets of their codec, others are refused by name', () => {
    const data = Uint8Array.of(0, 0, 1, 0x65);
    const video = packetOf('foxglove_msgs/msg/CompressedVideo', {
      timestamp,
      frame_id: 'f',
      data,
      format: 'h265',
    });
    assert.deepEqual(video, { logTimeNs: NOW_NS, stampNs: STAMP_NS, frameId: 'f', codec: 'h265', data });
    const codecs = {
      h264: 'h264',
      libx264: 'h264',
      hevc_nvenc: 'h265',
      'hevc;yuv420p;bgr8;bgr8': 'h265',
      libaom_av1: 'av1',
    };
    for (const [encoding, codec] of Object.entries(codecs)) {
      const message = {
        header: { stamp: timestamp, frame_id: 'f' },
        width: 1,
        height: 1,
        encoding,
        pts: 0n,
        flags: 1,
        data,
      };
      assert.equal(packetOf('ffmpeg_image_transport_msgs/msg/FFMPEGPacket', message).codec, codec);
    }
    const theora = { timestamp, frame_id: 'f', data, format: 'theora' };
    assert.throws(() => packetOf('foxglove_msgs/msg/CompressedVideo', theora), /"theora" is not one of h264/);
  });
});

describe("ROS's compressed images", () => {
  const image = (format: string, data: Uint8Array) =>
    convert('sensor_msgs/msg/CompressedImage', { header: { stamp: timestamp, frame_id: 'f' }, format, data });

  test('formats of image_transport, and bytes that contradict them', () => {
    const jpeg = Uint8Array.of(0xff, 0xd8, 0xff, 0xe0);
    for (const [format, data, encoding] of [
      ['rgb8; jpeg compressed bgr8', jpeg, 'jpeg'],
      ['bgr8; png compressed', TINY_PNG, 'png'],
      ['jpg', jpeg, 'jpeg'],
      ['jpeg', TINY_PNG, 'png'],
      ['', jpeg, 'jpeg'],
    ] as const) {
      const converted = image(format, data);
      assert.ok(converted?.kind === 'frame' && converted.frame.encoding === encoding, format);
    }
  });

  test('distances and unknown formats are refused by name', () => {
    const depth = new Uint8Array([...new Uint8Array(12), ...TINY_PNG]);
    assert.throws(() => image('16UC1; compressedDepth png', depth), /compressedDepth png" holds distances/);
    assert.throws(() => image('webp', Uint8Array.of(1, 2, 3)), /"webp" is neither/);
  });

  test('a decoded topic’s frame keeps its bytes when the log uses its memory again', () => {
    const type = 'sensor_msgs/msg/CompressedImage';
    const message = {
      header: { stamp: { sec: 1, nanosec: 0 }, frame_id: 'f' },
      format: 'png',
      data: TINY_PNG,
    };
    const cdr = encodeRos({ type, message });
    const channel = {
      id: 0,
      topic: '/camera',
      messageEncoding: 'cdr',
      schemaName: type,
      schemaEncoding: 'ros2msg',
      schemaData: new TextEncoder().encode(messageText(type)),
      metadata: new Map<string, string>(),
      count: null,
    };
    const raw = { logTimeNs: 1n, publishTimeNs: 1n, sequence: 0, data: cdr };
    const decoded = new TopicDecoder(channel, 'camera').decode(raw);
    cdr.fill(0);
    assert.ok(decoded !== null && 'kind' in decoded && decoded.kind === 'frame');
    assert.deepEqual(new Uint8Array(decoded.frame.data), new Uint8Array(TINY_PNG));
  });
});

describe('times in every form', () => {
  test('are the same nanoseconds', () => {
    for (const time of [
      timestamp,
      { sec: 1_700_000_001, nsec: 5 },
      { seconds: 1_700_000_001n, nanos: 5 },
      { seconds: 1_700_000_001, nanos: 5 },
      { seconds: '1700000001', nanos: 5 },
      '2023-11-14T22:13:21.000000005Z',
      '2023-11-15T07:13:21.000000005+09:00',
    ]) {
      assert.equal(messageTimeToNs(time), STAMP_NS);
    }
    assert.equal(messageTimeToNs(new Date(1_700_000_001_000)), STAMP_NS - 5n);
  });

  test('ISO 8601 wants an offset; nonsense is no time, and the log time stands in', () => {
    for (const text of ['2023-11-14T22:13:21', '2023-13-14T22:13:21Z', 'yesterday', '', '2023-11-14']) {
      assert.equal(isoToNs(text), undefined, text);
    }
    assert.equal(isoToNs('2023-11-14 22:13:21,5+0000'), NOW_NS + 1_500_000_000n);
    assert.equal(saneStampNs('yesterday', 7n), 7n);
    assert.equal(saneStampNs({ seconds: 0n, nanos: 0 }, 7n), 7n);
    assert.equal(saneStampNs(new Date(Number.NaN), 7n), 7n);
  });
});

describe('where decoding can start', () => {
  const annexB = (...units: number[][]) => Uint8Array.from(units.flatMap((unit) => [0, 0, 0, 1, ...unit]));

  test('H.264: at an IDR picture or a recovery point', () => {
    assert.equal(packetKind('h264', annexB([0x67, 1], [0x68, 1], [0x65, 1])), 'key');
    assert.equal(packetKind('h264', annexB([0x06, 6, 1, 0x80], [0x41, 1])), 'key');
    assert.equal(packetKind('h264', annexB([0x06, 5, 1, 0x80], [0x41, 1])), 'dependent');
    assert.equal(packetKind('h264', annexB([0x67, 1], [0x68, 1])), 'parameters');
    assert.equal(packetKind('h264', annexB([0x09, 0xf0], [0x41, 1])), 'dependent');
  });

  test('H.265: at a random access picture', () => {
    assert.equal(packetKind('h265', annexB([0x40, 1], [0x42, 1], [0x44, 1], [0x26, 1])), 'key');
    assert.equal(packetKind('h265', annexB([0x2a, 1])), 'key');
    assert.equal(packetKind('h265', annexB([0x40, 1], [0x42, 1])), 'parameters');
    assert.equal(packetKind('h265', annexB([0x02, 1])), 'dependent');
  });

  test('VP9 and AV1: at a key frame, and at a sequence header', () => {
    assert.equal(packetKind('vp9', Uint8Array.of(0x82, 0x49)), 'key');
    assert.equal(packetKind('vp9', Uint8Array.of(0x86, 0x00)), 'dependent');
    assert.equal(packetKind('vp9', Uint8Array.of(0x88)), 'dependent');
    assert.equal(packetKind('av1', Uint8Array.of(0x12, 0x00, 0x0a, 0x0b)), 'key');
    assert.equal(packetKind('av1', Uint8Array.of(0x12, 0x00, 0x32, 0x10)), 'dependent');
  });

  test('no bytes, or only rubbish, are no start', () => {
    for (const codec of ['h264', 'h265', 'vp9', 'av1'] as const) {
      for (const data of [
        new Uint8Array(0),
        Uint8Array.of(0, 0, 1),
        new Uint8Array(64),
        new Uint8Array(64).fill(0x12),
      ]) {
        assert.equal(packetKind(codec, data), 'dependent');
      }
    }
  });
});
