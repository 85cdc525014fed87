import assert from 'node:assert/strict';
import { test } from 'node:test';
import sharp from 'sharp';
import { CameraWatch } from '../../src/assistant/camera-watch.ts';
import type { UnstampedEntry } from '../../src/assistant/journal.ts';
import type { Frame } from '../../src/domain/index.ts';

const jpeg = await sharp({
  create: { width: 32, height: 16, channels: 3, background: { r: 200, g: 30, b: 30 } },
})
  .jpeg()
  .toBuffer();
const broken = Uint8Array.from(jpeg.subarray(0, jpeg.length / 2));

const frame = (stampS: number, data: Uint8Array): Frame => ({
  stampNs: BigInt(Math.round(stampS * 1e9)),
  frameId: 'camera',
  camera: '/camera',
  encoding: 'jpeg',
  widthPx: 32,
  heightPx: 16,
  data,
});

function watching(mode: 'LIVE' | 'LOCKSTEP') {
  const entries: UnstampedEntry[] = [];
  const cameras = new CameraWatch({ mode, record: (entry) => void entries.push(entry) });
  const told = () => entries.map((entry) => (entry.type === 'health' ? entry.code : entry.type));
  return { cameras, told };
}

test('lockstep decodes every picture: a broken one is told wherever it is, and so is the recovery', async () => {
  const { cameras, told } = watching('LOCKSTEP');
  for (const [at, data] of [jpeg, broken, broken, jpeg].entries())
    await cameras.onFrame(frame(at / 10, data));
  assert.deepEqual(told(), ['frame', 'BAD_IMAGE', 'CAMERA_BACK', 'frame']);
});

test('live decodes one picture a second, and one that somebody looks at', async () => {
  const { cameras, told } = watching('LIVE');
  await cameras.onFrame(frame(0, jpeg));
  await cameras.onFrame(frame(0.5, broken));
  assert.deepEqual(told(), ['frame', 'frame'], 'the broken one was not looked at');
  assert.equal(await cameras.pictureAt(500_000_000n), undefined);
  assert.deepEqual(told(), ['frame', 'frame', 'BAD_IMAGE']);
  await cameras.onFrame(frame(0.6, broken));
  assert.deepEqual(told(), ['frame', 'frame', 'BAD_IMAGE'], 'a broken camera is told once');
  await cameras.onFrame(frame(0.7, jpeg));
  assert.deepEqual(told().slice(3), ['CAMERA_BACK', 'frame'], 'and watched until it is well');
  await cameras.onFrame(frame(1.8, broken));
  assert.deepEqual(told().slice(5), ['BAD_IMAGE']);
});

test('a picture is only given for its own time, and only the newest', async () => {
  const { cameras } = watching('LIVE');
  await cameras.onFrame(frame(0, jpeg));
  assert.equal((await cameras.pictureAt(0n))?.widthPx, 32);
  assert.equal(await cameras.pictureAt(1n), undefined);
  await cameras.onFrame(frame(1, jpeg));
  assert.equal(await cameras.pictureAt(0n), undefined);
});
