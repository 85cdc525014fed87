import { readFileSync } from 'node:fs';
import type { EvalCase } from '../../src/evaluation/eval-set.ts';
import { parseNotation } from '../../src/evaluation/notation.ts';
import { parseSceneFile } from '../../src/scene/index.ts';
import { sharedData } from '../support/require.ts';

/**
 * The instructions of LMDrive (Shao et al., CVPR 2024; Apache-2.0): 65 intents in eight wordings each, which look
 * paraphrased by a model. Used as labels of kinds, not as what people say.
 */
function instructions(): readonly (readonly [id: number, texts: readonly string[]])[] {
  const file = sharedData('lmdrive-instructions', 'instruction_dict.json');
  const read = JSON.parse(readFileSync(file, 'utf8')) as Record<string, string[]>;
  return Object.entries(read).map(([id, texts]) => [Number(id), texts]);
}

/** Distances stand where the instructions have [x] and [y], and one side where they have both. */
const filled = (text: string): string =>
  text.replaceAll('[x]', '80').replaceAll('[y]', '5').replace('left/right', 'left');

/** Every instruction as it is said. */
export function lmdriveTexts(): string[] {
  return instructions().flatMap(([, texts]) => texts.map(filled));
}

const range = (from: number, to: number): number[] =>
  Array.from({ length: to - from + 1 }, (_, i) => from + i);

/** Accepted kinds in order, in the notation without parameters that count: only kinds are compared. */
const TURN = ['TURN LEFT'];
const TWICE = ['TURN LEFT ; TURN LEFT'];
const ONWARD = ['TURN STRAIGHT', 'RESUME'];
const RAMP = ['TURN LEFT', 'CHANGE_LANE LEFT', 'CHANGE_LANE LEFT ; TURN LEFT'];
const LIVING = ['YIELD', 'SET_SPEED SLOWER', 'STOP PROMPT', 'INFORM SURROUNDINGS'];
const VEHICLE = ['YIELD', 'SET_SPEED SLOWER', 'STOP PROMPT', 'KEEP_DISTANCE 3S', 'INFORM SURROUNDINGS'];
const SURFACE = ['SET_SPEED SLOWER', 'SIGNAL HEADLIGHT', 'INFORM SURROUNDINGS'];
const RED = ['SET_SPEED SLOWER', 'STOP COMFORT', 'YIELD', 'INFORM SURROUNDINGS'];

const ACCEPTED: readonly (readonly [ids: readonly number[], accepted: readonly string[]])[] = [
  [range(0, 5), TURN],
  [[6, 9, 12, 15, 18, 21], ONWARD],
  [[7, 8, 10, 11, 13, 14, 16, 17, 19, 20], TURN],
  [range(22, 24), TURN],
  [[25, 26, 28, 29], TWICE],
  [
    [27, 30],
    [...TWICE, 'TURN LEFT ; RESUME'],
  ],
  // Going straight first may be said by the place of the turn alone.
  [
    [31, 32],
    [...TWICE, 'TURN LEFT', 'RESUME ; TURN LEFT'],
  ],
  [[33], [...TWICE, ...ONWARD]],
  [range(34, 37), ['CHANGE_LANE LEFT']],
  [range(38, 45), ONWARD],
  [range(46, 49), RAMP],
  [[50, 51], LIVING],
  [range(52, 54), VEHICLE],
  [[55, 56], SURFACE],
  [[57, 59], RED],
  [[58], ['RESUME', 'INFORM SURROUNDINGS', 'SET_SPEED SLOWER']],
  [[60], ['RESUME']],
  [[61], ['SET_SPEED SLOWER']],
  [[62], ['STOP PROMPT']],
  [[63], ['RESUME', 'SET_SPEED RESTORE', 'CANCEL ALL']],
  [[64], ['ROUTE_TO "point"', 'TURN LEFT', 'RESUME', 'PULL_OVER']],
];

/** A road on which every instruction means something: three lanes, a light, a T-junction, people, a car, a tunnel. */
const SCENE = `vehicle: { speedMps: 10, gear: DRIVE, mode: AUTONOMOUS, doorOpen: false }
planner: { motion: DRIVING, behavior: LANE_FOLLOWING }
route:
  roadName: Main Street
  laneCount: 3
  laneIndex: 1
  mapLimitMps: 13.89
  junctions:
    - { id: j1, distanceM: 80, exits: [LEFT, RIGHT, STRAIGHT], planned: STRAIGHT, signalized: true }
    - { id: j2, distanceM: 260, exits: [LEFT, RIGHT], signalized: false }
objects:
  - { id: ped-1, class: PEDESTRIAN, xM: 30, yM: -2, speedMps: 1 }
  - { id: bike-1, class: BICYCLE, xM: 22, yM: 2, speedMps: 4 }
  - { id: car-1, class: CAR, xM: 40, yM: 0, speedMps: 6 }
  - { id: light-1, class: TRAFFIC_LIGHT, xM: 80, yM: 3, light: GREEN }
`;

/** LMDrive's instructions as an evaluation set in which only kinds count. */
export function lmdriveCases(): EvalCase[] {
  const scene = parseSceneFile(SCENE);
  return instructions().flatMap(([id, texts]) => {
    const accepted = ACCEPTED.find(([ids]) => ids.includes(id))?.[1];
    if (accepted === undefined) throw new Error(`LMDrive's intent ${id} has no accepted kinds.`);
    return texts.map(
      (text, index): EvalCase => ({
        id: `lmdrive-${id}-${index}`,
        category: `lmdrive-${id}`,
        scene,
        dialogue: { turns: [] },
        utterance: {
          id: `lmdrive-${id}-${index}`,
          stampNs: scene.stampNs,
          text: filled(text),
          language: 'en',
          confidence: 0.9,
          alternatives: [],
          seat: 'FRONT_RIGHT',
          authority: 'DRIVER_OR_OWNER',
          live: true,
        },
        accepted: accepted.map(parseNotation),
        mustRefuse: false,
      }),
    );
  });
}
