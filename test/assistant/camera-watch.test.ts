import assert from 'node:assert/strict';
import { test } from 'node:test';
import sharp from 'sharp';
import { CameraWatch } from '../../src/assistant/camera-watch.ts';
import type { UnstampedEntry } from '../../src/assistant/journal.ts';
import { RecentFrames } from '../../src/assistant/recent-frames.ts';
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
  assert.equal(await cameras.pictureAt(500_000_000n, '/camera'), undefined);
  assert.deepEqual(told(), ['frame', 'frame', 'BAD_IMAGE']);
  await cameras.onFrame(frame(0.6, broken));
  assert.deepEqual(told(), ['frame', 'frame', 'BAD_IMAGE'], 'a broken camera is told once');
  await cameras.onFrame(frame(0.7, jpeg));
  assert.deepEqual(told().slice(3), ['CAMERA_BACK', 'frame'], 'and watched until it is well');
  await cameras.onFrame(frame(1.8, broken));
  assert.deepEqual(told().slice(5), ['BAD_IMAGE']);
});

test('a picture is given for its own time, for as long as a detector may take', async () => {
  const { cameras } = watching('LIVE');
  await cameras.onFrame(frame(0, jpeg));
  assert.equal((await cameras.pictureAt(0n, '/camera'))?.widthPx, 32);
  assert.equal(await cameras.pictureAt(1n, '/camera'), undefined);
  await cameras.onFrame(frame(1, jpeg));
  assert.equal((await cameras.pictureAt(0n, '/camera'))?.widthPx, 32);
  await cameras.onFrame(frame(2.5, jpeg));
  assert.equal(await cameras.pictureAt(0n, '/camera'), undefined, 'too old');
  assert.equal((await cameras.pictureAt(1_000_000_000n, '/camera'))?.widthPx, 32);
});

test('of pictures of one time that of the camera asked for is given, else any', () => {
  const recent = new RecentFrames();
  const left = { ...frame(1, jpeg), camera: '/left' };
  const right = { ...frame(1, jpeg), camera: '/right' };
  for (const one of [left, right]) recent.add(one);
  assert.equal(recent.at(left.stampNs, '/right'), right);
  assert.equal(recent.at(left.stampNs, '/rear'), left);
});

test('pictures are kept within 64 MB, and none of a drive before time went back', () => {
  const recent = new RecentFrames();
  const raw = (stampS: number): Frame => frame(stampS, new Uint8Array(10e6));
  for (let i = 0; i < 10; i++) recent.add(raw(100 + i / 30));
  assert.equal(recent.at(raw(100 + 3 / 30).stampNs, '/camera'), undefined);
  assert.ok(recent.at(raw(100 + 5 / 30).stampNs, '/camera'));
  recent.add(raw(1));
  assert.equal(recent.at(raw(100 + 9 / 30).stampNs, '/camera'), undefined);
  assert.ok(recent.at(raw(1).stampNs, '/camera'));
});
