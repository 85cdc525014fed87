import { type CivilTime, Config, type Scene, type SceneSign } from '../../src/domain/index.ts';

/** Configuration with every default. */
export const config = Config.parse({ thought: { mayAct: true } });

/** Tuesday, no holiday, 12:00. */
export const NOON: CivilTime = { date: '2026-11-24', minuteOfDay: 720, weekday: 'TUE', holiday: false };

/** The same day at another time. */
export const at = (hour: number, minute = 0): CivilTime => ({ ...NOON, minuteOfDay: hour * 60 + minute });

const STAMP_NS = 1_000_000_000_000n;

/** A sign ahead with plates as read, each with full confidence unless given. */
export function makeSign(
  type: string,
  plates: readonly (string | { text?: string; type?: string; textConfidence?: number })[] = [],
  more: Partial<SceneSign> = {},
): SceneSign {
  return {
    id: 'sign-1',
    stampNs: STAMP_NS,
    camera: 'front',
    type,
    box: { xPx: 0, yPx: 0, widthPx: 10, heightPx: 10 },
    confidence: 0.9,
    supplementary: plates.map((plate) => ({
      confidence: 0.9,
      textConfidence: 0.9,
      ...(typeof plate === 'string' ? { text: plate } : plate),
    })),
    firstSeenNs: STAMP_NS,
    lastSeenNs: STAMP_NS,
    state: 'AHEAD',
    ...more,
  };
}

/** A car at 30 km/h on a two-lane road whose map knows 50 km/h. */
export function makeScene(more: Partial<Scene> = {}): Scene {
  return {
    stampNs: STAMP_NS,
    civil: NOON,
    vehicle: { stampNs: STAMP_NS, speedMps: 30 / 3.6, mode: 'AUTONOMOUS', doorOpen: false },
    route: {
      stampNs: STAMP_NS,
      laneCount: 2,
      laneIndex: 0,
      mapLimitMps: 50 / 3.6,
      junctions: [
        { id: 'j1', distanceM: 60, exits: ['LEFT', 'STRAIGHT', 'RIGHT'], signalized: false },
        { id: 'j2', distanceM: 160, exits: ['LEFT', 'STRAIGHT'], signalized: true },
      ],
      pois: [
        { id: 'p1', name: 'サクラ薬局', category: 'PHARMACY', distanceM: 90, side: 'LEFT' },
        { id: 'p2', name: 'マート駅前店', category: 'CONVENIENCE_STORE', distanceM: 120, side: 'LEFT' },
        { id: 'p3', name: 'マート公園店', category: 'CONVENIENCE_STORE', distanceM: 400, side: 'LEFT' },
      ],
      remainingM: 900,
      destination: '市役所',
    },
    planner: null,
    signs: [],
    objects: [],
    ...more,
  };
}
