import assert from 'node:assert/strict';
import { before, suite, test } from 'node:test';
import sharp from 'sharp';
import { need } from '../support/require.ts';
import { type PeerQos, until } from './graph.ts';
import { rigged } from './rig.ts';

const SENSOR: PeerQos = { best_effort: true, depth: 5 };
const IN = '/codriver/input';
const OUT = '/codriver/output';

/** `builtin_interfaces/msg/Time` of now, moved by seconds. */
function stamp(byS = 0): { sec: number; nanosec: number } {
  const ms = Date.now() + byS * 1000;
  return { sec: Math.floor(ms / 1000), nanosec: Math.floor(ms % 1000) * 1_000_000 };
}

const utterance = (id: string, text: string, fields = {}): Record<string, unknown> => ({
  header: { stamp: stamp() },
  id,
  text,
  language: /[a-z]/.test(text) ? 'en' : 'ja',
  confidence: 0.9,
  seat: 'FRONT_RIGHT',
  authority: 'DRIVER_OR_OWNER',
  live: true,
  ...fields,
});

async function jpeg(widthPx: number, heightPx: number): Promise<Buffer> {
  const grey = { width: widthPx, height: heightPx, channels: 3, background: '#808080' } as const;
  return sharp({ create: grey }).jpeg().toBuffer();
}

suite('a codriver node with rclpy as its peer', { skip: need('ros'), timeout: 120_000 }, () => {
  const rig = rigged(['--no-model'], []);

  before(async () => {
    await rig.car.says('/codriver is active');
    for (const [name, type] of [
      ['verdict', 'Verdict'],
      ['reply', 'Reply'],
      ['intent', 'Intent'],
      ['intent_status', 'IntentStatus'],
      ['journal', 'Journal'],
    ])
      await rig.peer.subscribe(`${OUT}/${name}`, `codriver_msgs/msg/${type}`);
    await rig.peer.subscribe('/diagnostics', 'diagnostic_msgs/msg/DiagnosticArray');
    // Everything that is said from here on is to be heard.
    await rig.peer.hear(`${OUT}/journal`).catch(() => undefined);
  });

  const say = (id: string, text: string, fields = {}): Promise<void> =>
    rig.peer.publish(`${IN}/utterance`, 'codriver_msgs/msg/Utterance', utterance(id, text, fields));
  const verdictOf = (id: string): Promise<Record<string, unknown>> =>
    rig.peer.hear(`${OUT}/verdict`, ({ origin_id }) => origin_id === id);
  const health = (code: string): Promise<Record<string, unknown>> =>
    rig.peer.hear(`${OUT}/journal`, ({ type, json }) => type === 'health' && String(json).includes(code));
  /** The newest word of `/diagnostics` on a part that fits. */
  const diagnosed = (
    part: string,
    fits: (status: { level: number; message: string; values: { key: string; value: string }[] }) => boolean,
  ): Promise<unknown> =>
    until(`diagnostics of ${part}`, async () => {
      const last = rig.peer.heard.findLast(({ topic }) => topic === '/diagnostics');
      const statuses = (last?.message.status ?? []) as {
        name: string;
        level: number;
        message: string;
        values: { key: string; value: string }[];
      }[];
      const found = statuses.find(({ name }) => name === `/codriver: ${part}`);
      return found !== undefined && fits(found) ? found : undefined;
    });

  test('an utterance on the topic becomes verdict, reply, intent, and news from the planner', async () => {
    await say('u1', '止まって');
    assert.equal((await verdictOf('u1')).outcome, 'EXECUTE');
    const intent = await rig.peer.hear(`${OUT}/intent`, ({ origin_id }) => origin_id === 'u1');
    assert.equal(intent.kind, 'STOP');
    const reply = await rig.peer.hear(`${OUT}/reply`, (m) => m.origin_id === 'u1' && m.stage === 'VERDICT');
    assert.match(String(reply.text), /止/);
    assert.equal(reply.language, 'ja');
    const news = await rig.peer.hear(`${OUT}/intent_status`, ({ intent_id }) => intent_id === intent.id);
    assert.ok(['ACCEPTED', 'EXECUTING'].includes(String(news.phase)), JSON.stringify(news));
  });

  test('bare text is heard, and can only make the car more careful', async () => {
    await rig.peer.publish(`${IN}/utterance/text`, 'std_msgs/msg/String', { data: 'stop!' });
    const stop = await rig.peer.hear(`${OUT}/intent`, ({ origin_id }) =>
      String(origin_id).includes('/text@'),
    );
    assert.equal(stop.kind, 'STOP');
    assert.equal(stop.authority, 'UNKNOWN');
  });

  test('twist and signs come into the scene', async () => {
    await rig.peer.subscribe(`${OUT}/scene`, 'codriver_msgs/msg/Scene', { latched: true, depth: 1 });
    await rig.peer.publish(`${IN}/twist`, 'geometry_msgs/msg/TwistStamped', {
      header: { stamp: stamp(), frame_id: 'base_link' },
      twist: { linear: { x: 7.5 } },
    });
    await rig.peer.hear(`${OUT}/scene`, ({ speed_mps }) => speed_mps === 7.5);
    await rig.peer.publish(`${IN}/signs`, 'codriver_msgs/msg/SignDetectionArray', {
      header: { stamp: stamp() },
      camera: `${IN}/image/compressed`,
      signs: [
        {
          header: { stamp: stamp() },
          id: 's1',
          camera: `${IN}/image/compressed`,
          type: 'JP:323',
          value: 40,
          box: { x_px: 10, y_px: 10, width_px: 30, height_px: 30 },
          confidence: 0.95,
          distance_m: 30,
        },
      ],
    });
    const sign = await rig.peer.hear(`${OUT}/journal`, ({ type }) => type === 'sign');
    assert.match(String(sign.json), /"JP:323"/);
    const scene = await rig.peer.hear(`${OUT}/scene`, ({ sign_count }) => sign_count === 1);
    assert.ok(String(scene.json).startsWith('{'));
  });

  test('pictures with sensor QoS are counted, whatever their encoding, and diagnostics say so', async () => {
    const data = { base64: (await jpeg(64, 48)).toString('base64') };
    const header = { stamp: stamp(), frame_id: 'camera' };
    const topic = `${IN}/image/compressed`;
    const picture = { header, format: 'jpeg', data };
    await rig.peer.publish(topic, 'sensor_msgs/msg/CompressedImage', picture, SENSOR);
    await diagnosed('camera', ({ level }) => level === 0);
    for (const [encoding, bytesAPixel] of [
      ['rgb8', 3],
      ['bgr8', 3],
      ['mono8', 1],
      ['yuv422', 2],
    ] as const) {
      const raw = {
        header: { ...header, stamp: stamp() },
        height: 8,
        width: 16,
        encoding,
        step: 16 * bytesAPixel,
        data: { base64: Buffer.alloc(8 * 16 * bytesAPixel, 90).toString('base64') },
      };
      await rig.peer.publish(`${IN}/image`, 'sensor_msgs/msg/Image', raw, SENSOR);
    }
    await until('four raw pictures', async () => {
      const frames = rig.peer.heard.filter(
        ({ topic: heard, message }) =>
          heard === `${OUT}/journal` &&
          message.type === 'frame' &&
          String(message.json).includes(`${IN}/image"`),
      );
      return frames.length >= 4 ? true : undefined;
    });
  });

  test('a broken picture, impossible sizes, a NaN pose and a message cut short are told of once each, and dropped', async () => {
    const header = { stamp: stamp(), frame_id: 'map' };
    await rig.peer.publish(
      `${IN}/image`,
      'sensor_msgs/msg/Image',
      {
        header,
        height: 4_000_000,
        width: 4_000_000,
        encoding: 'rgb8',
        step: 12_000_000,
        data: { base64: 'AAAA' },
      },
      SENSOR,
    );
    await health('BAD_MESSAGE');
    await rig.peer.publish(`${IN}/odometry`, 'nav_msgs/msg/Odometry', {
      header,
      pose: { pose: { position: { x: 'NaN', y: 0 }, orientation: { w: 1 } } },
    });
    await rig.peer.do('publish_raw', {
      topic: `${IN}/route`,
      type: 'codriver_msgs/msg/RouteContext',
      message: { road_name: 'x' },
      cut: 30,
    });
    await rig.peer.met(`${IN}/route`, 'codriver_msgs/msg/RouteContext');
    await rig.peer.do('publish_raw', {
      topic: `${IN}/route`,
      type: 'codriver_msgs/msg/RouteContext',
      message: { road_name: 'x' },
      cut: 30,
    });
    await rig.peer.hear(`${OUT}/journal`, ({ json }) => /"INPUT".*\/route/.test(String(json)));
    await say('after-garbage', 'stop');
    assert.equal((await verdictOf('after-garbage')).outcome, 'EXECUTE');
  });

  test('stamps from the future and the past are taken for now', async () => {
    for (const [id, byS] of [
      ['future', 3600],
      ['past', -3600],
    ] as const) {
      await rig.peer.publish(`${IN}/twist`, 'geometry_msgs/msg/TwistStamped', {
        header: { stamp: stamp(byS), frame_id: 'base_link' },
        twist: { linear: { x: byS > 0 ? 3.25 : 4.25 } },
      });
      const scene = await rig.peer.hear(
        `${OUT}/scene`,
        ({ speed_mps }) => speed_mps === (byS > 0 ? 3.25 : 4.25),
      );
      assert.ok(Math.abs((scene.header as { stamp: { sec: number } }).stamp.sec - Date.now() / 1000) < 5, id);
    }
  });

  test('a flood holds nothing up, and diagnostics count it', async () => {
    const topic = `${IN}/utterance`;
    await rig.peer.met(topic, 'codriver_msgs/msg/Utterance');
    await rig.peer.do('publish', {
      topic,
      type: 'codriver_msgs/msg/Utterance',
      message: utterance('flood', 'nice weather today'),
      count: 3000,
      hz: 1000,
    });
    await say('after-flood', 'stop');
    assert.equal((await verdictOf('after-flood')).outcome, 'EXECUTE');
    await diagnosed('speech', ({ values }) => {
      const count = (name: string): number =>
        Number(values.find(({ key }) => key === `${topic} ${name}`)?.value ?? 0);
      // A writer that is overrun replaces what it has not sent yet, and nobody can count that.
      return count('received') + count('lost') >= 1000;
    });
  });

  test('a publisher whose QoS does not fit is told of', async () => {
    await rig.peer.do('advertise', {
      topic: `${IN}/objects`,
      type: 'codriver_msgs/msg/TrackedObjectArray',
      qos: SENSOR,
    });
    await rig.peer.hear(`${OUT}/journal`, ({ json }) => /offers another reliability/.test(String(json)));
  });

  test('a publisher that goes away leaves its part stale', async () => {
    const topic = `${IN}/signs`;
    await rig.peer.met(topic, 'codriver_msgs/msg/SignDetectionArray');
    await rig.peer.do('retire', { topic });
    await diagnosed('signs', ({ level, message }) => level === 3 && message.includes('gone'));
  });

  test('a late subscriber gets the last status', async () => {
    await rig.peer.subscribe(`${OUT}/status`, 'codriver_msgs/msg/Status', { latched: true, depth: 1 });
    const status = await rig.peer.hear(`${OUT}/status`);
    assert.equal(status.mode, 'REFLEX_ONLY');
    assert.equal(status.planner_connected, true);
  });

  test('Say answers with verdict and reply', async () => {
    const request = { text: '止まって', seat: 'REAR_LEFT', confidence: 0.9 };
    const answer = await rig.peer.call('/codriver/say', 'codriver_msgs/srv/Say', request);
    assert.equal(answer.success, true, JSON.stringify(answer));
    assert.equal(answer.outcome, 'EXECUTE');
    assert.match(String(answer.reply), /止/);
    assert.equal(JSON.parse(String(answer.verdict_json)).outcome, 'EXECUTE');
    const refused = await rig.peer.call('/codriver/say', 'codriver_msgs/srv/Say', {
      ...request,
      seat: 'ROOF',
    });
    assert.equal(refused.success, false);
    assert.match(String(refused.message), /seat/);
  });

  test('Command follows its intents to the end, and a cancelled one withdraws them', async () => {
    const type = 'codriver_msgs/action/Command';
    await rig.peer.publish(`${IN}/twist`, 'geometry_msgs/msg/TwistStamped', {
      header: { stamp: stamp(), frame_id: 'base_link' },
      twist: { linear: { x: 9 } },
    });
    const goal = { text: 'slow down', seat: 'FRONT_RIGHT', confidence: 0.9 };
    const cancelled = await rig.peer.do('send_goal', {
      action: '/codriver/command',
      type,
      goal,
      cancel_after: 0.5,
    });
    const result = cancelled.result as { outcome: string; intents: { phase: string }[] };
    assert.equal(result.outcome, 'EXECUTE', JSON.stringify(cancelled));
    assert.ok((cancelled.feedback as unknown[]).length > 0);
    assert.ok(['CANCELLED', 'DONE'].includes(String(result.intents[0]?.phase)), JSON.stringify(result));
  });
});
