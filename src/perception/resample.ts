import type { BoxPx, RgbImage } from '../domain/index.ts';

/** A grey picture, 0 (black) to 255, packed rows. */
export interface GreyImage {
  readonly widthPx: number;
  readonly heightPx: number;
  readonly data: Float32Array;
}

/** Cuts a rectangle out, clipped to the picture; undefined when nothing of it lies inside. */
export function crop(image: RgbImage, box: BoxPx): RgbImage | undefined {
  const left = Math.max(0, Math.floor(box.xPx));
  const top = Math.max(0, Math.floor(box.yPx));
  const widthPx = Math.min(image.widthPx, Math.ceil(box.xPx + box.widthPx)) - left;
  const heightPx = Math.min(image.heightPx, Math.ceil(box.yPx + box.heightPx)) - top;
  if (!(widthPx > 0 && heightPx > 0)) return undefined;
  const data = new Uint8Array(widthPx * heightPx * 3);
  for (let y = 0; y < heightPx; y++) {
    const from = ((top + y) * image.widthPx + left) * 3;
    data.set(image.data.subarray(from, from + widthPx * 3), y * widthPx * 3);
  }
  return { widthPx, heightPx, data };
}

/** Luma of every pixel (ITU-R BT.601). */
export function toGrey(image: RgbImage): GreyImage {
  const data = new Float32Array(image.widthPx * image.heightPx);
  for (let i = 0; i < data.length; i++) {
    const at = i * 3;
    data[i] =
      0.299 * (image.data[at] as number) +
      0.587 * (image.data[at + 1] as number) +
      0.114 * (image.data[at + 2] as number);
  }
  return { widthPx: image.widthPx, heightPx: image.heightPx, data };
}

/** Weights of the source samples that make up one target sample. */
interface Taps {
  readonly first: number;
  readonly weights: Float32Array;
}

/** Triangle filter: linear when enlarging, the mean of what falls together when shrinking. */
function taps(source: number, target: number): Taps[] {
  const scale = source / target;
  const radius = Math.max(1, scale);
  return Array.from({ length: target }, (_, i) => {
    const centre = (i + 0.5) * scale - 0.5;
    const first = Math.max(0, Math.ceil(centre - radius));
    const last = Math.min(source - 1, Math.floor(centre + radius));
    const weights = new Float32Array(last - first + 1);
    let sum = 0;
    for (let k = 0; k < weights.length; k++) {
      weights[k] = Math.max(1e-6, 1 - Math.abs(first + k - centre) / radius);
      sum += weights[k] as number;
    }
    for (let k = 0; k < weights.length; k++) weights[k] = (weights[k] as number) / sum;
    return { first, weights };
  });
}

/**
 * Resizes to `widthPx` × `heightPx` floats, 3 a pixel, 0–255. Done here because a plate is small: a call
 * into an image library costs more, and its results differ between machines.
 */
export function resize(image: RgbImage, widthPx: number, heightPx: number): Float32Array {
  const rowLength = image.widthPx * 3;
  const columns = taps(image.widthPx, widthPx);
  const narrowed = new Float32Array(image.heightPx * widthPx * 3);
  for (let y = 0; y < image.heightPx; y++) {
    for (const [x, { first, weights }] of columns.entries()) {
      for (let channel = 0; channel < 3; channel++) {
        let sum = 0;
        for (let k = 0; k < weights.length; k++) {
          sum += (weights[k] as number) * (image.data[y * rowLength + (first + k) * 3 + channel] as number);
        }
        narrowed[(y * widthPx + x) * 3 + channel] = sum;
      }
    }
  }
  const result = new Float32Array(heightPx * widthPx * 3);
  for (const [y, { first, weights }] of taps(image.heightPx, heightPx).entries()) {
    for (let i = 0; i < widthPx * 3; i++) {
      let sum = 0;
      for (let k = 0; k < weights.length; k++) {
        sum += (weights[k] as number) * (narrowed[(first + k) * widthPx * 3 + i] as number);
      }
      result[y * widthPx * 3 + i] = sum;
    }
  }
  return result;
}
