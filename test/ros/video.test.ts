import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, suite, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { clipPackets, H264, makeClip } from '../io/video/clips.ts';
import { need } from '../support/require.ts';
import { Codriver, endLeftovers, graphEnvironment, Peer, until } from './graph.ts';

const PICTURES = 60;

suite('a camera that sends video', { skip: need('ros', 'ffmpeg'), timeout: 120_000 }, () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'codriver-ros-video-'));
  after(() => rmSync(folder, { recursive: true }));
  after(endLeftovers);

  test('H.264 in CompressedImage comes out as pictures, while it goes on', async () => {
    const clip = await makeClip(path.join(folder, 'clip.h264.mp4'), { pictures: PICTURES, encode: H264 });
    const packets = await clipPackets(clip);
    const env = graphEnvironment();
    const peer = new Peer(env);
    const car = new Codriver(['run', '--ros', '--no-model', '--no-plates'], env);
    await car.says('/codriver is active');
    await peer.subscribe('/codriver/output/journal', 'codriver_msgs/msg/Journal', { depth: 100 });
    await peer.subscribe('/codriver/output/scene', 'codriver_msgs/msg/Scene', { latched: true, depth: 1 });
    const topic = '/codriver/input/video';
    const type = 'sensor_msgs/msg/CompressedImage';
    // Heard by the peer from here on.
    await peer.hear('/codriver/output/scene');
    for (const { data } of packets) {
      const message = { format: 'h264', data: { base64: Buffer.from(data).toString('base64') } };
      await peer.publish(topic, type, message);
      await sleep(25);
    }
    const frames = await until(
      'pictures',
      async () => {
        const found = peer.heard.filter(
          ({ message }) => message.type === 'frame' && String(message.json).includes(topic),
        );
        // The decoder keeps some back to put them in order.
        return found.length >= PICTURES / 2 ? found : undefined;
      },
      20_000,
    );
    assert.ok(frames.length > 0);
    await peer.close();
    assert.equal(await car.close(), 0, car.stderr);
  });
});
