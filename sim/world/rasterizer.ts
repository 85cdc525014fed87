import type { RgbImage } from '../../src/domain/index.ts';
import { FRONT_CAMERA } from './camera-model.ts';

/** A point in camera coordinates: x right, y down, z forward, metres. */
export type CameraPoint = readonly [number, number, number];

/** A texture as halvings of itself. Pixels are 0xAABBGGRR, colours premultiplied by alpha. */
export interface Texture {
  readonly levels: readonly {
    readonly width: number;
    readonly height: number;
    readonly pixels: Uint32Array;
  }[];
}

const NEAR_M = 0.4;
/** Samples a pixel's side for textures with edges and text. */
const FINE = 4;

/**
 * A picture with a depth buffer. Polygons are planar and convex; along a row 1/z, u/z and v/z
 * are linear, so texturing is perspective-correct. Deterministic: no state outlives `clear`.
 */
export class Rasterizer {
  readonly widthPx: number;
  readonly heightPx: number;
  /** 0xAABBGGRR a pixel. */
  readonly pixels: Uint32Array;
  /** 1/z a pixel, per metre; 0 is endlessly far. */
  readonly inverseDepth: Float32Array;
  readonly focalPx: number;
  readonly centerXPx: number;
  readonly centerYPx: number;
  readonly #leftOf: Float64Array;
  readonly #rightOf: Float64Array;

  /** A picture of another size shows the same view, scaled by its width. */
  constructor(widthPx: number, heightPx: number) {
    this.widthPx = widthPx;
    this.heightPx = heightPx;
    this.pixels = new Uint32Array(widthPx * heightPx);
    this.inverseDepth = new Float32Array(widthPx * heightPx);
    const scale = widthPx / FRONT_CAMERA.widthPx;
    this.focalPx = FRONT_CAMERA.focalPx * scale;
    this.centerXPx = widthPx / 2;
    this.centerYPx = FRONT_CAMERA.horizonPx * scale;
    this.#leftOf = new Float64Array(heightPx);
    this.#rightOf = new Float64Array(heightPx);
  }

  /** Fills a polygon with one colour. */
  fillPolygon(corners: readonly CameraPoint[], color: number): void {
    const rows = this.#scan(corners);
    if (rows === undefined) return;
    const plane = planeOf(corners, this);
    if (plane === undefined) return;
    const { pixels, inverseDepth, widthPx } = this;
    const step = plane[0];
    for (let y = rows[0]; y < rows[1]; y++) {
      const from = Math.max(0, Math.ceil(this.#leftOf[y]! - 0.5));
      const to = Math.min(widthPx, Math.ceil(this.#rightOf[y]! - 0.5));
      let inverse = plane[0] * (from + 0.5) + plane[1] * (y + 0.5) + plane[2];
      let i = y * widthPx + from;
      for (let x = from; x < to; x++, i++, inverse += step) {
        if (inverse > inverseDepth[i]!) {
          inverseDepth[i] = inverse;
          pixels[i] = color;
        }
      }
    }
  }

  /** Fills a rectangle (top left, top right, bottom right, bottom left) with an opaque texture repeated `repeat` times. */
  fillTextured(corners: readonly CameraPoint[], texture: Texture, repeat: readonly [number, number]): void {
    const rows = this.#scan(corners);
    const map = rows && this.#textureMap(corners, repeat);
    if (!map) return;
    const { plane, u, v } = map;
    const { pixels, inverseDepth, widthPx } = this;
    const nearest = corners.reduce((least, corner) => Math.min(least, Math.max(NEAR_M, corner[2])), Infinity);
    const farthest = corners.reduce((most, corner) => Math.max(most, corner[2]), 0);
    const width = texture.levels[0]!.width;
    const texelsAMeter = (width * repeat[0]) / map.widthM;
    const texelsAPx = (texelsAMeter * Math.sqrt(nearest * farthest)) / this.focalPx;
    const level = texture.levels[levelFor(texelsAPx, texture.levels.length)]!;
    const texels = level.pixels;
    // Sides are powers of two: a row is a shift away, and repeating is a mask.
    const shift = 31 - Math.clz32(level.width);
    const maskX = level.width - 1;
    const maskY = level.height - 1;
    const step = plane[0];
    const du = u[0] * level.width;
    const dv = v[0] * level.height;
    for (let y = rows[0]; y < rows[1]; y++) {
      const from = Math.max(0, Math.ceil(this.#leftOf[y]! - 0.5));
      const to = Math.min(widthPx, Math.ceil(this.#rightOf[y]! - 0.5));
      const px = from + 0.5;
      const py = y + 0.5;
      let inverse = plane[0] * px + plane[1] * py + plane[2];
      let uz = (u[0] * px + u[1] * py + u[2]) * level.width;
      let vz = (v[0] * px + v[1] * py + v[2]) * level.height;
      let i = y * widthPx + from;
      for (let x = from; x < to; x++, i++, inverse += step, uz += du, vz += dv) {
        if (inverse > inverseDepth[i]!) {
          inverseDepth[i] = inverse;
          const z = 1 / inverse;
          pixels[i] = texels[(((vz * z) & maskY) << shift) | ((uz * z) & maskX)]!;
        }
      }
    }
  }

  /**
   * Lays a rectangle's texture with alpha over the picture, 16 samples a pixel: for signs,
   * whose text must stay legible at a few pixels. Hidden parts stay hidden; depth is left alone.
   */
  overlay(corners: readonly CameraPoint[], texture: Texture): void {
    const map = this.#textureMap(corners, [1, 1]);
    if (!map || corners.some((corner) => corner[2] < NEAR_M)) return;
    const xs = corners.map((corner) => this.centerXPx + (this.focalPx * corner[0]) / corner[2]);
    const ys = corners.map((corner) => this.centerYPx + (this.focalPx * corner[1]) / corner[2]);
    const left = Math.max(0, Math.floor(Math.min(...xs)));
    const right = Math.min(this.widthPx, Math.ceil(Math.max(...xs)));
    const top = Math.max(0, Math.floor(Math.min(...ys)));
    const bottom = Math.min(this.heightPx, Math.ceil(Math.max(...ys)));
    const z = corners.reduce((sum, corner) => sum + corner[2], 0) / corners.length;
    const texelsASample = ((texture.levels[0]!.width / map.widthM) * z) / this.focalPx / FINE;
    const level = texture.levels[levelFor(texelsASample, texture.levels.length)]!;
    for (let y = top; y < bottom; y++) {
      for (let x = left; x < right; x++) this.#overlayPixel(x, y, map, level);
    }
  }

  /** The picture as packed RGB rows. */
  toRgb(): RgbImage {
    const { pixels } = this;
    const data = new Uint8Array(pixels.length * 3);
    // Four pixels make three words; little-endian, as everything Node runs on.
    const words = new Uint32Array(data.buffer, 0, (pixels.length >> 2) * 3);
    for (let i = 0, w = 0; w < words.length; i += 4, w += 3) {
      const b = pixels[i + 1]!;
      const c = pixels[i + 2]!;
      words[w] = (pixels[i]! & 0xffffff) | (b << 24);
      words[w + 1] = ((b >>> 8) & 0xffff) | (c << 16);
      words[w + 2] = ((c >>> 16) & 0xff) | (pixels[i + 3]! << 8);
    }
    for (let i = pixels.length & ~3; i < pixels.length; i++) {
      for (let k = 0; k < 3; k++) data[i * 3 + k] = (pixels[i]! >>> (8 * k)) & 255;
    }
    return { widthPx: this.widthPx, heightPx: this.heightPx, data };
  }

  #overlayPixel(x: number, y: number, map: TextureMap, level: Texture['levels'][number]): void {
    const { plane, u, v } = map;
    const i = y * this.widthPx + x;
    let red = 0;
    let green = 0;
    let blue = 0;
    let alpha = 0;
    for (let s = 0; s < FINE * FINE; s++) {
      const px = x + ((s % FINE) + 0.5) / FINE;
      const py = y + (Math.floor(s / FINE) + 0.5) / FINE;
      const inverse = plane[0] * px + plane[1] * py + plane[2];
      if (inverse <= this.inverseDepth[i]!) continue;
      const tu = (u[0] * px + u[1] * py + u[2]) / inverse;
      const tv = (v[0] * px + v[1] * py + v[2]) / inverse;
      if (tu < 0 || tu >= 1 || tv < 0 || tv >= 1) continue;
      const texel = level.pixels[Math.floor(tv * level.height) * level.width + Math.floor(tu * level.width)]!;
      red += texel & 255;
      green += (texel >> 8) & 255;
      blue += (texel >> 16) & 255;
      alpha += texel >>> 24;
    }
    if (alpha === 0) return;
    const n = FINE * FINE;
    const keep = 1 - alpha / (n * 255);
    const under = this.pixels[i]!;
    const r = Math.round(red / n + (under & 255) * keep);
    const g = Math.round(green / n + ((under >>> 8) & 255) * keep);
    const b = Math.round(blue / n + ((under >>> 16) & 255) * keep);
    this.pixels[i] = (0xff000000 | (b << 16) | (g << 8) | r) >>> 0;
  }

  /** Clips at the near plane and notes where each row of the polygon begins and ends; its rows, or undefined. */
  #scan(corners: readonly CameraPoint[]): [number, number] | undefined {
    const points = clipNear(corners);
    if (points.length < 3) return undefined;
    const xs = points.map((point) => this.centerXPx + (this.focalPx * point[0]) / point[2]);
    const ys = points.map((point) => this.centerYPx + (this.focalPx * point[1]) / point[2]);
    const top = Math.max(0, Math.ceil(Math.min(...ys) - 0.5));
    const bottom = Math.min(this.heightPx, Math.ceil(Math.max(...ys) - 0.5));
    if (top >= bottom || Math.max(...xs) <= 0 || Math.min(...xs) >= this.widthPx) return undefined;
    this.#leftOf.fill(Number.POSITIVE_INFINITY, top, bottom);
    this.#rightOf.fill(Number.NEGATIVE_INFINITY, top, bottom);
    for (let i = 0; i < points.length; i++) {
      const j = (i + 1) % points.length;
      const [ax, ay, bx, by] =
        ys[i]! < ys[j]! ? [xs[i]!, ys[i]!, xs[j]!, ys[j]!] : [xs[j]!, ys[j]!, xs[i]!, ys[i]!];
      const slope = (bx - ax) / (by - ay);
      const last = Math.min(bottom, Math.ceil(by - 0.5));
      for (let y = Math.max(top, Math.ceil(ay - 0.5)); y < last; y++) {
        const x = ax + (y + 0.5 - ay) * slope;
        if (x < this.#leftOf[y]!) this.#leftOf[y] = x;
        if (x > this.#rightOf[y]!) this.#rightOf[y] = x;
      }
    }
    return [top, bottom];
  }

  /** 1/z, u/z and v/z as linear functions of the pixel, for a rectangle with its corner 0 as origin. */
  #textureMap(corners: readonly CameraPoint[], repeat: readonly [number, number]): TextureMap | undefined {
    const plane = planeOf(corners, this);
    if (plane === undefined) return undefined;
    const [o, a, , b] = corners as [CameraPoint, CameraPoint, CameraPoint, CameraPoint];
    const across = minus(a, o);
    return {
      plane,
      u: gradient(o, a, repeat[0], plane, this),
      v: gradient(o, b, repeat[1], plane, this),
      widthM: Math.sqrt(dot(across, across)),
    };
  }
}

/** `[a, b, c]` for a·x + b·y + c at pixel (x, y). */
type Linear = readonly [number, number, number];

interface TextureMap {
  readonly plane: Linear;
  readonly u: Linear;
  readonly v: Linear;
  /** Of the rectangle's upper side. */
  readonly widthM: number;
}

interface View {
  readonly focalPx: number;
  readonly centerXPx: number;
  readonly centerYPx: number;
}

const minus = (a: CameraPoint, b: CameraPoint): CameraPoint => [a[0] - b[0], a[1] - b[1], a[2] - b[2]];
const dot = (a: CameraPoint, b: CameraPoint): number => a[0] * b[0] + a[1] * b[1] + a[2] * b[2];

/** (n·P + k)/z as a linear function of the pixel, for points P of a plane with the given 1/z. */
function linear(n: CameraPoint, k: number, plane: Linear, view: View): Linear {
  const a = n[0] / view.focalPx;
  const b = n[1] / view.focalPx;
  const c = n[2] - a * view.centerXPx - b * view.centerYPx;
  return [a + k * plane[0], b + k * plane[1], c + k * plane[2]];
}

/** A texture coordinate over z that runs from 0 at `o` to `times` at `end`. */
function gradient(o: CameraPoint, end: CameraPoint, times: number, plane: Linear, view: View): Linear {
  const axis = minus(end, o);
  const k = times / dot(axis, axis);
  return linear([axis[0] * k, axis[1] * k, axis[2] * k], -dot(axis, o) * k, plane, view);
}

/** 1/z of a polygon's plane as a linear function of the pixel; undefined where it is seen edge-on. */
function planeOf(corners: readonly CameraPoint[], view: View): Linear | undefined {
  const [o, a, , b] = corners.length > 3 ? corners : [corners[0]!, corners[1]!, undefined, corners[2]!];
  const e = minus(a!, o!);
  const f = minus(b!, o!);
  const normal: CameraPoint = [
    e[1] * f[2] - e[2] * f[1],
    e[2] * f[0] - e[0] * f[2],
    e[0] * f[1] - e[1] * f[0],
  ];
  const distance = dot(normal, o!);
  if (Math.abs(distance) < 1e-6) return undefined;
  return linear([normal[0] / distance, normal[1] / distance, normal[2] / distance], 0, [0, 0, 0], view);
}

function levelFor(texelsAPx: number, levels: number): number {
  return Math.min(levels - 1, Math.max(0, Math.round(Math.log2(texelsAPx))));
}

function clipNear(corners: readonly CameraPoint[]): readonly CameraPoint[] {
  if (corners.every((corner) => corner[2] >= NEAR_M)) return corners;
  const kept: CameraPoint[] = [];
  corners.forEach((a, i) => {
    const b = corners[(i + 1) % corners.length]!;
    if (a[2] >= NEAR_M) kept.push(a);
    if (a[2] >= NEAR_M !== b[2] >= NEAR_M) {
      const t = (NEAR_M - a[2]) / (b[2] - a[2]);
      kept.push([a[0] + (b[0] - a[0]) * t, a[1] + (b[1] - a[1]) * t, NEAR_M]);
    }
  });
  return kept;
}
