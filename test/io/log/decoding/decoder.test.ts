import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import {
  FieldDescriptorProto_Label as Label,
  FieldDescriptorProto_Type as Type,
} from '@bufbuild/protobuf/wkt';
import { makeDecoder, whyNotDecodable } from '../../../../src/io/log/decoding/decoder.ts';
import { fullTypeName } from '../../../../src/io/log/decoding/type-names.ts';
import type { RawChannel } from '../../../../src/io/log/raw-log.ts';
import { CdrEncoder } from '../../../../src/io/ros-messages/cdr-writer.ts';
import { messageDefinitions, messageText } from '../../../../src/io/ros-messages/message-texts.ts';
import type { MadeChannel } from '../make-mcap.ts';
import { COMPRESSED_IMAGE_IDL, foxgloveJson, foxgloveProtobuf, JPEG, ros1 } from './samples.ts';

/** A channel as a log has it. */
function channel(made: Partial<MadeChannel>): RawChannel {
  const { schemaData = '', ...rest } = made;
  return {
    id: 1,
    topic: '/t',
    messageEncoding: 'cdr',
    schemaName: '',
    schemaEncoding: '',
    metadata: new Map(),
    count: null,
    ...rest,
    schemaData: typeof schemaData === 'string' ? new TextEncoder().encode(schemaData) : schemaData,
  };
}

/** Records of other classes as plain objects, so that they compare by their fields. */
function plain(value: unknown): unknown {
  if (typeof value !== 'object' || value === null || ArrayBuffer.isView(value)) return value;
  if (Array.isArray(value)) return value.map(plain);
  return Object.fromEntries(Object.entries(value).map(([name, field]) => [name, plain(field)]));
}

const IMAGE = { header: { stamp: { sec: 12, nanosec: 34 }, frame_id: 'cam' }, format: 'jpeg', data: JPEG };
const IMAGE_TYPE = 'sensor_msgs/msg/CompressedImage';
const imageCdr = (): Uint8Array => new CdrEncoder(messageDefinitions(IMAGE_TYPE)).encode(IMAGE);

describe('CDR', () => {
  for (const [what, made] of [
    ['with the message text', { schemaEncoding: 'ros2msg', schemaData: messageText(IMAGE_TYPE) }],
    ['with IDL', { schemaEncoding: 'ros2idl', schemaData: COMPRESSED_IMAGE_IDL }],
    ['with no schema at all, of a well-known type', {}],
  ] as const) {
    test(what, () => {
      const decode = makeDecoder(channel({ schemaName: IMAGE_TYPE, ...made }));
      assert.deepEqual(decode(imageCdr()), IMAGE);
    });
  }

  test('codriver_msgs without a schema', () => {
    const type = 'codriver_msgs/msg/Journal';
    const message = {
      header: { stamp: { sec: 1, nanosec: 2 }, frame_id: '' },
      type: 'end',
      json: '{"発話":1}',
    };
    const data = new CdrEncoder(messageDefinitions(type)).encode(message);
    assert.deepEqual(makeDecoder(channel({ schemaName: type }))(data), message);
  });

  test('a message that is cut, or whose lengths are broken, throws and takes nothing from beside it', () => {
    const decode = makeDecoder(channel({ schemaName: IMAGE_TYPE }));
    const data = imageCdr();
    for (let length = 0; length < data.length; length++) {
      assert.throws(() => decode(data.slice(0, length)), `cut at ${length}`);
    }
  });
});

describe('ROS 1', () => {
  test('times get the names of ROS 2, in lists too', () => {
    const { channel: made, encode } = ros1(
      '/i',
      'sensor_msgs/CompressedImage',
      'string format\nuint8[] data\ntime[] others\n',
    );
    const data = encode({ format: 'jpeg', data: JPEG, others: [{ sec: 5, nsec: 6 }] });
    assert.deepEqual(plain(makeDecoder(channel(made))(data)), {
      ...IMAGE,
      header: { seq: 7, ...IMAGE.header },
      others: [{ sec: 5, nanosec: 6 }],
    });
  });

  test('names that are code are refused, not run', () => {
    for (const text of [
      'a/B(globalThis.ran=1) b\n',
      `a/B b\n${'='.repeat(80)}\nMSG: a/B;globalThis.ran=1\nint8 x\n`,
    ]) {
      const made = {
        schemaEncoding: 'ros1msg',
        messageEncoding: 'ros1',
        schemaName: 'a/A',
        schemaData: text,
      };
      assert.throws(() => makeDecoder(channel(made)), { code: 'BAD_MESSAGE', message: /\/t.*schema/ });
    }
    assert.equal((globalThis as { ran?: number }).ran, undefined);
  });

  test('a list of empty items, endless where its count is broken, is refused', () => {
    const schemaData = `std_msgs/Empty[] items\n${'='.repeat(80)}\nMSG: std_msgs/Empty\n`;
    const made = { schemaEncoding: 'ros1msg', messageEncoding: 'ros1', schemaName: 'a/A', schemaData };
    assert.throws(() => makeDecoder(channel(made)), { code: 'BAD_MESSAGE', message: /items.*no fields/ });
  });
});

describe('JSON', () => {
  test('base64 where the schema says so, also in lists; times', () => {
    const bytes = { type: 'string', contentEncoding: 'base64' };
    const { channel: made, encode } = foxgloveJson('/j', 'CompressedImage', {
      data: bytes,
      more: { type: 'array', items: { type: 'object', properties: { data: bytes } } },
    });
    const base64 = Buffer.from(JPEG).toString('base64');
    const data = encode({ format: 'jpeg', data: base64, text: base64, more: [{ data: base64 }] });
    assert.deepEqual(makeDecoder(channel(made))(data), {
      timestamp: { sec: 12, nanosec: 34 },
      frame_id: 'cam',
      format: 'jpeg',
      data: JPEG,
      text: base64,
      more: [{ data: JPEG }],
    });
  });

  test('without a schema; what is no object throws', () => {
    const decode = makeDecoder(channel({ messageEncoding: 'json', schemaName: 'x' }));
    assert.deepEqual(
      decode(new TextEncoder().encode('{"__proto__": 1, "a": [1]}')),
      JSON.parse('{"__proto__": 1, "a": [1]}'),
    );
    for (const text of ['', '{', '1', 'null', '\xff']) {
      assert.throws(() => decode(Buffer.from(text, 'latin1')), text);
    }
  });
});

describe('protobuf', () => {
  test('names of the .proto file, bytes, lists, times', () => {
    const { channel: made, encode } = foxgloveProtobuf('/p', 'CompressedImage', [
      ['data', Type.BYTES],
      ['format', Type.STRING],
      ['exposure_times', Type.MESSAGE, '.google.protobuf.Timestamp', Label.REPEATED],
      ['big', Type.INT64],
    ]);
    const data = encode({
      data: Buffer.from(JPEG).toString('base64'),
      format: 'jpeg',
      exposure_times: ['1970-01-01T00:00:01Z'],
      big: '9007199254740993',
    });
    assert.deepEqual(makeDecoder(channel(made))(data), {
      timestamp: { sec: 12, nanosec: 34 },
      frame_id: 'cam',
      data: JPEG,
      format: 'jpeg',
      exposure_times: [{ sec: 1, nanosec: 0 }],
      big: 9007199254740993n,
    });
  });

  test('a set without the type, and a broken one, are named', () => {
    const { channel: made } = foxgloveProtobuf('/p', 'LocationFix', []);
    assert.throws(() => makeDecoder(channel({ ...made, schemaName: 'foxglove.Other' })), {
      code: 'BAD_MESSAGE',
      message: /\/p.*foxglove\.Other/,
    });
    assert.throws(() => makeDecoder(channel({ ...made, schemaData: JPEG })), { code: 'BAD_MESSAGE' });
  });
});

test('what can not be decoded says why', () => {
  for (const [made, why] of [
    [
      { messageEncoding: 'flatbuffer', schemaEncoding: 'flatbuffer' },
      /flatbuffer\/flatbuffer.*only cdr\/ros2msg/,
    ],
    [{ messageEncoding: 'cbor' }, /cbor/],
    [{ messageEncoding: 'protobuf' }, /protobuf, and the log has no schema/],
    [{ messageEncoding: 'ros1' }, /ros1, and the log has no schema/],
  ] as const) {
    assert.match(whyNotDecodable(channel(made))!, why);
    assert.throws(() => makeDecoder(channel(made)), { code: 'BAD_MESSAGE' });
  }
  assert.throws(() => makeDecoder(channel({ schemaName: 'acme_msgs/msg/Thing' })), {
    code: 'BAD_MESSAGE',
    message: /\/t \(acme_msgs\/msg\/Thing\).*no schema.*not well known/,
  });
  const broken = { schemaName: 'a/msg/A', schemaEncoding: 'ros2msg', schemaData: 'not a message at all ((' };
  assert.throws(() => makeDecoder(channel(broken)), { code: 'BAD_MESSAGE', message: /schema is broken/ });
});

test('type names, whoever wrote them', () => {
  for (const [name, full] of [
    ['sensor_msgs/Image', 'sensor_msgs/msg/Image'],
    ['sensor_msgs/msg/Image', 'sensor_msgs/msg/Image'],
    ['sensor_msgs::msg::Image', 'sensor_msgs/msg/Image'],
    ['foxglove.RawImage', 'foxglove_msgs/msg/RawImage'],
    ['foxglove_msgs/RawImage', 'foxglove_msgs/msg/RawImage'],
    ['acme.v1.Thing', 'acme.v1.Thing'],
    ['', ''],
  ] as const) {
    assert.equal(fullTypeName(name), full);
  }
});

test('messages with flipped bytes throw or give something at once; no length in them is believed', () => {
  const image = ros1(
    '/i',
    'sensor_msgs/CompressedImage',
    'string format\nuint8[] data\nstring[] names\nfloat64[] values\n',
  );
  const { channel: proto, encode } = foxgloveProtobuf('/p', 'CompressedImage', [['data', Type.BYTES]]);
  const joints = 'sensor_msgs/msg/JointState';
  const values = Array.from({ length: 20 }, (_, index) => index);
  const header = { stamp: { sec: 1, nanosec: 2 }, frame_id: 'f' };
  const state = { header, name: ['a', 'b'], position: values, velocity: values, effort: [] };
  const samples: [Partial<MadeChannel>, Uint8Array][] = [
    [{ schemaName: joints }, new CdrEncoder(messageDefinitions(joints)).encode(state)],
    [image.channel, image.encode({ format: 'jpeg', data: JPEG, names: ['a', 'b'], values })],
    [proto, encode({ data: Buffer.from(JPEG).toString('base64') })],
    [{ messageEncoding: 'json', schemaName: 'x' }, new TextEncoder().encode('{"a": [1, {"b": "c"}]}')],
  ];
  const rssBefore = process.memoryUsage().rss;
  for (const [made, data] of samples) {
    const decode = makeDecoder(channel(made));
    decode(data);
    for (let at = 0; at < data.length; at++) {
      for (const mask of [0x01, 0x10, 0x80, 0xff]) {
        const flipped = data.slice();
        flipped[at]! ^= mask;
        const started = process.cpuUsage();
        try {
          decode(flipped);
        } catch (error) {
          assert.ok(error instanceof Error);
        }
        const { user, system } = process.cpuUsage(started);
        const cpuMs = (user + system) / 1000;
        assert.ok(cpuMs < 500, `${made.messageEncoding ?? 'cdr'} at ${at}: ${cpuMs} ms`);
      }
    }
  }
  assert.ok(process.memoryUsage().rss - rssBefore < 300e6);
});
