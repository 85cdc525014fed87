import { z } from 'zod';
import { StampNs } from './time.ts';

/** One camera picture as it came: still encoded where the camera encodes. */
export const Frame = z.object({
  stampNs: StampNs,
  /** REP-105 frame of the camera's optical centre. */
  frameId: z.string(),
  /** Which camera; the topic it came from. */
  camera: z.string(),
  /** `jpeg` and `png` are files in memory; `rgb8` is packed rows, 3 bytes a pixel. */
  encoding: z.enum(['jpeg', 'png', 'rgb8']),
  /** 0 where not known before decoding. */
  widthPx: z.int().min(0),
  heightPx: z.int().min(0),
  data: z.custom<Uint8Array>((value) => value instanceof Uint8Array, 'expected bytes'),
});
export type Frame = z.infer<typeof Frame>;

/** A decoded picture: packed rows, 3 bytes a pixel, top left first. */
export interface RgbImage {
  readonly widthPx: number;
  readonly heightPx: number;
  readonly data: Uint8Array;
}

/** A rectangle in a picture, in pixels, origin top left. */
export const BoxPx = z.object({
  xPx: z.number(),
  yPx: z.number(),
  widthPx: z.number().positive(),
  heightPx: z.number().positive(),
});
export type BoxPx = z.infer<typeof BoxPx>;
