/** Text that would run, were it ever taken for markup. */
export const HOSTILE = '</script><img src=x onerror="window.hacked=1"><!--<script>window.hacked=2</script>';

/** What was said on the way, and all that came of it. Times of phases count from the proposal. */
export interface Said {
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

export const DIALOGUE: Said[] = [
  {
    t: 8.4,
    id: 'u1',
    text: 'もう少しゆっくり走って',
    language: 'ja',
    reflex: true,
    outcome: 'EXECUTE',
    proposal: { decision: 'EXECUTE', actions: [{ kind: 'SET_SPEED', change: 'SLOWER' }] },
    reasons: [{ code: 'WITHIN_RULES', effect: 'NOTE' }],
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
        code: 'OVER_LIMIT',
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
      { code: 'WITHIN_RULES', effect: 'NOTE', causeId: 'j2' },
      { code: 'RED_LIGHT_AHEAD', effect: 'NOTE', causeId: 's2' },
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
    reasons: [{ code: 'WHICH_OBJECT', effect: 'ASK', slots: { count: 2 } }],
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
    reasons: [{ code: 'WITHIN_RULES', effect: 'NOTE' }],
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
    reasons: [{ code: 'TOLD', effect: 'NOTE' }],
    reply: 'Because you asked me to stop.',
  },
  {
    t: 71,
    id: 'u7',
    text: '進んで',
    language: 'ja',
    outcome: 'EXECUTE',
    proposal: { decision: 'EXECUTE', actions: [{ kind: 'RESUME' }] },
    reasons: [{ code: 'WITHIN_RULES', effect: 'NOTE' }],
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
