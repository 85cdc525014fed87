import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, suite, test } from 'node:test';
import { LogWriter } from '../../src/io/log/mcap-writer.ts';
import { openRawLog } from '../../src/io/log/open-raw-log.ts';
import { need, pythonPeers } from '../support/require.ts';
import { Codriver, endLeftovers, graphEnvironment, Peer, until } from './graph.ts';

const PICTURES = 90;
const START_NS = 1_700_000_000_000_000_000n;

interface Read {
  readonly mcap: Record<string, number>;
  readonly rosbags: Record<string, number>;
  readonly replies: readonly string[];
}

suite('recording and playing', { skip: need('ros', 'python-peers'), timeout: 120_000 }, () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'codriver-ros-'));
  const env = graphEnvironment();
  let peer: Peer;

  before(() => {
    peer = new Peer(env);
  });
  after(async () => {
    await peer.close();
    rmSync(folder, { recursive: true });
  });
  after(endLeftovers);

  test('what the node hears and says is recorded, and read by mcap-ros2-support and rosbags', async () => {
    const remapped = '/sensing/camera/front/image_raw/compressed';
    const args = ['--ros-args', '-r', `~/input/image/compressed:=${remapped}`];
    const car = new Codriver(['run', '--ros', '--no-model', '--no-plates', ...args], env);
    await car.says('/codriver is active');
    const location = path.join(folder, 'drive');
    const recorder = new Codriver(['record', location], env);
    await recorder.says(`recording ${remapped}`);
    await recorder.says('recording /codriver/output/reply');
    // Two subscribers of each: the node and the recorder.
    const picture = {
      header: { stamp: { sec: 0, nanosec: 0 }, frame_id: 'camera' },
      format: 'jpeg',
      data: { base64: Buffer.alloc(200_000, 1).toString('base64') },
    };
    const sensor = { best_effort: true, depth: 30 };
    await until('both to hear the camera', async () => {
      const fields = { topic: remapped, type: 'sensor_msgs/msg/CompressedImage', qos: sensor };
      return ((await peer.do('advertise', fields)).subscribers as number) >= 2 ? true : undefined;
    });
    await peer.do('publish', {
      topic: remapped,
      type: 'sensor_msgs/msg/CompressedImage',
      message: picture,
      qos: sensor,
      count: PICTURES,
      hz: 30,
    });
    const answer = await peer.call('/codriver/say', 'codriver_msgs/srv/Say', {
      text: '止まって',
      seat: 'FRONT_RIGHT',
      confidence: 0.9,
    });
    await new Promise((resolve) => setTimeout(resolve, 500));
    assert.equal(await recorder.close(), 0, recorder.stderr);
    await car.close();
    const account = /(\d+) messages of (\d+) topics in .*drive(?:, \d+ lost)?\n/.exec(recorder.stderr);
    assert.ok(account !== null, recorder.stderr);
    const read = JSON.parse(
      execFileSync(pythonPeers(), [path.join(import.meta.dirname, 'read_log.py'), location], {
        encoding: 'utf8',
      }),
    ) as Read;
    assert.deepEqual(read.rosbags, read.mcap);
    // What it says it recorded is what is in the file; a message lost on the way is told beside it.
    const inFile = Object.values(read.mcap).reduce((sum, count) => sum + count, 0);
    assert.equal(inFile, Number(account[1]));
    // Cameras send without waiting for anybody, so that a busy machine may lose one on the way.
    const pictures = read.mcap[remapped] ?? 0;
    assert.ok(pictures > 0.9 * PICTURES && pictures <= PICTURES, `${pictures} pictures`);
    assert.ok(read.replies.includes(String(answer.reply)), read.replies.join());
    assert.ok((read.mcap['/codriver/output/journal'] ?? 0) > 3);
    // A recording is a log like any other.
    const info = await openRawLog(location);
    assert.ok(info.channels.some(({ topic }) => topic === '/diagnostics'));
    await info.close();
  });

  test('a log is played to rclpy complete, in its own time, with /clock', async () => {
    const location = path.join(folder, 'played.mcap');
    const writer = await LogWriter.create(location);
    for (let i = 0; i < PICTURES; i++) {
      const stampNs = START_NS + BigInt(i) * 20_000_000n;
      const frame = {
        stampNs,
        frameId: 'camera',
        camera: '/camera',
        encoding: 'jpeg' as const,
        widthPx: 0,
        heightPx: 0,
        data: new Uint8Array(150_000).fill(i),
      };
      await writer.write('/camera', { kind: 'frame', frame }, stampNs);
      const vehicle = { stampNs, speedMps: i };
      await writer.write('/vehicle', { kind: 'vehicle', vehicle }, stampNs);
    }
    await writer.close();
    await peer.subscribe('/camera', 'sensor_msgs/msg/CompressedImage', { depth: 100 });
    await peer.subscribe('/vehicle', 'codriver_msgs/msg/VehicleState', { depth: 100 });
    await peer.subscribe('/clock', 'rosgraph_msgs/msg/Clock', { best_effort: true, depth: 1000 });
    const player = new Codriver(['replay', location, '--ros'], env);
    const startMs = performance.now();
    const exit = await new Promise((resolve) => player.process.once('exit', resolve));
    assert.equal(exit, 0, player.stderr);
    assert.ok(performance.now() - startMs > 1780, 'not in its own time');
    const on = (topic: string) =>
      peer.heard.filter((one) => one.topic === topic).map(({ message }) => message);
    await until('all', async () => (on('/vehicle').length >= PICTURES ? true : undefined));
    assert.deepEqual(
      on('/vehicle').map(({ speed_mps }) => speed_mps),
      Array.from({ length: PICTURES }, (_, i) => i),
    );
    assert.equal(on('/camera').length, PICTURES);
    const clock = on('/clock').map(({ clock: time }) => time as { sec: number; nanosec: number });
    assert.ok(clock.length > 90, String(clock.length));
    const ns = clock.map(({ sec, nanosec }) => BigInt(sec) * 1_000_000_000n + BigInt(nanosec));
    assert.deepEqual(
      ns,
      ns.toSorted((a, b) => Number(a - b)),
    );
    assert.ok((ns[0] ?? 0n) >= START_NS);
  });

  test('a part of a log is played faster, and to nobody after its wait', async () => {
    const location = path.join(folder, 'played.mcap');
    const args = ['--ros', '--from', '0.5', '--to', '1.5', '--rate', '10', '--wait', '0'];
    const player = new Codriver(['replay', location, ...args], graphEnvironment());
    const exit = await new Promise((resolve) => player.process.once('exit', resolve));
    assert.equal(exit, 0, player.stderr);
    assert.match(player.stderr, /Nobody had subscribed/);
    assert.match(player.stderr, /102 messages of 2 topics/);
  });

  for (const [what, args, said] of [
    ['a log that is none', ['replay', 'NOTHING', '--ros'], /LOG_UNREADABLE|NOT_FOUND/],
    ['a wait that is no time', ['replay', 'LOG', '--ros', '--wait', 'soon'], /BAD_ARGUMENT.*--wait/],
    ['a folder that holds something', ['record', 'FOLDER'], /BAD_ARGUMENT.*already holds/],
    ['a time that is none', ['record', 'NEW', '--seconds', '-1'], /BAD_ARGUMENT.*--seconds/],
  ] as const) {
    test(`${what}: one error and exit code 1`, async () => {
      writeFileSync(path.join(folder, 'nothing'), 'x');
      const places: Record<string, string> = {
        NOTHING: path.join(folder, 'nothing'),
        LOG: path.join(folder, 'played.mcap'),
        FOLDER: folder,
        NEW: path.join(folder, 'new'),
      };
      const codriver = new Codriver(
        args.map((arg) => places[arg] ?? arg),
        graphEnvironment(),
      );
      const exit = await new Promise((resolve) => codriver.process.once('exit', resolve));
      assert.equal(exit, 1, codriver.stderr);
      assert.match(codriver.stderr, said);
    });
  }
});
