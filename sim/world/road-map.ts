import type { Poi, TurnDirection } from '../../src/domain/index.ts';

/** A point in the map frame (REP-103: x east, y north), metres. */
export interface PointM {
  readonly xM: number;
  readonly yM: number;
}

/** One-way carriageway between two nodes: what a vehicle drives along. */
export interface RoadEdge {
  readonly id: string;
  readonly name: string;
  readonly from: string;
  readonly to: string;
  /** Centre line of the kerb lane in driving order, at least two points. */
  readonly line: readonly PointM[];
  /** Lanes in this direction; 0 is the kerb lane, the others lie to its right (Japan drives on the left). */
  readonly laneCount: number;
  readonly laneWidthM: number;
  /** What the map says, m/s; null where it does not know. */
  readonly mapLimitMps: number | null;
}

/** Where edges meet. */
export interface RoadNode {
  readonly id: string;
  readonly name?: string;
  readonly signalized: boolean;
  readonly at: PointM;
  /** Edge in → way out → edge out. Missing: the road does not go there. */
  readonly exits: Readonly<Record<string, Partial<Record<TurnDirection, string>>>>;
}

/** A place beside an edge. */
export interface MapPoi extends Omit<Poi, 'distanceM'> {
  readonly edgeId: string;
  /** Along the edge from its start. */
  readonly atM: number;
}

/** A small road network. */
export interface RoadMap {
  readonly edges: Readonly<Record<string, RoadEdge>>;
  readonly nodes: Readonly<Record<string, RoadNode>>;
  readonly pois: readonly MapPoi[];
}

/** Where a vehicle is on the network. */
export interface RoadPosition {
  readonly edgeId: string;
  /**
   * Along the edge's line from its start, metres. Within a junction, where lines do not meet, it goes
   * on beyond the line's end and begins below zero on the next.
   */
  readonly alongM: number;
  readonly laneIndex: number;
  /** Left of the lane's centre, metres. */
  readonly offsetM: number;
}

/** What the planner needs to know of the others: how far ahead on its path, how fast, in which lane. */
export interface Obstacle {
  readonly id: string;
  readonly class: string;
  /** Free distance along the path from the ego's front bumper to its near end; negative: beside or behind. */
  readonly gapM: number;
  /** Along the ego's path; negative towards it. */
  readonly speedMps: number;
  /** The ego's lane numbering. */
  readonly laneIndex: number;
}

/** A light that governs the ego's way, seen from where it is. */
export interface SignalAhead {
  readonly nodeId: string;
  /** From base_link along the path to the stop line, metres. */
  readonly distanceM: number;
  readonly light: 'GREEN' | 'YELLOW' | 'RED';
}
