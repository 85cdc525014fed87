import { FRONT_CAMERA } from './camera-model.ts';
import { edgeLengthM, moveForward, type Pose, poseOnLine, shiftLeft } from './geometry.ts';
import type { Rasterizer, Texture } from './rasterizer.ts';
import type { PointM, RoadEdge, RoadMap } from './road-map.ts';
import { drawFace } from './sign-faces.ts';
import { halved, packed } from './textures.ts';

const TEXELS_A_METER = 8;
const MARGIN_M = 16;
const LEVELS = 6;
/** Pavement beside a carriageway, and the line where houses begin behind it. */
export const SIDEWALK_M = 2.6;

const ASPHALT = [92, 94, 98] as const;
const PAVING = [158, 154, 148] as const;
const KERB = [190, 190, 186] as const;
const SOIL = [124, 126, 112] as const;
const PAINT = [232, 232, 228] as const;
const YELLOW = [222, 178, 60] as const;
type Rgb = readonly [number, number, number];

/** The ground as one picture from above, eight texels a metre, with its halvings. */
export class Ground {
  readonly #levels: Texture['levels'];
  readonly #originXM: number;
  readonly #originYM: number;
  readonly #width: number;
  readonly #height: number;
  readonly #texels: Uint32Array;

  constructor(map: RoadMap) {
    const points = Object.values(map.nodes).map((node) => node.at);
    const snap = (value: number, up: boolean): number => (up ? Math.ceil : Math.floor)(value);
    this.#originXM = snap(Math.min(...points.map((p) => p.xM)) - MARGIN_M, false);
    this.#originYM = snap(Math.min(...points.map((p) => p.yM)) - MARGIN_M, false);
    const spanM = (axis: 'xM' | 'yM', origin: number): number =>
      Math.ceil((Math.max(...points.map((p) => p[axis])) + MARGIN_M - origin) / 16) * 16;
    this.#width = spanM('xM', this.#originXM) * TEXELS_A_METER;
    this.#height = spanM('yM', this.#originYM) * TEXELS_A_METER;
    this.#texels = new Uint32Array(this.#width * this.#height).fill(packed(...SOIL));
    const edges = Object.values(map.edges);
    for (const edge of edges) this.#strip(edge, -SIDEWALK_M - 0.3, PAVING);
    for (const edge of edges) this.#strip(edge, -0.3, KERB);
    for (const edge of edges) this.#strip(edge, 0, ASPHALT);
    for (const node of Object.values(map.nodes))
      if (Object.keys(node.exits).length > 1) this.#crossing(map, node.id);
    for (const edge of edges) this.#markings(map, edge);
    this.#roughen();
    const levels = [{ width: this.#width, height: this.#height, pixels: this.#texels }];
    while (levels.length < LEVELS) levels.push(halved(levels.at(-1)!));
    this.#levels = levels;
  }

  /** Draws the ground below the horizon as the camera at `ego` sees it. */
  render(raster: Rasterizer, ego: Pose): void {
    const { widthPx, heightPx, focalPx, centerXPx, centerYPx, pixels, inverseDepth } = raster;
    const { heightM, forwardM } = FRONT_CAMERA;
    const cos = Math.cos(ego.yawRad);
    const sin = Math.sin(ego.yawRad);
    const eyeX = (ego.xM + cos * forwardM - this.#originXM) * TEXELS_A_METER;
    const eyeY = (ego.yM + sin * forwardM - this.#originYM) * TEXELS_A_METER;
    const far = packed(...SOIL);
    for (let y = Math.ceil(centerYPx + 0.5); y < heightPx; y++) {
      const zM = (heightM * focalPx) / (y + 0.5 - centerYPx);
      // Texels a pixel covers sideways and, more, forwards; the mean of the two picks the halving.
      const acrossTexels = (zM / focalPx) * TEXELS_A_METER;
      const alongTexels = (zM / heightM) * acrossTexels;
      const lod = Math.min(
        LEVELS - 1,
        Math.max(0, Math.round(Math.log2(Math.sqrt(acrossTexels * alongTexels)))),
      );
      const { width, height, pixels: texels } = this.#levels[lod]!;
      const scale = 1 / 2 ** lod;
      const leftM = (0.5 - centerXPx) / focalPx;
      let u = (eyeX + (cos * zM + sin * leftM * zM) * TEXELS_A_METER) * scale;
      let v = (eyeY + (sin * zM - cos * leftM * zM) * TEXELS_A_METER) * scale;
      const du = sin * acrossTexels * scale;
      const dv = -cos * acrossTexels * scale;
      const start = y * widthPx;
      for (let i = start; i < start + widthPx; i++, u += du, v += dv) {
        pixels[i] = u >= 0 && v >= 0 && u < width && v < height ? texels[(v | 0) * width + (u | 0)]! : far;
      }
      inverseDepth.fill(1 / zM, start, start + widthPx);
    }
  }

  /** Everything from `insetM` inside the carriageway's left rim to the middle of the street, along a whole edge and its junctions. */
  #strip(edge: RoadEdge, insetM: number, color: Rgb): void {
    const reachM = 16;
    const rimM = edge.laneWidthM / 2 - insetM;
    const middleM = -(edge.laneCount - 0.5) * edge.laneWidthM;
    this.#rectangle(edge, -reachM, edgeLengthM(edge) + reachM, middleM, rimM, color);
  }

  /** Clears a junction of kerbs and lays its crosswalks. */
  #crossing(map: RoadMap, nodeId: string): void {
    for (const edge of Object.values(map.edges)) {
      if (edge.to !== nodeId && edge.from !== nodeId) continue;
      const lengthM = edgeLengthM(edge);
      const toCenterM = edge.to === nodeId ? lengthM + 16 : -16;
      const rimM = edge.laneWidthM / 2;
      const middleM = -(edge.laneCount - 0.5) * edge.laneWidthM;
      const inwards = edge.to === nodeId ? -1 : 1;
      const [a, b] = [toCenterM, toCenterM + inwards * 14].sort((p, q) => p - q) as [number, number];
      this.#rectangle(edge, a, b, middleM, rimM, ASPHALT);
      for (let left = middleM + 0.35; left < rimM - 0.3; left += 0.9) {
        const [c, d] = [toCenterM + inwards * 9.5, toCenterM + inwards * 12.5].sort((p, q) => p - q) as [
          number,
          number,
        ];
        this.#rectangle(edge, c, d, left, left + 0.45, PAINT);
      }
    }
  }

  #markings(map: RoadMap, edge: RoadEdge): void {
    const lengthM = edgeLengthM(edge);
    const rimM = edge.laneWidthM / 2;
    const middleM = -(edge.laneCount - 0.5) * edge.laneWidthM;
    const isJunction = Object.values(map.nodes[edge.to]?.exits[edge.id] ?? {}).length > 1;
    this.#rectangle(edge, 0, lengthM, middleM, middleM + 0.1, edge.laneCount > 1 ? YELLOW : PAINT);
    this.#rectangle(edge, 0, lengthM, rimM - 0.3, rimM - 0.15, PAINT);
    for (let lane = 1; lane < edge.laneCount; lane++) {
      const left = rimM - lane * edge.laneWidthM;
      for (let s = 2; s + 5 < lengthM - 30; s += 10)
        this.#rectangle(edge, s, s + 5, left - 0.1, left + 0.1, PAINT);
      this.#rectangle(edge, Math.max(2, lengthM - 30), lengthM, left - 0.1, left + 0.1, PAINT);
    }
    if (!isJunction) return;
    this.#rectangle(edge, lengthM - 0.5, lengthM, middleM, rimM, PAINT);
    const stops = !map.nodes[edge.to]!.signalized && edge.laneCount === 1;
    if (stops) this.#letters(edge, lengthM - 6.2, '止まれ');
  }

  /** Writes on the kerb lane, stretched lengthwise as road letters are, the first letter farthest. */
  #letters(edge: RoadEdge, atM: number, text: string): void {
    const [w, h] = [14, 32];
    const texelM = 1 / TEXELS_A_METER;
    [...text].forEach((letter, k) => {
      const face = drawFace(w, h, (c) => {
        c.fillStyle = '#fff';
        c.scale(w / 100, h / 100);
        c.font = '100px codriver-sign';
        c.fillText(letter, 50, 88);
      });
      const farM = atM - k * (h * texelM + 0.6);
      for (let y = 0; y < h; y++) {
        for (let x = 0; x < w; x++) {
          if (face.rgba[(y * w + x) * 4 + 3]! < 120) continue;
          const left = (w / 2 - x) / TEXELS_A_METER;
          const along = farM - y / TEXELS_A_METER;
          this.#rectangle(edge, along - texelM, along, left - texelM, left, PAINT);
        }
      }
    });
  }

  /** A rectangle in an edge's own coordinates. Edges run along an axis of the map. */
  #rectangle(edge: RoadEdge, fromM: number, toM: number, rightM: number, leftM: number, color: Rgb): void {
    const corner = (alongM: number, sideM: number): PointM =>
      shiftLeft(moveForward(poseOnLine(edge, 0), alongM), sideM);
    const [a, b] = [corner(fromM, rightM), corner(toM, leftM)];
    const texel = (value: number, origin: number, limit: number): number =>
      Math.min(limit, Math.max(0, Math.round((value - origin) * TEXELS_A_METER)));
    const x0 = texel(Math.min(a.xM, b.xM), this.#originXM, this.#width);
    const x1 = texel(Math.max(a.xM, b.xM), this.#originXM, this.#width);
    const y0 = texel(Math.min(a.yM, b.yM), this.#originYM, this.#height);
    const y1 = texel(Math.max(a.yM, b.yM), this.#originYM, this.#height);
    const pixel = packed(...color);
    for (let y = y0; y < y1; y++) this.#texels.fill(pixel, y * this.#width + x0, y * this.#width + x1);
  }

  /** Grain, from a hash of the place: the road's motion can be seen. */
  #roughen(): void {
    const texels = this.#texels;
    for (let i = 0; i < texels.length; i++) {
      let hash = Math.imul(i ^ (i >>> 15), 0x2c1b3c6d);
      hash = Math.imul(hash ^ (hash >>> 12), 0x297a2d39);
      const grain = ((hash >>> 24) & 7) - 4;
      const p = texels[i]!;
      texels[i] = packed((p & 255) + grain, ((p >> 8) & 255) + grain, ((p >> 16) & 255) + grain);
    }
  }
}
