import { createCanvas, GlobalFonts } from '@napi-rs/canvas';
import type { PictureSource } from '../../../sim/report/index.ts';
import { makeThumbnail } from '../../../sim/report/thumbnail.ts';
import { JournalEntry, secondsToNs } from '../../../src/domain/index.ts';

/** Text that would run, were it ever taken for markup. */
export const HOSTILE = '</script><img src=x onerror="window.hacked=1"><!--<script>window.hacked=2</script>';

export const DURATION_S = 100;
const START_NS = 1_764_000_000_000_000_000n;
const CAMERA = '/camera/front/image';

/** Stamp of a second of the drive. */
export const at = (t: number): bigint => START_NS + secondsToNs(t);

GlobalFonts.loadFontsFromDir('/usr/share/fonts');

const speedMps = (t: number): number => {
  if (t < 12) return t * 0.92;
  if (t < 34) return 11.1 + Math.sin(t) * 0.15;
  if (t < 42) return 11.1 - (t - 34) * 0.35;
  if (t < 58) return 8.3 + Math.sin(t * 2) * 0.1;
  if (t < 64) return Math.max(0, 8.3 - (t - 58) * 1.6);
  if (t < 72) return 0;
  return Math.min(8.3, (t - 72) * 0.8);
};

interface Said {
  t: number;
  id: string;
  text: string;
  language: 'ja' | 'en';
  reflex?: boolean;
  outcome: 'EXECUTE' | 'CONFIRM' | 'CLARIFY' | 'REFUSE' | 'INFORM' | 'DROPPED';
  proposal: unknown;
  reasons: unknown[];
  maneuver?: unknown;
  reply: string;
  phases?: [number, string, string][];
}

const DIALOGUE: Said[] = [
  {
    t: 8.4,
    id: 'u1',
    text: 'もう少しゆっくり走って',
    language: 'ja',
    reflex: true,
    outcome: 'EXECUTE',
    proposal: { decision: 'EXECUTE', actions: [{ kind: 'SET_SPEED', change: 'SLOWER' }] },
    reasons: [{ code: 'WITHIN_LIMIT', effect: 'NOTE', slots: { speedMps: 8.33 } }],
    maneuver: { kind: 'SET_SPEED', speedMps: 8.33 },
    reply: '時速30キロに落とします。',
    phases: [
      [0.1, 'ACCEPTED', 'INTENT'],
      [0.3, 'EXECUTING', 'INTENT'],
      [6, 'DONE', 'INTENT'],
    ],
  },
  {
    t: 19,
    id: 'u2',
    text: 'Do eighty here, the road is empty',
    language: 'en',
    outcome: 'REFUSE',
    proposal: { decision: 'EXECUTE', actions: [{ kind: 'SET_SPEED', target: { value: 80, unit: 'KMH' } }] },
    reasons: [
      {
        code: 'ABOVE_SPEED_LIMIT',
        effect: 'BLOCK',
        actionIndex: 0,
        causeId: 's1',
        slots: { limitMps: 11.11, askedMps: 22.2 },
      },
    ],
    reply: 'The limit here is 40 km/h, so I will not go faster.',
  },
  {
    t: 31,
    id: 'u3',
    text: '次の信号を左に曲がって',
    language: 'ja',
    outcome: 'EXECUTE',
    proposal: {
      decision: 'EXECUTE',
      actions: [
        { kind: 'TURN', direction: 'LEFT', trigger: { type: 'AT', place: { landmark: 'NEXT_SIGNAL' } } },
      ],
    },
    reasons: [
      { code: 'EXIT_ALLOWED', effect: 'NOTE', causeId: 'j2' },
      { code: 'PLATE_OUTSIDE_HOURS', effect: 'NOTE', causeId: 's2' },
    ],
    maneuver: { kind: 'TURN', direction: 'LEFT', junctionId: 'j2' },
    reply: '次の信号を左に曲がります。',
    phases: [
      [0.1, 'ACCEPTED', 'INTENT'],
      [1.5, 'EXECUTING', 'INTERSECTION'],
      [12.2, 'DONE', 'INTENT'],
    ],
  },
  {
    t: 47,
    id: 'u4',
    text: 'Pull over behind that one',
    language: 'en',
    outcome: 'CLARIFY',
    proposal: { decision: 'CLARIFY', topic: 'WHICH_OBJECT', about: 'PULL_OVER' },
    reasons: [{ code: 'REFERENT_AMBIGUOUS', effect: 'ASK', slots: { count: 2 } }],
    reply: 'Which one do you mean: the white van or the bus?',
  },
  {
    t: 57.8,
    id: 'u5',
    text: '止まって！',
    language: 'ja',
    reflex: true,
    outcome: 'EXECUTE',
    proposal: { decision: 'EXECUTE', actions: [{ kind: 'STOP', urgency: 'EMERGENCY' }] },
    reasons: [{ code: 'MORE_CAREFUL', effect: 'NOTE' }],
    maneuver: { kind: 'STOP', urgency: 'EMERGENCY' },
    reply: '止まります。',
    phases: [
      [0.05, 'ACCEPTED', 'INTENT'],
      [0.1, 'EXECUTING', 'INTENT'],
      [6.1, 'DONE', 'SURROUNDING_OBSTACLE'],
    ],
  },
  {
    t: 66,
    id: 'u6',
    text: 'Why did you stop?',
    language: 'en',
    outcome: 'INFORM',
    proposal: { decision: 'INFORM', topic: 'STOP_REASON' },
    reasons: [{ code: 'ANSWERED_FROM_STATUS', effect: 'NOTE' }],
    reply: 'Because you asked me to stop.',
  },
  {
    t: 71,
    id: 'u7',
    text: '進んで',
    language: 'ja',
    outcome: 'EXECUTE',
    proposal: { decision: 'EXECUTE', actions: [{ kind: 'RESUME' }] },
    reasons: [{ code: 'AUTHORIZED', effect: 'NOTE', slots: {} }],
    maneuver: { kind: 'RESUME' },
    reply: '発進します。',
    phases: [
      [0.2, 'ACCEPTED', 'INTENT'],
      [0.4, 'EXECUTING', 'START_PLANNER'],
    ],
  },
  {
    t: 84,
    id: 'u8',
    text: HOSTILE,
    language: 'en',
    outcome: 'DROPPED',
    proposal: { decision: 'REFUSE', topic: 'OUT_OF_SCOPE' },
    reasons: [{ code: 'LATE', effect: 'BLOCK', slots: { latencyMs: 8120 } }],
    reply: 'Sorry, that took too long.',
  },
];

const PROMPT = `You are the co-driver of a self-driving car.
Scene: 2026-11-24 Tue 14:05, speed 40 km/h, lane 1 of 2.
Signs: s1 JP:323 40 applies; s2 JP:316 plate "8-20" does not apply.
Planner: DRIVING, LANE_FOLLOWING.
The passenger said: `;

/** A drive of 100 s with 10 Hz vehicle entries, eight utterances and three signs. */
export function journal({ model = true }: { model?: boolean } = {}): JournalEntry[] {
  const entries: Record<string, unknown>[] = [];
  const add = (t: number, type: string, fields: object) => entries.push({ stampNs: at(t), type, ...fields });
  add(0, 'run', {
    title: 'さくら通り, one lap in the afternoon',
    mode: 'LOCKSTEP',
    loop: 'CLOSED',
    model: model ? { name: 'smollm2-135m-instruct', sha256: 'c0ffee'.padEnd(64, '7') } : null,
    utcOffsetMin: 540,
  });
  for (let i = 0; i <= DURATION_S * 10; i++) {
    const t = i / 10;
    add(t, 'vehicle', { vehicle: { stampNs: at(t), speedMps: speedMps(t) } });
    if (i % 10 === 0) add(t, 'frame', { camera: CAMERA, index: i / 10, widthPx: 1280, heightPx: 720 });
    if (i % 5 === 0) {
      const stopped = t >= 63 && t < 72;
      add(t, 'planner', {
        planner: {
          stampNs: at(t),
          motion: stopped ? 'STOPPED' : t >= 58 && t < 63 ? 'STOPPING' : 'DRIVING',
          behavior:
            t >= 58 && t < 72
              ? 'INTENT'
              : t >= 34 && t < 44
                ? 'INTERSECTION'
                : t < 3
                  ? 'START_PLANNER'
                  : 'LANE_FOLLOWING',
          targetSpeedMps: t >= 58 && t < 72 ? 0 : t < 8.5 ? 11.11 : t < 14 ? 8.33 : t < 34 ? 11.11 : 8.33,
          intents: [],
        },
      });
    }
  }
  addSigns(add);
  for (const [i, said] of DIALOGUE.entries()) addSaid(add, said, i + 1);
  add(61, 'health', {
    component: 'CAMERA',
    state: 'DEGRADED',
    code: 'FRAME_LATE',
    text: 'No picture for 400 ms.',
  });
  add(DURATION_S, 'end', { counts: { utterance: 8, intent: 4, verdict: 8, frame: 101 } });
  return entries.map((entry) => JournalEntry.parse(entry)).sort((a, b) => Number(a.stampNs - b.stampNs));
}

type Add = (t: number, type: string, fields: object) => unknown;

/** Where the sign of `from` … `to` seconds stands in the picture at `t`. */
function signBox(
  t: number,
  from: number,
  to: number,
): { xPx: number; yPx: number; widthPx: number; heightPx: number } {
  const near = Math.min(Math.max((t - from) / (to - from), 0), 1) ** 2;
  const size = 30 + near * 110;
  return { xPx: 720 + near * 300, yPx: 300 - near * 170, widthPx: size, heightPx: size };
}

const SIGNS = [
  {
    id: 's1',
    from: 10,
    to: 16,
    type: 'JP:323',
    value: 40,
    applies: 'APPLIES',
    why: ['NO_PLATE'],
    plate: undefined,
    ja: '最高速度 40 km/h',
    en: 'Maximum speed 40 km/h',
  },
  {
    id: 's2',
    from: 25,
    to: 31,
    type: 'JP:316',
    applies: 'DOES_NOT_APPLY',
    why: ['OUTSIDE_HOURS'],
    plate: '8-10',
    ja: '8時から10時まで',
    en: 'From 8:00 to 10:00',
  },
  {
    id: 's3',
    from: 74,
    to: 80,
    type: 'JP:303',
    applies: 'UNKNOWN',
    why: ['PLATE_NOT_UNDERSTOOD'],
    plate: HOSTILE,
    ja: '読めません',
    en: 'Not understood',
  },
] as const;

function addSigns(add: Add): void {
  for (const sign of SIGNS) {
    for (let t: number = sign.from; t <= sign.to; t += 2) {
      const read = sign.plate !== undefined && t > sign.from;
      add(t + 0.02, 'sign', {
        sign: {
          id: sign.id,
          stampNs: at(t),
          camera: CAMERA,
          type: sign.type,
          ...('value' in sign ? { value: sign.value } : {}),
          box: signBox(t, sign.from, sign.to),
          confidence: 0.93,
          distanceM: 8 + (sign.to - t) * 9,
          firstSeenNs: at(sign.from),
          lastSeenNs: at(t),
          state: 'AHEAD',
          supplementary:
            sign.plate === undefined
              ? []
              : [
                  {
                    type: 'JP:503-A',
                    confidence: 0.9,
                    ...(read ? { text: sign.plate, textConfidence: 0.88 } : {}),
                  },
                ],
        },
        applies: read || sign.plate === undefined ? sign.applies : 'UNKNOWN',
        why: read || sign.plate === undefined ? sign.why : ['PLATE_UNREAD'],
        reading: { ja: sign.ja, en: sign.en },
      });
    }
  }
}

function addSaid(add: Add, said: Said, sequence: number): void {
  const { t, id, language } = said;
  const source = said.reflex ? 'REFLEX' : 'THOUGHT';
  const latencyS = said.reflex ? 0.004 : 1.1 + sequence / 10;
  const reply = (after: number, stage: string, text: string) =>
    add(t + after, 'reply', { originId: id, language, stage, text });
  add(t, 'utterance', {
    utterance: {
      id,
      stampNs: at(t),
      text: said.text,
      language,
      confidence: 0.94,
      seat: 'FRONT_RIGHT',
      authority: 'DRIVER_OR_OWNER',
      live: true,
      alternatives: id === 'u2' ? [{ text: 'Do eighteen here', confidence: 0.31 }] : [],
    },
  });
  reply(0.02, 'HEARD', language === 'ja' ? 'はい。' : 'I heard you.');
  if (!said.reflex)
    add(t + 0.03, 'prompt', { originId: id, text: PROMPT + JSON.stringify(said.text), promptTokens: 412 });
  const proposalId = `p${sequence}`;
  add(t + latencyS, 'proposal', {
    originId: id,
    proposalId,
    source,
    proposal: said.proposal,
    latencyMs: latencyS * 1000,
    ...(said.reflex ? { rule: 'stop.ja.1' } : { decodedTokens: 31, appendedTokens: 12 }),
  });
  const intent = {
    id: `i${sequence}`,
    sequence,
    stampNs: at(t + latencyS),
    validUntilNs: at(t + latencyS + 5),
    source,
    authority: 'DRIVER_OR_OWNER',
    originId: id,
    trigger:
      id === 'u3'
        ? { type: 'AT', place: { type: 'JUNCTION', junctionId: 'j2', distanceM: 64 } }
        : { type: 'NOW' },
    maneuver: said.maneuver,
  };
  add(t + latencyS, 'verdict', {
    verdict: {
      proposalId,
      stampNs: at(t + latencyS),
      source,
      originId: id,
      outcome: said.outcome,
      reasons: said.reasons,
      intents: said.maneuver === undefined ? [] : [intent],
      proposal: said.proposal,
    },
  });
  reply(latencyS + 0.01, 'VERDICT', said.reply);
  if (said.maneuver === undefined) return;
  add(t + latencyS + 0.01, 'intent', { intent, delivery: 'SENT', detail: '' });
  for (const [after, phase, reason] of said.phases ?? []) {
    const stampNs = at(t + latencyS + after);
    add(t + latencyS + after, 'status', {
      status: { intentId: intent.id, stampNs, phase, reason, detail: '' },
    });
  }
}

/** One picture a second, drawn, encoded and made small like a camera's. */
export function pictures(count = DURATION_S): PictureSource {
  return {
    async *pictures() {
      for (let t = 0; t < count; t++) {
        const jpeg = drawStreet(t);
        const frame = {
          stampNs: at(t),
          frameId: 'front',
          camera: CAMERA,
          encoding: 'jpeg' as const,
          widthPx: 1280,
          heightPx: 720,
          data: jpeg,
        };
        yield { stampNs: at(t), camera: CAMERA, jpeg: await makeThumbnail(frame, 480) };
      }
    },
  };
}

function drawStreet(t: number): Uint8Array<ArrayBuffer> {
  const canvas = createCanvas(1280, 720);
  const draw = canvas.getContext('2d');
  draw.fillStyle = '#a9c8e8';
  draw.fillRect(0, 0, 1280, 360);
  draw.fillStyle = '#7d8f6a';
  draw.fillRect(0, 360, 1280, 360);
  const polygon = (colour: string, points: [number, number][]) => {
    draw.fillStyle = colour;
    draw.beginPath();
    for (const [x, y] of points) draw.lineTo(x, y);
    draw.fill();
  };
  polygon('#55585e', [
    [600, 360],
    [680, 360],
    [1180, 720],
    [100, 720],
  ]);
  for (let i = 0; i < 6; i++) {
    const near = ((i + (t % 1.7) / 1.7) / 6) ** 2;
    polygon('#f1f1ea', [
      [638 - near * 8, 360 + near * 360],
      [642 + near * 8, 360 + near * 360],
      [646 + near * 12, 380 + near * 400],
      [634 - near * 12, 380 + near * 400],
    ]);
  }
  for (let i = 0; i < 5; i++) {
    draw.fillStyle = ['#c9b8a0', '#b5a79a', '#d3cabb'][(i + Math.floor(t / 7)) % 3]!;
    draw.fillRect(i * 120, 160 + ((i * 37) % 60), 110, 200 - ((i * 37) % 60));
  }
  for (const sign of SIGNS) {
    if (t < sign.from || t > sign.to) continue;
    const { xPx, yPx, widthPx } = signBox(t, sign.from, sign.to);
    draw.fillStyle = '#8b8f94';
    draw.fillRect(xPx + widthPx / 2 - 3, yPx, 6, 420 - yPx + 60);
    draw.beginPath();
    draw.arc(xPx + widthPx / 2, yPx + widthPx / 2, widthPx / 2, 0, 7);
    draw.fillStyle = '#ffffff';
    draw.fill();
    draw.lineWidth = widthPx / 9;
    draw.strokeStyle = '#c8102e';
    draw.stroke();
    draw.fillStyle = '#12379a';
    draw.font = `bold ${widthPx / 2}px sans-serif`;
    draw.textAlign = 'center';
    draw.fillText('value' in sign ? String(sign.value) : '×', xPx + widthPx / 2, yPx + widthPx * 0.68);
    if (sign.plate === undefined) continue;
    draw.fillStyle = '#ffffff';
    draw.fillRect(xPx, yPx + widthPx * 1.1, widthPx, widthPx * 0.4);
    draw.fillStyle = '#12379a';
    draw.font = `bold ${widthPx / 3}px sans-serif`;
    draw.fillText(sign.plate.slice(0, 5), xPx + widthPx / 2, yPx + widthPx * 1.42);
  }
  draw.fillStyle = '#ffffff';
  draw.font = '24px monospace';
  draw.textAlign = 'left';
  draw.fillText(`t = ${t} s`, 20, 700);
  return new Uint8Array(canvas.toBuffer('image/jpeg', 85));
}
