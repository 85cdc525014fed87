import type { PointM, RoadEdge, RoadMap, RoadNode } from '../../../sim/world/road-map.ts';

const LANE_WIDTH_M = 3.2;

/** One way from `a` to `b`: the kerb lane lies left of the middle. */
function edge(
  id: string,
  from: string,
  to: string,
  a: PointM,
  b: PointM,
  rest: Partial<RoadEdge> = {},
): RoadEdge {
  return {
    id,
    name: `${id} street`,
    from,
    to,
    line: [a, b],
    laneCount: 1,
    laneWidthM: LANE_WIDTH_M,
    mapLimitMps: 50 / 3.6,
    ...rest,
  };
}

const p = (xM: number, yM: number): PointM => ({ xM, yM });
const node = (id: string, at: PointM, exits: RoadNode['exits'], signalized = false): RoadNode => ({
  id,
  at,
  exits,
  signalized,
});

/**
 * A road east with two lanes for 200 m, a crossing whose lines meet in its middle, then on east, north or south.
 * North: 80 m up to a corner, whose lines meet too, and then west. No way back and no U-turns.
 */
export function crossingMap(): RoadMap {
  const edges = [
    edge('in', 'west', 'crossing', p(0, 0), p(200, 0), { laneCount: 2 }),
    edge('east', 'crossing', 'far-east', p(200, 0), p(400, 0), { laneCount: 2, mapLimitMps: 30 / 3.6 }),
    edge('north', 'crossing', 'corner', p(200, 0), p(200, 80), { mapLimitMps: null }),
    edge('south', 'crossing', 'far-south', p(200, 0), p(200, -150)),
    edge('back', 'corner', 'far-west', p(200, 80), p(20, 80)),
  ];
  return {
    edges: Object.fromEntries(edges.map((one) => [one.id, one])),
    nodes: {
      west: node('west', p(0, 0), {}),
      crossing: node(
        'crossing',
        p(200, 0),
        { in: { STRAIGHT: 'east', LEFT: 'north', RIGHT: 'south' } },
        true,
      ),
      corner: node('corner', p(200, 80), { north: { LEFT: 'back' } }),
      'far-east': node('far-east', p(400, 0), {}),
      'far-south': node('far-south', p(200, -150), {}),
      'far-west': node('far-west', p(20, 80), {}),
    },
    pois: [
      {
        id: 'shop',
        name: 'Corner Shop',
        category: 'CONVENIENCE_STORE',
        edgeId: 'in',
        atM: 120,
        side: 'LEFT',
      },
      { id: 'lot', name: 'North Parking', category: 'PARKING', edgeId: 'back', atM: 100, side: 'LEFT' },
    ],
  };
}
