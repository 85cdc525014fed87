import { CodriverError } from '../../src/domain/index.ts';
import type { PointM, RoadEdge, RoadMap, RoadPosition } from './road-map.ts';

/** A point with a heading in the map frame: metres, radians counter-clockwise from east. */
export interface Pose {
  readonly xM: number;
  readonly yM: number;
  readonly yawRad: number;
}

/** Outline of the ego around base_link (centre of the rear axle, REP-105), metres. */
export const EGO_DIMENSIONS = {
  wheelbaseM: 2.75,
  /** From base_link to the front bumper. */
  frontM: 3.65,
  /** From base_link to the rear bumper. */
  rearM: 0.95,
  widthM: 1.8,
} as const;

/** The edge of that id; a route or a position that names another one is BAD_SCENE. */
export function edgeOf(map: RoadMap, edgeId: string): RoadEdge {
  const edge = map.edges[edgeId];
  if (edge === undefined) throw new CodriverError('BAD_SCENE', `The road map has no edge "${edgeId}".`);
  return edge;
}

/** Length of an edge's line, metres. */
export function edgeLengthM(edge: RoadEdge): number {
  let length = 0;
  for (let i = 1; i < edge.line.length; i++) length += distanceM(edge.line[i - 1]!, edge.line[i]!);
  return length;
}

/** Distance between two points, metres. */
export function distanceM(a: PointM, b: PointM): number {
  return Math.hypot(b.xM - a.xM, b.yM - a.yM);
}

/** An angle brought into (−π, π]. */
export function wrapAngle(rad: number): number {
  const wrapped = Math.atan2(Math.sin(rad), Math.cos(rad));
  return wrapped === -Math.PI ? Math.PI : wrapped;
}

/**
 * Where a lane's centre lies from the edge's line, metres, left positive. The kerb lane is
 * the line itself; where traffic drives on the left the others lie to its right.
 */
export function laneOffset(edge: RoadEdge, laneIndex: number, driveSide: 'LEFT' | 'RIGHT' = 'LEFT'): number {
  const towardsMiddle = laneIndex * edge.laneWidthM;
  return driveSide === 'LEFT' ? 0 - towardsMiddle : towardsMiddle;
}

/** Point and heading of an edge's line `alongM` from its start; beyond its ends it goes on straight. */
export function poseOnLine(edge: RoadEdge, alongM: number): Pose {
  const { line } = edge;
  let left = alongM;
  for (let i = 1; i < line.length; i++) {
    const a = line[i - 1]!;
    const b = line[i]!;
    const length = distanceM(a, b);
    if (left <= length || i === line.length - 1) {
      const yawRad = Math.atan2(b.yM - a.yM, b.xM - a.xM);
      return { xM: a.xM + Math.cos(yawRad) * left, yM: a.yM + Math.sin(yawRad) * left, yawRad };
    }
    left -= length;
  }
  throw new CodriverError('BAD_SCENE', `Edge "${edge.id}" has fewer than two points.`);
}

/** A pose moved sideways, metres, left positive. */
export function shiftLeft(pose: Pose, offsetM: number): Pose {
  return {
    xM: pose.xM - Math.sin(pose.yawRad) * offsetM,
    yM: pose.yM + Math.cos(pose.yawRad) * offsetM,
    yawRad: pose.yawRad,
  };
}

/** A pose moved along its heading, metres. */
export function moveForward(pose: Pose, byM: number): Pose {
  return {
    xM: pose.xM + Math.cos(pose.yawRad) * byM,
    yM: pose.yM + Math.sin(pose.yawRad) * byM,
    yawRad: pose.yawRad,
  };
}

/** Point and heading at a position on the network, lane and offset included. */
export function poseOn(map: RoadMap, position: RoadPosition, driveSide: 'LEFT' | 'RIGHT' = 'LEFT'): Pose {
  const edge = edgeOf(map, position.edgeId);
  const lateralM = laneOffset(edge, position.laneIndex, driveSide) + position.offsetM;
  return shiftLeft(poseOnLine(edge, position.alongM), lateralM);
}

/** A map point seen from a pose (REP-103: x forward, y left), metres. */
export function toLocal(pose: Pose, point: PointM): PointM {
  const dx = point.xM - pose.xM;
  const dy = point.yM - pose.yM;
  const cos = Math.cos(pose.yawRad);
  const sin = Math.sin(pose.yawRad);
  return { xM: dx * cos + dy * sin, yM: dy * cos - dx * sin };
}

/**
 * A smooth curve from one pose to another as points about `stepM` apart, both ends included.
 * A cubic Bézier whose handles make it a circle's arc where both ends are symmetric.
 */
export function turnCurve(from: Pose, to: Pose, stepM = 0.5): PointM[] {
  const chord = distanceM(from, to);
  const angle = Math.abs(wrapAngle(to.yawRad - from.yawRad));
  const handle = chord * (angle < 1e-3 ? 1 / 3 : ((2 / 3) * Math.tan(angle / 4)) / Math.sin(angle / 2));
  const c1 = moveForward(from, handle);
  const c2 = moveForward(to, -handle);
  const pieces = Math.max(2, Math.ceil((chord * 1.5) / stepM));
  return Array.from({ length: pieces + 1 }, (_, i) => {
    const t = i / pieces;
    const u = 1 - t;
    const [w0, w1, w2, w3] = [u * u * u, 3 * u * u * t, 3 * u * t * t, t * t * t];
    return {
      xM: w0 * from.xM + w1 * c1.xM + w2 * c2.xM + w3 * to.xM,
      yM: w0 * from.yM + w1 * c1.yM + w2 * c2.yM + w3 * to.yM,
    };
  });
}
