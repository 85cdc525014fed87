import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { describe, test } from 'node:test';
import { CodriverError } from '../../src/domain/index.ts';
import { type LogMessage, openLog } from '../../src/io/log/drive-log.ts';
import { LogWriter } from '../../src/io/log/mcap-writer.ts';
import { need, pythonPeers } from '../support/require.ts';
import { SAMPLE_SOURCE, SAMPLES } from './domain-samples.ts';
import { temporaryFolder } from './temporary-folder.ts';

const at = temporaryFolder();

async function writeSamples(file: string, compression: 'zstd' | 'none'): Promise<void> {
  const log = await LogWriter.create(file, { compression });
  for (const { topic, message } of SAMPLES) await log.write(topic, message, SAMPLE_SOURCE.logTimeNs);
  await log.write(
    '/codriver/journal',
    { type: 'end', stampNs: 5n, counts: { 発話: 1 } },
    SAMPLE_SOURCE.logTimeNs,
  );
  await log.close();
}

async function collect(messages: AsyncIterable<LogMessage>): Promise<LogMessage[]> {
  const collected: LogMessage[] = [];
  for await (const message of messages) collected.push(message);
  return collected;
}

async function readAll(file: string): Promise<LogMessage[]> {
  const log = await openLog(file, { onBadMessage: (error) => assert.fail(error.message) });
  const messages = await collect(log.messages());
  await log.close();
  return messages;
}

for (const compression of ['zstd', 'none'] as const) {
  test(`every kind comes back equal, ${compression}`, async () => {
    const file = at(`${compression}.mcap`);
    await writeSamples(file, compression);
    const read = (await readAll(file)).map(({ topic, message }) => ({ topic, message }));
    assert.deepEqual(read, SAMPLES);
  });
}

test('the same calls write the same bytes', async () => {
  await writeSamples(at('a.mcap'), 'zstd');
  await writeSamples(at('b.mcap'), 'zstd');
  assert.deepEqual(readFileSync(at('a.mcap')), readFileSync(at('b.mcap')));
});

test('the journal is listed but has no role', async () => {
  await writeSamples(at('journal.mcap'), 'zstd');
  const log = await openLog(at('journal.mcap'));
  const journal = log.topics.find(({ name }) => name === '/codriver/journal');
  assert.equal(journal?.type, 'codriver_msgs/msg/Journal');
  assert.equal(journal?.role, null);
  assert.match(journal?.why ?? '', /no role/);
  await log.close();
});

test('messages come by log time, whatever the order of writing, and a filter keeps its bounds', async () => {
  const file = at('order.mcap');
  const log = await LogWriter.create(file);
  const stamps = [5n, 3n, 9n, 1n, 3n, 7n].map((n) => n * 1_000_000_000n);
  const picture = new Uint8Array(200_000).fill(7);
  for (const [index, stampNs] of stamps.entries()) {
    await log.write('/v', { kind: 'vehicle', vehicle: { stampNs, speedMps: index } }, stampNs);
    // Large enough that every message lands in a chunk of its own.
    await log.write(
      '/c',
      {
        kind: 'frame',
        frame: {
          stampNs,
          frameId: '',
          camera: '/c',
          encoding: 'jpeg',
          widthPx: 0,
          heightPx: 0,
          data: picture,
        },
      },
      stampNs,
    );
  }
  await log.close();
  const reader = await openLog(file);
  const times = (await collect(reader.messages({ topics: ['/v'] }))).map(({ message }) =>
    message.kind === 'vehicle' ? message.vehicle.speedMps : -1,
  );
  assert.deepEqual(times, [3, 1, 4, 0, 5, 2]);
  const some = await collect(reader.messages({ fromNs: 3_000_000_000n, toNs: 5_000_000_000n }));
  assert.deepEqual(
    some.map(({ logTimeNs }) => Number(logTimeNs / 1_000_000_000n)),
    [3, 3, 3, 3, 5, 5],
  );
  await reader.close();
});

test('calls that are not awaited keep their order', async () => {
  const file = at('unawaited.mcap');
  const log = await LogWriter.create(file);
  const writes = Array.from({ length: 200 }, (_, n) =>
    log.write('/v', { kind: 'vehicle', vehicle: { stampNs: 1n, speedMps: n } }, 1n),
  );
  await Promise.all(writes);
  await log.close();
  const speeds = (await readAll(file)).map(({ message }) =>
    message.kind === 'vehicle' ? message.vehicle.speedMps : -1,
  );
  assert.deepEqual(
    speeds,
    Array.from({ length: 200 }, (_, n) => n),
  );
});

test('one topic carries one type', async () => {
  const log = await LogWriter.create(at('types.mcap'));
  await log.write('/v', { kind: 'vehicle', vehicle: { stampNs: 1n, speedMps: 1 } }, 1n);
  await assert.rejects(
    log.write('/v', { kind: 'gnss', gnss: { stampNs: 1n, latitudeDeg: 0, longitudeDeg: 0 } }, 1n),
    (error) => error instanceof CodriverError && error.code === 'BAD_MESSAGE' && error.message.includes('/v'),
  );
  await log.close();
  assert.equal((await readAll(at('types.mcap'))).length, 1);
});

describe('a log that cannot be written', () => {
  test('a missing folder is LOG_WRITE_FAILED', async () => {
    await assert.rejects(LogWriter.create(at('missing/x.mcap')), { code: 'LOG_WRITE_FAILED' });
  });

  test('a full disk is DISK_FULL', { skip: existsSync('/dev/full') ? false : 'no /dev/full' }, async () => {
    await assert.rejects(LogWriter.create('/dev/full'), { code: 'DISK_FULL' });
  });
});

test('Python reads our file with mcap-ros2-support', { skip: need('python-peers') }, async () => {
  await writeSamples(at('peer.mcap'), 'zstd');
  const script = `
import json, sys
from mcap.reader import make_reader
from mcap_ros2.decoder import DecoderFactory
rows = []
with open(sys.argv[1], 'rb') as f:
    for schema, channel, message, m in make_reader(f, decoder_factories=[DecoderFactory()], validate_crcs=True).iter_decoded_messages():
        rows.append([channel.topic, schema.name, str(message.log_time),
            getattr(m, 'text', None), getattr(m, 'speed_mps', None), getattr(m, 'road_name', None), getattr(m, 'json', None)])
print(json.dumps(rows))`;
  const rows = JSON.parse(execFileSync(pythonPeers(), ['-c', script, at('peer.mcap')], { encoding: 'utf8' }));
  assert.equal(rows.length, SAMPLES.length + 1);
  const row = (topic: string) => rows.find(([name]: string[]) => name === topic);
  assert.equal(row('/speech')[3], '次の信号を左に曲がって🚗');
  assert.equal(row('/vehicle')[4], 8.3);
  assert.equal(row('/route')[5], '青葉通り');
  assert.equal(row('/camera/front')[1], 'sensor_msgs/msg/CompressedImage');
  assert.equal(row('/codriver/journal')[6], '{"type":"end","stampNs":"5","counts":{"発話":1}}');
});
