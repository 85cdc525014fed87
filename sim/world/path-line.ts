import { distanceM, edgeLengthM, edgeOf, type Pose, poseOnLine, toLocal, turnCurve } from './geometry.ts';
import type { PointM, RoadEdge, RoadMap } from './road-map.ts';

/** A point seen from a path: how far along it, how far left of it, metres, and the path's heading there. */
export interface OnPath {
  readonly alongM: number;
  readonly leftM: number;
  readonly yawRad: number;
}

/** Edges in driving order, joined by curves, as one line along the kerb lane's centre. */
export class PathLine {
  readonly edges: readonly RoadEdge[];
  readonly #points: PointM[] = [];
  readonly #alongM: number[] = [];
  /** Where each edge starts and ends along the path. */
  readonly spans: readonly { readonly startM: number; readonly endM: number }[];

  constructor(map: RoadMap, edgeIds: readonly string[]) {
    this.edges = edgeIds.map((id) => edgeOf(map, id));
    const spans: { startM: number; endM: number }[] = [];
    this.edges.forEach((edge, i) => {
      const before = this.edges[i - 1];
      if (before !== undefined) {
        const from = poseOnLine(before, edgeLengthM(before));
        for (const point of turnCurve(from, poseOnLine(edge, 0), 1).slice(1)) this.#push(point);
      }
      if (before === undefined) this.#push(edge.line[0]!);
      const startM = this.lengthM;
      for (const point of edge.line.slice(1)) this.#push(point);
      spans.push({ startM, endM: this.lengthM });
    });
    this.spans = spans;
  }

  get lengthM(): number {
    return this.#alongM.at(-1) ?? 0;
  }

  /** Point and heading so far along; beyond the ends it goes on straight. */
  poseAt(alongM: number): Pose {
    let i = 1;
    while (i < this.#points.length - 1 && this.#alongM[i]! < alongM) i++;
    const [a, b] = [this.#points[i - 1]!, this.#points[i]!];
    const yawRad = Math.atan2(b.yM - a.yM, b.xM - a.xM);
    const restM = alongM - this.#alongM[i - 1]!;
    return { xM: a.xM + Math.cos(yawRad) * restM, yM: a.yM + Math.sin(yawRad) * restM, yawRad };
  }

  /** The nearest place on the path, looking only at `fromM` to `toM` of it. */
  project(point: PointM, fromM = 0, toM = this.lengthM): OnPath {
    let best: OnPath = { alongM: fromM, leftM: Number.POSITIVE_INFINITY, yawRad: 0 };
    let bestM = Number.POSITIVE_INFINITY;
    for (let i = 1; i < this.#points.length; i++) {
      const [startM, endM] = [this.#alongM[i - 1]!, this.#alongM[i]!];
      if (endM < fromM || startM > toM) continue;
      const [a, b] = [this.#points[i - 1]!, this.#points[i]!];
      const yawRad = Math.atan2(b.yM - a.yM, b.xM - a.xM);
      const local = toLocal({ ...a, yawRad }, point);
      const clampedM = Math.min(endM - startM, Math.max(0, local.xM));
      const offM = Math.hypot(local.xM - clampedM, local.yM);
      if (offM < bestM) {
        bestM = offM;
        best = { alongM: startM + clampedM, leftM: local.yM, yawRad };
        // Off the piece's ends the side is kept and the distance is the whole way there.
        if (local.xM !== clampedM && offM > 1) best = { ...best, leftM: Math.sign(local.yM || 1) * offM };
      }
    }
    return best;
  }

  #push(point: PointM): void {
    const last = this.#points.at(-1);
    this.#alongM.push(last === undefined ? 0 : this.lengthM + distanceM(last, point));
    this.#points.push(point);
  }
}
