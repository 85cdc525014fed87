import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { before, test } from 'node:test';
import { parse } from '@foxglove/rosmsg';
import { MessageReader } from '@foxglove/rosmsg2-serialization';
import { openRawLog } from '../../../src/io/log/open-raw-log.ts';
import type { RawChannel } from '../../../src/io/log/raw-log.ts';
import { openRecording, RECORDING_TOPICS } from '../../../src/io/log/recording.ts';
import { repositoryRoot } from '../../support/require.ts';
import { SAMPLES } from '../domain-samples.ts';
import { temporaryFolder } from '../temporary-folder.ts';
import { INTENT, STATUS, VERDICT } from './journal-samples.ts';

const at = temporaryFolder();
const file = at('recording.mcap');
const layout = JSON.parse(readFileSync(path.join(repositoryRoot, 'config', 'foxglove-layout.json'), 'utf8'));
const NAMES = {
  frame: 'camera',
  vehicle: 'vehicle',
  signs: 'signs',
  objects: 'objects',
  route: 'route',
  planner: 'planner',
  utterance: 'utterance',
} as const;

const REPLY = {
  type: 'reply',
  stampNs: 1n,
  originId: 'u1',
  language: 'en',
  stage: 'VERDICT',
  text: 'I stop.',
} as const;

before(async () => {
  const recording = await openRecording(file);
  for (const { message } of SAMPLES) {
    if (message.kind === 'gnss' || (message.kind === 'frame' && message.frame.encoding === 'rgb8')) continue;
    await recording.write(RECORDING_TOPICS[NAMES[message.kind]], message, 1n);
  }
  for (const entry of [VERDICT, INTENT, STATUS, REPLY])
    await recording.write(RECORDING_TOPICS.journal, entry, 1n);
  await recording.close();
});

async function channels(): Promise<Map<string, RawChannel>> {
  const log = await openRawLog(file);
  await log.close();
  return new Map(log.channels.map((channel) => [channel.topic, channel]));
}

/** Every string of the layout that names a topic, with or without a field behind it. */
function topicPaths(value: unknown): string[] {
  if (typeof value === 'string') return value.startsWith('/') ? [value] : [];
  if (typeof value !== 'object' || value === null) return [];
  return [
    ...Object.keys(value).filter((key) => key.startsWith('/')),
    ...Object.values(value).flatMap(topicPaths),
  ];
}

test('every topic of a recording is written under its name', async () => {
  assert.deepEqual([...(await channels()).keys()].sort(), Object.values(RECORDING_TOPICS).sort());
});

test('every topic and field that the layout shows is one that a recording has', async () => {
  const written = await channels();
  const paths = topicPaths(layout.configById);
  assert.ok(paths.length >= 8);
  for (const shown of paths) {
    const [topic = '', field] = shown.split('.');
    const channel = written.get(topic);
    assert.ok(channel !== undefined, `${topic} is written`);
    if (field === undefined) continue;
    const [root] = parse(new TextDecoder().decode(channel.schemaData), { ros2: true });
    assert.ok(
      root!.definitions.some((definition) => definition.name === field),
      `${topic} has ${field}`,
    );
  }
});

test('every panel of the layout has its place and its configuration', () => {
  const places: string[] = [];
  const visit = (node: unknown): void => {
    if (typeof node === 'string') places.push(node);
    else for (const side of ['first', 'second'] as const) visit((node as Record<string, unknown>)[side]);
  };
  visit(layout.layout);
  assert.deepEqual(places.sort(), Object.keys(layout.configById).sort());
});

test('signs are also boxes with labels, plates too', async () => {
  const log = await openRawLog(file);
  const channel = log.channels.find(({ topic }) => topic === RECORDING_TOPICS.signBoxes)!;
  assert.equal(channel.schemaName, 'foxglove_msgs/msg/ImageAnnotations');
  const reader = new MessageReader(parse(new TextDecoder().decode(channel.schemaData), { ros2: true }));
  for await (const { data } of log.messages({ channelIds: new Set([channel.id]) })) {
    const { points, texts } = reader.readMessage(data) as {
      points: { type: number; points: { x: number; y: number }[]; outline_color: { a: number } }[];
      texts: { text: string }[];
    };
    assert.deepEqual(
      texts.map(({ text }) => text),
      ['JP:323 40', '7-9\n土日を除く', 'DE:206'],
    );
    assert.equal(points.length, 3);
    assert.deepEqual(points[0]!.points[2], { x: 40.5, y: 60.25 });
    assert.equal(points[0]!.outline_color.a, 1);
  }
  await log.close();
});
