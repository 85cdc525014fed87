import { type Point3, toCamera } from './camera-model.ts';
import type { Pose } from './geometry.ts';
import type { CameraPoint, Rasterizer, Texture } from './rasterizer.ts';
import { packed } from './textures.ts';

/** 0–255 each. */
export type Rgb = readonly [number, number, number];

/** A box standing in the world; sizes along its heading, across and up, metres. */
export interface Box {
  readonly pose: Pose;
  readonly bottomM: number;
  readonly lengthM: number;
  readonly widthM: number;
  readonly heightM: number;
  readonly color: Rgb;
  /** Length and width of the top where it is smaller than the bottom (a car's cabin). */
  readonly top?: readonly [lengthM: number, widthM: number];
}

/** Light from the south-east, and the sky: how bright a face is that looks along a map direction. */
export function brightness(yawRad: number): number {
  return 0.72 + 0.2 * Math.cos(yawRad + 0.9);
}

/** A colour at some brightness, 0xAABBGGRR. */
export function shaded(color: Rgb, light: number): number {
  return packed(lit(color[0], light), lit(color[1], light), lit(color[2], light));
}

function lit(channel: number, light: number): number {
  return Math.min(255, Math.round(channel * light));
}

/** The four corners of a box's side: front 0, left 1, back 2, right 3; top left first as seen from outside. */
export function sideOf(box: Box, side: 0 | 1 | 2 | 3): readonly [Point3, Point3, Point3, Point3] {
  const bottom = footprint(box, box.lengthM, box.widthM, box.bottomM);
  const [topLength, topWidth] = box.top ?? [box.lengthM, box.widthM];
  const top = footprint(box, topLength, topWidth, box.bottomM + box.heightM);
  const next = ((side + 1) % 4) as 0 | 1 | 2 | 3;
  return [top[side], top[next], bottom[next], bottom[side]];
}

/** Draws a box's sides that face the camera, and its top where it lies below the eye. */
export function drawBox(raster: Rasterizer, ego: Pose, box: Box): void {
  for (const side of [0, 1, 2, 3] as const) {
    const corners = sideOf(box, side).map((corner) => toCamera(ego, corner));
    if (!facesCamera(corners)) continue;
    raster.fillPolygon(corners, shaded(box.color, brightness(box.pose.yawRad + (side * Math.PI) / 2)));
  }
  const [topLength, topWidth] = box.top ?? [box.lengthM, box.widthM];
  const lid = footprint(box, topLength, topWidth, box.bottomM + box.heightM).map((c) => toCamera(ego, c));
  if (lid[0]![1] > 0) raster.fillPolygon(lid, shaded(box.color, 1.05));
}

/** Draws a rectangle of the world with a texture repeated, if it faces the camera. */
export function drawWall(
  raster: Rasterizer,
  ego: Pose,
  corners: readonly Point3[],
  texture: Texture,
  repeat: readonly [number, number],
): void {
  const seen = corners.map((corner) => toCamera(ego, corner));
  if (facesCamera(seen)) raster.fillTextured(seen, texture, repeat);
}

/** True for a polygon given clockwise as its readers see it whose front the camera sees. */
export function facesCamera(corners: readonly CameraPoint[]): boolean {
  const [o, a, , b] = corners as [CameraPoint, CameraPoint, CameraPoint, CameraPoint];
  const [ex, ey, ez] = [a[0] - o[0], a[1] - o[1], a[2] - o[2]];
  const [fx, fy, fz] = [b[0] - o[0], b[1] - o[1], b[2] - o[2]];
  return (ey * fz - ez * fy) * o[0] + (ez * fx - ex * fz) * o[1] + (ex * fy - ey * fx) * o[2] > 0;
}

/** Corners at one height: front right, front left, back left, back right. */
function footprint(box: Box, lengthM: number, widthM: number, zM: number): [Point3, Point3, Point3, Point3] {
  const { xM, yM, yawRad } = box.pose;
  const cos = Math.cos(yawRad);
  const sin = Math.sin(yawRad);
  const [ax, ay] = [(cos * lengthM) / 2, (sin * lengthM) / 2];
  const [lx, ly] = [(-sin * widthM) / 2, (cos * widthM) / 2];
  return [
    [xM + ax - lx, yM + ay - ly, zM],
    [xM + ax + lx, yM + ay + ly, zM],
    [xM - ax + lx, yM - ay + ly, zM],
    [xM - ax - lx, yM - ay - ly, zM],
  ];
}
