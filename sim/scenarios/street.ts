import type { Scenario, ScenarioLight, ScenarioObject, ScenarioSign } from './scenario.ts';
import { streetMap } from './street-map.ts';
import { STREET_UTTERANCES } from './street-utterances.ts';

/** Along the default route; each is seen on the way up to it. */
const SIGNS: readonly ScenarioSign[] = [
  { id: 'sign-40', edgeId: 'sakura-1e', alongM: 50, side: 'LEFT', type: 'JP:323', value: 40, plates: [] },
  {
    id: 'sign-20-lorries',
    edgeId: 'sakura-2e',
    alongM: 18,
    side: 'LEFT',
    type: 'JP:323',
    value: 20,
    plates: ['大型等'],
  },
  { id: 'sign-no-stopping', edgeId: 'sakura-3e', alongM: 12, side: 'LEFT', type: 'JP:315', plates: ['8-20'] },
  {
    id: 'sign-no-right',
    edgeId: 'sakura-3e',
    alongM: 68,
    side: 'LEFT',
    type: 'JP:311-A',
    plates: ['自転車を除く'],
  },
  {
    id: 'sign-30-school',
    edgeId: 'ekimae-2n',
    alongM: 18,
    side: 'LEFT',
    type: 'JP:323',
    value: 30,
    plates: ['7:30-8:30', '通学路'],
  },
  { id: 'sign-stop', edgeId: 'ekimae-2n', alongM: 76, side: 'LEFT', type: 'JP:330-A', plates: [] },
  { id: 'sign-no-overtaking', edgeId: 'gakko-3w', alongM: 24, side: 'LEFT', type: 'JP:314', plates: [] },
];

const OBJECTS: readonly ScenarioObject[] = [
  {
    id: 'car-ahead',
    class: 'CAR',
    body: 'CAR',
    label: '青い車 (blue car)',
    colorRgb: [44, 82, 150],
    start: { edgeId: 'sakura-1e', alongM: 38, laneIndex: 1, offsetM: 0 },
    motion: {
      kind: 'DRIVE',
      path: ['sakura-1e', 'sakura-2e', 'sakura-3e', 'sakura-4e'],
      speedMps: 9.2,
      starts: { atS: 0.5 },
    },
  },
  {
    // Parked in the kerb lane; it drives off after a while, so that nobody waits behind it for ever.
    id: 'white-van',
    class: 'TRUCK',
    body: 'VAN',
    label: '白いバン (white van)',
    colorRgb: [236, 238, 240],
    start: { edgeId: 'sakura-2e', alongM: 60, laneIndex: 0, offsetM: 0.5 },
    motion: {
      kind: 'DRIVE',
      path: ['sakura-2e', 'yanagi-2n'],
      speedMps: 8,
      starts: { atS: 27 },
    },
  },
  {
    id: 'walker',
    class: 'PEDESTRIAN',
    body: 'ADULT',
    label: '赤いコートの人 (person in a red coat)',
    colorRgb: [196, 48, 52],
    start: { edgeId: 'sakura-2e', alongM: 92, laneIndex: 0, offsetM: 3.6 },
    motion: {
      kind: 'CROSS',
      distanceM: 17,
      speedMps: 1.5,
      starts: { edgeId: 'sakura-2e', alongM: 52, latestS: 38 },
    },
  },
  {
    id: 'oncoming',
    class: 'CAR',
    body: 'CAR',
    label: '銀色の車 (silver car)',
    colorRgb: [168, 174, 180],
    start: { edgeId: 'sakura-4w', alongM: 20, laneIndex: 0, offsetM: 0 },
    motion: {
      kind: 'DRIVE',
      path: ['sakura-4w', 'sakura-3w', 'sakura-2w', 'sakura-1w'],
      speedMps: 9,
      starts: { atS: 6 },
    },
  },
  {
    id: 'pupil',
    class: 'PEDESTRIAN',
    body: 'CHILD',
    label: '黄色い帽子の子ども (child with a yellow cap)',
    colorRgb: [240, 200, 40],
    start: { edgeId: 'ekimae-2n', alongM: 60, laneIndex: 0, offsetM: 3.2 },
    motion: { kind: 'STAND' },
  },
  {
    id: 'slow-car',
    class: 'CAR',
    body: 'KEI',
    label: '黄色い軽自動車 (yellow kei car)',
    colorRgb: [226, 188, 60],
    start: { edgeId: 'gakko-3w', alongM: 34, laneIndex: 0, offsetM: 0 },
    motion: {
      kind: 'DRIVE',
      path: ['gakko-3w', 'gakko-2w', 'gakko-1w'],
      speedMps: 5.6,
      starts: { edgeId: 'ekimae-2n', alongM: 66, latestS: 84 },
    },
  },
  {
    id: 'flagger',
    class: 'PEDESTRIAN',
    body: 'FLAGGER',
    label: '交通誘導員 (flagger)',
    colorRgb: [44, 62, 120],
    start: { edgeId: 'gakko-3w', alongM: 66, laneIndex: 0, offsetM: 2.6 },
    motion: { kind: 'STAND' },
    authority: 'FLAGGER_OR_ATTENDANT',
    gestures: [
      { from: { atS: 0 }, gesture: 'SLOW' },
      { from: { edgeId: 'gakko-3w', alongM: 46, latestS: 92 }, gesture: 'GO' },
    ],
  },
];

const LIGHTS: readonly ScenarioLight[] = [
  {
    nodeId: 'honmachi-1',
    offsetS: 0,
    groups: [
      ['sakura-1e', 'sakura-2w'],
      ['honmachi-1n', 'honmachi-2s'],
    ],
    greenS: [20, 12],
    yellowS: 3,
    allRedS: 2,
  },
  {
    // Red when the ego comes, green a few seconds later.
    nodeId: 'ekimae-1',
    offsetS: 38,
    groups: [
      ['sakura-3e', 'sakura-4w'],
      ['ekimae-1n', 'ekimae-2s'],
    ],
    greenS: [18, 12],
    yellowS: 3,
    allRedS: 2,
  },
];

/** A morning ride through a small town: the street that `npm start` drives. */
export const street: Scenario = {
  name: 'street',
  title: { ja: '朝の桜通りから駅まで', en: 'Sakura Street to the station, morning' },
  // Tuesday 2026-11-24 08:02 in Japan.
  startNs: BigInt(Date.UTC(2026, 10, 23, 23, 2)) * 1_000_000n,
  durationS: 116,
  map: streetMap(),
  start: { edgeId: 'sakura-1e', alongM: 8, laneIndex: 0, offsetM: 0 },
  route: ['sakura-1e', 'sakura-2e', 'sakura-3e', 'ekimae-2n', 'gakko-3w', 'gakko-2w'],
  signs: SIGNS,
  objects: OBJECTS,
  lights: LIGHTS,
  utterances: STREET_UTTERANCES,
};
