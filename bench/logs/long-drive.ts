import sharp from 'sharp';
import type { PictureSource } from '../../sim/report/index.ts';
import { Intent, type JournalEntry, secondsToNs } from '../../src/domain/index.ts';

/** How long a made drive is, and how much happens in it. */
export interface LongDriveOptions {
  readonly seconds: number;
  readonly moments: number;
  readonly signs: number;
  /** Another build over the same drive: every tenth utterance is refused, and every hundredth answered later. */
  readonly otherBuild?: boolean;
}

/** An hour as the report must bear it: 72,000 vehicle entries, 3,600 pictures, 1,000 moments, 300 signs. */
export const ONE_HOUR: LongDriveOptions = { seconds: 3600, moments: 1000, signs: 300 };

const VEHICLE_HZ = 20;
const CAMERA = '/camera/front';
const START_NS = 1_764_000_000_000_000_000n;
const PICTURE_SIZE = { widthPx: 1280, heightPx: 720 };
const SAID = [
  ['もう少しゆっくり走って', 'ja'],
  ['Turn left at the next light', 'en'],
  ['前のトラックを追い越して', 'ja'],
  ['Why did you stop?', 'en'],
  ['Do eighty here, the road is empty', 'en'],
] as const;

const at = (t: number): bigint => START_NS + secondsToNs(t);
const speedMps = (t: number): number => Math.max(0, 9 + 6 * Math.sin(t / 37) + 2 * Math.sin(t / 3.1));

/** The journal of a made drive, in order; nothing of it is held in memory. */
export function* longDrive(options: LongDriveOptions): Generator<JournalEntry> {
  const { seconds, moments, signs } = options;
  yield {
    type: 'run',
    stampNs: at(0),
    title: `made drive of ${seconds} s`,
    mode: 'LOCKSTEP',
    loop: 'OPEN',
    model: null,
    utcOffsetMin: 540,
  };
  let eastM = 0;
  let northM = 0;
  let moment = 0;
  let sign = 0;
  for (let tick = 0; tick <= seconds * VEHICLE_HZ; tick++) {
    const t = tick / VEHICLE_HZ;
    const yawRad = Math.sin(t / 90) * 2;
    eastM += (speedMps(t) * Math.cos(yawRad)) / VEHICLE_HZ;
    northM += (speedMps(t) * Math.sin(yawRad)) / VEHICLE_HZ;
    yield {
      type: 'vehicle',
      stampNs: at(t),
      vehicle: { stampNs: at(t), speedMps: speedMps(t), pose: { xM: eastM, yM: northM, yawRad } },
    };
    if (tick % VEHICLE_HZ === 0) yield* everySecond(t, eastM, northM);
    if (sign < signs && t >= ((sign + 0.2) * seconds) / signs) yield* signEntries(t, sign++);
    if (moment < moments && t >= ((moment + 0.5) * seconds) / moments) {
      yield* momentEntries(t, moment++, options);
    }
  }
  yield {
    type: 'end',
    stampNs: at(seconds),
    counts: { vehicle: seconds * VEHICLE_HZ + 1, utterance: moments },
  };
}

function* everySecond(t: number, eastM: number, northM: number): Generator<JournalEntry> {
  const stampNs = at(t);
  yield { type: 'frame', stampNs, camera: CAMERA, index: t, ...PICTURE_SIZE };
  const fix = { stampNs, latitudeDeg: 35.68 + northM / 111_195, longitudeDeg: 139.76 + eastM / 90_300 };
  yield { type: 'gnss', stampNs, fix };
  if (t % 60 === 0) yield { type: 'limit', stampNs, limitMps: t % 300 === 0 ? null : 11.11 + (t % 180) / 60 };
  yield {
    type: 'planner',
    stampNs,
    planner: {
      stampNs,
      motion: speedMps(t) < 2 ? 'STOPPING' : 'DRIVING',
      behavior: Math.floor(t / 11) % 4 === 0 ? 'INTERSECTION' : 'LANE_FOLLOWING',
      targetSpeedMps: 8 + (Math.floor(t / 23) % 7),
      intents: [],
    },
  };
}

function* signEntries(t: number, index: number): Generator<JournalEntry> {
  for (let i = 0; i < 4; i++) {
    const sizePx = 30 + i * 20;
    yield {
      type: 'sign',
      stampNs: at(t),
      sign: {
        id: `s${index}`,
        stampNs: at(Math.floor(t) + i),
        camera: CAMERA,
        type: index % 3 === 0 ? 'JP:316' : 'JP:323',
        ...(index % 3 === 0 ? {} : { value: 30 + (index % 4) * 10 }),
        box: { xPx: 700 + i * 60, yPx: 320 - i * 40, widthPx: sizePx, heightPx: sizePx },
        confidence: 0.9,
        firstSeenNs: at(t),
        lastSeenNs: at(t),
        state: 'AHEAD',
        supplementary:
          index % 2 === 0 ? [] : [{ type: 'JP:503-A', confidence: 0.9, text: '8-20', textConfidence: 0.9 }],
      },
      applies: index % 5 === 0 ? 'DOES_NOT_APPLY' : 'APPLIES',
      why: [index % 5 === 0 ? 'TIME_OUTSIDE' : 'NO_PLATE'],
      reading: { ja: '8時から20時まで', en: 'From 8:00 to 20:00' },
    };
  }
}

function* momentEntries(t: number, index: number, { otherBuild }: LongDriveOptions): Generator<JournalEntry> {
  const originId = `u${index}`;
  const [text, language] = SAID[index % SAID.length]!;
  const refused = index % 7 === 0 || (otherBuild === true && index % 10 === 1);
  const latencyMs = 300 + (index % 90) * 20 + (otherBuild === true && index % 100 === 2 ? 900 : 0);
  const answered = t + latencyMs / 1000;
  const proposal = {
    decision: 'EXECUTE' as const,
    actions: [{ kind: 'SET_SPEED' as const, target: { value: 20 + (index % 5) * 10, unit: 'KMH' as const } }],
  };
  const intent = Intent.parse({
    id: `i${index}`,
    sequence: index + 1,
    stampNs: at(answered),
    validUntilNs: at(answered + 5),
    source: 'THOUGHT',
    authority: 'DRIVER_OR_OWNER',
    originId,
    trigger: { type: 'NOW' },
    maneuver: { kind: 'SET_SPEED', speedMps: 5 + (index % 5) * 3 },
  });
  yield {
    type: 'utterance',
    stampNs: at(t),
    utterance: {
      id: originId,
      stampNs: at(t),
      text: `${text} (${index})`,
      language,
      confidence: 0.9,
      seat: 'FRONT_RIGHT',
      authority: 'DRIVER_OR_OWNER',
      live: true,
      alternatives: [],
    },
  };
  yield {
    type: 'reply',
    stampNs: at(t),
    originId,
    language,
    stage: 'HEARD',
    text: language === 'ja' ? 'はい。' : 'Yes.',
  };
  yield {
    type: 'prompt',
    stampNs: at(t),
    originId,
    text: `${'You are the co-driver. '.repeat(90)}${text}`,
    promptTokens: 500,
  };
  yield {
    type: 'proposal',
    stampNs: at(answered),
    originId,
    proposalId: `p${index}`,
    source: 'THOUGHT',
    proposal,
    latencyMs,
  };
  yield {
    type: 'verdict',
    stampNs: at(answered),
    verdict: {
      proposalId: `p${index}`,
      stampNs: at(answered),
      source: 'THOUGHT',
      originId,
      outcome: refused ? 'REFUSE' : 'EXECUTE',
      reasons: refused
        ? [{ code: 'OVER_LIMIT', effect: 'BLOCK', slots: { limitMps: 11.1, askedMps: 22.2 } }]
        : [{ code: 'WITHIN_RULES', effect: 'NOTE', slots: {} }],
      intents: refused ? [] : [intent],
      proposal,
    },
  };
  if (refused) return;
  yield { type: 'intent', stampNs: at(answered), intent, delivery: 'SENT', detail: '' };
  for (const [after, phase] of [
    [0.1, 'ACCEPTED'],
    [0.4, 'EXECUTING'],
    [2.4, 'DONE'],
  ] as const) {
    const stampNs = at(answered + after);
    yield {
      type: 'status',
      stampNs: at(answered),
      status: { intentId: intent.id, stampNs, phase, reason: 'INTENT', detail: '' },
    };
  }
}

/** One picture a second, about as large as a camera's thumbnail; a dozen are made and repeated. */
export function longDrivePictures(seconds: number): PictureSource {
  return {
    async *pictures() {
      const made: Uint8Array[] = [];
      for (let t = 0; t < seconds; t++) {
        const turn = t % 12;
        made[turn] ??= await makePicture(turn);
        yield { stampNs: at(t), camera: CAMERA, jpeg: made[turn] };
      }
    },
  };
}

async function makePicture(turn: number): Promise<Uint8Array> {
  const [width, height] = [480, 270];
  const pixels = new Uint8Array(width * height * 3);
  for (let i = 0; i < pixels.length; i++) {
    const y = Math.floor(i / 3 / width);
    pixels[i] = (y < 135 ? 170 : 90) + ((i * 7919 + turn * 104_729) % 37) + ((i % 3) * turn) / 2;
  }
  return sharp(pixels, { raw: { width, height, channels: 3 } })
    .jpeg({ quality: 72 })
    .toBuffer();
}
