import type { Scenario, ScenarioSign } from '../scenarios/scenario.ts';
import type { Point3 } from './camera-model.ts';
import { edgeOf, type Pose, poseOnLine, shiftLeft } from './geometry.ts';

/** An upright rectangle: corners top left, top right, bottom right, bottom left as its reader sees it. */
export interface Panel {
  readonly corners: readonly [Point3, Point3, Point3, Point3];
  readonly widthM: number;
  readonly heightM: number;
}

/** A sign's post: where it stands and the panels on it. */
export interface SignPost {
  readonly sign: ScenarioSign;
  /** Foot of the post, heading the way the sign's traffic drives. */
  readonly foot: Pose;
  readonly main: Panel;
  readonly plates: readonly Panel[];
}

/** A quarter above the Order's basic size, as on streets with two lanes; a stop sign's triangle is larger. */
const MAIN_M = 0.75;
const STOP_M = 0.9;
const PLATE_WIDTH_M = 0.75;
/** Height of a plate's line and of its two rims. */
const PLATE_LINE_M = 0.28125;
const PLATE_RIM_M = 0.09375;
const GAP_M = 0.03;
/** Bottom of the lowest panel above the ground. */
const CLEARANCE_M = 1.8;
/** From the carriageway's edge to the post. */
const BESIDE_M = 0.7;

/** An upright panel whose middle is at `at`, readable by those who drive along `at.yawRad`. */
export function uprightPanel(at: Pose, bottomM: number, widthM: number, heightM: number): Panel {
  const left = shiftLeft(at, widthM / 2);
  const right = shiftLeft(at, -widthM / 2);
  const topM = bottomM + heightM;
  return {
    corners: [
      [left.xM, left.yM, topM],
      [right.xM, right.yM, topM],
      [right.xM, right.yM, bottomM],
      [left.xM, left.yM, bottomM],
    ],
    widthM,
    heightM,
  };
}

/** Where a scenario's signs stand and hang. */
export function signPosts(scenario: Scenario): SignPost[] {
  return scenario.signs.map((sign) => {
    const edge = edgeOf(scenario.map, sign.edgeId);
    const kerbM = edge.laneWidthM / 2 + BESIDE_M;
    const acrossM = (edge.laneCount - 0.5) * edge.laneWidthM * 2 + kerbM;
    const line = poseOnLine(edge, sign.alongM);
    const foot = shiftLeft(line, sign.side === 'LEFT' ? kerbM : -acrossM);
    let bottomM = CLEARANCE_M;
    const plates: Panel[] = [];
    for (const text of [...sign.plates].reverse()) {
      const heightM = text.split('\n').length * PLATE_LINE_M + PLATE_RIM_M;
      plates.unshift(uprightPanel(foot, bottomM, PLATE_WIDTH_M, heightM));
      bottomM += heightM + GAP_M;
    }
    const sizeM = sign.type.startsWith('JP:330') ? STOP_M : MAIN_M;
    return { sign, foot, main: uprightPanel(foot, bottomM, sizeM, sizeM), plates };
  });
}
