import {
  type Clock,
  nsToSeconds,
  type SignDetection,
  type SignDetections,
  secondsToNs,
  type TrackedObject,
  type TrackedObjects,
  type Utterance,
} from '../../src/domain/index.ts';
import type { Cue, Scenario } from '../scenarios/scenario.ts';
import { validateScenario } from '../scenarios/validate.ts';
import { Actor } from './actors.ts';
import { boxOfQuad, inPicture } from './camera-model.ts';
import { cueTimeS } from './cues.ts';
import { EGO_DIMENSIONS, moveForward, type Pose, poseOn, toLocal, wrapAngle } from './geometry.ts';
import { type LampHead, lampHeads } from './lamps.ts';
import { type LampColor, lampFor } from './lights.ts';
import { PathLine } from './path-line.ts';
import type { Obstacle, RoadPosition, SignalAhead } from './road-map.ts';
import { type SignPost, signPosts } from './sign-posts.ts';

/** The ego as its planner knows it. */
export interface Ego {
  readonly pose: Pose;
  readonly position: RoadPosition;
  /** Edge ids, the present one among them. */
  readonly route: readonly string[];
}

/** How far the planner's obstacles and signals reach along the path, metres. */
const HORIZON_M = 120;
/** How far objects are tracked, metres, and how far behind. */
const TRACKING_M = 80;
const TRACKING_BEHIND_M = 25;
/** How far and how small a sign is still detected. */
const SIGN_RANGE_M = 45;
const SIGN_MIN_PX = 11;

/** A scripted street around the ego. The same steps give the same answers; nothing is random. */
export class StreetWorld {
  readonly scenario: Scenario;
  readonly posts: readonly SignPost[];
  readonly heads: readonly LampHead[];
  readonly actors: readonly Actor[];
  readonly #clock: Clock;
  readonly #camera: string;
  readonly #spokenAtS = new Map<string, number>();
  readonly #paths = new Map<string, PathLine>();
  #position: RoadPosition;
  /** The edge before the present one; a planner forgets what its route has behind it. */
  #cameFrom: string | undefined;

  constructor(options: { readonly scenario: Scenario; readonly clock: Clock; readonly camera?: string }) {
    validateScenario(options.scenario);
    this.scenario = options.scenario;
    this.#clock = options.clock;
    this.#camera = options.camera ?? '/sensing/camera/front/image_raw/compressed';
    this.#position = options.scenario.start;
    this.posts = signPosts(options.scenario);
    this.heads = lampHeads(options.scenario);
    this.actors = options.scenario.objects.map((object) => new Actor(object, options.scenario.map));
  }

  /** Moves everything but the ego by `dtS` seconds, with the ego where it is now. */
  step(dtS: number, ego: Ego): void {
    this.#see(ego.position);
    const elapsedS = this.#elapsedS(this.#clock.nowNs());
    const middle = moveForward(ego.pose, (EGO_DIMENSIONS.frontM - EGO_DIMENSIONS.rearM) / 2);
    const egoBody = { pose: middle, halfLengthM: (EGO_DIMENSIONS.frontM + EGO_DIMENSIONS.rearM) / 2 };
    for (const actor of this.actors) {
      const others = this.actors
        .filter((other) => other !== actor && other.present)
        .map((other) => ({ pose: other.pose, halfLengthM: other.sizeM[0] / 2 }));
      actor.step(dtS, {
        isDue: (cue) => this.#cueTimeS(cue, elapsedS) !== undefined,
        mustWait: (edge) => {
          const light = this.scenario.lights.find((candidate) => candidate.nodeId === edge.to);
          return light !== undefined && lampFor(light, edge.id, elapsedS) !== 'GREEN';
        },
        others: [...others, egoBody],
      });
    }
  }

  /** What stands or moves on the ego's way or in a lane beside it, up to one oncoming lane; nearest first. */
  obstacles(ego: Ego): Obstacle[] {
    const { path, egoM } = this.#ahead(ego);
    const found: Obstacle[] = [];
    for (const actor of this.actors) {
      if (!actor.present) continue;
      const at = path.project(actor.pose, Math.max(0, egoM - 20), egoM + HORIZON_M);
      if (at.alongM > egoM + HORIZON_M - 1 || at.alongM < egoM - 15) continue;
      const index = path.spans.findIndex((span) => at.alongM <= span.endM);
      const edge = path.edges[index === -1 ? path.edges.length - 1 : index]!;
      const turnRad = wrapAngle(actor.pose.yawRad - at.yawRad);
      const isPerson = actor.spec.class === 'PEDESTRIAN';
      // A person counts from a step before the kerb on, if walking.
      const reachM = isPerson && actor.speedMps > 0 ? 1 : isPerson ? -0.2 : 0;
      const laneIndex = Math.max(0, Math.round(-at.leftM / edge.laneWidthM)) + 0;
      if (at.leftM > edge.laneWidthM / 2 + reachM || laneIndex > edge.laneCount) continue;
      const [lengthM, widthM] = actor.sizeM;
      const halfM = (Math.abs(Math.cos(turnRad)) * lengthM + Math.abs(Math.sin(turnRad)) * widthM) / 2;
      found.push({
        id: actor.spec.id,
        class: actor.spec.class,
        gapM: at.alongM - egoM - halfM - EGO_DIMENSIONS.frontM,
        speedMps: actor.speedMps * Math.cos(turnRad),
        laneIndex,
      });
    }
    return found.sort((a, b) => a.gapM - b.gapM);
  }

  /** The next traffic light on the ego's way whose stop line base_link has not passed; null within 120 m of none. */
  signal(ego: Ego): SignalAhead | null {
    const { path, egoM } = this.#ahead(ego);
    for (const [i, edge] of path.edges.entries()) {
      const distanceM = path.spans[i]!.endM - egoM;
      const light = this.scenario.lights.find((candidate) => candidate.nodeId === edge.to);
      if (light === undefined || distanceM < 0) continue;
      if (distanceM > HORIZON_M) return null;
      const elapsedS = this.#elapsedS(this.#clock.nowNs());
      return { nodeId: light.nodeId, distanceM, light: lampFor(light, edge.id, elapsedS) };
    }
    return null;
  }

  /** Vehicles, persons and the lights that face the ego, in base_link. */
  trackedObjects(egoPose: Pose, stampNs: bigint): TrackedObjects {
    const objects: TrackedObject[] = [];
    for (const { spec, pose, sizeM, speedMps, gesture, present } of this.actors) {
      const local = toLocal(egoPose, pose);
      if (!present || Math.hypot(local.xM, local.yM) > TRACKING_M || local.xM < -TRACKING_BEHIND_M) continue;
      objects.push({
        id: spec.id,
        class: spec.class,
        confidence: 0.95,
        ...local,
        yawRad: wrapAngle(pose.yawRad - egoPose.yawRad),
        speedMps,
        lengthM: sizeM[0],
        widthM: sizeM[1],
        label: spec.label,
        ...(gesture === undefined ? {} : { gesture }),
        ...(spec.authority === undefined ? {} : { authority: spec.authority }),
      });
    }
    for (const head of this.heads) {
      const local = toLocal(egoPose, head.at);
      const turnRad = wrapAngle(head.at.yawRad - egoPose.yawRad);
      if (local.xM < 2 || local.xM > TRACKING_M || Math.abs(local.yM) > 15 || Math.abs(turnRad) > 0.6)
        continue;
      const light = this.lamp(head, stampNs);
      objects.push({
        id: head.id,
        class: 'TRAFFIC_LIGHT',
        confidence: 0.97,
        ...local,
        yawRad: turnRad,
        speedMps: 0,
        lengthM: 0.3,
        widthM: head.face.widthM,
        light,
      });
    }
    return { stampNs, objects };
  }

  /** Signs the front camera sees, boxed in its picture. What a plate says is for the camera to read. */
  signDetections(egoPose: Pose, stampNs: bigint): SignDetections {
    const signs: SignDetection[] = [];
    for (const { sign, foot, main, plates } of this.posts) {
      const local = toLocal(egoPose, foot);
      const facing = Math.abs(wrapAngle(foot.yawRad - egoPose.yawRad)) < 1;
      const box = facing && local.xM <= SIGN_RANGE_M ? boxOfQuad(egoPose, main.corners) : undefined;
      if (box === undefined || !inPicture(box) || Math.min(box.widthPx, box.heightPx) < SIGN_MIN_PX) continue;
      if (this.#hidden(egoPose, foot)) continue;
      const supplementary = plates.flatMap((plate) => {
        const plateBox = boxOfQuad(egoPose, plate.corners);
        return plateBox !== undefined && inPicture(plateBox) ? [{ box: plateBox, confidence: 0.9 }] : [];
      });
      signs.push({
        id: sign.id,
        stampNs,
        camera: this.#camera,
        type: sign.type,
        ...(sign.value === undefined ? {} : { value: sign.value }),
        box,
        confidence: 0.95,
        distanceM: local.xM,
        supplementary,
      });
    }
    return { stampNs, camera: this.#camera, signs };
  }

  /** What is said in (fromNs, toNs]; each utterance once. */
  utterancesDue(fromNs: bigint, toNs: bigint, egoPosition: RoadPosition): Utterance[] {
    this.#see(egoPosition);
    const due: Utterance[] = [];
    for (const { cue, purpose: _, ...said } of this.scenario.utterances) {
      if (this.#spokenAtS.has(said.id)) continue;
      const timeS = this.#cueTimeS(cue, this.#elapsedS(toNs));
      if (timeS === undefined) continue;
      this.#spokenAtS.set(said.id, timeS);
      const saidNs = this.scenario.startNs + secondsToNs(timeS);
      const stampNs = saidNs > fromNs && saidNs <= toNs ? saidNs : toNs;
      due.push({ ...said, stampNs, alternatives: [], live: true });
    }
    return due;
  }

  /** What a head shows at a time. */
  lamp(head: LampHead, stampNs: bigint): LampColor {
    return lampFor(head.light, head.edgeId, this.#elapsedS(stampNs));
  }

  /** Pose at the scenario's start. */
  startPose(): Pose {
    return poseOn(this.scenario.map, this.scenario.start);
  }

  #see(position: RoadPosition): void {
    if (position.edgeId !== this.#position.edgeId) this.#cameFrom = this.#position.edgeId;
    this.#position = position;
  }

  #elapsedS(ns: bigint): number {
    return nsToSeconds(ns - this.scenario.startNs);
  }

  #cueTimeS(cue: Cue, elapsedS: number): number | undefined {
    return cueTimeS(cue, elapsedS, this.#position, (id) => this.#spokenAtS.get(id));
  }

  /** The ego's way from the edge before its present one on, and how far along that it is. */
  #ahead(ego: Ego): { path: PathLine; egoM: number } {
    const { edgeId } = ego.position;
    const next = ego.route.slice(ego.route.indexOf(edgeId) + 1);
    // In a junction the ego is still on the curve that leads to its edge from the one before.
    const before =
      this.#cameFrom === undefined || edgeId !== this.#position.edgeId ? undefined : this.#cameFrom;
    const ids = [...(before === undefined ? [] : [before]), edgeId, ...next.slice(0, 3)];
    const key = ids.join(' ');
    let path = this.#paths.get(key);
    if (path === undefined) {
      path = new PathLine(this.scenario.map, ids);
      this.#paths.set(key, path);
    }
    return { path, egoM: path.project(ego.pose).alongM };
  }

  /** True where a vehicle stands between the camera and a post. */
  #hidden(egoPose: Pose, foot: Pose): boolean {
    return this.actors.some(({ pose, sizeM, present }) => {
      if (!present || sizeM[2] < 1.9) return false;
      const a = toLocal(pose, moveForward(egoPose, 1.6));
      const b = toLocal(pose, foot);
      return [0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9].some((t) => {
        const x = a.xM + (b.xM - a.xM) * t;
        const y = a.yM + (b.yM - a.yM) * t;
        return Math.abs(x) < sizeM[0] / 2 && Math.abs(y) < sizeM[1] / 2;
      });
    });
  }
}
