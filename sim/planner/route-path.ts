import {
  distanceM,
  edgeLengthM,
  edgeOf,
  moveForward,
  type Pose,
  poseOnLine,
  turnCurve,
  wrapAngle,
} from '../world/geometry.ts';
import type { PointM, RoadEdge, RoadMap } from '../world/road-map.ts';

/** Tightest turn the path aims for where the road leaves room, metres. */
const TURN_RADIUS_M = 7;
/** Bends below this are driven as they are. */
const STRAIGHT_RAD = 0.1;

interface Piece {
  readonly edge: RoadEdge;
  readonly lengthM: number;
  /** Path coordinates between which the edge itself is driven, and where along the edge that begins. */
  readonly startM: number;
  readonly endM: number;
  readonly fromAlongM: number;
  /** The curve to the next edge, driven from `endM` on. */
  readonly curve: readonly PointM[];
  readonly curveLengthM: number;
}

/**
 * A row of edges as one drivable line: where edges meet at an angle or apart, a smooth curve joins
 * them. Its coordinate is the distance driven from the start of the first edge, metres.
 */
export class RoutePath {
  readonly #pieces: readonly Piece[];
  readonly lengthM: number;
  /** Curvature, 1/m, left positive, at every metre. */
  readonly #curvature: Float64Array;

  constructor(map: RoadMap, edgeIds: readonly string[]) {
    const edges = edgeIds.map((id) => edgeOf(map, id));
    const pieces: Piece[] = [];
    let pathM = 0;
    let fromAlongM = 0;
    edges.forEach((edge, index) => {
      const lengthM = edgeLengthM(edge);
      const next = edges[index + 1];
      const joint = next === undefined ? undefined : joinEdges(edge, lengthM, fromAlongM, next);
      const endM = pathM + lengthM - (joint?.trimM ?? 0) - fromAlongM;
      const curve = joint?.curve ?? [];
      const curveLengthM = curve.slice(1).reduce((sum, point, i) => sum + distanceM(curve[i]!, point), 0);
      pieces.push({ edge, lengthM, startM: pathM, endM, fromAlongM, curve, curveLengthM });
      pathM = endM + curveLengthM;
      fromAlongM = joint?.nextTrimM ?? 0;
    });
    this.#pieces = pieces;
    this.lengthM = pathM;
    this.#curvature = Float64Array.from({ length: Math.ceil(pathM) + 1 }, (_, s) => {
      const before = this.poseAt(Math.max(0, s - 1.5));
      const after = this.poseAt(Math.min(pathM, s + 1.5));
      return wrapAngle(after.yawRad - before.yawRad) / 3;
    });
  }

  get edgeCount(): number {
    return this.#pieces.length;
  }

  get edgeIds(): string[] {
    return this.#pieces.map((piece) => piece.edge.id);
  }

  edgeAt(index: number): RoadEdge {
    return this.#pieces[index]!.edge;
  }

  /** Where the curve out of edge `index` begins: the junction's mouth, or the path's end. */
  mouthOf(index: number): number {
    return this.#pieces[index]!.endM;
  }

  /** Where edge `index` is driven straight again after the curve into it. */
  startOf(index: number): number {
    return this.#pieces[index]!.startM;
  }

  /** Path coordinate of a point along edge `index`. */
  coordinateOf(index: number, alongM: number): number {
    const piece = this.#pieces[index]!;
    const beforeM = piece.fromAlongM - alongM;
    const entering = this.#pieces[index - 1];
    if (beforeM > 0 && entering !== undefined) {
      if (piece.fromAlongM === 0) return piece.startM - beforeM;
      const share = Math.min(1, beforeM / piece.fromAlongM);
      return piece.startM - (share * entering.curveLengthM) / 2;
    }
    const beyondM = piece.startM - beforeM - piece.endM;
    const trimM = piece.lengthM - (piece.fromAlongM + piece.endM - piece.startM);
    if (beyondM > 0 && trimM > 0) return piece.endM + (Math.min(1, beyondM / trimM) * piece.curveLengthM) / 2;
    return piece.startM - beforeM;
  }

  /**
   * Which edge a path coordinate lies on, and where along it. A curve's first half
   * belongs to the edge it leaves; where the edges do not meet, the position goes on beyond the one's end
   * and begins below zero on the other.
   */
  positionAt(pathM: number): { index: number; edgeId: string; alongM: number } {
    const index = this.#pieceIndex(pathM);
    const piece = this.#pieces[index]!;
    if (pathM <= piece.endM || piece.curveLengthM === 0) {
      return { index, edgeId: piece.edge.id, alongM: piece.fromAlongM + pathM - piece.startM };
    }
    const share = (pathM - piece.endM) / piece.curveLengthM;
    const next = this.#pieces[index + 1];
    if (share <= 0.5 || next === undefined) {
      const mouthAlongM = piece.fromAlongM + piece.endM - piece.startM;
      const trimM = piece.lengthM - mouthAlongM;
      const beyondM = trimM > 0 ? trimM * share * 2 : pathM - piece.endM;
      return { index, edgeId: piece.edge.id, alongM: mouthAlongM + beyondM };
    }
    const leftM = next.startM - pathM;
    const alongM = next.fromAlongM > 0 ? next.fromAlongM * (share * 2 - 1) : -leftM;
    return { index: index + 1, edgeId: next.edge.id, alongM };
  }

  /** Point and heading of the line at a path coordinate. The heading is the mean over a metre, so that it turns steadily. */
  poseAt(pathM: number): Pose {
    const { xM, yM } = this.#pointAt(pathM);
    const behind = this.#pointAt(Math.max(0, pathM - 0.5));
    const ahead = this.#pointAt(Math.min(this.lengthM, pathM + 0.5));
    return { xM, yM, yawRad: Math.atan2(ahead.yM - behind.yM, ahead.xM - behind.xM) };
  }

  /** Signed curvature, 1/m, left positive. */
  curvatureAt(pathM: number): number {
    const { length } = this.#curvature;
    return this.#curvature[Math.min(length - 1, Math.max(0, Math.round(pathM)))]!;
  }

  /** True inside the curve between two edges. */
  inJunction(pathM: number): boolean {
    const piece = this.#pieces[this.#pieceIndex(pathM)]!;
    return piece.curveLengthM > 0 && pathM > piece.endM;
  }

  #pointAt(pathM: number): PointM {
    const piece = this.#pieces[this.#pieceIndex(pathM)]!;
    if (pathM <= piece.endM || piece.curveLengthM === 0) {
      return poseOnLine(piece.edge, piece.fromAlongM + pathM - piece.startM);
    }
    return poseOnLine({ ...piece.edge, line: piece.curve }, pathM - piece.endM);
  }

  #pieceIndex(pathM: number): number {
    let index = 0;
    while (index + 1 < this.#pieces.length && pathM >= this.#pieces[index + 1]!.startM) index++;
    return index;
  }
}

/** How far before the end of one edge, and after the start of the next, the curve between them begins and ends. */
function joinEdges(edge: RoadEdge, lengthM: number, fromAlongM: number, next: RoadEdge) {
  const end = poseOnLine(edge, lengthM);
  const start = poseOnLine(next, 0);
  const angle = Math.abs(wrapAngle(start.yawRad - end.yawRad));
  const gapM = distanceM(end, start);
  if (angle < STRAIGHT_RAD && gapM < 0.05) return { trimM: 0, nextTrimM: 0, curve: [] };
  const isUTurn = angle > 2.6;
  const tangentM = isUTurn ? 0 : TURN_RADIUS_M * Math.tan(angle / 2);
  const gapTangentM = gapM / (2 * Math.cos(Math.min(angle, 2.6) / 2));
  const wantedM = Math.max(0, tangentM - gapTangentM);
  const trimM = Math.min(wantedM, (lengthM - fromAlongM) * 0.45);
  const nextTrimM = Math.min(wantedM, edgeLengthM(next) * 0.45);
  const curve = turnCurve(moveForward(end, -trimM), poseOnLine(next, nextTrimM));
  return { trimM, nextTrimM, curve };
}
