import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Scenario, scenarioNamed, street, validateScenario } from '../../../sim/scenarios/index.ts';
import { edgeLengthM } from '../../../sim/world/geometry.ts';
import { Utterance } from '../../../src/domain/index.ts';

const broken = (change: Partial<Scenario>) => (): void => validateScenario({ ...street, ...change });

test('the street hangs together', () => {
  assert.equal(scenarioNamed('street'), street);
  assert.throws(() => scenarioNamed('nowhere'), /no scenario "nowhere"/);
});

test('every kind of fault is told with the thing that has it', () => {
  const [sign] = street.signs;
  const [object] = street.objects;
  const [first, second] = street.utterances;
  assert.throws(broken({ route: ['sakura-1e', 'sakura-3e'] }), /from "sakura-1e" to "sakura-3e"/);
  assert.throws(broken({ route: ['sakura-2e'] }), /does not begin at the start/);
  assert.throws(broken({ signs: [{ ...sign!, alongM: 500 }] }), /"sign-40" is at 500 m of edge "sakura-1e"/);
  assert.throws(broken({ signs: [{ ...sign!, alongM: Number.NaN }] }), /NaN m/);
  assert.throws(broken({ signs: [sign!, sign!] }), /The sign "sign-40" is there twice/);
  assert.throws(broken({ objects: [object!, object!] }), /The object "car-ahead" is there twice/);
  assert.throws(broken({ utterances: [first!, { ...second!, id: first!.id }] }), /The utterance "u-weather"/);
  assert.throws(
    broken({ objects: [{ ...object!, start: { ...object!.start, edgeId: 'x' } }] }),
    /no edge "x"/,
  );
  assert.throws(
    broken({ lights: [{ ...street.lights[0]!, nodeId: 'yanagi-1' }] }),
    /"yanagi-1", which has none/,
  );
  const late = { ...first!, id: 'late', cue: { afterId: 'never', delayS: 1 } };
  assert.throws(broken({ utterances: [late] }), /"late" comes after "never"/);
});

test('it begins on the Tuesday morning its plates speak of', () => {
  const start = new Date(Number(street.startNs / 1_000_000n));
  assert.equal(start.toLocaleString('sv', { timeZone: 'Asia/Tokyo' }), '2026-11-24 08:02:00');
  const texts = street.signs.flatMap((sign) => sign.plates);
  for (const text of ['7:30-8:30', '通学路', '大型等', '8-20', '自転車を除く'])
    assert.ok(texts.includes(text), text);
});

test('every purpose is served, both languages are spoken, every utterance fits the domain', () => {
  const { utterances } = street;
  const purposes = new Set(utterances.map((utterance) => utterance.purpose));
  for (const purpose of ['UNLAWFUL', 'AMBIGUOUS', 'EMERGENCY_STOP', 'RESUME', 'CORRECTION', 'QUESTION']) {
    assert.ok(purposes.has(purpose as never), purpose);
  }
  for (const language of ['ja', 'en']) {
    assert.ok(utterances.filter((utterance) => utterance.language === language).length >= 6, language);
  }
  for (const { cue: _, purpose: __, ...said } of utterances) Utterance.parse({ ...said, stampNs: 0n });
});

test('traffic keeps left: an edge runs to the left of its street, the other way beside it', () => {
  const { edges } = street.map;
  assert.ok(Math.abs(edges['sakura-2e']!.line[0]!.yM - 4.8) < 1e-9);
  assert.ok(Math.abs(edges['sakura-2w']!.line[0]!.yM + 4.8) < 1e-9);
  assert.ok(edges['ekimae-2n']!.line[0]!.xM < edges['ekimae-2s']!.line[0]!.xM);
  assert.deepEqual(street.map.nodes['ekimae-1']!.exits['sakura-3e'], {
    STRAIGHT: 'sakura-4e',
    LEFT: 'ekimae-2n',
    RIGHT: 'ekimae-1s',
  });
  for (const edge of Object.values(edges)) assert.ok(edgeLengthM(edge) > 60, edge.id);
});
