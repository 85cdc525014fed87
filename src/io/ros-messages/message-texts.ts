import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { parse, stringify } from '@foxglove/rosmsg';
import { ros2humble } from '@foxglove/rosmsg-msgs-common';
import { CodriverError } from '../../domain/index.ts';

/** A message type as @foxglove/rosmsg parses it. */
export type MessageDefinition = ReturnType<typeof parse>[number];

const OUR_MESSAGES = new URL('../../../ros/codriver_msgs/msg/', import.meta.url);
const SEPARATOR = '='.repeat(80);
const PRIMITIVES = /^(bool|byte|char|float(32|64)|u?int(8|16|32|64)|w?string)$/;

/** `package/msg/Name` as `package/Name`, the form inside message texts. */
export function shortTypeName(type: string): string {
  return type.replace('/msg/', '/');
}

/**
 * Text of a ROS 2 message type with all the types it uses, as MCAP's `ros2msg`
 * encoding wants it. codriver_msgs come from `ros/codriver_msgs/msg`, the others
 * from ROS 2 Humble's definitions, or from the ROS 2 that is sourced.
 *
 * @param type `package/msg/Name`
 * @throws CodriverError INTERNAL for a type that neither knows
 */
export function messageText(type: string): string {
  const root = shortTypeName(type);
  const texts = new Map<string, string>();
  const waiting = [root];
  for (let name = waiting.shift(); name !== undefined; name = waiting.shift()) {
    if (texts.has(name)) continue;
    const text = ownText(name);
    texts.set(name, text);
    waiting.push(...typesUsed(text, name));
  }
  return [...texts]
    .map(([name, text]) => (name === root ? text : `${SEPARATOR}\nMSG: ${name}\n${text}`))
    .join('\n');
}

/** Parsed form of {@link messageText}, the type's own definition first. */
export function messageDefinitions(type: string): MessageDefinition[] {
  return parse(messageText(type), { ros2: true });
}

function ownText(name: string): string {
  const [packageName, typeName] = name.split('/');
  if (packageName === 'codriver_msgs') return readFileSync(new URL(`${typeName}.msg`, OUR_MESSAGES), 'utf8');
  if (name === 'builtin_interfaces/Time') return 'int32 sec\nuint32 nanosec\n';
  const definition = (ros2humble as Readonly<Record<string, MessageDefinition>>)[name];
  if (definition === undefined) return installedText(name);
  const text = stringify([{ ...definition, definitions: definition.definitions.map(spellOutTime) }]);
  return `${text.trim()}\n`;
}

/** As the ROS 2 that is sourced has it. */
function installedText(name: string): string {
  const [packageName, typeName] = name.split('/');
  for (const prefix of (process.env.AMENT_PREFIX_PATH ?? '').split(':').filter((one) => one !== '')) {
    const file = path.join(prefix, 'share', `${packageName}`, 'msg', `${typeName}.msg`);
    if (existsSync(file)) return readFileSync(file, 'utf8');
  }
  throw new CodriverError('INTERNAL', `No definition of message type ${name}.`);
}

/** @foxglove/rosmsg writes ROS 1's `time`; ROS 2 has a message for it. */
function spellOutTime(field: MessageDefinition['definitions'][number]): typeof field {
  return field.type === 'time' ? { ...field, type: 'builtin_interfaces/Time', isComplex: true } : field;
}

function typesUsed(text: string, name: string): string[] {
  const packageName = name.split('/')[0]!;
  return text
    .split('\n')
    .map((line) => line.replace(/#.*/, '').trim())
    .filter((line) => line !== '' && !line.includes('='))
    .map((line) => line.split(/[\s[]/)[0]!)
    .filter((type) => !PRIMITIVES.test(type))
    .map((type) => (type.includes('/') ? type : `${packageName}/${type}`));
}
