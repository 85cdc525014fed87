import { nsToSeconds, type RgbImage } from '../../src/domain/index.ts';
import { bodyOf } from './bodies.ts';
import { type Point3, toCamera } from './camera-model.ts';
import { type Pose, shiftLeft } from './geometry.ts';
import { Ground } from './ground.ts';
import type { StreetWorld } from './index.ts';
import type { LampHead } from './lamps.ts';
import type { LampColor } from './lights.ts';
import { Rasterizer, type Texture } from './rasterizer.ts';
import { Scenery } from './scenery.ts';
import { drawFace, FACE_PX, plateFace, signFace } from './sign-faces.ts';
import type { Panel } from './sign-posts.ts';
import { drawBox, facesCamera } from './solids.ts';
import { packed, textureOf } from './textures.ts';

export { encodeJpeg } from './jpeg.ts';

const LAMP_COLORS: Readonly<Record<LampColor, string>> = {
  GREEN: '#21d7b0',
  YELLOW: '#ffc220',
  RED: '#ff3b30',
};
const STEEL = [132, 134, 136] as const;

interface FacedPanel {
  readonly panel: Panel;
  readonly texture: Texture;
}

/** The front camera: draws the world as it is, in pixels. The same world and pose give the same bytes. */
export class StreetCamera {
  readonly #world: StreetWorld;
  readonly #raster: Rasterizer;
  readonly #ground: Ground;
  readonly #scenery: Scenery;
  readonly #panels: readonly FacedPanel[];
  readonly #lamps: Readonly<Record<LampColor, Texture>>;
  readonly #sky: Uint32Array;

  /** Detections are boxed for 1280 × 720; another size shows the same view, scaled by its width. */
  constructor(options: {
    readonly world: StreetWorld;
    readonly widthPx?: number;
    readonly heightPx?: number;
  }) {
    const { world, widthPx = 1280, heightPx = 720 } = options;
    this.#world = world;
    this.#raster = new Rasterizer(widthPx, heightPx);
    this.#ground = new Ground(world.scenario.map);
    this.#scenery = new Scenery(world.scenario.map);
    this.#panels = world.posts.flatMap(({ sign, main, plates }) => [
      { panel: main, texture: textureOf(signFace(sign.type, sign.value)) },
      ...plates.map((panel, i) => {
        const heightPx = Math.round((FACE_PX * panel.heightM) / panel.widthM);
        return { panel, texture: textureOf(plateFace(sign.plates[i]!, FACE_PX, heightPx)) };
      }),
    ]);
    this.#lamps = { GREEN: lampTexture('GREEN'), YELLOW: lampTexture('YELLOW'), RED: lampTexture('RED') };
    this.#sky = skyRows(heightPx, this.#raster.centerYPx);
  }

  /** The picture from the ego's camera, packed RGB. */
  render(egoPose: Pose, stampNs: bigint): RgbImage {
    const raster = this.#raster;
    const horizon = Math.ceil(raster.centerYPx + 0.5);
    for (let y = 0; y < horizon; y++) {
      raster.pixels.fill(this.#sky[y]!, y * raster.widthPx, (y + 1) * raster.widthPx);
    }
    raster.inverseDepth.fill(0, 0, horizon * raster.widthPx);
    this.#ground.render(raster, egoPose);
    this.#scenery.render(raster, egoPose);
    const phase = nsToSeconds(stampNs - this.#world.scenario.startNs) * 6;
    for (const actor of this.#world.actors) {
      if (!actor.present) continue;
      for (const box of bodyOf(actor, phase)) drawBox(raster, egoPose, box);
    }
    this.#drawPosts(egoPose);
    for (const { panel, texture } of this.#panels) this.#overlay(egoPose, panel, texture);
    for (const head of this.#world.heads) {
      this.#overlay(egoPose, head.face, this.#lamps[this.#world.lamp(head, stampNs)]);
    }
    return raster.toRgb();
  }

  #drawPosts(ego: Pose): void {
    for (const { foot, main } of this.#world.posts) {
      const behind = {
        ...foot,
        xM: foot.xM + Math.cos(foot.yawRad) * 0.08,
        yM: foot.yM + Math.sin(foot.yawRad) * 0.08,
      };
      const heightM = main.corners[0][2] - 0.05;
      drawBox(this.#raster, ego, {
        pose: behind,
        bottomM: 0,
        lengthM: 0.07,
        widthM: 0.07,
        heightM,
        color: STEEL,
      });
    }
    for (const head of this.#world.heads) this.#drawLampPost(ego, head);
  }

  #drawLampPost(ego: Pose, head: LampHead): void {
    const { foot, at } = head;
    const armM = Math.hypot(foot.xM - at.xM, foot.yM - at.yM);
    const back = (pose: Pose): Pose => ({
      ...pose,
      xM: pose.xM + Math.cos(pose.yawRad) * 0.2,
      yM: pose.yM + Math.sin(pose.yawRad) * 0.2,
    });
    drawBox(this.#raster, ego, {
      pose: back(foot),
      bottomM: 0,
      lengthM: 0.2,
      widthM: 0.2,
      heightM: 5.4,
      color: STEEL,
    });
    const arm = back(shiftLeft(at, armM / 2));
    drawBox(this.#raster, ego, {
      pose: arm,
      bottomM: 5.1,
      lengthM: 0.1,
      widthM: armM,
      heightM: 0.1,
      color: STEEL,
    });
    const housing = { bottomM: 4.9, lengthM: 0.15, widthM: head.face.widthM, heightM: head.face.heightM };
    drawBox(this.#raster, ego, { ...housing, pose: back(at), color: [62, 66, 70] });
  }

  #overlay(ego: Pose, panel: Panel, texture: Texture): void {
    const corners = panel.corners.map((corner: Point3) => toCamera(ego, corner));
    const [, , z] = corners[0]!;
    if (z > 1 && z < 120 && facesCamera(corners)) this.#raster.overlay(corners, texture);
  }
}

/** Three lamps in a row, green left as Japan has it; one is lit. */
function lampTexture(lit: LampColor): Texture {
  return textureOf(
    drawFace(160, 64, (c) => {
      c.fillStyle = '#3c4246';
      c.beginPath();
      c.roundRect(0, 0, 160, 64, 26);
      c.fill();
      (['GREEN', 'YELLOW', 'RED'] as const).forEach((color, i) => {
        c.fillStyle = color === lit ? LAMP_COLORS[color] : '#1d2225';
        c.beginPath();
        c.arc(32 + i * 48, 32, 21, 0, 2 * Math.PI);
        c.fill();
      });
    }),
  );
}

/** A clear morning: a colour a row, paler towards the horizon. */
function skyRows(heightPx: number, horizonPx: number): Uint32Array {
  return Uint32Array.from({ length: heightPx }, (_, y) => {
    const t = Math.min(1, y / horizonPx) ** 1.5;
    const mix = (high: number, low: number): number => Math.round(high + (low - high) * t);
    return packed(mix(104, 208), mix(158, 224), mix(214, 236));
  });
}
