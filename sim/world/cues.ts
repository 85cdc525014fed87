import type { Cue } from '../scenarios/scenario.ts';
import type { RoadPosition } from './road-map.ts';

/**
 * Since when a cue has been due, in seconds of the scenario; undefined while it is not. `spokenAtS`
 * tells when an utterance was said. A place counts from the step in which the ego is seen there.
 */
export function cueTimeS(
  cue: Cue,
  elapsedS: number,
  ego: RoadPosition,
  spokenAtS: (id: string) => number | undefined,
): number | undefined {
  if ('atS' in cue) return elapsedS >= cue.atS ? cue.atS : undefined;
  if ('afterId' in cue) {
    const dueS = (spokenAtS(cue.afterId) ?? Number.POSITIVE_INFINITY) + cue.delayS;
    return elapsedS >= dueS ? dueS : undefined;
  }
  if (ego.edgeId === cue.edgeId && ego.alongM >= cue.alongM) return elapsedS;
  return elapsedS >= cue.latestS ? elapsedS : undefined;
}
