import assert from 'node:assert/strict';
import { test } from 'node:test';
import sharp from 'sharp';
import { street } from '../../../sim/scenarios/index.ts';
import { encodeJpeg, StreetCamera } from '../../../sim/world/camera.ts';
import { boxOfQuad } from '../../../sim/world/camera-model.ts';
import { poseOn } from '../../../sim/world/geometry.ts';
import { StreetWorld } from '../../../sim/world/index.ts';
import { signFace } from '../../../sim/world/sign-faces.ts';
import { type BoxPx, ManualClock, type RgbImage } from '../../../src/domain/index.ts';

const { startNs } = street;
const newWorld = () => new StreetWorld({ scenario: street, clock: new ManualClock(startNs) });
const world = newWorld();
const camera = new StreetCamera({ world });
const before = (signId: string, distanceM: number) => {
  const { edgeId, alongM } = street.signs.find((sign) => sign.id === signId)!;
  return poseOn(street.map, { edgeId, alongM: alongM - distanceM, laneIndex: 0, offsetM: 0 });
};

type IsColor = (r: number, g: number, b: number) => boolean;
const isRed: IsColor = (r, g, b) => r > 150 && g < 90 && b < 90;
const isBlue: IsColor = (r, g, b) => b > 110 && r < 60 && g < 110;
const isWhite: IsColor = (r, g, b) => r > 215 && g > 215 && b > 210;
const isBlack: IsColor = (r, g, b) => r < 90 && g < 90 && b < 90;

/** The part of a box whose pixels have a colour. */
function share(image: RgbImage, box: BoxPx, is: IsColor): number {
  let [hits, all] = [0, 0];
  for (let y = Math.ceil(box.yPx); y < Math.floor(box.yPx + box.heightPx); y++) {
    for (let x = Math.ceil(box.xPx); x < Math.floor(box.xPx + box.widthPx); x++) {
      const i = (y * image.widthPx + x) * 3;
      all++;
      if (is(image.data[i]!, image.data[i + 1]!, image.data[i + 2]!)) hits++;
    }
  }
  return hits / all;
}

test('the same pose gives the same bytes, whatever was drawn before and by whichever camera', async () => {
  const pose = before('sign-40', 22);
  const first = camera.render(pose, startNs);
  camera.render(before('sign-stop', 12), startNs);
  const again = camera.render(pose, startNs);
  const other = new StreetCamera({ world: newWorld() }).render(pose, startNs);
  assert.equal(Buffer.compare(first.data, again.data), 0);
  assert.equal(Buffer.compare(first.data, other.data), 0);
  assert.notEqual(Buffer.compare(first.data, camera.render(before('sign-40', 21.9), startNs).data), 0);
  assert.deepEqual(await encodeJpeg(first), await encodeJpeg(other));
});

test('the boxes of signs and plates hold the colours that stand there', () => {
  const colors: Record<string, readonly [IsColor, number][]> = {
    'sign-40': [
      [isRed, 0.2],
      [isWhite, 0.15],
      [isBlue, 0.03],
    ],
    'sign-20-lorries': [
      [isRed, 0.2],
      [isWhite, 0.15],
    ],
    'sign-no-stopping': [
      [isRed, 0.25],
      [isBlue, 0.15],
    ],
    'sign-no-right': [
      [isBlue, 0.3],
      [isWhite, 0.08],
    ],
    'sign-30-school': [
      [isRed, 0.2],
      [isWhite, 0.15],
    ],
    'sign-stop': [[isRed, 0.25]],
    'sign-no-overtaking': [
      [isRed, 0.2],
      [isWhite, 0.1],
    ],
  };
  for (const { id } of street.signs) {
    for (const distanceM of [12, 20]) {
      const pose = before(id, distanceM);
      const image = camera.render(pose, startNs);
      const sign = world.signDetections(pose, startNs).signs.find((candidate) => candidate.id === id)!;
      for (const [is, least] of colors[id]!) {
        const found = share(image, sign.box, is);
        assert.ok(found >= least, `${id} at ${distanceM} m: ${is.name} ${found}`);
      }
      for (const { box } of sign.supplementary) {
        assert.ok(share(image, box!, isWhite) > 0.3, `plate of ${id} at ${distanceM} m is white`);
        assert.ok(share(image, box!, isBlack) > 0.02, `plate of ${id} at ${distanceM} m has text`);
      }
    }
  }
});

test('a light shows the lamp that the world says', () => {
  const pose = poseOn(street.map, { edgeId: 'sakura-1e', alongM: 90, laneIndex: 0, offsetM: 0 });
  const head = world.heads.find((candidate) => candidate.edgeId === 'sakura-1e')!;
  const box = boxOfQuad(pose, head.face.corners)!;
  const green = camera.render(pose, startNs + 1_000_000_000n);
  const red = camera.render(pose, startNs + 30_000_000_000n);
  const isGreen: IsColor = (r, g, b) => g > 150 && r < 110 && b > 90;
  const isLampRed: IsColor = (r, g) => r > 180 && g < 100;
  assert.ok(share(green, box, isGreen) > 0.04 && share(green, box, isLampRed) === 0);
  assert.ok(share(red, box, isLampRed) > 0.04 && share(red, box, isGreen) === 0);
});

test('a van is in the picture where the tracker has it, and hides what is behind it', () => {
  const pose = poseOn(street.map, { edgeId: 'sakura-2e', alongM: 44, laneIndex: 0, offsetM: 0 });
  const image = camera.render(pose, startNs);
  const van = world.trackedObjects(pose, startNs).objects.find((object) => object.id === 'white-van')!;
  const rearM = van.xM - van.lengthM / 2 - 1.6;
  const middle = {
    xPx: 640 - (1000 * van.yM) / rearM - 8,
    yPx: 340 + (1000 * (1.35 - 0.95)) / rearM - 6,
    widthPx: 16,
    heightPx: 12,
  };
  assert.ok(share(image, middle, (r, g, b) => r > 110 && Math.abs(r - b) < 30 && Math.abs(r - g) < 20) > 0.5);
});

test('a JPEG of a picture is one, of its size', async () => {
  const image = camera.render(before('sign-stop', 15), startNs);
  const jpeg = await encodeJpeg(image);
  const { format, width, height } = await sharp(jpeg).metadata();
  assert.deepEqual([format, width, height], ['jpeg', 1280, 720]);
  assert.ok((await encodeJpeg(image, 40)).length < jpeg.length);
  await assert.rejects(encodeJpeg({ ...image, data: image.data.subarray(3) }), { code: 'BAD_IMAGE' });
});

test('a sign nobody can draw is told by its number', () => {
  assert.throws(() => signFace('JP:999'), { code: 'BAD_SCENE', message: /"JP:999"/ });
});
