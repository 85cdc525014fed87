/**
 * `npm run docs:messages`: writes docs/messages.md from the message definitions in ros/codriver_msgs, the
 * domain's schemas and the tables that the code reads and writes by.
 */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import {
  IntentStatus,
  PlannerStatus,
  RouteContext,
  SignDetection,
  SignDetections,
  SupplementarySign,
  TopicRole,
  TrackedObject,
  TrackedObjects,
  Utterance,
  VehicleState,
} from '../src/domain/index.ts';
import { CONVERSIONS } from '../src/io/ros-messages/from-ros.ts';
import { rosFieldName } from '../src/io/ros-messages/schema-mapping.ts';
import { READ_FIELDS, WRITTEN } from './messages-tables.ts';

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '..');
/** Where the page is. */
export const MESSAGES_PAGE = path.join(root, 'docs', 'messages.md');
const definitions = path.join(root, 'ros', 'codriver_msgs', 'msg');

/** The domain schema of each of our messages that has one. */
const SCHEMAS: Readonly<Record<string, z.ZodObject>> = {
  IntentStatus,
  PlannerStatus,
  RouteContext,
  SignDetection,
  SignDetectionArray: SignDetections,
  SupplementarySign,
  TrackedObject,
  TrackedObjectArray: TrackedObjects,
  Utterance,
  VehicleState,
};

interface Field {
  readonly name: string;
  readonly type: string;
  readonly meaning: string;
}

/** A .msg file: the comment at its head, and each field with the comment above it. */
function readDefinition(name: string): { about: string; fields: Field[] } {
  const about: string[] = [];
  const fields: Field[] = [];
  let comment: string[] = [];
  for (const line of readFileSync(path.join(definitions, `${name}.msg`), 'utf8').split('\n')) {
    const text = line.trim();
    if (text.startsWith('#')) comment.push(text.replace(/^#\s?/, ''));
    else if (text !== '') {
      const [type = '', field = ''] = text.split(/\s+/);
      // The first line of a file is about the message; what follows it, about its first field.
      if (fields.length === 0) about.push(comment.shift() ?? '');
      // Without a comment of its own a number goes with the one before it, as y does with x.
      const before = fields.at(-1);
      const shared = before?.type === type && type === 'float64' ? before.meaning : '';
      fields.push({ name: field, type, meaning: comment.join(' ') || shared });
      comment = [];
    }
  }
  return { about: about[0] ?? '', fields };
}

interface Limits {
  readonly minimum?: number;
  readonly maximum?: number;
  readonly exclusiveMinimum?: number;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly maxItems?: number;
  readonly anyOf?: readonly Limits[];
}

/** What the schema says of a field that the definition's type does not: what it is called, and its limits. */
function inCode(message: string, field: string): string {
  const schema = SCHEMAS[message];
  const key = schema && Object.keys(schema.shape).find((name) => rosFieldName(name) === field);
  if (schema === undefined || key === undefined) return '';
  const type = schema.shape[key] as z.ZodType;
  const json = z.toJSONSchema(type, { unrepresentable: 'any', io: 'input' }) as Limits;
  const limits = { ...json, ...json.anyOf?.[0] };
  const said: string[] = [];
  const least = limits.exclusiveMinimum ?? limits.minimum;
  if (least !== undefined && Math.abs(least) < 2 ** 52)
    said.push(limits.exclusiveMinimum === undefined ? `≥ ${least}` : `> ${least}`);
  if (limits.maximum !== undefined && limits.maximum < 2 ** 52) said.push(`≤ ${limits.maximum}`);
  if (limits.minLength !== undefined) said.push(`${limits.minLength} or more characters`);
  if (limits.maxLength !== undefined) said.push(`at most ${limits.maxLength} characters`);
  if (limits.maxItems !== undefined) said.push(`at most ${limits.maxItems}`);
  return [`\`${key}\``, ...said].join(', ');
}

const cell = (text: string): string => text.replaceAll('|', '\\|');
const row = (...cells: string[]): string => `| ${cells.map(cell).join(' | ')} |`;
const short = (type: string): string => type.replace(/^.*\//, '');

function readTable(): string[] {
  const lines: string[] = [];
  for (const role of TopicRole.options) {
    lines.push(
      `### ${role}`,
      '',
      row('type', 'fields used', 'what becomes of them'),
      row('---', '---', '---'),
    );
    for (const [type, conversion] of Object.entries(CONVERSIONS)) {
      if (conversion.role !== role) continue;
      const used = READ_FIELDS[type];
      if (used !== undefined) {
        lines.push(row(`\`${type}\``, used.fields.map((field) => `\`${field}\``).join(', '), used.meaning));
      } else if (type.startsWith('codriver_msgs/')) {
        lines.push(row(`[\`${type}\`](#${short(type).toLowerCase()})`, 'all', 'As they are.'));
      } else {
        throw new Error(`tools/messages-tables.ts does not say what is read of ${type}`);
      }
    }
    lines.push('');
  }
  const unread = Object.keys(READ_FIELDS).filter((type) => CONVERSIONS[type] === undefined);
  if (unread.length > 0)
    throw new Error(`tools/messages-tables.ts lists ${unread.join(', ')}, which is not read`);
  return lines;
}

function writtenTable(): string[] {
  const link = (type: string): string =>
    type.startsWith('codriver_msgs/') ? `[\`${type}\`](#${short(type).toLowerCase()})` : `\`${type}\``;
  return [
    row('topic', 'type', 'frame_id', 'when'),
    row('---', '---', '---', '---'),
    ...WRITTEN.map(({ topic, type, frameId, when }) => row(`\`${topic}\``, link(type), frameId, when)),
    '',
  ];
}

function ourMessages(): string[] {
  const names = readdirSync(definitions)
    .map((file) => file.replace(/\.msg$/, ''))
    .sort();
  return names.flatMap((name) => {
    const { about, fields } = readDefinition(name);
    const hasSchema = SCHEMAS[name] !== undefined;
    return [
      `### ${name}`,
      '',
      about,
      '',
      row('field', 'type', 'meaning', ...(hasSchema ? ['in code'] : [])),
      row('---', '---', '---', ...(hasSchema ? ['---'] : [])),
      ...fields.map((field) =>
        row(
          `\`${field.name}\``,
          `\`${field.type}\``,
          field.meaning,
          ...(hasSchema ? [inCode(name, field.name)] : []),
        ),
      ),
      '',
    ];
  });
}

/** The page as it has to be. */
export function messagesPage(): string {
  const text = [
    '# Messages',
    '',
    '<!-- Written by `npm run docs:messages`; edit the definitions and tools/messages-tables.ts instead. -->',
    '',
    'What codriver reads from logs and topics, what it writes, and every field of `codriver_msgs`.',
    '',
    'Units are in the names (`speed_mps`, `distance_m`, `yaw_rad`) and SI; frames follow REP-103 and REP-105',
    '(`base_link`: x forward, y left; `map`: x east, y north). Stamps are ROS times in messages and nanoseconds',
    'since 1970 in code and in JSON, there as decimal strings. What is not known is NaN for numbers and empty for',
    'strings, or false in the `has_…` beside the field. In code `speedMps` is the message’s `speed_mps`, `stampNs`',
    'its `header.stamp`, and `class` its `object_class`.',
    '',
    'The stamp of a message is its header’s where that was set and lies within 10 s of the time of recording, else',
    'the time of recording.',
    '',
    '## Read',
    '',
    'A topic gets its role by its type, or by `topics` in the configuration. Messages may be CDR with `ros2msg` or',
    '`ros2idl` definitions, ROS 1 messages, protobuf or JSON: `sensor_msgs/Image` and `sensor_msgs/msg/Image` are one',
    'type, as are `foxglove.RawImage` and `foxglove_msgs/msg/RawImage`. Of the types of vehicle, gnss, route and planner',
    'one topic is read: the type that stands first here, then the topic with more messages.',
    '',
    ...readTable(),
    '## Written',
    '',
    'A recording (`codriver sim`, `codriver replay --record`) holds what was heard under the names it came with, or',
    'these, and what codriver decided and said. Everything is CDR with its `ros2msg` definition.',
    '',
    ...writtenTable(),
    '## codriver_msgs',
    '',
    'The definitions are in `ros/codriver_msgs/msg`. “In code” gives the field of the schema in `src/domain` and what it',
    'demands beyond the type.',
    '',
    ...ourMessages(),
  ].join('\n');
  return `${text.trimEnd()}\n`;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) writeFileSync(MESSAGES_PAGE, messagesPage());
