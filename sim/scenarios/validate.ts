import { CodriverError, SignType } from '../../src/domain/index.ts';
import { edgeLengthM, edgeOf } from '../world/geometry.ts';
import type { Cue, Scenario } from './scenario.ts';

/**
 * Checks that a scenario hangs together: the route's edges connect, everything stands on
 * an edge, ids are unique, cues name what exists. Throws BAD_SCENE with the first fault.
 */
export function validateScenario(scenario: Scenario): void {
  const fail = (what: string): never => {
    throw new CodriverError('BAD_SCENE', `Scenario "${scenario.name}": ${what}`);
  };
  const unique = (what: string, ids: readonly string[]): void => {
    const twice = ids.find((id, i) => ids.indexOf(id) !== i);
    if (twice !== undefined) fail(`${what} "${twice}" is there twice.`);
  };
  const onEdge = (what: string, edgeId: string, alongM: number, marginM = 0): void => {
    const lengthM = edgeLengthM(edgeOf(scenario.map, edgeId));
    if (!(alongM >= 0 && alongM <= lengthM + marginM)) {
      fail(`${what} is at ${alongM} m of edge "${edgeId}", which is ${lengthM.toFixed(1)} m long.`);
    }
  };
  const connected = (what: string, edgeIds: readonly string[]): void => {
    edgeIds.slice(1).forEach((next, i) => {
      const edge = edgeOf(scenario.map, edgeIds[i]!);
      const ways = scenario.map.nodes[edge.to]?.exits[edge.id] ?? {};
      if (!Object.values(ways).includes(next))
        fail(`${what} goes from "${edge.id}" to "${next}", no such way.`);
    });
  };
  const checkCue = (what: string, cue: Cue): void => {
    if ('edgeId' in cue) onEdge(`The cue of ${what}`, cue.edgeId, cue.alongM);
  };

  unique(
    'The sign',
    scenario.signs.map((sign) => sign.id),
  );
  unique(
    'The object',
    scenario.objects.map((object) => object.id),
  );
  unique(
    'The utterance',
    scenario.utterances.map((utterance) => utterance.id),
  );

  if (scenario.route[0] !== scenario.start.edgeId) fail('the route does not begin at the start.');
  onEdge('The start', scenario.start.edgeId, scenario.start.alongM);
  connected('The route', scenario.route);
  for (const sign of scenario.signs) {
    onEdge(`Sign "${sign.id}"`, sign.edgeId, sign.alongM);
    if (!SignType.safeParse(sign.type).success) fail(`sign "${sign.id}" has no type: "${sign.type}".`);
  }
  for (const object of scenario.objects) {
    // People wait at crossings, which lie just beyond an edge's end.
    onEdge(`Object "${object.id}"`, object.start.edgeId, object.start.alongM, 12);
    if (object.motion.kind !== 'STAND') checkCue(`object "${object.id}"`, object.motion.starts);
    if (object.motion.kind === 'DRIVE') {
      if (object.motion.path[0] !== object.start.edgeId) fail(`"${object.id}" is not on its path.`);
      connected(`Object "${object.id}"`, object.motion.path);
    }
    for (const { from } of object.gestures ?? []) checkCue(`object "${object.id}"`, from);
  }
  for (const light of scenario.lights) {
    const node = scenario.map.nodes[light.nodeId];
    if (!node?.signalized) fail(`a light stands at "${light.nodeId}", which has none.`);
    for (const edgeId of light.groups.flat()) {
      if (edgeOf(scenario.map, edgeId).to !== light.nodeId)
        fail(`"${edgeId}" does not lead to "${light.nodeId}".`);
    }
  }
  for (const [index, utterance] of scenario.utterances.entries()) {
    const { cue, id } = utterance;
    checkCue(`utterance "${id}"`, cue);
    if ('afterId' in cue && !scenario.utterances.slice(0, index).some((other) => other.id === cue.afterId)) {
      fail(`utterance "${id}" comes after "${cue.afterId}", which is not before it.`);
    }
  }
}
