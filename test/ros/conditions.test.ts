import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { after, before, suite, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { need } from '../support/require.ts';
import { Codriver, endLeftovers, graphEnvironment, Peer, until } from './graph.ts';

const RUN = ['run', '--ros', '--no-model', '--no-plates'];

suite('the clock of a simulation', { skip: need('ros'), timeout: 120_000 }, () => {
  const env = graphEnvironment();
  let peer: Peer;
  let car: Codriver;

  before(async () => {
    peer = new Peer(env);
    car = new Codriver([...RUN, '--ros-args', '-p', 'use_sim_time:=true'], env);
    await car.says('/codriver is active');
    await peer.subscribe('/codriver/output/journal', 'codriver_msgs/msg/Journal');
    await peer.subscribe('/codriver/output/scene', 'codriver_msgs/msg/Scene', { latched: true, depth: 1 });
  });
  after(() => peer.close());
  after(async () => assert.equal(await car.close(), 0, car.stderr));
  after(endLeftovers);

  /** As `ros2 bag play` and simulators send it: best effort. */
  const clock = async (sec: number): Promise<void> => {
    const qos = { best_effort: true, depth: 1 };
    const fields = { topic: '/clock', type: 'rosgraph_msgs/msg/Clock', qos };
    await peer.met(fields.topic, fields.type, qos);
    // Sent again and again: a publisher that does not wait for anybody may be ahead of those that are just meeting it.
    await peer.do('publish', { ...fields, message: { clock: { sec, nanosec: 0 } }, count: 25, hz: 50 });
  };
  const twist = (sec: number, speed: number): Promise<void> =>
    peer.publish('/codriver/input/twist', 'geometry_msgs/msg/TwistStamped', {
      header: { stamp: { sec, nanosec: 0 } },
      twist: { linear: { x: speed } },
    });
  const health = (code: string): Promise<unknown> =>
    peer.hear('/codriver/output/journal', ({ json }) => String(json).includes(code));

  test('nothing is taken before time has come, and then it is the time of everything', async () => {
    assert.match(car.stdout, /CLOCK_MISSING/);
    await clock(1000);
    await car.says('CLOCK_THERE');
    await twist(1000, 5);
    const scene = await peer.hear('/codriver/output/scene', ({ speed_mps }) => speed_mps === 5);
    assert.equal((scene.header as { stamp: { sec: number } }).stamp.sec, 1000);
  });

  test('a leap ahead is told of', async () => {
    await clock(1500);
    await health('leapt 500.0 s ahead');
  });

  test('time that goes back is a new run, with nothing of the old one in it', async () => {
    await twist(1500, 6);
    await peer.hear('/codriver/output/scene', ({ speed_mps }) => speed_mps === 6);
    await clock(10);
    await health('went back 1490.0 s');
    const scene = await peer.hear(
      '/codriver/output/scene',
      ({ header }) => (header as { stamp: { sec: number } }).stamp.sec === 10,
    );
    assert.equal(scene.speed_mps, 'NaN');
    await clock(11);
    await twist(11, 7);
    await peer.hear('/codriver/output/scene', ({ speed_mps }) => speed_mps === 7);
  });
});

suite('processes that are killed', { skip: need('ros'), timeout: 120_000 }, () => {
  after(endLeftovers);
  const env = graphEnvironment();

  test('a killed node does not stop the next one, and its shared memory is removed', async () => {
    const killed = new Codriver(RUN, env);
    await killed.says('/codriver is active');
    const segments = segmentsOf(killed.process.pid as number);
    assert.ok(segments.length > 0);
    killed.process.kill('SIGKILL');
    // Younger segments are left to processes that are just beginning.
    await sleep(2500);
    const peer = new Peer(env);
    const next = new Codriver(RUN, env);
    await next.says('/codriver is active');
    // By this process or by another that began meanwhile.
    assert.deepEqual(
      segments.filter((file) => existsSync(file)),
      [],
    );
    const answer = await peer.call('/codriver/say', 'codriver_msgs/srv/Say', {
      text: 'stop',
      seat: 'FRONT_RIGHT',
      confidence: 0.9,
    });
    assert.equal(answer.outcome, 'EXECUTE');
    assert.equal(await next.close(), 0);
    await peer.close();
  });

  test('a publisher that is killed while it sends harms nothing', async () => {
    const car = new Codriver(RUN, env);
    await car.says('/codriver is active');
    const peer = new Peer(env);
    const topic = '/codriver/input/image/compressed';
    const type = 'sensor_msgs/msg/CompressedImage';
    const qos = { best_effort: true, depth: 5 };
    await peer.met(topic, type, qos);
    const data = { base64: Buffer.alloc(400_000, 7).toString('base64') };
    const sending = peer.do('publish', {
      topic,
      type,
      qos,
      message: { format: 'jpeg', data },
      count: 1000,
      hz: 200,
    });
    await sleep(700);
    peer.kill();
    await assert.rejects(sending);
    const other = new Peer(env);
    const answer = await other.call('/codriver/say', 'codriver_msgs/srv/Say', {
      text: 'stop',
      seat: 'FRONT_RIGHT',
      confidence: 0.9,
    });
    assert.equal(answer.outcome, 'EXECUTE');
    await other.close();
    assert.equal(await car.close(), 0, car.stderr);
  });
});

suite('a network of this machine alone', {
  skip: need('ros') || withoutNamespaces(),
  timeout: 120_000,
}, () => {
  after(endLeftovers);
  test('node and peer find each other where there is only a loopback', async () => {
    const holder = spawn('unshare', ['-rn', 'sh', '-c', 'ip link set lo up && exec sleep 60'], {
      stdio: 'ignore',
    });
    const within = ['nsenter', '-t', String(holder.pid), '-U', '-n', '--preserve-credentials'];
    await until('the namespace', async () => {
      const { stdout } = spawnSync(within[0] as string, [...within.slice(1), 'ip', '-o', 'link'], {
        encoding: 'utf8',
      });
      return /lo:.*UP/.test(stdout ?? '') && !/eth0/.test(stdout ?? '') ? true : undefined;
    });
    const env = graphEnvironment();
    const car = new Codriver(RUN, env, within);
    const peer = new Peer(env, within);
    try {
      await car.says('/codriver is active');
      const answer = await peer.call('/codriver/say', 'codriver_msgs/srv/Say', {
        text: 'stop',
        seat: 'FRONT_RIGHT',
        confidence: 0.9,
      });
      assert.equal(answer.outcome, 'EXECUTE');
    } finally {
      await peer.close();
      await car.close();
      holder.kill();
    }
  });
});

suite('without ROS 2 in the environment', { skip: need('ros'), timeout: 120_000 }, () => {
  after(endLeftovers);
  test('one error says what to do', () => {
    const { ROS_DISTRO: _, AMENT_PREFIX_PATH: __, ...env } = process.env;
    const { status, stderr } = spawnSync(process.execPath, ['bin/codriver.mjs', 'run', '--ros'], {
      env,
      encoding: 'utf8',
    });
    assert.equal(status, 1);
    assert.match(stderr, /ROS_NOT_SET_UP.*\n.*npm run ros:setup/);
  });
});

/** Shared memory of Fast DDS that a process has mapped. */
function segmentsOf(pid: number): string[] {
  const maps = readFileSync(`/proc/${pid}/maps`, 'utf8');
  return [...new Set(maps.match(/\/dev\/shm\/fast(dds|rtps)_[0-9a-f]{16}$/gm))];
}

function withoutNamespaces(): string | false {
  const { status } = spawnSync('unshare', ['-rn', 'ip', 'link', 'set', 'lo', 'up']);
  return status === 0 ? false : 'machine: no network namespaces for users, or no `ip`';
}
