import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Difference, DifferenceFinder, findDifferences } from '../../../sim/replay/differences.ts';
import { Config, JournalEntry as Entry, type JournalEntry } from '../../../src/domain/index.ts';

const S = 1_000_000_000n;
const settings = (gate: Partial<Config['gate']> = {}, model: string | null = 'm', more: object = {}) => ({
  config: Config.parse({ gate, ...more }),
  model,
});
const plain = settings();

const utterance = (id: string, atS: number, confidence = 0.9): JournalEntry =>
  Entry.parse({
    type: 'utterance',
    stampNs: BigInt(atS) * S,
    utterance: {
      id,
      stampNs: BigInt(atS) * S,
      text: '取り消し',
      language: 'ja',
      confidence,
      seat: 'FRONT_RIGHT',
      authority: 'DRIVER_OR_OWNER',
    },
  });

const verdict = (
  originId: string,
  atS: number,
  outcome: string,
  code: string,
  source = 'REFLEX',
): JournalEntry =>
  Entry.parse({
    type: 'verdict',
    stampNs: BigInt(atS) * S,
    verdict: {
      proposalId: `p${atS}`,
      stampNs: BigInt(atS) * S,
      source,
      originId,
      outcome,
      reasons: [{ code, effect: outcome === 'EXECUTE' ? 'NOTE' : 'ASK' }],
      intents: [],
      proposal: null,
    },
  });

const proposal = (
  originId: string,
  atS: number,
  actions: object[],
  latencyMs = 0,
  source = 'THOUGHT',
): JournalEntry =>
  Entry.parse({
    type: 'proposal',
    stampNs: BigInt(atS) * S,
    originId,
    proposalId: `p${atS}`,
    source,
    proposal: { decision: 'EXECUTE', actions },
    latencyMs,
  });

let sequence = 0;
const intent = (
  originId: string,
  atS: number,
  maneuver: object,
  id = `i${++sequence}`,
  ttlS = 5,
): JournalEntry =>
  Entry.parse({
    type: 'intent',
    stampNs: BigInt(atS) * S,
    delivery: 'SENT',
    detail: '',
    intent: {
      id,
      sequence: 1 + sequence++,
      stampNs: BigInt(atS) * S,
      validUntilNs: BigInt(atS + ttlS) * S,
      source: 'REFLEX',
      authority: 'DRIVER_OR_OWNER',
      originId,
      trigger: { type: 'NOW' },
      maneuver,
    },
  });

const sign = (
  id: string,
  atS: number,
  applies: string,
  why: string[],
  textConfidence: number,
): JournalEntry =>
  Entry.parse({
    type: 'sign',
    stampNs: BigInt(atS) * S,
    applies,
    why,
    reading: { ja: '', en: '' },
    sign: {
      id,
      stampNs: BigInt(atS) * S,
      firstSeenNs: 0n,
      lastSeenNs: 0n,
      state: 'AHEAD',
      camera: 'front',
      type: 'JP:323',
      value: 20,
      box: { xPx: 0, yPx: 0, widthPx: 9, heightPx: 9 },
      confidence: 1,
      supplementary: [{ confidence: 1, text: '大型', textConfidence }],
    },
  });

const only = (differences: readonly Difference[]): Difference => {
  assert.equal(differences.length, 1, JSON.stringify(differences.map(({ explanation }) => explanation)));
  return differences[0]!;
};

test('the same journal differs in nothing, whatever the numbers that only count', () => {
  const journal = (): JournalEntry[] => [
    utterance('u1', 1),
    verdict('u1', 1, 'EXECUTE', 'WITHIN_RULES'),
    intent('u1', 1, { kind: 'STOP', urgency: 'COMFORT' }),
    sign('s1', 2, 'APPLIES', ['NO_PLATE'], 1),
  ];
  assert.deepEqual(findDifferences(journal(), journal(), { a: plain, b: plain }), []);
});

test('an outcome that changes is explained by the confidence, the bound and the setting', () => {
  const a = [utterance('u3', 3, 0.7), verdict('u3', 3, 'EXECUTE', 'WITHIN_RULES')];
  const b = [utterance('u3', 3, 0.7), verdict('u3', 3, 'CLARIFY', 'LOW_CONFIDENCE')];
  const found = only(findDifferences(a, b, { a: plain, b: settings({ minSpeechConfidence: 0.8 }) }));
  assert.equal(found.kind, 'EXECUTE → CLARIFY');
  assert.equal(found.originId, 'u3');
  assert.deepEqual(found.parts, ['outcome', 'reasons']);
  assert.match(
    found.explanation,
    /speech confidence 0\.7 is below 0\.8 \(gate\.minSpeechConfidence; 0\.6 in A\)/,
  );
  assert.match(found.explanation, /EXECUTE \(Within the rules\) in A, CLARIFY \(I did not hear that well/);
  assert.deepEqual(found.causes, [{ path: 'gate.minSpeechConfidence', a: 0.6, b: 0.8 }]);
});

test('the other way round, the build that found the code is named', () => {
  const a = [utterance('u3', 3, 0.5), verdict('u3', 3, 'CLARIFY', 'LOW_CONFIDENCE')];
  const b = [utterance('u3', 3, 0.5), verdict('u3', 3, 'EXECUTE', 'WITHIN_RULES')];
  const found = only(findDifferences(a, b, { a: plain, b: settings({ minSpeechConfidence: 0.4 }) }));
  assert.match(
    found.explanation,
    /speech confidence 0\.5 is below 0\.6 \(gate\.minSpeechConfidence; 0\.4 in B\)/,
  );
});

test('a held speed that only a distrusted voice may not raise is laid to the confidence', () => {
  const pair = (confidence: number): [JournalEntry[], JournalEntry[]] => [
    [utterance('u', 1, confidence), verdict('u', 1, 'EXECUTE', 'WITHIN_RULES')],
    [utterance('u', 1, confidence), verdict('u', 1, 'REFUSE', 'ABOVE_HELD_SPEED')],
  ];
  const both = { a: plain, b: settings({ minSpeechConfidence: 0.8, minTimeGapS: 2 }) };
  assert.match(only(findDifferences(...pair(0.7), both)).explanation, /confidence 0\.7 is below 0\.8/);
  assert.match(only(findDifferences(...pair(0.9), both)).explanation, /what the builds did before/);
});

test('a gap is explained by what was asked and what is required', () => {
  const keep = { kind: 'KEEP_DISTANCE', gap: { value: 2, unit: 'S' } };
  const a = [
    utterance('u', 1),
    proposal('u', 2, [keep]),
    verdict('u', 2, 'CONFIRM', 'MODEL_NOT_TUNED', 'THOUGHT'),
  ];
  const b = [
    utterance('u', 1),
    proposal('u', 2, [keep]),
    verdict('u', 2, 'REFUSE', 'GAP_TOO_SMALL', 'THOUGHT'),
  ];
  const found = only(findDifferences(a, b, { a: plain, b: settings({ minTimeGapS: 2.5 }) }));
  assert.equal(found.kind, 'CONFIRM → REFUSE');
  assert.match(found.explanation, /a gap of 2 s is below 2\.5 \(gate\.minTimeGapS; 1\.5 in A\)/);
});

test('a sign that is read with too little confidence names its plate; its order exists in one build only', () => {
  const a = [sign('s1', 4, 'DOES_NOT_APPLY', ['CLASS_NOT_MEANT'], 0.7)];
  const b = [
    sign('s1', 4, 'UNKNOWN', ['PLATE_UNREAD'], 0.7),
    proposal('s1', 4, [{ kind: 'SET_SPEED', target: { value: 20, unit: 'KMH' } }], 0, 'SIGN'),
    verdict('s1', 4, 'EXECUTE', 'WITHIN_RULES', 'SIGN'),
  ];
  const found = only(findDifferences(a, b, { a: plain, b: settings({ minPlateConfidence: 0.8 }) }));
  assert.equal(found.kind, 'sign DOES_NOT_APPLY → sign UNKNOWN + EXECUTE');
  assert.match(found.explanation, /plate “大型” was read with confidence 0\.7, below 0\.8/);
});

test('a sign that is understood later says when, and which reading was not sure enough', () => {
  const unread = sign('s1', 4, 'UNKNOWN', ['PLATE_UNREAD'], 0.5);
  if (unread.type === 'sign') delete unread.sign.supplementary[0]?.text;
  const a = [unread, sign('s1', 5, 'DOES_NOT_APPLY', ['CLASS_NOT_MEANT'], 0.7)];
  const b = [
    unread,
    sign('s1', 5, 'UNKNOWN', ['PLATE_UNREAD'], 0.7),
    sign('s1', 8, 'DOES_NOT_APPLY', ['CLASS_NOT_MEANT'], 0.9),
  ];
  const found = only(findDifferences(a, b, { a: plain, b: settings({ minPlateConfidence: 0.8 }) }));
  assert.equal(found.kind, 'sign UNKNOWN, DOES_NOT_APPLY, at other times or for other reasons');
  assert.match(
    found.explanation,
    /after 1\.0 s in A, .*after 4\.0 s in B, because plate “大型” was read with confidence 0\.7, below 0\.8/,
  );
});

test('intents differ by kind, parameters and trigger; what one build alone has is said to be so', () => {
  const slow = { kind: 'SET_SPEED', speedMps: 5 };
  const a = [utterance('u1', 1), verdict('u1', 1, 'EXECUTE', 'WITHIN_RULES'), intent('u1', 1, slow)];
  const b = [
    utterance('u1', 1),
    verdict('u1', 1, 'EXECUTE', 'WITHIN_RULES'),
    intent('u1', 1, { ...slow, speedMps: 4 }),
    sign('s9', 2, 'APPLIES', ['NO_PLATE'], 1),
  ];
  const [changed, alone] = findDifferences(a, b, { a: plain, b: plain });
  assert.equal(changed?.kind, 'EXECUTE, other intents');
  assert.match(
    changed?.explanation ?? '',
    /SET_SPEED \{"speedMps":5\} in A, SET_SPEED \{"speedMps":4\} in B/,
  );
  assert.equal(alone?.kind, 'only in B: sign APPLIES');
  assert.equal(alone?.a, null);
});

test('a cancelled intent is the same one in both builds though it is numbered differently', () => {
  const stop = { kind: 'STOP', urgency: 'COMFORT' };
  const journal = (id: string): JournalEntry[] => [
    utterance('u1', 1),
    intent('u1', 1, stop, id),
    utterance('u2', 2),
    intent('u2', 2, { kind: 'CANCEL', intentIds: [id] }, `${id}0`),
  ];
  assert.deepEqual(findDifferences(journal('i1'), journal('i7'), { a: plain, b: plain }), []);
});

test('a model that is gone is told of its health and of what it no longer answers', () => {
  const lost: JournalEntry = {
    type: 'health',
    stampNs: 0n,
    component: 'MODEL',
    state: 'LOST',
    code: 'MODEL_MISSING',
    text: '',
  };
  const a = [utterance('u', 1), verdict('u', 2, 'CONFIRM', 'MODEL_NOT_TUNED', 'THOUGHT')];
  const b = [lost, utterance('u', 1), verdict('u', 1, 'DROPPED', 'NO_MODEL', 'THOUGHT')];
  const differences = findDifferences(a, b, { a: plain, b: settings({}, null) });
  assert.deepEqual(
    differences.map(({ kind }) => kind),
    ['only in B: LOST MODEL_MISSING', 'CONFIRM → DROPPED'],
  );
  assert.match(differences[1]?.explanation ?? '', /B runs no model \(m in A\)/);
});

test('declared latency alone is a difference, and a different model its cause', () => {
  const with_ = (ms: number): JournalEntry[] => [
    utterance('u', 1),
    proposal('u', 2, [{ kind: 'RESUME' }], ms),
  ];
  const found = only(findDifferences(with_(300), with_(450), { a: plain, b: settings({}, 'n') }));
  assert.deepEqual(found.parts, ['latency']);
  assert.match(found.explanation, /300 ms declared in A, 450 ms declared in B, because another model/);
});

test('a model is no cause where none was asked', () => {
  const a = [utterance('u', 1), verdict('u', 1, 'EXECUTE', 'WITHIN_RULES')];
  const b = [utterance('u', 1), verdict('u', 1, 'REFUSE', 'NOTHING_TO_CANCEL')];
  const both = { a: plain, b: settings({ minTimeGapS: 2 }, 'n') };
  assert.doesNotMatch(only(findDifferences(a, b, both)).explanation, /model/);
});

test('what no code explains is laid to the one setting that differs, or to what came before', () => {
  const pair = (): [JournalEntry[], JournalEntry[]] => [
    [utterance('u', 1), verdict('u', 1, 'EXECUTE', 'WITHIN_RULES')],
    [utterance('u', 1), verdict('u', 1, 'REFUSE', 'NOTHING_TO_CANCEL')],
  ];
  const one = only(findDifferences(...pair(), { a: plain, b: settings({ intentTtlMs: 2000 }) }));
  assert.match(one.explanation, /all that differs is gate\.intentTtlMs \(5000 in A, 2000 in B\)/);
  const two = only(
    findDifferences(...pair(), { a: plain, b: settings({ intentTtlMs: 2000, minTimeGapS: 2 }) }),
  );
  assert.match(two.explanation, /follows from what the builds did before/);
});

test('declared rates explain a latency, the drive side where to pull over, a sign what it forbids', () => {
  const both = (a: JournalEntry[], b: JournalEntry[], more: object): string =>
    only(findDifferences(a, b, { a: plain, b: settings({ intentTtlMs: 2000 }, 'm', more) })).explanation;
  const slow = (ms: number): JournalEntry[] => [
    utterance('u', 1),
    proposal('u', 2, [{ kind: 'RESUME' }], ms),
  ];
  assert.match(
    both(slow(300), slow(600), { thought: { declared: { decodeMsPerToken: 24 } } }),
    /because thought\.declared\.decodeMsPerToken is 24 \(12 in A\)/,
  );
  const aside = (side: string): JournalEntry[] => [
    utterance('u', 1),
    intent('u', 1, { kind: 'PULL_OVER', side }, 'i9'),
  ];
  assert.match(
    both(aside('LEFT'), aside('RIGHT'), { region: { driveSide: 'RIGHT' } }),
    /because region\.driveSide is RIGHT \(LEFT in A\)/,
  );
  const refused = verdict('u', 1, 'REFUSE', 'TURN_BANNED');
  if (refused.type === 'verdict') Object.assign(refused.verdict.reasons[0]!, { causeId: 's7' });
  assert.match(
    both([utterance('u', 1), verdict('u', 1, 'EXECUTE', 'WITHIN_RULES')], [utterance('u', 1), refused], {
      vehicle: { maxSpeedKmh: 80 },
    }),
    /it follows from s7, see there/,
  );
});

test('while the logs go on, an origin is compared after a minute of silence and a deadline, and forgotten', () => {
  const found: string[] = [];
  const finder = new DifferenceFinder({ a: plain, b: plain }, ({ originId, atS }) =>
    found.push(`${originId} ${atS}`),
  );
  finder.add('A', utterance('u1', 10));
  finder.add('B', utterance('u1', 10));
  finder.add('A', verdict('u1', 10, 'EXECUTE', 'WITHIN_RULES'));
  finder.settle(70n * S);
  assert.deepEqual(found, [], 'an answer may still come');
  finder.settle(80n * S);
  assert.deepEqual(found, ['u1 0']);
  finder.add('A', utterance('u2', 100));
  finder.end();
  assert.deepEqual(found, ['u1 0', 'u2 90'], 'each once');
});
