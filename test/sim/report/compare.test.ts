import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { ReportCollector } from '../../../sim/report/collector.ts';
import { addNotes, compareRuns } from '../../../sim/report/compare.ts';
import { foldEqual } from '../../../sim/report/fold.ts';
import type { JournalEntry } from '../../../src/domain/index.ts';
import { at, journal } from './fixture.ts';

function collect(entries: readonly JournalEntry[]) {
  const collector = new ReportCollector();
  for (const entry of entries) collector.add(entry);
  return collector.build({ language: 'en', reflexMs: [], thoughtMs: [] });
}

const kindsOf = (changed: readonly JournalEntry[]) =>
  compareRuns(collect(journal()), collect(changed)).map(({ id, changes }) => [
    id,
    ...changes.map(({ kind }) => kind),
  ]);

/** The fixture's journal with entries of one origin changed; null takes an entry away. */
function change(originId: string, by: (entry: JournalEntry) => JournalEntry | null): readonly JournalEntry[] {
  return journal().flatMap((entry) => {
    const origin =
      entry.type === 'verdict'
        ? entry.verdict.originId
        : entry.type === 'intent'
          ? entry.intent.originId
          : entry.type === 'sign'
            ? entry.sign.id
            : 'originId' in entry
              ? entry.originId
              : null;
    const changed = origin === originId ? by(entry) : entry;
    return changed === null ? [] : [changed];
  });
}

describe('compareRuns', () => {
  it('finds nothing between a run and itself', () => {
    assert.deepEqual(kindsOf(journal()), []);
  });

  it('tells other parameters from another maneuver', () => {
    const slower = change('u1', (entry) =>
      entry.type === 'intent'
        ? { ...entry, intent: { ...entry.intent, maneuver: { kind: 'SET_SPEED', speedMps: 5 } } }
        : entry,
    );
    assert.deepEqual(kindsOf(slower), [['u1', 'PARAMETERS']]);
    const stops = change('u1', (entry) =>
      entry.type === 'intent'
        ? { ...entry, intent: { ...entry.intent, maneuver: { kind: 'STOP', urgency: 'COMFORT' } } }
        : entry,
    );
    assert.deepEqual(kindsOf(stops), [['u1', 'INTENT']]);
  });

  it('takes a figure in a reason for a difference, and a trigger for a parameter', () => {
    const limited = change('u2', (entry) =>
      entry.type === 'verdict'
        ? {
            ...entry,
            verdict: {
              ...entry.verdict,
              reasons: entry.verdict.reasons.map((reason) => ({ ...reason, slots: { limitMps: 8.33 } })),
            },
          }
        : entry,
    );
    assert.deepEqual(kindsOf(limited), [['u2', 'REASON']]);
    const now = change('u3', (entry) =>
      entry.type === 'intent' ? { ...entry, intent: { ...entry.intent, trigger: { type: 'NOW' } } } : entry,
    );
    assert.deepEqual(kindsOf(now), [['u3', 'PARAMETERS']]);
  });

  it('passes over latencies that differ by little', () => {
    const later = (byMs: number) =>
      change('u3', (entry) =>
        entry.type === 'proposal' ? { ...entry, latencyMs: entry.latencyMs + byMs } : entry,
      );
    assert.deepEqual(kindsOf(later(40)), []);
    assert.deepEqual(kindsOf(later(100)), []);
    assert.deepEqual(kindsOf(later(400)), [['u3', 'LATENCY']]);
  });

  it('compares what the passenger heard, not that they were heard', () => {
    const said = (stage: string) =>
      change('u1', (entry) =>
        entry.type === 'reply' && entry.stage === stage ? { ...entry, text: 'Well.' } : entry,
      );
    assert.deepEqual(kindsOf(said('HEARD')), []);
    assert.deepEqual(kindsOf(said('VERDICT')), [['u1', 'REPLY']]);
  });

  it('takes notes on differences, and on what is the same otherwise, but not on strangers', () => {
    const run = collect(journal());
    const differences = [{ id: 'u3', t: 31, changes: [] }];
    const notes = new Map([
      ['u3', 'because'],
      ['u1', 'too'],
      ['CAMERA', 'elsewhere'],
    ]);
    assert.deepEqual(addNotes(differences, notes, run), [
      { id: 'u1', t: 8.4, changes: [], note: 'too' },
      { id: 'u3', t: 31, changes: [], note: 'because' },
    ]);
  });

  it('pairs signs by their ids, with or without an intent of theirs', () => {
    const holds = change('s2', (entry) =>
      entry.type === 'sign' ? { ...entry, applies: 'APPLIES', why: ['TIME_INSIDE'] } : entry,
    );
    assert.deepEqual(kindsOf(holds), [['s2', 'SIGN']]);
    assert.deepEqual(kindsOf(change('s2', () => null)), [['s2', 'PRESENCE']]);
  });
});

describe('folding', () => {
  it('joins equal neighbours alone, with count and last time', () => {
    const rows = [
      { t: 1, words: 'a' },
      { t: 2, words: 'a' },
      { t: 3, words: 'b' },
      { t: 4, words: 'a' },
    ];
    assert.deepEqual(
      foldEqual(rows, ({ words }) => words),
      [
        { t: 1, words: 'a', count: 2, lastT: 2 },
        { t: 3, words: 'b' },
        { t: 4, words: 'a' },
      ],
    );
    assert.deepEqual(
      foldEqual([], () => ''),
      [],
    );
  });

  it('makes one row of a sign’s verdicts and intents that repeat, but not of one that failed', () => {
    const base = journal().find((entry) => entry.type === 'intent')!;
    const verdict = journal().find((entry) => entry.type === 'verdict')!;
    assert.ok(base.type === 'intent' && verdict.type === 'verdict');
    const entries: JournalEntry[] = [];
    for (let i = 0; i < 6; i++) {
      const stampNs = at(i * 5);
      const intent = { ...base.intent, id: `n${i}`, sequence: i + 1, originId: 's1', stampNs };
      entries.push(
        { ...verdict, stampNs, verdict: { ...verdict.verdict, originId: 's1', stampNs } },
        { ...base, stampNs, intent },
        {
          type: 'status',
          stampNs,
          status: {
            intentId: `n${i}`,
            stampNs: at(i * 5 + 1),
            phase: i === 4 ? 'FAILED' : 'DONE',
            reason: 'INTENT',
            detail: '',
          },
        },
      );
    }
    const moment = collect(entries).moments.find(({ id }) => id === 's1')!;
    assert.deepEqual(
      moment.verdicts.map(({ t, count, lastT }) => [t, count, lastT]),
      [[0, 6, 25]],
    );
    assert.deepEqual(
      moment.intents.map(({ sequence, count, endT }) => [sequence, count, endT]),
      [
        [1, 4, 16],
        [5, undefined, 21],
        [6, undefined, 26],
      ],
    );
  });
});
