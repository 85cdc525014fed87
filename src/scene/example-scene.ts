import type { Scene } from '../domain/index.ts';

/** 2026-11-24 10:15 in Tokyo, a Tuesday and no holiday. */
const STAMP_NS = 1_795_482_900_000_000_000n;

/**
 * The scene that `codriver say` speaks into where none is given: a street with one lane of two taken,
 * limit 40 km/h by sign and map, the next junction with lights in 80 m, a white van in front, a
 * convenience store on the left, a no-parking sign with a plate.
 */
export function exampleScene(): Scene {
  const stampNs = STAMP_NS;
  return {
    stampNs,
    civil: { date: '2026-11-24', minuteOfDay: 10 * 60 + 15, weekday: 'TUE', holiday: false },
    vehicle: { stampNs, speedMps: 10, gear: 'DRIVE', mode: 'AUTONOMOUS', doorOpen: false, indicator: 'NONE' },
    route: {
      stampNs,
      roadName: '中央通り',
      laneCount: 2,
      laneIndex: 0,
      mapLimitMps: 40 / 3.6,
      junctions: [
        {
          id: 'junction-1',
          name: '本町一丁目',
          distanceM: 80,
          exits: ['LEFT', 'RIGHT', 'STRAIGHT'],
          planned: 'STRAIGHT',
          signalized: true,
        },
        {
          id: 'junction-2',
          distanceM: 210,
          exits: ['LEFT', 'STRAIGHT'],
          planned: 'STRAIGHT',
          signalized: false,
        },
      ],
      pois: [
        { id: 'poi-1', name: 'みどりマート', category: 'CONVENIENCE_STORE', distanceM: 150, side: 'LEFT' },
        { id: 'poi-2', name: '中央駅', category: 'STATION', distanceM: 900, side: 'RIGHT' },
      ],
      remainingM: 2400,
      destination: '市役所',
    },
    planner: {
      stampNs,
      motion: 'DRIVING',
      behavior: 'ADAPTIVE_CRUISE',
      distanceM: 22,
      targetSpeedMps: 10,
      intents: [],
    },
    signs: [
      {
        id: 'sign-1',
        stampNs,
        camera: 'front',
        type: 'JP:316',
        box: { xPx: 760, yPx: 250, widthPx: 40, heightPx: 40 },
        confidence: 0.95,
        distanceM: 35,
        supplementary: [
          {
            type: 'JP:503-B',
            box: { xPx: 756, yPx: 294, widthPx: 48, heightPx: 18 },
            confidence: 0.9,
            text: '8-20',
            textConfidence: 0.97,
          },
        ],
        firstSeenNs: stampNs - 2_000_000_000n,
        lastSeenNs: stampNs,
        state: 'AHEAD',
      },
      {
        id: 'sign-0',
        stampNs: stampNs - 6_000_000_000n,
        camera: 'front',
        type: 'JP:323',
        value: 40,
        box: { xPx: 900, yPx: 220, widthPx: 60, heightPx: 60 },
        confidence: 0.97,
        distanceM: -40,
        supplementary: [],
        firstSeenNs: stampNs - 9_000_000_000n,
        lastSeenNs: stampNs - 5_000_000_000n,
        state: 'PASSED',
      },
    ],
    objects: [
      {
        id: 'van-1',
        class: 'TRUCK',
        confidence: 0.93,
        xM: 22,
        yM: 0,
        yawRad: 0,
        speedMps: 9.5,
        lengthM: 4.7,
        widthM: 1.7,
        label: 'white van',
      },
      {
        id: 'light-1',
        class: 'TRAFFIC_LIGHT',
        confidence: 0.9,
        xM: 82,
        yM: 2,
        yawRad: 0,
        speedMps: 0,
        lengthM: 0,
        widthM: 0,
        light: 'GREEN',
      },
    ],
  };
}
