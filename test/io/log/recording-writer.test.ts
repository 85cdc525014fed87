import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { describe, test } from 'node:test';
import { parse } from 'yaml';
import { McapRecording } from '../../../src/io/log/mcap-recording.ts';
import { openRecording, RECORDING_TOPICS } from '../../../src/io/log/recording.ts';
import { need, pythonPeers, repositoryRoot } from '../../support/require.ts';
import { SAMPLES } from '../domain-samples.ts';
import { temporaryFolder } from '../temporary-folder.ts';
import { INTENT, STATUS, VERDICT } from './journal-samples.ts';
import { readRaw } from './raw-contents.ts';

const at = temporaryFolder();

const secondsToNs = (seconds: number): bigint =>
  1_700_000_000_000_000_000n + BigInt(Math.round(seconds * 1e9));

/** A recording of `seconds` at 10 Hz, and a few words of codriver. */
async function record(location: string, seconds: number, options = {}): Promise<void> {
  const recording = await openRecording(location, options);
  for (let index = 0; index < seconds * 10; index++) {
    const stampNs = secondsToNs(index / 10);
    const vehicle = { stampNs, speedMps: index };
    await recording.write(RECORDING_TOPICS.vehicle, { kind: 'vehicle', vehicle }, stampNs);
  }
  for (const entry of [VERDICT, INTENT, STATUS])
    await recording.write(RECORDING_TOPICS.journal, entry, secondsToNs(seconds));
  await recording.close();
}

interface Metadata {
  readonly rosbag2_bagfile_information: {
    readonly version: number;
    readonly storage_identifier: string;
    readonly message_count: number;
    readonly duration: { readonly nanoseconds: number };
    readonly relative_file_paths: readonly string[];
    readonly files: readonly { readonly path: string; readonly message_count: number }[];
    readonly topics_with_message_count: readonly {
      readonly topic_metadata: { readonly name: string; readonly type: string };
      readonly message_count: number;
    }[];
  };
}

function metadataOf(folder: string): Metadata['rosbag2_bagfile_information'] {
  return (parse(readFileSync(`${folder}/metadata.yaml`, 'utf8')) as Metadata).rosbag2_bagfile_information;
}

describe('a folder', () => {
  test('is a rosbag2 bag of version 9', async () => {
    await record(at('bag'), 2);
    assert.deepEqual(readdirSync(at('bag')).sort(), ['bag_0.mcap', 'metadata.yaml']);
    const metadata = metadataOf(at('bag'));
    assert.equal(metadata.version, 9);
    assert.equal(metadata.storage_identifier, 'mcap');
    assert.equal(metadata.message_count, 26);
    assert.equal(metadata.duration.nanoseconds, 2_000_000_000);
    const counts = metadata.topics_with_message_count.map((topic) => [
      topic.topic_metadata.name,
      topic.topic_metadata.type,
      topic.message_count,
    ]);
    assert.deepEqual(counts, [
      ['/vehicle/state', 'codriver_msgs/msg/VehicleState', 20],
      ['/codriver/output/journal', 'codriver_msgs/msg/Journal', 3],
      ['/codriver/output/verdict', 'codriver_msgs/msg/Verdict', 1],
      ['/codriver/output/intent', 'codriver_msgs/msg/Intent', 1],
      ['/codriver/output/intent_status', 'codriver_msgs/msg/IntentStatus', 1],
    ]);
  });

  test('splits by time, each file whole by itself and in turn', async () => {
    await record(at('by-time'), 5, { splitNs: 2_000_000_000n });
    const { files, message_count: total } = metadataOf(at('by-time'));
    assert.deepEqual(
      files.map((file) => [file.path, file.message_count]),
      [
        ['by-time_0.mcap', 20],
        ['by-time_1.mcap', 20],
        ['by-time_2.mcap', 16],
      ],
    );
    const stamps: bigint[] = [];
    for (const { path } of files) {
      const { contents, damages } = await readRaw(at(`by-time/${path}`));
      assert.deepEqual(damages, []);
      stamps.push(...contents.map((message) => message.logTimeNs));
    }
    assert.equal(stamps.length, total);
    assert.deepEqual(
      stamps,
      stamps.toSorted((a, b) => Number(a - b)),
    );
  });

  test('splits by size', async () => {
    await record(at('by-size'), 20, { splitBytes: 8000, compression: 'none' });
    const { files } = metadataOf(at('by-size'));
    assert.ok(files.length > 3);
    for (const { path } of files) assert.ok(readFileSync(at(`by-size/${path}`)).length < 16_000, path);
  });

  test('that holds something is not recorded over', async () => {
    mkdirSync(at('used'));
    writeFileSync(at('used/precious.mcap'), 'x');
    await assert.rejects(openRecording(at('used')), { code: 'BAD_ARGUMENT' });
    assert.equal(readFileSync(at('used/precious.mcap'), 'utf8'), 'x');
  });

  test('a plain file is not split', async () => {
    await assert.rejects(McapRecording.create(at('x.mcap'), { splitBytes: 1000 }), { code: 'BAD_ARGUMENT' });
  });
});

test('two recordings of the same have the same bytes, metadata.yaml too', async () => {
  await record(at('one/same'), 3, { splitNs: 1_000_000_000n });
  await record(at('two/same'), 3, { splitNs: 1_000_000_000n });
  for (const name of readdirSync(at('one/same'))) {
    assert.ok(readFileSync(at(`one/same/${name}`)).equals(readFileSync(at(`two/same/${name}`))), name);
  }
});

test('a disk that fills: told at close even where nobody awaited the write, and the log reads up to there', async () => {
  // The shell's limit on the size of files stands in for a disk that is full.
  const script = `
    import { openRecording } from ${JSON.stringify(`${repositoryRoot}/src/io/log/recording.ts`)};
    const recording = await openRecording(process.argv[1], { compression: 'none' });
    for (let index = 0; index < 2000; index++) {
      const stampNs = BigInt(index) * 100000000n + 1n;
      recording.write('/vehicle/state', { kind: 'vehicle', vehicle: { stampNs, speedMps: index } }, stampNs).catch(() => {});
    }
    await recording.close().catch((error) => console.log(error.code));`;
  const command = 'ulimit -f 64 && exec "$0" "$@"';
  const args = ['-c', command, process.execPath, '--import', 'tsx', '--input-type=module', '-e', script];
  const output = execFileSync('bash', [...args, at('full.mcap')], { cwd: repositoryRoot, encoding: 'utf8' });
  assert.equal(output, 'DISK_FULL\n');
  const { contents } = await readRaw(at('full.mcap'));
  const size = readFileSync(at('full.mcap')).length;
  assert.ok(size <= 64 * 1024);
  assert.ok(contents.length * 100 > size / 2, `${contents.length} messages in ${size} bytes`);
});

test('killed, a recording reads up to its last quarter of a second', async () => {
  const script = `
    import { openRecording } from ${JSON.stringify(`${repositoryRoot}/src/io/log/recording.ts`)};
    const recording = await openRecording(process.argv[1]);
    setInterval(async () => {
      const stampNs = BigInt(Date.now()) * 1000000n;
      await recording.write('/vehicle/state', { kind: 'vehicle', vehicle: { stampNs, speedMps: 1 } }, stampNs);
      process.stdout.write(stampNs + '\\n');
    }, 20);`;
  const file = at('killed.mcap');
  const args = ['--import', 'tsx', '--input-type=module', '-e', script, file];
  const child = spawn(process.execPath, args, { cwd: repositoryRoot, stdio: ['ignore', 'pipe', 'inherit'] });
  let output = '';
  await new Promise<void>((resolve) => {
    child.stdout.on('data', (data: Buffer) => {
      output += data.toString();
      const stamps = output.trimEnd().split('\n');
      if (BigInt(stamps.at(-1)!) - BigInt(stamps[0]!) > 2_500_000_000n) child.kill('SIGKILL');
    });
    child.on('close', () => resolve());
  });
  const lastNs = BigInt(output.trimEnd().split('\n').at(-1)!);
  const { contents, damages } = await readRaw(file);
  assert.equal(damages.length, 1, 'the missing end is told');
  assert.ok(contents.length > 50, `${contents.length} messages`);
  const lostMs = Number(lastNs - contents.at(-1)!.logTimeNs) / 1e6;
  assert.ok(lostMs < 500, `${lostMs} ms are lost`);
});

describe('Python reads a recording', { skip: need('python-peers') }, () => {
  const peer = (script: string, argument: string): unknown =>
    JSON.parse(execFileSync(pythonPeers(), ['-c', script, argument], { encoding: 'utf8' }));

  test('rosbags: topics, counts, decoded fields', async () => {
    const folder = at('peer');
    const recording = await openRecording(folder, { splitNs: 500_000_000n });
    for (const { topic, message } of SAMPLES) await recording.write(topic, message, secondsToNs(0));
    for (const entry of [VERDICT, INTENT, STATUS])
      await recording.write(RECORDING_TOPICS.journal, entry, secondsToNs(1));
    await recording.close();
    const script = `
import json, sys
from pathlib import Path
from rosbags.highlevel import AnyReader
with AnyReader([Path(sys.argv[1])]) as bag:
    counts = {c.topic: c.msgcount for c in bag.connections}
    rows = {}
    for c, stamp, raw in bag.messages():
        m = bag.deserialize(raw, c.msgtype)
        rows.setdefault(c.topic, []).append([c.msgtype, stamp, getattr(m, 'text', None), getattr(m, 'speed_mps', None),
            getattr(m, 'outcome', None), getattr(m, 'maneuver_json', None), getattr(m, 'detail', None)])
    print(json.dumps({'counts': counts, 'rows': rows, 'total': bag.message_count}))`;
    const { counts, rows, total } = peer(script, folder) as {
      counts: Record<string, number>;
      rows: Record<string, unknown[][]>;
      total: number;
    };
    assert.equal(total, SAMPLES.length + 7);
    assert.equal(counts['/codriver/output/journal'], 3);
    assert.equal(rows['/speech']![0]![2], '次の信号を左に曲がって🚗');
    assert.equal(rows['/vehicle']![0]![3], 8.3);
    assert.equal(rows['/codriver/output/verdict']![0]![4], 'EXECUTE');
    assert.equal(rows['/codriver/output/intent']![0]![5], '{"kind":"SET_SPEED","speedMps":8.25}');
    assert.equal(rows['/codriver/output/intent_status']![0]![6], '減速');
  });

  test('mcap-ros2-support: every file by itself, with checksums', async () => {
    await record(at('checked'), 3, { splitNs: 1_000_000_000n, compression: 'lz4' });
    const script = `
import json, sys, glob
from mcap.reader import make_reader
from mcap_ros2.decoder import DecoderFactory
speeds = []
for name in sorted(glob.glob(sys.argv[1] + '/*.mcap')):
    with open(name, 'rb') as f:
        for schema, channel, message, m in make_reader(f, decoder_factories=[DecoderFactory()], validate_crcs=True).iter_decoded_messages(topics=['/vehicle/state']):
            speeds.append(m.speed_mps)
print(json.dumps(speeds))`;
    assert.deepEqual(
      peer(script, at('checked')),
      Array.from({ length: 30 }, (_, index) => index),
    );
  });
});
