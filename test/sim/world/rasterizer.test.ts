import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type CameraPoint, Rasterizer, type Texture } from '../../../sim/world/rasterizer.ts';
import { packed } from '../../../sim/world/textures.ts';

const RED = packed(255, 0, 0);
const BLUE = packed(0, 0, 255);

function wallAt(z: number, half: number): CameraPoint[] {
  return [
    [-half, -half, z],
    [half, -half, z],
    [half, half, z],
    [-half, half, z],
  ];
}

const at = (raster: Rasterizer, x: number, y: number): number => raster.pixels[y * raster.widthPx + x]!;

test('the nearer polygon wins in either order', () => {
  for (const order of [
    [
      [10, RED],
      [5, BLUE],
    ],
    [
      [5, BLUE],
      [10, RED],
    ],
  ] as const) {
    const raster = new Rasterizer(320, 180);
    for (const [z, color] of order) raster.fillPolygon(wallAt(z, 1), color);
    assert.equal(at(raster, 160, 85), BLUE);
    assert.ok(Math.abs(raster.inverseDepth[85 * 320 + 160]! - 0.2) < 1e-6);
  }
});

test('a polygon covers the pixels whose middles it holds, and is cut off at the near plane', () => {
  const raster = new Rasterizer(320, 180);
  raster.fillPolygon(wallAt(10, 1), RED);
  // 250 px focal length, 2 m at 10 m: 50 px wide.
  assert.equal(raster.pixels.filter((pixel) => pixel === RED).length, 50 * 50);
  const floor: CameraPoint[] = [
    [-1, 1, -5],
    [1, 1, -5],
    [1, 1, 50],
    [-1, 1, 50],
  ];
  raster.fillPolygon(floor, BLUE);
  assert.equal(at(raster, 160, 179), BLUE);
  const behind = new Rasterizer(320, 180);
  behind.fillPolygon(wallAt(-3, 1), RED);
  assert.ok(behind.pixels.every((pixel) => pixel === 0));
});

test('textures follow perspective: the middle of a slanted wall is not the middle of its picture', () => {
  const raster = new Rasterizer(320, 180);
  const texture: Texture = { levels: [{ width: 2, height: 1, pixels: Uint32Array.of(RED, BLUE) }] };
  // From x −1 at 4 m to x 3 at 12 m: both ends at column ±62; its middle (1, 8 m) at column 160 + 31.
  raster.fillTextured(
    [
      [-1, -1, 4],
      [3, -1, 12],
      [3, 1, 12],
      [-1, 1, 4],
    ],
    texture,
    [1, 1],
  );
  assert.equal(at(raster, 188, 85), RED);
  assert.equal(at(raster, 194, 85), BLUE);
});

test('an overlay blends its edges, stays behind what is nearer and leaves depth alone', () => {
  const raster = new Rasterizer(320, 180);
  raster.fillPolygon(wallAt(20, 5), BLUE);
  const texture: Texture = { levels: [{ width: 1, height: 1, pixels: Uint32Array.of(RED) }] };
  // Half a pixel wider than whole pixels: 25.25 px a side from the middle.
  raster.overlay(wallAt(10, 1.01), texture);
  assert.equal(at(raster, 160, 85), RED);
  assert.equal(at(raster, 160 + 25, 85), packed(64, 0, 191));
  assert.ok(Math.abs(raster.inverseDepth[85 * 320 + 160]! - 0.05) < 1e-6);
  raster.fillPolygon(wallAt(5, 0.1), BLUE);
  raster.overlay(wallAt(10, 1), texture);
  assert.equal(at(raster, 160, 85), BLUE);
});

test('the picture comes out as packed RGB, also where its pixels are no multiple of four', () => {
  const raster = new Rasterizer(5, 3);
  raster.pixels.forEach((_, i) => {
    raster.pixels[i] = packed(i, 100 + i, 200 + i);
  });
  const { data } = raster.toRgb();
  assert.deepEqual(
    [...data],
    Array.from({ length: 45 }, (_, i) => Math.floor(i / 3) + (i % 3) * 100),
  );
});
