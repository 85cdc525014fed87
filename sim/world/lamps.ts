import type { Scenario, ScenarioLight } from '../scenarios/scenario.ts';
import { edgeLengthM, edgeOf, moveForward, type Pose, poseOnLine, shiftLeft } from './geometry.ts';
import { type Panel, uprightPanel } from './sign-posts.ts';

/** One lamp head: which light and approach it serves, its post's foot and its face. */
export interface LampHead {
  readonly id: string;
  readonly light: ScenarioLight;
  readonly edgeId: string;
  readonly foot: Pose;
  readonly at: Pose;
  readonly face: Panel;
}

/** From the stop line to the head, which hangs on the junction's far side as Japanese lights do. */
const ACROSS_M = 30;
const BOTTOM_M = 4.9;

/** Every lamp head of a scenario. */
export function lampHeads(scenario: Scenario): LampHead[] {
  return scenario.lights.flatMap((light) =>
    light.groups.flat().map((edgeId) => {
      const edge = edgeOf(scenario.map, edgeId);
      const at = moveForward(poseOnLine(edge, edgeLengthM(edge)), ACROSS_M);
      const foot = shiftLeft(at, edge.laneWidthM / 2 + 0.9);
      return {
        id: `light-${light.nodeId}-${edgeId}`,
        light,
        edgeId,
        foot,
        at,
        face: uprightPanel(at, BOTTOM_M, 1.25, 0.45),
      };
    }),
  );
}
