import {
  create,
  createFileRegistry,
  type DescMessage,
  type FileRegistry,
  fromJson,
  type JsonValue,
  toBinary,
} from '@bufbuild/protobuf';
import {
  type FileDescriptorSet,
  FileDescriptorSetSchema,
  file_google_protobuf_timestamp,
  FieldDescriptorProto_Label as Label,
  FieldDescriptorProto_Type as Type,
} from '@bufbuild/protobuf/wkt';
import { parse } from '@foxglove/rosmsg';
import { MessageWriter } from '@foxglove/rosmsg-serialization';
import type { MadeChannel } from '../make-mcap.ts';

/** A JPEG's first bytes. */
export const JPEG = new Uint8Array([0xff, 0xd8, 0xff, 0xe0, 1, 2, 3]);

/** 12.000000034 s. */
export const STAMP_NS = 12_000_000_034n;

const HEADER1 = 'uint32 seq\ntime stamp\nstring frame_id\n';
const SEPARATOR = `${'='.repeat(80)}\n`;

/** A ROS 1 channel and the encoder of its messages. */
export function ros1(topic: string, schemaName: string, text: string) {
  const schemaData = `Header header\n${text}${SEPARATOR}MSG: std_msgs/Header\n${HEADER1}`;
  const writer = new MessageWriter(parse(schemaData));
  const channel: MadeChannel = {
    topic,
    messageEncoding: 'ros1',
    schemaName,
    schemaEncoding: 'ros1msg',
    schemaData,
  };
  const header = { seq: 7, stamp: { sec: 12, nsec: 34 }, frame_id: 'cam' };
  const encode = (fields: object): Uint8Array => writer.writeMessage({ header, ...fields });
  return { channel, encode };
}

/** A JSON channel with a schema as Foxglove's are. */
export function foxgloveJson(topic: string, name: string, properties: object) {
  const time = { type: 'object', title: 'time', properties: { sec: { type: 'integer' }, nsec: {} } };
  const channel: MadeChannel = {
    topic,
    messageEncoding: 'json',
    schemaName: `foxglove.${name}`,
    schemaEncoding: 'jsonschema',
    schemaData: JSON.stringify({ type: 'object', properties: { timestamp: time, ...properties } }),
  };
  const encode = (fields: object): Uint8Array =>
    new TextEncoder().encode(
      JSON.stringify({ timestamp: { sec: 12, nsec: 34 }, frame_id: 'cam', ...fields }),
    );
  return { channel, encode };
}

type FieldSpec = readonly [name: string, type: Type, typeName?: string, label?: Label];

/** A protobuf channel whose message has a timestamp, a frame and `fields`, and the encoder of its JSON form. */
export function foxgloveProtobuf(topic: string, name: string, fields: readonly FieldSpec[]) {
  const all: FieldSpec[] = [
    ['timestamp', Type.MESSAGE, '.google.protobuf.Timestamp'],
    ['frame_id', Type.STRING],
    ...fields,
  ];
  const set: FileDescriptorSet = create(FileDescriptorSetSchema, {
    file: [
      file_google_protobuf_timestamp.proto,
      {
        name: `foxglove/${name}.proto`,
        package: 'foxglove',
        syntax: 'proto3',
        dependency: ['google/protobuf/timestamp.proto'],
        messageType: [
          {
            name,
            field: all.map(([fieldName, type, typeName, label = Label.OPTIONAL], index) => ({
              name: fieldName,
              number: index + 1,
              type,
              label,
              ...(typeName === undefined ? {} : { typeName }),
            })),
          },
        ],
      },
    ],
  });
  const registry: FileRegistry = createFileRegistry(set);
  const type: DescMessage = registry.getMessage(`foxglove.${name}`)!;
  const channel: MadeChannel = {
    topic,
    messageEncoding: 'protobuf',
    schemaName: `foxglove.${name}`,
    schemaEncoding: 'protobuf',
    schemaData: toBinary(FileDescriptorSetSchema, set),
  };
  const encode = (json: Record<string, JsonValue>): Uint8Array =>
    toBinary(type, fromJson(type, { timestamp: '1970-01-01T00:00:12.000000034Z', frame_id: 'cam', ...json }));
  return { channel, encode };
}

/** sensor_msgs/msg/CompressedImage as rosidl writes it to IDL: what is used comes first or last. */
export const COMPRESSED_IMAGE_IDL = `${SEPARATOR}IDL: sensor_msgs/msg/CompressedImage
#include "std_msgs/msg/Header.idl"
module sensor_msgs {
  module msg {
    @verbatim (language="comment", text="This message contains a compressed image.")
    struct CompressedImage {
      std_msgs::msg::Header header;
      string format;
      sequence<uint8> data;
    };
  };
};
${SEPARATOR}IDL: std_msgs/msg/Header
#include "builtin_interfaces/msg/Time.idl"
module std_msgs {
  module msg {
    struct Header {
      builtin_interfaces::msg::Time stamp;
      string frame_id;
    };
  };
};
${SEPARATOR}IDL: builtin_interfaces/msg/Time
module builtin_interfaces {
  module msg {
    struct Time {
      int32 sec;
      uint32 nanosec;
    };
  };
};
`;
