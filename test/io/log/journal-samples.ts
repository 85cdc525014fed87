import type { JournalEntry } from '../../../src/domain/index.ts';

/** Journal entries that are recorded as messages of their own, too. */
export const VERDICT: Extract<JournalEntry, { type: 'verdict' }> = {
  type: 'verdict',
  stampNs: 7n,
  verdict: {
    proposalId: 'p1',
    stampNs: 7n,
    source: 'REFLEX',
    originId: 'u1',
    outcome: 'EXECUTE',
    reasons: [{ code: 'OK', effect: 'NOTE', slots: {} }],
    intents: [],
    proposal: null,
  },
};

export const INTENT: Extract<JournalEntry, { type: 'intent' }> = {
  type: 'intent',
  stampNs: 7n,
  delivery: 'SENT',
  detail: '',
  intent: {
    id: 'i1',
    sequence: 1,
    stampNs: 7n,
    validUntilNs: 5_000_000_007n,
    source: 'REFLEX',
    authority: 'OCCUPANT',
    originId: 'u1',
    trigger: { type: 'NOW' },
    maneuver: { kind: 'SET_SPEED', speedMps: 8.25 },
  },
};

export const STATUS: Extract<JournalEntry, { type: 'status' }> = {
  type: 'status',
  stampNs: 8n,
  status: { intentId: 'i1', stampNs: 8n, phase: 'ACCEPTED', reason: 'INTENT', detail: '減速' },
};
