import type { z } from 'zod';
import type { Gesture } from '../../src/domain/index.ts';
import type { Body, Cue, ScenarioObject } from '../scenarios/scenario.ts';
import { laneOffset, moveForward, type Pose, poseOn, shiftLeft } from './geometry.ts';
import { PathLine } from './path-line.ts';
import type { RoadEdge, RoadMap } from './road-map.ts';

/** Length, width and height of a body, metres. */
export const BODY_SIZES: Readonly<Record<Body, readonly [number, number, number]>> = {
  CAR: [4.4, 1.75, 1.45],
  KEI: [3.4, 1.48, 1.66],
  VAN: [4.7, 1.7, 1.98],
  ADULT: [0.45, 0.5, 1.68],
  CHILD: [0.4, 0.42, 1.24],
  FLAGGER: [0.45, 0.5, 1.74],
};

const ACCELERATION_MPS2 = 1.4;
const BRAKING_MPS2 = 2.5;
/** Room kept to what stands ahead. */
const STANDSTILL_GAP_M = 2.5;

/** What an actor must know to move. */
export interface ActorSurroundings {
  /** True once the cue is due. */
  readonly isDue: (cue: Cue) => boolean;
  /** True where those who come from that edge must wait now. */
  readonly mustWait: (edge: RoadEdge) => boolean;
  /** Middle and half length of every other vehicle, the ego's included. */
  readonly others: readonly { readonly pose: Pose; readonly halfLengthM: number }[];
}

/** One vehicle or person of the script, as it is now. */
export class Actor {
  readonly spec: ScenarioObject;
  readonly sizeM: readonly [number, number, number];
  pose: Pose;
  speedMps = 0;
  gesture: z.infer<typeof Gesture> | undefined;
  readonly #origin: Pose;
  readonly #path: PathLine | undefined;
  readonly #leftM: number;
  #drivenM = 0;
  #started = false;

  constructor(spec: ScenarioObject, map: RoadMap) {
    this.spec = spec;
    this.sizeM = BODY_SIZES[spec.body];
    const { start, motion } = spec;
    this.#leftM = laneOffset(map.edges[start.edgeId]!, start.laneIndex) + start.offsetM;
    this.#origin = poseOn(map, start);
    if (motion.kind === 'DRIVE') {
      this.#path = new PathLine(map, motion.path);
      this.#drivenM = start.alongM;
      this.pose = this.#origin;
    } else {
      const turn = motion.kind === 'CROSS' ? -Math.PI / 2 : spec.body === 'FLAGGER' ? Math.PI : 0;
      this.pose = { ...this.#origin, yawRad: this.#origin.yawRad + turn };
    }
  }

  /** False once it has driven off the end of its path. */
  get present(): boolean {
    return this.#path === undefined || this.#drivenM < this.#path.lengthM - 1;
  }

  /** Moves by `dtS` seconds. */
  step(dtS: number, around: ActorSurroundings): void {
    const { motion, gestures = [] } = this.spec;
    for (const { from, gesture } of gestures) if (around.isDue(from)) this.gesture = gesture;
    if (motion.kind === 'STAND' || !this.present) return;
    this.#started ||= around.isDue(motion.starts);
    if (!this.#started) return;
    if (motion.kind === 'CROSS') {
      this.#drivenM = Math.min(motion.distanceM, this.#drivenM + motion.speedMps * dtS);
      this.speedMps = this.#drivenM < motion.distanceM ? motion.speedMps : 0;
      this.pose = moveForward({ ...this.#origin, yawRad: this.pose.yawRad }, this.#drivenM);
      return;
    }
    const path = this.#path!;
    const freeM = Math.max(0, this.#freeM(path, around));
    const wanted = Math.min(
      motion.speedMps,
      Math.sqrt(2 * BRAKING_MPS2 * freeM),
      this.speedMps + ACCELERATION_MPS2 * dtS,
    );
    this.speedMps = wanted < 0.05 ? 0 : wanted;
    this.#drivenM += this.speedMps * dtS;
    this.pose = shiftLeft(path.poseAt(this.#drivenM), this.#leftM);
  }

  /** Free road in front of its bumper: to a stop line it must wait at, or to the next vehicle. */
  #freeM(path: PathLine, around: ActorSurroundings): number {
    const frontM = this.#drivenM + this.sizeM[0] / 2;
    let freeM = 100;
    path.edges.forEach((edge, i) => {
      const toLineM = path.spans[i]!.endM - frontM;
      if (toLineM > -0.5 && toLineM < freeM && around.mustWait(edge)) freeM = toLineM - 0.5;
    });
    for (const other of around.others) {
      const at = path.project(other.pose, this.#drivenM, this.#drivenM + 40);
      const gapM = at.alongM - other.halfLengthM - frontM;
      if (Math.abs(at.leftM - this.#leftM) < 1.7 && at.alongM > this.#drivenM + 0.5) {
        freeM = Math.min(freeM, gapM - STANDSTILL_GAP_M);
      }
    }
    return freeM;
  }
}
