import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { describe, test } from 'node:test';
import { type RawPixels, toRgb8 } from '../../src/io/ros-messages/pixels.ts';
import { need } from '../support/require.ts';

const WIDTH = 22;
const HEIGHT = 14;

/** Bytes that look like noise but are the same every time. */
function noise(length: number, seed = 1): Uint8Array {
  let state = seed;
  return Uint8Array.from({ length }, () => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
    return state >>> 24;
  });
}

function raw(
  encoding: string,
  stepBytes: number,
  data: Uint8Array,
  more: Partial<RawPixels> = {},
): RawPixels {
  return { widthPx: WIDTH, heightPx: HEIGHT, encoding, stepBytes, bigEndian: false, data, ...more };
}

/** ffmpeg's own conversion of packed rows to RGB. */
function byFfmpeg(pixelFormat: string, data: Uint8Array, flags = 'accurate_rnd+full_chroma_int'): Uint8Array {
  const size = ['-s', `${WIDTH}x${HEIGHT}`];
  const input = ['-f', 'rawvideo', '-pix_fmt', pixelFormat, ...size, '-i', 'pipe:0'];
  const output = ['-vf', `scale=flags=${flags}`, '-pix_fmt', 'rgb24', '-f', 'rawvideo', 'pipe:1'];
  const { status, stdout, stderr } = spawnSync('ffmpeg', ['-v', 'error', ...input, ...output], {
    input: data,
  });
  assert.equal(status, 0, String(stderr));
  return stdout;
}

/** Rows of `rowBytes` with rubbish behind each up to `stepBytes`. */
function padded(data: Uint8Array, rowBytes: number, stepBytes: number): Uint8Array {
  const rows = data.length / rowBytes;
  const out = new Uint8Array(rows * stepBytes).fill(0x5a);
  for (let row = 0; row < rows; row++) {
    out.set(data.subarray(row * rowBytes, (row + 1) * rowBytes), row * stepBytes);
  }
  return out;
}

function assertClose(actual: Uint8Array, expected: Uint8Array, tolerance: number, what: string): void {
  assert.equal(actual.length, expected.length, what);
  let worst = 0;
  for (let i = 0; i < actual.length; i++) worst = Math.max(worst, Math.abs(actual[i]! - expected[i]!));
  assert.ok(worst <= tolerance, `${what}: differs by up to ${worst}`);
}

/** Encoding, ffmpeg's name of the same, bytes of a row, rows, and how far apart they may be. */
const AGAINST_FFMPEG: readonly (readonly [string, string, number, number, number])[] = [
  ['rgb8', 'rgb24', WIDTH * 3, HEIGHT, 0],
  ['bgr8', 'bgr24', WIDTH * 3, HEIGHT, 0],
  ['8UC3', 'bgr24', WIDTH * 3, HEIGHT, 0],
  ['rgba8', 'rgb0', WIDTH * 4, HEIGHT, 0],
  ['bgra8', 'bgr0', WIDTH * 4, HEIGHT, 0],
  ['mono8', 'gray', WIDTH, HEIGHT, 0],
  ['8UC1', 'gray', WIDTH, HEIGHT, 0],
];

describe('raw pixels', () => {
  test('interleaved channels are what ffmpeg makes of them, with and without padding', {
    skip: need('ffmpeg'),
  }, () => {
    for (const [encoding, format, rowBytes, rows, tolerance] of AGAINST_FFMPEG) {
      const data = noise(rowBytes * rows);
      const expected = byFfmpeg(format, data);
      assertClose(toRgb8(raw(encoding, rowBytes, data)), expected, tolerance, encoding);
      const wide = padded(data, rowBytes, rowBytes + 10);
      assertClose(
        toRgb8(raw(encoding, rowBytes + 10, wide)),
        expected,
        tolerance,
        `${encoding} with padding`,
      );
      // Some drivers leave out the padding of the last row.
      assertClose(toRgb8(raw(encoding, rowBytes + 10, wide.subarray(0, -10))), expected, tolerance, encoding);
    }
  });

  test('YUV is BT.601 with limited range, by the standard in full precision', () => {
    // Recommendation BT.601: R'G'B' from Y'CbCr by Kr = 0.299 and Kb = 0.114.
    const rgbOf = (y: number, cb: number, cr: number): number[] => {
      const [luma, blue, red] = [((y - 16) / 219) * 255, ((cb - 128) / 224) * 255, ((cr - 128) / 224) * 255];
      const [kr, kb] = [0.299, 0.114];
      const r = luma + 2 * (1 - kr) * red;
      const b = luma + 2 * (1 - kb) * blue;
      const g = (luma - kr * r - kb * b) / (1 - kr - kb);
      return [r, g, b].map((value) => Math.min(255, Math.max(0, Math.round(value))));
    };
    const luma = (x: number, y: number): number => (x * 37 + y * 91) & 255;
    const pair = (x: number, y: number): [number, number] => [
      (x * 53 + y * 17) & 255,
      (x * 29 + y * 71 + 99) & 255,
    ];
    const expected422 = new Uint8Array(WIDTH * HEIGHT * 3);
    const expected420 = new Uint8Array(WIDTH * HEIGHT * 3);
    const [uyvy, yuyv] = [new Uint8Array(WIDTH * HEIGHT * 2), new Uint8Array(WIDTH * HEIGHT * 2)];
    const nv12 = new Uint8Array((WIDTH * HEIGHT * 3) / 2);
    const nv21 = new Uint8Array(nv12.length);
    for (let y = 0; y < HEIGHT; y++) {
      for (let x = 0; x < WIDTH; x++) {
        const at = y * WIDTH + x;
        const [u, v] = pair(x >> 1, y);
        expected422.set(rgbOf(luma(x, y), u, v), at * 3);
        uyvy.set([(x & 1) === 0 ? u : v, luma(x, y)], at * 2);
        yuyv.set([luma(x, y), (x & 1) === 0 ? u : v], at * 2);
        const [u2, v2] = pair(x >> 1, y >> 1);
        expected420.set(rgbOf(luma(x, y), u2, v2), at * 3);
        nv12[at] = luma(x, y);
        nv21[at] = luma(x, y);
        const chroma = WIDTH * HEIGHT + (y >> 1) * WIDTH + (x & ~1);
        nv12.set([u2, v2], chroma);
        nv21.set([v2, u2], chroma);
      }
    }
    for (const encoding of ['yuv422', 'uyvy', 'UYVY']) {
      assertClose(toRgb8(raw(encoding, WIDTH * 2, uyvy)), expected422, 1, encoding);
    }
    for (const encoding of ['yuv422_yuy2', 'yuyv', 'YUYV']) {
      assertClose(toRgb8(raw(encoding, WIDTH * 2, yuyv)), expected422, 1, encoding);
    }
    assertClose(toRgb8(raw('nv12', WIDTH, nv12)), expected420, 1, 'nv12');
    assertClose(toRgb8(raw('nv21', WIDTH, nv21)), expected420, 1, 'nv21');
    const wide = padded(nv12, WIDTH, WIDTH + 6);
    assertClose(toRgb8(raw('nv12', WIDTH + 6, wide)), expected420, 1, 'nv12 with padding');
  });

  test('the same as ffmpeg for YUV within 2 where the colour does not change', {
    skip: need('ffmpeg'),
  }, () => {
    // ffmpeg interpolates colour between pixels, so one colour a picture.
    for (const [y, u, v] of [
      [16, 128, 128],
      [235, 128, 128],
      [81, 90, 240],
      [145, 54, 34],
      [41, 240, 110],
      [120, 140, 100],
    ]) {
      const data = Uint8Array.from({ length: WIDTH * HEIGHT * 2 }, (_, i) => [u!, y!, v!, y!][i & 3]!);
      assertClose(toRgb8(raw('uyvy', WIDTH * 2, data)), byFfmpeg('uyvy422', data), 2, `${y} ${u} ${v}`);
    }
  });

  test('an odd width ends in half a pair', () => {
    const data = Uint8Array.of(128, 16, 128, 235, 128, 235, 128, 0);
    const rgb = toRgb8(raw('uyvy', 8, data, { widthPx: 3, heightPx: 1 }));
    assert.deepEqual([...rgb], [0, 0, 0, 255, 255, 255, 255, 255, 255]);
  });

  test('of 16-bit grey the upper byte counts, in either order of bytes', () => {
    const values = [0, 255, 256, 32_768, 65_535, 4660];
    const bytes = (bigEndian: boolean) => {
      const view = new DataView(new ArrayBuffer(12));
      for (const [index, value] of values.entries()) view.setUint16(index * 2, value, !bigEndian);
      return new Uint8Array(view.buffer);
    };
    const expected = values.flatMap((value) => [value >> 8, value >> 8, value >> 8]);
    for (const bigEndian of [false, true]) {
      const size = { widthPx: 3, heightPx: 2, bigEndian };
      assert.deepEqual([...toRgb8(raw('mono16', 6, bytes(bigEndian), size))], expected);
    }
  });

  test('Bayer patterns: every colour is its own value or the mean of its nearest, to the edge', () => {
    const mosaic = noise(WIDTH * HEIGHT, 7);
    const patterns = { bayer_rggb8: 'RGGB', bayer_bggr8: 'BGGR', bayer_gbrg8: 'GBRG', bayer_grbg8: 'GRBG' };
    for (const [encoding, pattern] of Object.entries(patterns)) {
      const colourAt = (x: number, y: number): string => pattern[(y & 1) * 2 + (x & 1)]!;
      const mirror = (at: number, size: number): number =>
        at < 0 ? -at : at >= size ? 2 * (size - 1) - at : at;
      const expected = new Uint8Array(WIDTH * HEIGHT * 3);
      for (let y = 0; y < HEIGHT; y++) {
        for (let x = 0; x < WIDTH; x++) {
          for (const [channel, colour] of ['R', 'G', 'B'].entries()) {
            const near: number[] = [];
            for (let dy = -1; dy <= 1; dy++) {
              for (let dx = -1; dx <= 1; dx++) {
                const [nx, ny] = [mirror(x + dx, WIDTH), mirror(y + dy, HEIGHT)];
                if (colourAt(nx, ny) === colour) near.push(mosaic[ny * WIDTH + nx]!);
              }
            }
            const own = colourAt(x, y) === colour;
            const mean = Math.floor(near.reduce((sum, value) => sum + value, 0) / near.length + 0.5);
            expected[(y * WIDTH + x) * 3 + channel] = own ? mosaic[y * WIDTH + x]! : mean;
          }
        }
      }
      assert.deepEqual(toRgb8(raw(encoding, WIDTH, mosaic)), expected, encoding);
    }
  });

  test('Bayer patterns have their colours where ffmpeg has them', { skip: need('ffmpeg') }, () => {
    const mosaic = new Uint8Array(WIDTH * HEIGHT);
    for (let i = 0; i < mosaic.length; i++)
      mosaic[i] = ((i % WIDTH) & 1) * 100 + (Math.floor(i / WIDTH) & 1) * 50 + 20;
    for (const pattern of ['rggb', 'bggr', 'gbrg', 'grbg']) {
      const rgb = toRgb8(raw(`bayer_${pattern}8`, WIDTH, mosaic));
      assertClose(rgb, byFfmpeg(`bayer_${pattern}8`, mosaic), 2, pattern);
    }
  });

  test('what cannot be read is refused, and says why', () => {
    const data = noise(WIDTH * HEIGHT * 3);
    assert.throws(() => toRgb8(raw('32FC1', WIDTH * 4, data)), /"32FC1" is not one of rgb8/);
    assert.throws(() => toRgb8(raw('16UC1', WIDTH * 2, data)), /16UC1/);
    assert.throws(
      () => toRgb8(raw('rgb8', WIDTH * 3, data.subarray(1))),
      /923 bytes with step 66 do not hold 22 × 14/,
    );
    assert.throws(() => toRgb8(raw('rgb8', WIDTH * 3 - 1, data)), /step 65/);
    assert.throws(() => toRgb8(raw('rgb8', WIDTH * 3, data, { widthPx: 0 })), /0 × 14/);
    assert.throws(() => toRgb8(raw('rgb8', 4e9, data, { widthPx: 1e9, heightPx: 1e9 })), /megapixels/);
    assert.throws(() => toRgb8(raw('nv12', WIDTH, noise(WIDTH * HEIGHT))), /do not hold/);
    assert.throws(() => toRgb8(raw('bayer_rggb8', 1, data, { widthPx: 1 })), /2 × 2/);
  });

  test('the picture has memory of its own', () => {
    const data = noise(WIDTH * HEIGHT * 3);
    const rgb = toRgb8(raw('rgb8', WIDTH * 3, data));
    const before = rgb.slice();
    data.fill(0);
    assert.deepEqual(rgb, before);
  });
});
