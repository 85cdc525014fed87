import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { test } from 'node:test';
import { decodeFrame } from '../../../src/io/images.ts';
import { openLog } from '../../../src/io/log/drive-log.ts';
import { need, pythonPeers, sharedData } from '../../support/require.ts';

const COMMA = sharedData('mcap-real', 'comma2k19_seg40.mcap');
const UDACITY = sharedData('mcap-real', 'udacity_solidWhiteRight_5fps.mcap');

for (const [file, roles] of [
  [COMMA, { '/camera/preview/compressed': 'camera', '/gps/fix': 'gnss', '/vehicle/twist': 'vehicle' }],
  [UDACITY, { '/camera/front/image/compressed': 'camera' }],
] as const) {
  test(`${file.split('/').at(-1)}: as many messages as Python reads, and the same values`, {
    skip: need('shared', 'python-peers'),
  }, async () => {
    const script = `
import json, sys
from mcap.reader import make_reader
from mcap_ros2.decoder import DecoderFactory
counts, sums = {}, {}
with open(sys.argv[1], 'rb') as f:
    for schema, channel, message, m in make_reader(f, decoder_factories=[DecoderFactory()]).iter_decoded_messages():
        counts[channel.topic] = counts.get(channel.topic, 0) + 1
        v = m.twist.linear.x if schema.name.endswith('TwistStamped') else m.latitude if schema.name.endswith('NavSatFix') else len(m.data) if schema.name.endswith('CompressedImage') else 0
        sums[channel.topic] = sums.get(channel.topic, 0) + v
print(json.dumps([counts, sums]))`;
    const [counts, sums] = JSON.parse(
      execFileSync(pythonPeers(), ['-c', script, file], { encoding: 'utf8' }),
    );
    const log = await openLog(file, { onBadMessage: (error) => assert.fail(error.message) });
    assert.deepEqual(Object.fromEntries(log.topics.map(({ name, count }) => [name, count])), counts);
    assert.deepEqual(
      Object.fromEntries(
        log.topics.filter(({ role }) => role !== null).map(({ name, role }) => [name, role]),
      ),
      roles,
    );
    const read: Record<string, number> = {};
    const total: Record<string, number> = {};
    let lastNs = 0n;
    for await (const { topic, logTimeNs, message } of log.messages()) {
      assert.ok(logTimeNs >= lastNs);
      lastNs = logTimeNs;
      read[topic] = (read[topic] ?? 0) + 1;
      const value =
        message.kind === 'vehicle'
          ? message.vehicle.speedMps
          : message.kind === 'gnss'
            ? message.gnss.latitudeDeg
            : message.kind === 'frame'
              ? message.frame.data.length
              : 0;
      total[topic] = (total[topic] ?? 0) + value;
    }
    for (const topic of Object.keys(roles)) {
      assert.equal(read[topic], counts[topic]);
      assert.ok(Math.abs(total[topic]! - sums[topic]) < 1e-6, topic);
    }
    await log.close();
  });
}

test('every picture of the dashcam log decodes to its size', { skip: need('shared') }, async () => {
  const log = await openLog(UDACITY);
  let pictures = 0;
  for await (const { message } of log.messages()) {
    if (message.kind !== 'frame' || pictures++ % 15 !== 0) continue;
    const image = await decodeFrame(message.frame);
    assert.deepEqual([image.widthPx, image.heightPx], [960, 540]);
    assert.deepEqual([message.frame.widthPx, message.frame.heightPx], [960, 540]);
    assert.equal(image.data.length, 960 * 540 * 3);
  }
  assert.equal(pictures, 45);
  await log.close();
});

test('a role that the type cannot serve is one BAD_MESSAGE', { skip: need('shared') }, async () => {
  await assert.rejects(openLog(COMMA, { topicRoles: { '/imu/data_raw': 'vehicle' } }), {
    code: 'BAD_MESSAGE',
    message: /\/imu\/data_raw.*sensor_msgs\/msg\/Imu.*vehicle/,
    remedy: /TwistStamped.*Odometry/,
  });
  await assert.rejects(openLog(COMMA, { topicRoles: { '/gps/fix': 'camera' } }), { code: 'BAD_MESSAGE' });
});

test('an override chooses between two vehicle topics', { skip: need('shared') }, async () => {
  const log = await openLog(COMMA, { topicRoles: { '/pose_ecef': 'vehicle', '/not/there': 'speech' } });
  const roles = Object.fromEntries(log.topics.map(({ name, role }) => [name, role]));
  assert.equal(roles['/pose_ecef'], 'vehicle');
  assert.equal(roles['/vehicle/twist'], null);
  await log.close();
});
