import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Action, Config, Intent, type Proposal, Verdict } from '../../src/domain/index.ts';
import { DROP_WORDS, explain, judge, REASON_WORDS, RULES, saysEmergency } from '../../src/gate/index.ts';
import { makeScene } from '../law/signs.ts';
import { POSITIVES } from '../reflex/positives.ts';
import { gist, judgeActions, makeInput } from './judging.ts';

test('anything outside the vocabulary is refused as such', () => {
  const execute = (action: unknown) => ({ decision: 'EXECUTE', actions: [action] });
  const speed = (value: unknown) => execute({ kind: 'SET_SPEED', target: { value, unit: 'KMH' } });
  const broken: unknown[] = [
    null,
    undefined,
    'STOP',
    42,
    [],
    {},
    { decision: 'EXECUTE', actions: [] },
    { decision: 'EXECUTE' },
    { decision: 'DO_IT' },
    execute({ kind: 'FLY' }),
    execute({ kind: 'STOP' }),
    execute({ kind: 'STOP', urgency: 'PROMPT', shell: 'rm' }),
    execute({ kind: 'SET_SPEED', percent: 200 }),
    execute({ kind: 'SET_SPEED', percent: Number.NaN }),
    ...[Number.NaN, Number.POSITIVE_INFINITY, -1, 201, 30.5, '30', null, 10n].map(speed),
    execute({ kind: 'KEEP_DISTANCE', gap: { value: Number.NaN, unit: 'S' } }),
    new Proxy(
      {},
      {
        get() {
          throw new Error('no');
        },
      },
    ),
  ];
  for (const proposal of broken) {
    const verdict = judge(makeInput(proposal));
    assert.equal(gist(verdict), 'REFUSE SCHEMA_INVALID');
    assert.deepEqual([verdict.intents, verdict.proposal], [[], null]);
  }
});

test('what is no action passes through with a reason', () => {
  const say = (proposal: unknown) => gist(judge(makeInput(proposal)));
  assert.equal(say({ decision: 'CLARIFY', topic: 'WHICH_DIRECTION' }), 'CLARIFY ASKED_BACK');
  assert.equal(say({ decision: 'REFUSE', topic: 'UNLAWFUL' }), 'REFUSE DECLINED');
  assert.equal(say({ decision: 'INFORM', topic: 'SPEED_LIMIT' }), 'INFORM TOLD');
});

test('intents carry id, rising sequence, stamp, expiry, source and origin', () => {
  const verdict = judgeActions([
    { kind: 'SIGNAL', signal: 'HAZARD' },
    { kind: 'STOP', urgency: 'COMFORT', trigger: { type: 'AFTER', event: 'PREVIOUS_ACTION' } },
  ]);
  assert.deepEqual(
    verdict.intents.map(({ id, sequence }) => [id, sequence]),
    [
      ['i7', 7],
      ['i8', 8],
    ],
  );
  for (const intent of verdict.intents) {
    assert.deepEqual(Intent.parse(intent), intent);
    assert.deepEqual([intent.source, intent.originId], ['THOUGHT', 'u1']);
  }
  assert.deepEqual(Verdict.parse(verdict), verdict);
});

test('a proposal passes whole or not at all', () => {
  const verdict = judgeActions([
    { kind: 'SIGNAL', signal: 'HAZARD' },
    { kind: 'SET_SPEED', target: { value: 150, unit: 'KMH' } },
  ]);
  assert.equal(gist(verdict), 'REFUSE OVER_LIMIT');
  assert.equal(verdict.reasons[0]?.actionIndex, 1);
  assert.deepEqual(verdict.intents, []);
});

test('every spoken emergency of the reflex is one for the gate, and no other stop is', () => {
  for (const text of POSITIVES.EMERGENCY_STOP) assert.equal(saysEmergency(text), true, text);
  for (const text of POSITIVES.STOP) assert.equal(saysEmergency(text), false, text);
});

test('every code has words in both languages, and no slot is left open', () => {
  const codes = [...Object.keys(REASON_WORDS), ...Object.keys(DROP_WORDS)];
  for (const code of [...codes, ...RULES.map((rule) => rule.code)]) {
    for (const language of ['ja', 'en'] as const) {
      const slots = { limitMps: 50 / 3.6, minGapS: 1.5, name: 'サクラ薬局' };
      const text = explain({ code, slots }, language);
      assert.match(text, language === 'ja' ? /[。？]$/ : /[.?]$/, code);
      assert.doesNotMatch(text, /[{}]|undefined|NaN/, code);
      assert.equal(/[ぁ-ん]/.test(text), language === 'ja', `${code}: ${text}`);
    }
  }
});

test('speeds are told in the unit spoken', () => {
  const slots = { limitMps: 50 / 3.6 };
  assert.equal(explain({ code: 'OVER_LIMIT', slots }, 'en'), 'The limit here is 50 km/h.');
  assert.equal(explain({ code: 'OVER_LIMIT', slots }, 'ja'), 'ここの制限速度は50 km/hです。');
  assert.equal(
    explain({ code: 'OVER_LIMIT', slots: { ...slots, unit: 'MPH' } }, 'en'),
    'The limit here is 31.1 mph.',
  );
  assert.equal(
    explain({ code: 'GAP_TOO_SMALL', slots: { minGapS: 1.5 } }, 'en'),
    'The gap must be at least 1.5 s.',
  );
  assert.equal(explain({ code: 'toString', slots: {} }, 'en'), 'toString.');
});

test('a model that is not trained for driving needs a yes; reflexes and signs do not', () => {
  const proposal: Proposal = { decision: 'EXECUTE', actions: [{ kind: 'STOP', urgency: 'COMFORT' }] };
  for (const thought of [{ adapter: 'none' }, { mayAct: false }]) {
    const config = Config.parse({ thought });
    const verdict = judge(makeInput(proposal, { config }));
    assert.equal(gist(verdict), 'CONFIRM MODEL_NOT_TUNED');
    assert.deepEqual(verdict.intents, []);
    assert.equal(judge(makeInput(proposal, { config, source: 'REFLEX' })).outcome, 'EXECUTE');
  }
  assert.equal(judge(makeInput(proposal, { config: Config.parse({}) })).outcome, 'EXECUTE');
});

test('what the model was not sure of is asked about; a refusal is not', () => {
  const config = Config.parse({ thought: { minConfidence: 0.7 } });
  const proposal: Proposal = { decision: 'EXECUTE', actions: [{ kind: 'STOP', urgency: 'COMFORT' }] };
  const outcome = (confidence: number, source: 'THOUGHT' | 'REFLEX' = 'THOUGHT'): string =>
    judge(makeInput(proposal, { config, confidence, source })).outcome;
  assert.deepEqual(
    [outcome(0.71), outcome(0.7), outcome(0.69), outcome(Number.NaN)],
    ['EXECUTE', 'EXECUTE', 'CONFIRM', 'CONFIRM'],
  );
  assert.equal(outcome(0.1, 'REFLEX'), 'EXECUTE');
  assert.equal(gist(judge(makeInput(proposal, { config, confidence: 0.1 }))), 'CONFIRM MODEL_UNSURE');
  const refusal: Proposal = { decision: 'REFUSE', topic: 'UNSAFE' };
  assert.equal(judge(makeInput(refusal, { config, confidence: 0.1 })).outcome, 'REFUSE');
});

test('what a rule forbids is refused, not asked about, for an untuned model too', () => {
  const proposal: Proposal = {
    decision: 'EXECUTE',
    actions: [{ kind: 'SET_SPEED', target: { value: 150, unit: 'KMH' } }],
  };
  assert.equal(
    judge(makeInput(proposal, { config: Config.parse({ thought: { adapter: 'none' } }) })).outcome,
    'REFUSE',
  );
});

test('the same wish twice becomes one intent; "left, then left again" stays two', () => {
  const stop: Action = { kind: 'STOP', urgency: 'PROMPT' };
  const twice = judgeActions([stop, { ...stop, trigger: { type: 'NOW' } }, { kind: 'RESUME' }]);
  assert.deepEqual(
    twice.intents.map(({ maneuver, sequence }) => [maneuver.kind, sequence]),
    [
      ['STOP', 7],
      ['RESUME', 8],
    ],
  );
  assert.deepEqual(
    twice.reasons.filter(({ code }) => code === 'SAID_TWICE').map(({ actionIndex }) => actionIndex),
    [1],
  );
  const left: Action = { kind: 'CHANGE_LANE', direction: 'RIGHT', count: 1 };
  const scene = { route: { ...makeScene().route!, laneCount: 3, laneIndex: 0 } };
  const then: Action = { ...left, trigger: { type: 'AFTER', event: 'PREVIOUS_ACTION' } };
  assert.equal(judgeActions([left, then, then], { scene }).intents.length, 3);
});

test('an intent that waits for its trigger stays valid longer than one for now', () => {
  const validS = (action: Action) => {
    const [intent] = judgeActions([action]).intents;
    return Number(intent!.validUntilNs - intent!.stampNs) / 1e9;
  };
  assert.equal(validS({ kind: 'RESUME' }), 5);
  assert.equal(validS({ kind: 'RESUME', trigger: { type: 'WHEN', condition: 'ROAD_CLEAR' } }), 60);
});
