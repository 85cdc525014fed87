import type { Texture } from './rasterizer.ts';
import type { FaceImage } from './sign-faces.ts';

type Level = Texture['levels'][number];

/** A texture of a drawn face: alpha premultiplied, then halved while both sides are even. */
export function textureOf(face: FaceImage): Texture {
  const { widthPx: width, heightPx: height, rgba } = face;
  const pixels = new Uint32Array(width * height);
  for (let i = 0; i < pixels.length; i++) {
    const alpha = rgba[i * 4 + 3]!;
    const share = alpha / 255;
    pixels[i] = packed(
      Math.round(rgba[i * 4]! * share),
      Math.round(rgba[i * 4 + 1]! * share),
      Math.round(rgba[i * 4 + 2]! * share),
      alpha,
    );
  }
  const levels: Level[] = [{ width, height, pixels }];
  for (let last = levels[0]!; last.width % 2 === 0 && last.height % 2 === 0; ) {
    last = halved(last);
    levels.push(last);
  }
  return { levels };
}

/** 0xAABBGGRR. */
export function packed(red: number, green: number, blue: number, alpha = 255): number {
  return ((alpha << 24) | (blue << 16) | (green << 8) | red) >>> 0;
}

/** Each pixel the mean of four. */
export function halved(from: Texture['levels'][number]): Texture['levels'][number] {
  const width = from.width >> 1;
  const height = from.height >> 1;
  const pixels = new Uint32Array(width * height);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const i = 2 * y * from.width + 2 * x;
      const a = from.pixels[i]!;
      const b = from.pixels[i + 1]!;
      const c = from.pixels[i + from.width]!;
      const d = from.pixels[i + from.width + 1]!;
      // Even and odd bytes apart, so that sums of four do not run into each other.
      const even = (a & 0xff00ff) + (b & 0xff00ff) + (c & 0xff00ff) + (d & 0xff00ff) + 0x020002;
      const odd =
        ((a >>> 8) & 0xff00ff) +
        ((b >>> 8) & 0xff00ff) +
        ((c >>> 8) & 0xff00ff) +
        ((d >>> 8) & 0xff00ff) +
        0x020002;
      pixels[y * width + x] = (((even >>> 2) & 0xff00ff) | (((odd >>> 2) & 0xff00ff) << 8)) >>> 0;
    }
  }
  return { width, height, pixels };
}
