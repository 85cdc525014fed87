import { JournalEntry, secondsToNs } from '../../../src/domain/index.ts';
import { DIALOGUE, HOSTILE, type Said } from './dialogue.ts';

export const DURATION_S = 100;
const START_NS = 1_764_000_000_000_000_000n;
export const CAMERA = '/camera/front/image';

/** Stamp of a second of the drive. */
export const at = (t: number): bigint => START_NS + secondsToNs(t);

const speedMps = (t: number): number => {
  if (t < 12) return t * 0.92;
  if (t < 34) return 11.1 + Math.sin(t) * 0.15;
  if (t < 42) return 11.1 - (t - 34) * 0.35;
  if (t < 58) return 8.3 + Math.sin(t * 2) * 0.1;
  if (t < 64) return Math.max(0, 8.3 - (t - 58) * 1.6);
  if (t < 72) return 0;
  return Math.min(8.3, (t - 72) * 0.8);
};

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
export function signBox(
  t: number,
  from: number,
  to: number,
): { xPx: number; yPx: number; widthPx: number; heightPx: number } {
  const near = Math.min(Math.max((t - from) / (to - from), 0), 1) ** 2;
  const size = 30 + near * 110;
  return { xPx: 720 + near * 300, yPx: 300 - near * 170, widthPx: size, heightPx: size };
}

/** The signs of the street: when they are in view, what they say, what the law makes of them. */
export const SIGNS = [
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
  reply(0.001, 'HEARD', language === 'ja' ? 'はい。' : 'I heard you.');
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
