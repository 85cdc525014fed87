import { groundFloors, shopFront, storeys } from './facades.ts';
import { edgeLengthM, moveForward, type Pose, poseOnLine, shiftLeft } from './geometry.ts';
import { SIDEWALK_M } from './ground.ts';
import type { Rasterizer, Texture } from './rasterizer.ts';
import type { RoadEdge, RoadMap } from './road-map.ts';
import { type Box, drawBox, drawWall, sideOf } from './solids.ts';

const STOREY_M = 3.4;
const VIEW_M = 170;

/** A house: a box with storeys, or with one front for its whole width. */
interface House {
  readonly box: Box;
  readonly storeys: number;
  readonly upper: Texture;
  readonly lower: Texture;
  /** Front that faces the street, one storey high. */
  readonly front?: Texture;
}

/** What stands beside the streets and never moves. Built from the map alone. */
export class Scenery {
  readonly #houses: House[] = [];
  readonly #posts: Box[] = [];

  constructor(map: RoadMap) {
    const walls = storeys();
    const floors = groundFloors();
    let seed = 20261124;
    const random = (): number => {
      seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0;
      return seed / 2 ** 32;
    };
    for (const edge of Object.values(map.edges)) {
      const lengthM = edgeLengthM(edge);
      const endM = lengthM + (isOpen(map, edge.to) ? 0 : 6);
      let alongM = isOpen(map, edge.from) ? 0 : -4;
      while (alongM < endM - 7) {
        const poi = map.pois.find((p) => p.edgeId === edge.id && p.atM > alongM - 2 && p.atM < alongM + 14);
        const widthM = poi ? 18 : Math.min(8 + Math.floor(random() * 7), endM - alongM);
        const [depthM, levels] = [
          8 + random() * 3,
          poi ? 1 : 2 + Math.floor(random() * (edge.laneCount > 1 ? 4 : 2)),
        ];
        const behindM = edge.laneWidthM / 2 + SIDEWALK_M + 0.4 + (poi ? 0.2 : random() * 0.8);
        const middle = moveForward(poseOnLine(edge, 0), alongM + widthM / 2);
        const at = shiftLeft(middle, behindM + depthM / 2);
        const upper = walls[Math.floor(random() * walls.length)]!;
        const box: Box = {
          pose: at,
          bottomM: 0,
          lengthM: widthM - 0.6,
          widthM: depthM,
          heightM: levels * STOREY_M + (poi ? 1.4 : 0.5),
          color: [142, 136, 130],
        };
        const front = poi ? { front: shopFront(poi.name, poi.category) } : {};
        this.#houses.push({
          box,
          storeys: levels,
          upper,
          lower: floors[Math.floor(random() * floors.length)]!,
          ...front,
        });
        alongM += widthM + 0.4;
      }
      this.#plantPosts(edge, lengthM);
    }
  }

  /** Draws what is in front of the ego, nearest first so that little is drawn twice. */
  render(raster: Rasterizer, ego: Pose): void {
    for (const house of ahead(this.#houses, ego, ({ box }) => box.pose)) drawHouse(raster, ego, house);
    for (const post of ahead(this.#posts, ego, (box) => box.pose)) drawBox(raster, ego, post);
  }

  /** Concrete poles with a transformer every thirty metres, and a clipped tree between them on wide streets. */
  #plantPosts(edge: RoadEdge, lengthM: number): void {
    const kerbM = edge.laneWidthM / 2;
    for (let s = 9; s < lengthM; s += 30) {
      // Behind the signs' posts as seen from the road, so that they hide none.
      const pole = shiftLeft(poseOnLine(edge, s), kerbM + 2.35);
      this.#posts.push({
        pose: pole,
        bottomM: 0,
        lengthM: 0.26,
        widthM: 0.26,
        heightM: 9,
        color: [150, 148, 142],
      });
      this.#posts.push({
        pose: pole,
        bottomM: 8,
        lengthM: 0.12,
        widthM: 1.8,
        heightM: 0.12,
        color: [120, 120, 118],
      });
      this.#posts.push({
        pose: pole,
        bottomM: 6.6,
        lengthM: 0.5,
        widthM: 0.5,
        heightM: 0.9,
        color: [128, 132, 134],
      });
      if (edge.laneCount === 1 || s + 15 > lengthM) continue;
      const tree = shiftLeft(poseOnLine(edge, s + 15), kerbM + 2.1);
      this.#posts.push({
        pose: tree,
        bottomM: 0,
        lengthM: 0.22,
        widthM: 0.22,
        heightM: 2.6,
        color: [92, 72, 54],
      });
      this.#posts.push({
        pose: tree,
        bottomM: 2.4,
        lengthM: 1.5,
        widthM: 1.3,
        heightM: 1.2,
        color: [86, 108, 58],
        top: [2, 1.7],
      });
      this.#posts.push({
        pose: tree,
        bottomM: 3.6,
        lengthM: 2,
        widthM: 1.7,
        heightM: 1.5,
        color: [98, 122, 64],
        top: [0.8, 0.7],
      });
    }
  }
}

function isOpen(map: RoadMap, nodeId: string): boolean {
  return map.nodes[nodeId]!.name === undefined;
}

function ahead<T>(things: readonly T[], ego: Pose, poseOf: (thing: T) => Pose): T[] {
  const cos = Math.cos(ego.yawRad);
  const sin = Math.sin(ego.yawRad);
  return things
    .map((thing) => {
      const { xM, yM } = poseOf(thing);
      const [dx, dy] = [xM - ego.xM, yM - ego.yM];
      return { thing, forwardM: dx * cos + dy * sin, leftM: dy * cos - dx * sin };
    })
    .filter(
      ({ forwardM, leftM }) => forwardM > -10 && forwardM < VIEW_M && Math.abs(leftM) < forwardM * 0.68 + 22,
    )
    .sort((a, b) => a.forwardM - b.forwardM)
    .map(({ thing }) => thing);
}

function drawHouse(raster: Rasterizer, ego: Pose, house: House): void {
  const { box, front } = house;
  for (const side of [0, 1, 2, 3] as const) {
    const sideM = side % 2 === 0 ? box.widthM : box.lengthM;
    const times = Math.max(1, Math.round(sideM / 4.2));
    if (front && side === 3) {
      drawWall(raster, ego, sideOf(box, side), front, [1, 1]);
      continue;
    }
    const lower = { ...box, heightM: STOREY_M };
    const upper = { ...box, bottomM: STOREY_M, heightM: box.heightM - STOREY_M };
    drawWall(raster, ego, sideOf(lower, side), house.lower, [times, 1]);
    if (house.storeys > 1)
      drawWall(raster, ego, sideOf(upper, side), house.upper, [times, house.storeys - 1]);
  }
}
