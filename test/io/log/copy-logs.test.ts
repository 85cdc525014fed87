import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { type CopyOptions, type CopyResult, copyLogs } from '../../../src/io/log/copy-logs.ts';
import type { ChannelSpec } from '../../../src/io/log/mcap-recording.ts';
import { openRawLog } from '../../../src/io/log/open-raw-log.ts';

import { RawWriter } from '../../../src/io/log/raw-writer.ts';
import { temporaryFolder } from '../temporary-folder.ts';
import { type PlainMessage, readRaw } from './raw-contents.ts';

const at = temporaryFolder();

const JSON_CHANNEL: ChannelSpec = {
  topic: '/a',
  messageEncoding: 'json',
  schemaName: 'demo.A',
  schemaEncoding: 'jsonschema',
  schemaData: new TextEncoder().encode('{"type":"object"}'),
  metadata: new Map(),
};

type Row = readonly [topic: string, logTimeNs: number, data: string | Uint8Array];

/** Writes rows on channels like `specs`, by their topics. */
async function write(file: string, specs: readonly ChannelSpec[], rows: readonly Row[]): Promise<string> {
  const writer = await RawWriter.create(at(file), { profile: '' });
  const numbers = new Map(specs.map((spec) => [spec.topic, writer.addChannel(spec)]));
  for (const [sequence, [topic, logTimeNs, data]] of rows.entries()) {
    const bytes = typeof data === 'string' ? new TextEncoder().encode(data) : data;
    const stampNs = BigInt(logTimeNs);
    await writer.write(numbers.get(topic)!, {
      sequence,
      logTimeNs: stampNs,
      publishTimeNs: stampNs + 1n,
      data: bytes,
    });
  }
  await writer.close();
  return at(file);
}

async function copy(
  inputs: readonly string[],
  options: CopyOptions,
): Promise<{ result: CopyResult; contents: PlainMessage[] }> {
  const logs = [];
  for (const input of inputs) logs.push(await openRawLog(input));
  const writer = await RawWriter.create(at('out.mcap'));
  const result = await copyLogs(logs, writer, options);
  await writer.close();
  for (const log of logs) await log.close();
  return { result, contents: (await readRaw(at('out.mcap'))).contents };
}

const short = (contents: readonly PlainMessage[]): string[] =>
  contents.map(({ topic, logTimeNs, data }) => `${topic}@${logTimeNs} ${data}`);

describe('merging', () => {
  test('interleaves by time; equal topics become one, equal times keep the order of the inputs', async () => {
    const a = await write(
      'a.mcap',
      [JSON_CHANNEL],
      [
        ['/a', 1, 'a1'],
        ['/a', 3, 'a3'],
        ['/a', 5, 'a5'],
      ],
    );
    const b = await write(
      'b.mcap',
      [JSON_CHANNEL],
      [
        ['/a', 2, 'b2'],
        ['/a', 3, 'b3'],
      ],
    );
    const { contents } = await copy([a, b], {});
    assert.deepEqual(short(contents), ['/a@1 a1', '/a@2 b2', '/a@3 a3', '/a@3 b3', '/a@5 a5']);
    const log = await openRawLog(at('out.mcap'));
    assert.equal(log.channels.length, 1);
    await log.close();
  });

  test('another type on the same topic gets a name of its own; a prefix keeps inputs apart', async () => {
    const other = { ...JSON_CHANNEL, schemaName: 'demo.B' };
    const a = await write('t1.mcap', [JSON_CHANNEL], [['/a', 1, 'a']]);
    const b = await write('t2.mcap', [other], [['/a', 2, 'b']]);
    const merged = await copy([a, b], {});
    assert.deepEqual(short(merged.contents), ['/a@1 a', '/a_2@2 b']);
    assert.deepEqual([...merged.result.renamed], [['/a', '/a_2']]);
    const prefixed = await copy([a, b], { prefixes: ['', '/rear'] });
    assert.deepEqual(short(prefixed.contents), ['/a@1 a', '/rear/a@2 b']);
  });
});

test('topics are chosen by name or pattern, and one that no input has is an error', async () => {
  const specs = ['/camera/front', '/camera/rear', '/gps'].map((topic) => ({ ...JSON_CHANNEL, topic }));
  const file = await write('topics.mcap', specs, [
    ['/camera/front', 1, 'f'],
    ['/camera/rear', 2, 'r'],
    ['/gps', 3, 'g'],
  ]);
  const { contents } = await copy([file], { topics: ['/camera/*'] });
  assert.deepEqual(short(contents), ['/camera/front@1 f', '/camera/rear@2 r']);
  await assert.rejects(copy([file], { topics: ['/camera'] }), { code: 'NOT_FOUND' });
});

test('both ends of a range are included', async () => {
  const file = await write(
    'range.mcap',
    [JSON_CHANNEL],
    [
      ['/a', 1, ''],
      ['/a', 2, ''],
      ['/a', 3, ''],
      ['/a', 4, ''],
    ],
  );
  const { contents } = await copy([file], { fromNs: 2n, toNs: 3n });
  assert.deepEqual(
    contents.map((message) => message.logTimeNs),
    [2n, 3n],
  );
});

test('a signal ends the copy between two messages', async () => {
  const rows = Array.from({ length: 100 }, (_, index): Row => ['/a', index + 1, 'x']);
  const file = await write('long.mcap', [JSON_CHANNEL], rows);
  const controller = new AbortController();
  const onProgress = (_fraction: number, messages: number): void => {
    if (messages === 10) controller.abort();
  };
  const { result, contents } = await copy([file], { signal: controller.signal, onProgress });
  assert.equal(result.aborted, true);
  assert.equal(contents.length, 10);
});

describe('what a stretch needs from before it', () => {
  const QOS = '- history: 1\n  depth: 1\n  reliability: 1\n  durability: 1\n';
  const latched: readonly (readonly [string, ChannelSpec])[] = [
    [
      'ROS 2 durability by number',
      { ...JSON_CHANNEL, topic: '/map', metadata: new Map([['offered_qos_profiles', QOS]]) },
    ],
    [
      'ROS 2 durability by name',
      {
        ...JSON_CHANNEL,
        topic: '/map',
        metadata: new Map([
          ['offered_qos_profiles', QOS.replace('durability: 1', 'durability: transient_local')],
        ]),
      },
    ],
    ['ROS 1 latching', { ...JSON_CHANNEL, topic: '/map', metadata: new Map([['latching', '1']]) }],
    ['static transforms', { ...JSON_CHANNEL, topic: '/tf_static' }],
  ];
  for (const [what, spec] of latched) {
    test(`the last message of a latched topic, at the start: ${what}`, async () => {
      const rows: Row[] = [
        [spec.topic, 1, 'old'],
        [spec.topic, 2, 'last'],
        ['/a', 3, 'no'],
        ['/a', 10, 'yes'],
        [spec.topic, 12, 'new'],
      ];
      const file = await write('latched.mcap', [spec, JSON_CHANNEL], rows);
      const { result, contents } = await copy([file], { fromNs: 10n, withContext: true });
      assert.deepEqual(short(contents), [`${spec.topic}@10 last`, '/a@10 yes', `${spec.topic}@12 new`]);
      assert.equal(contents[0]!.publishTimeNs, 3n, 'when it was published is kept');
      assert.equal(result.contextMessages, 1);
    });
  }

  test('a volatile topic needs nothing', async () => {
    const spec = {
      ...JSON_CHANNEL,
      metadata: new Map([['offered_qos_profiles', QOS.replace('durability: 1', 'durability: 2')]]),
    };
    const file = await write(
      'volatile.mcap',
      [spec],
      [
        ['/a', 1, 'no'],
        ['/a', 10, 'yes'],
      ],
    );
    assert.equal((await copy([file], { fromNs: 10n, withContext: true })).contents.length, 1);
  });

  test('video begins at the key picture, also where that lies far back', async () => {
    const video: ChannelSpec = { ...JSON_CHANNEL, topic: '/video', schemaName: 'foxglove.CompressedVideo' };
    const packet = (unit: number): string =>
      JSON.stringify({
        timestamp: { sec: 0, nsec: 1 },
        frame_id: 'camera',
        format: 'h264',
        data: Buffer.from([0, 0, 0, 1, unit, 0x88]).toString('base64'),
      });
    const [key, dependent, parameters] = [packet(0x65), packet(0x41), packet(0x67)];
    const second = 1_000_000_000;
    const rows: Row[] = [
      ['/video', second, key],
      ['/a', second, 'no'],
    ];
    for (let at = 2; at <= 20; at++)
      rows.push(['/video', at * second, at === 4 ? parameters : at === 5 ? key : dependent]);
    const file = await write('video.mcap', [video, JSON_CHANNEL], rows);
    const { contents } = await copy([file], {
      fromNs: BigInt(18 * second),
      toNs: BigInt(19 * second),
      withContext: true,
    });
    assert.equal(contents[0]!.logTimeNs, BigInt(4 * second), 'with its parameters');
    assert.equal(contents.length, 16);
    assert.ok(contents.every(({ topic }) => topic === '/video'));
  });
});
