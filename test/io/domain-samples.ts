import type { DomainMessage, MessageSource } from '../../src/io/ros-messages/domain-message.ts';

/** Bytes of a 2 × 1 PNG: both red. */
export const TINY_PNG = new Uint8Array(
  Buffer.from(
    'iVBORw0KGgoAAAANSUhEUgAAAAIAAAABCAIAAAB7QOjdAAAACXBIWXMAAAPoAAAD6AG1e1JrAAAAD0lEQVQImWP4z8Dwn4EBAAj+Af/KOtJRAAAAAElFTkSuQmCC',
    'base64',
  ),
);

const stampNs = 1_700_000_000_123_456_789n;
const box = { xPx: 10.5, yPx: 20, widthPx: 30, heightPx: 40.25 };

/** One message of every kind, with every optional field, and one with none. */
export const SAMPLES: readonly { readonly topic: string; readonly message: DomainMessage }[] = [
  {
    topic: '/speech',
    message: {
      kind: 'utterance',
      utterance: {
        id: 'u1',
        stampNs,
        text: '次の信号を左に曲がって🚗',
        language: 'ja',
        confidence: 0.9,
        alternatives: [{ text: '次の信号を右に曲がって', confidence: 0.1 }],
        seat: 'REAR_LEFT',
        authority: 'OCCUPANT',
        live: false,
      },
    },
  },
  {
    topic: '/signs',
    message: {
      kind: 'signs',
      signs: {
        stampNs,
        camera: '/camera/front',
        signs: [
          {
            id: 's1',
            stampNs: stampNs - 5n,
            camera: '/camera/front',
            type: 'JP:323',
            value: 40,
            box,
            confidence: 0.8,
            distanceM: 12.5,
            supplementary: [
              { type: 'JP:506', box, confidence: 0.7, text: '7-9\n土日を除く', textConfidence: 0.6 },
              { confidence: 0.5, text: '' },
              { confidence: 0.4 },
            ],
          },
          {
            id: 's2',
            stampNs,
            camera: '/camera/front',
            type: 'DE:206',
            box,
            confidence: 1,
            supplementary: [],
          },
        ],
      },
    },
  },
  {
    topic: '/objects',
    message: {
      kind: 'objects',
      objects: {
        stampNs,
        objects: [
          {
            id: 'o1',
            class: 'PEDESTRIAN',
            confidence: 0.99,
            xM: 10,
            yM: -2.5,
            yawRad: 0.1,
            speedMps: 1.2,
            lengthM: 0.5,
            widthM: 0.6,
            label: '警備員',
            gesture: 'STOP',
            authority: 'FLAGGER_OR_ATTENDANT',
          },
          {
            id: 'o2',
            class: 'TRAFFIC_LIGHT',
            confidence: 1,
            xM: 30,
            yM: 3,
            yawRad: 0,
            speedMps: 0,
            lengthM: 0,
            widthM: 0,
            light: 'RED',
          },
        ],
      },
    },
  },
  {
    topic: '/vehicle',
    message: {
      kind: 'vehicle',
      vehicle: {
        stampNs,
        speedMps: 8.3,
        accelerationMps2: -0.25,
        steeringRad: 0.01,
        gear: 'DRIVE',
        mode: 'AUTONOMOUS',
        doorOpen: false,
        indicator: 'LEFT',
        pose: { xM: 1, yM: 2, yawRad: 3 },
      },
    },
  },
  { topic: '/vehicle', message: { kind: 'vehicle', vehicle: { stampNs: stampNs + 1n, speedMps: 0 } } },
  {
    topic: '/gnss',
    message: { kind: 'gnss', gnss: { stampNs, latitudeDeg: 35.68, longitudeDeg: 139.76, altitudeM: 40 } },
  },
  {
    topic: '/gnss',
    message: { kind: 'gnss', gnss: { stampNs: stampNs + 1n, latitudeDeg: -1, longitudeDeg: 2 } },
  },
  {
    topic: '/route',
    message: {
      kind: 'route',
      route: {
        stampNs,
        roadName: '青葉通り',
        laneCount: 2,
        laneIndex: 1,
        mapLimitMps: null,
        junctions: [
          { id: 'j1', distanceM: 50, exits: ['LEFT', 'STRAIGHT'], planned: 'LEFT', signalized: true },
          { id: 'j2', name: '二丁目', distanceM: 150, exits: [], signalized: false },
        ],
        pois: [{ id: 'p1', name: 'コンビニ', category: 'CONVENIENCE_STORE', distanceM: 80, side: 'LEFT' }],
        remainingM: 900,
        destination: '駅',
      },
    },
  },
  {
    topic: '/planner',
    message: {
      kind: 'planner',
      planner: {
        stampNs,
        motion: 'STOPPING',
        behavior: 'TRAFFIC_SIGNAL',
        distanceM: 20,
        targetSpeedMps: 0,
        intents: [{ intentId: 'i1', stampNs, phase: 'EXECUTING', reason: 'INTENT', detail: 'slowing' }],
      },
    },
  },
  {
    topic: '/camera/front',
    message: {
      kind: 'frame',
      frame: {
        stampNs,
        frameId: 'camera_front',
        camera: '/camera/front',
        encoding: 'png',
        widthPx: 2,
        heightPx: 1,
        data: TINY_PNG,
      },
    },
  },
  {
    topic: '/camera/raw',
    message: {
      kind: 'frame',
      frame: {
        stampNs,
        frameId: 'camera_raw',
        camera: '/camera/raw',
        encoding: 'rgb8',
        widthPx: 2,
        heightPx: 1,
        data: Uint8Array.of(1, 2, 3, 4, 5, 6),
      },
    },
  },
];

/** Log time of every sample. */
export const SAMPLE_SOURCE: Omit<MessageSource, 'topic'> = { logTimeNs: stampNs + 2n };
