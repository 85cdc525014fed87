import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, test } from 'node:test';
import type { Compression } from '../../../src/io/log/chunk-compression.ts';
import { copyLogs } from '../../../src/io/log/copy-logs.ts';
import { openRawLog } from '../../../src/io/log/open-raw-log.ts';
import type { RawLog } from '../../../src/io/log/raw-log.ts';
import { RawWriter } from '../../../src/io/log/raw-writer.ts';
import { need, sharedData } from '../../support/require.ts';
import { temporaryFolder } from '../temporary-folder.ts';
import { contentsOf, type PlainMessage, readRaw } from './raw-contents.ts';

const at = temporaryFolder();

const PICTURES = sharedData('mcap-real', 'udacity_solidWhiteRight_5fps.mcap');

/** Every log below a folder of the shared data: files by their names' ends, and rosbag2 folders. */
function logsBelow(folder: string, ends: readonly string[]): string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => ends.some((end) => name.endsWith(end)))
    .map((name) => path.join(folder, name))
    .sort();
}

async function copyTo(out: string, log: RawLog, compression: Compression = 'none'): Promise<RawWriter> {
  const writer = await RawWriter.create(out, { compression });
  await copyLogs([log], writer);
  await writer.close();
  return writer;
}

/** Copies and compares message by message; the definitions only where the source brings them. */
async function assertSameCopy(location: string, compression: Compression): Promise<number> {
  const log = await openRawLog(location);
  try {
    const out = at('copy.mcap');
    const writer = await copyTo(out, log, compression);
    const filled = writer.filledTypes;
    const expected = await contentsOf(log);
    const { contents, damages } = await readRaw(out);
    assert.deepEqual(damages, [], location);
    // As lines, which are compared faster than objects.
    const plain = (message: PlainMessage): string => {
      const [type = ''] = message.schema.split('\n', 1);
      return Object.values(filled.has(type) ? { ...message, schema: type, encodings: '' } : message).join(
        '\n',
      );
    };
    assert.deepEqual(contents.map(plain), expected.map(plain), location);
    return contents.length;
  } finally {
    await log.close();
  }
}

describe('a copy holds the same messages', { skip: need('shared') }, () => {
  test('of real drives', async () => {
    assert.equal(await assertSameCopy(sharedData('mcap-real', 'comma2k19_seg40.mcap'), 'zstd'), 17_984);
  });

  for (const compression of ['zstd', 'lz4', 'none'] as const) {
    test(`of pictures, ${compression}`, async () => {
      assert.equal(await assertSameCopy(PICTURES, compression), 45);
    });
  }

  test('of every conformance file', async () => {
    let messages = 0;
    for (const file of logsBelow(sharedData('mcap-conformance', 'data'), ['.mcap'])) {
      messages += await assertSameCopy(file, 'none');
    }
    assert.ok(messages > 1000);
  });

  test('of rosbag2 files, MCAP and SQLite', async () => {
    let logs = 0;
    for (const file of logsBelow(sharedData('rosbag2-tests'), ['.mcap', '.db3'])) {
      await assertSameCopy(file, 'zstd');
      logs += 1;
    }
    assert.ok(logs >= 38);
  });

  test('of rosbag2 folders', async () => {
    const folders = logsBelow(sharedData('rosbag2-tests'), ['metadata.yaml']).map((file) =>
      path.dirname(file),
    );
    for (const folder of folders) await assertSameCopy(folder, 'lz4');
    assert.ok(folders.length >= 16);
  });

  test('of rosbag1 files', async () => {
    for (const file of logsBelow(sharedData('rosbag1-fixtures'), ['.bag']))
      await assertSameCopy(file, 'zstd');
  });
});

test('the same input writes the same bytes', { skip: need('shared') }, async () => {
  const log = await openRawLog(PICTURES);
  for (const compression of ['zstd', 'lz4', 'none'] as const) {
    await copyTo(at('a.mcap'), log, compression);
    await copyTo(at('b.mcap'), log, compression);
    assert.ok(readFileSync(at('a.mcap')).equals(readFileSync(at('b.mcap'))), compression);
  }
  await log.close();
});

test('a ROS 2 type without its definition gets the known one, an unknown type keeps its name', async () => {
  const writer = await RawWriter.create(at('filled.mcap'));
  const spec = {
    messageEncoding: 'cdr',
    schemaEncoding: '',
    schemaData: new Uint8Array(0),
    metadata: new Map(),
  };
  writer.addChannel({ ...spec, topic: '/fix', schemaName: 'sensor_msgs/msg/NavSatFix' });
  writer.addChannel({ ...spec, topic: '/secret', schemaName: 'secret_msgs/msg/Plan' });
  await writer.close();
  assert.deepEqual([...writer.filledTypes], ['sensor_msgs/msg/NavSatFix']);
  assert.deepEqual([...writer.unexplainedTypes], ['secret_msgs/msg/Plan']);
  const log = await openRawLog(at('filled.mcap'));
  const [fix, secret] = log.channels;
  assert.equal(fix!.schemaEncoding, 'ros2msg');
  assert.match(new TextDecoder().decode(fix!.schemaData), /float64 latitude[\s\S]*MSG: std_msgs\/Header/);
  assert.equal(secret!.schemaName, 'secret_msgs/msg/Plan');
  assert.equal(secret!.schemaEncoding, '');
  await log.close();
});
