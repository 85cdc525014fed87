import type { BoxPx } from '../../src/domain/index.ts';
import type { Pose } from './geometry.ts';

/** A point in the world: map frame with height, metres. */
export type Point3 = readonly [xM: number, yM: number, zM: number];

/** The front camera: a pinhole behind the windscreen that looks level along base_link's x. */
export const FRONT_CAMERA = {
  /** Focal length in pixels, for both axes. */
  focalPx: 1000,
  widthPx: 1280,
  heightPx: 720,
  /** The horizon's row; above the middle, where the road matters. */
  horizonPx: 340,
  /** Ahead of base_link and above the ground, metres. */
  forwardM: 1.6,
  heightM: 1.35,
} as const;

/** Camera coordinates (x right, y down, z forward, metres) of a point. */
export function toCamera(ego: Pose, point: Point3): [number, number, number] {
  const cos = Math.cos(ego.yawRad);
  const sin = Math.sin(ego.yawRad);
  const dx = point[0] - ego.xM;
  const dy = point[1] - ego.yM;
  return [dx * sin - dy * cos, FRONT_CAMERA.heightM - point[2], dx * cos + dy * sin - FRONT_CAMERA.forwardM];
}

/** The upright box around a quad's picture; undefined if a corner is nearer than a metre. */
export function boxOfQuad(ego: Pose, corners: readonly Point3[]): BoxPx | undefined {
  let [left, top, right, bottom] = [Infinity, Infinity, -Infinity, -Infinity];
  for (const corner of corners) {
    const [x, y, z] = toCamera(ego, corner);
    if (z < 1) return undefined;
    const u = FRONT_CAMERA.widthPx / 2 + (FRONT_CAMERA.focalPx * x) / z;
    const v = FRONT_CAMERA.horizonPx + (FRONT_CAMERA.focalPx * y) / z;
    left = Math.min(left, u);
    right = Math.max(right, u);
    top = Math.min(top, v);
    bottom = Math.max(bottom, v);
  }
  return { xPx: left, yPx: top, widthPx: right - left, heightPx: bottom - top };
}

/** True where a box lies wholly in the picture. */
export function inPicture(box: BoxPx): boolean {
  return (
    box.xPx >= 0 &&
    box.yPx >= 0 &&
    box.xPx + box.widthPx <= FRONT_CAMERA.widthPx &&
    box.yPx + box.heightPx <= FRONT_CAMERA.heightPx
  );
}
