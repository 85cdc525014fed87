import type { TurnDirection } from '../../src/domain/index.ts';
import type { PointM, RoadEdge, RoadMap, RoadNode } from '../world/road-map.ts';

/** From a junction's centre to its stop lines, and to where the edges out of it begin. */
const SETBACK_M = 16;
const LANE_WIDTH_M = 3.2;
const KMH = 1 / 3.6;

interface Street {
  readonly prefix: string;
  readonly name: string;
  readonly heading: 'EAST' | 'NORTH';
  readonly nodes: readonly string[];
  readonly lanes: number;
  readonly mapLimitKmh: number | null;
}

const NODE_SITES: Readonly<Record<string, readonly [number, number, string?, boolean?]>> = {
  'sakura-west': [0, 0],
  'honmachi-1': [120, 0, '本町一丁目', true],
  'yanagi-1': [240, 0, '柳橋'],
  'ekimae-1': [360, 0, '駅前通り入口', true],
  'sakura-east': [480, 0],
  'gakko-west': [0, 110],
  'honmachi-2': [120, 110, '本町二丁目'],
  'yanagi-2': [240, 110, '小学校前'],
  'ekimae-2': [360, 110, '学校通り東'],
  'gakko-east': [480, 110],
  'honmachi-south': [120, -100],
  'yanagi-south': [240, -100],
  'ekimae-south': [360, -100],
  'honmachi-north': [120, 210],
  'yanagi-north': [240, 210],
  'ekimae-north': [360, 210],
};

const STREETS: readonly Street[] = [
  {
    prefix: 'sakura',
    name: '桜通り',
    heading: 'EAST',
    nodes: ['sakura-west', 'honmachi-1', 'yanagi-1', 'ekimae-1', 'sakura-east'],
    lanes: 2,
    mapLimitKmh: 50,
  },
  {
    prefix: 'gakko',
    name: '学校通り',
    heading: 'EAST',
    nodes: ['gakko-west', 'honmachi-2', 'yanagi-2', 'ekimae-2', 'gakko-east'],
    lanes: 1,
    mapLimitKmh: 40,
  },
  {
    prefix: 'honmachi',
    name: '本町通り',
    heading: 'NORTH',
    nodes: ['honmachi-south', 'honmachi-1', 'honmachi-2', 'honmachi-north'],
    lanes: 1,
    mapLimitKmh: 40,
  },
  {
    prefix: 'yanagi',
    name: '柳通り',
    heading: 'NORTH',
    nodes: ['yanagi-south', 'yanagi-1', 'yanagi-2', 'yanagi-north'],
    lanes: 1,
    mapLimitKmh: null,
  },
  {
    prefix: 'ekimae',
    name: '駅前通り',
    heading: 'NORTH',
    nodes: ['ekimae-south', 'ekimae-1', 'ekimae-2', 'ekimae-north'],
    lanes: 1,
    mapLimitKmh: 40,
  },
];

const isJunction = (nodeId: string): boolean => NODE_SITES[nodeId]![2] !== undefined;

/** One direction of one block; the kerb lane lies to the left of the street's middle. */
function edgeBetween(street: Street, from: string, to: string, id: string): RoadEdge {
  const [ax, ay] = NODE_SITES[from]!;
  const [bx, by] = NODE_SITES[to]!;
  const length = Math.hypot(bx - ax, by - ay);
  const [ux, uy] = [(bx - ax) / length, (by - ay) / length];
  const leftM = (street.lanes - 0.5) * LANE_WIDTH_M;
  const at = (alongM: number): PointM => ({
    xM: ax + ux * alongM - uy * leftM,
    yM: ay + uy * alongM + ux * leftM,
  });
  return {
    id,
    name: street.name,
    from,
    to,
    line: [at(isJunction(from) ? SETBACK_M : 0), at(isJunction(to) ? length - SETBACK_M : length)],
    laneCount: street.lanes,
    laneWidthM: LANE_WIDTH_M,
    mapLimitMps: street.mapLimitKmh === null ? null : street.mapLimitKmh * KMH,
  };
}

function edgesOf(street: Street): RoadEdge[] {
  const [forward, backward] = street.heading === 'EAST' ? ['e', 'w'] : ['n', 's'];
  return street.nodes.slice(1).flatMap((to, i) => {
    const from = street.nodes[i]!;
    return [
      edgeBetween(street, from, to, `${street.prefix}-${i + 1}${forward}`),
      edgeBetween(street, to, from, `${street.prefix}-${i + 1}${backward}`),
    ];
  });
}

const headingOf = (edge: RoadEdge): number => {
  const [a, b] = [edge.line[0]!, edge.line.at(-1)!];
  return Math.atan2(b.yM - a.yM, b.xM - a.xM);
};

function turnBetween(edgeIn: RoadEdge, edgeOut: RoadEdge): TurnDirection {
  const turn = headingOf(edgeOut) - headingOf(edgeIn);
  const quarters = ((Math.round(turn / (Math.PI / 2)) % 4) + 4) % 4;
  return (['STRAIGHT', 'LEFT', 'U_TURN', 'RIGHT'] as const)[quarters]!;
}

function nodeOf(id: string, edges: readonly RoadEdge[]): RoadNode {
  const [xM, yM, name, signalized = false] = NODE_SITES[id]!;
  const exits: Record<string, Partial<Record<TurnDirection, string>>> = {};
  for (const edgeIn of edges.filter((edge) => edge.to === id)) {
    const ways: Partial<Record<TurnDirection, string>> = {};
    for (const edgeOut of edges.filter((edge) => edge.from === id)) {
      const turn = turnBetween(edgeIn, edgeOut);
      // The street is too narrow to turn round in one go.
      if (turn !== 'U_TURN') ways[turn] = edgeOut.id;
    }
    exits[edgeIn.id] = ways;
  }
  return { id, signalized, at: { xM, yM }, exits, ...(name === undefined ? {} : { name }) };
}

/** A few blocks of a small town: six junctions, a street with two lanes each way, three narrow ones across. */
export function streetMap(): RoadMap {
  const edges = STREETS.flatMap(edgesOf);
  return {
    edges: Object.fromEntries(edges.map((edge) => [edge.id, edge])),
    nodes: Object.fromEntries(Object.keys(NODE_SITES).map((id) => [id, nodeOf(id, edges)])),
    pois: [
      {
        id: 'poi-bakery',
        name: 'さくらベーカリー',
        category: 'RESTAURANT',
        edgeId: 'sakura-1e',
        atM: 60,
        side: 'LEFT',
      },
      {
        id: 'poi-clinic',
        name: '本町クリニック',
        category: 'HOSPITAL',
        edgeId: 'sakura-2e',
        atM: 30,
        side: 'LEFT',
      },
      {
        id: 'poi-parking',
        name: '駅前パーキング',
        category: 'PARKING',
        edgeId: 'ekimae-2n',
        atM: 62,
        side: 'LEFT',
      },
      {
        id: 'poi-conbini',
        name: 'サンマート学校通り店',
        category: 'CONVENIENCE_STORE',
        edgeId: 'gakko-2w',
        atM: 45,
        side: 'LEFT',
      },
      {
        id: 'poi-station',
        name: '桜町駅',
        category: 'STATION',
        edgeId: 'gakko-2w',
        atM: 78,
        side: 'LEFT',
      },
    ],
  };
}
