import type { ScenarioLight } from '../scenarios/scenario.ts';

/** What a lamp shows. */
export type LampColor = 'GREEN' | 'YELLOW' | 'RED';

/** What a junction's light shows to those coming from `edgeId`, `elapsedS` after the scenario's start. */
export function lampFor(light: ScenarioLight, edgeId: string, elapsedS: number): LampColor {
  const [greenA, greenB] = light.greenS;
  const pauseS = light.yellowS + light.allRedS;
  const cycleS = greenA + greenB + 2 * pauseS;
  const inCycleS = (((elapsedS + light.offsetS) % cycleS) + cycleS) % cycleS;
  const first = light.groups[0].includes(edgeId);
  const sinceGreenS = first ? inCycleS : inCycleS - greenA - pauseS;
  const greenS = first ? greenA : greenB;
  if (sinceGreenS < 0 || sinceGreenS >= greenS + light.yellowS) return 'RED';
  return sinceGreenS < greenS ? 'GREEN' : 'YELLOW';
}
