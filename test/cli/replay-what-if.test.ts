import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, test } from 'node:test';
import { isSameModel } from '../../src/cli/parts.ts';
import { configOfB, gatePresets, parseWhatIf } from '../../src/cli/what-if-option.ts';
import { Config } from '../../src/domain/index.ts';

const folder = mkdtempSync(path.join(tmpdir(), 'codriver-what-if-'));
after(() => rmSync(folder, { recursive: true }));

function file(name: string, text: string): string {
  const target = path.join(folder, name);
  writeFileSync(target, text);
  return target;
}

const plain = Config.parse({ vehicle: { maxSpeedKmh: 60 } });
const b = (text: string): Config => configOfB(parseWhatIf(text), plain);

test('the presets are there, valid, and what their names say', () => {
  assert.deepEqual(gatePresets(), ['lenient', 'strict']);
  const { gate: strict } = b('gate=strict');
  const { gate: lenient } = b('gate=lenient');
  for (const key of ['minSpeechConfidence', 'minPlateConfidence', 'minTimeGapS'] as const) {
    assert.ok(strict[key] > plain.gate[key] && lenient[key] < plain.gate[key], key);
  }
  for (const key of ['intentTtlMs', 'heldIntentTtlMs'] as const) {
    assert.ok(strict[key] < plain.gate[key] && lenient[key] > plain.gate[key], key);
  }
});

test('only what is named is replaced', () => {
  const { gate, ...rest } = b('gate=strict');
  const { gate: _gate, ...others } = plain;
  assert.deepEqual(rest, others);
  const partial = b(`gate=${file('gap.yaml', 'gate: {minTimeGapS: 3}\n')}`);
  assert.deepEqual(partial.gate, { ...plain.gate, minTimeGapS: 3 });
  assert.equal(b('model=other').thought.model, 'other');
  assert.equal(b('model=none').thought.model, plain.thought.model);
  assert.equal(parseWhatIf('model=none').model, null);
});

test('config replaces the whole, and gate is laid over it', () => {
  const config = file('b.yaml', 'gate: {intentTtlMs: 777, minTimeGapS: 2}\n');
  assert.equal(b(`config=${config}`).vehicle.maxSpeedKmh, 100, 'the default, not ours');
  assert.equal(b(`config=${config}`).gate.intentTtlMs, 777);
  const both = b(`gate=${file('speech.yaml', 'gate: {minTimeGapS: 4}\n')},config=${config}`);
  assert.deepEqual([both.gate.intentTtlMs, both.gate.minTimeGapS], [777, 4]);
});

const BAD: readonly [string, string, RegExp][] = [
  ['an unknown part', 'planner=x', /BAD_ARGUMENT: .*“planner=x”; there is config=…, gate=…, model=…/],
  ['no part at all', 'strict', /BAD_ARGUMENT: .*“strict”/],
  ['an empty part', 'gate=', /BAD_ARGUMENT: --what-if gate= names nothing/],
  ['a part twice', 'gate=strict,gate=lenient', /BAD_ARGUMENT: .*names gate twice/],
  ['an unknown preset', 'gate=strikt', /BAD_ARGUMENT: .*gate=strikt.*the presets are lenient, strict/],
  ['a configuration that is not there', 'config=none.yaml', /BAD_CONFIG: .*none\.yaml/],
  [
    'a gate file with an unknown field',
    `gate=${file('unknown.yaml', 'gate: {minBravery: 1}\n')}`,
    /BAD_CONFIG: .*unknown\.yaml: gate: .*minBravery/,
  ],
  [
    'a gate file with a wrong type',
    `gate=${file('type.yaml', 'gate: {minTimeGapS: long}\n')}`,
    /BAD_CONFIG: .*type\.yaml: gate\.minTimeGapS/,
  ],
  [
    'a gate file with more than a gate',
    `gate=${file('more.yaml', 'gate: {}\nthought: {mayAct: true}\n')}`,
    /BAD_CONFIG: .*more\.yaml: .*thought/,
  ],
  ['an empty gate file', `gate=${file('empty.yaml', '')}`, /BAD_CONFIG: .*empty\.yaml/],
  [
    'a gate file that is no YAML',
    `gate=${file('broken.yaml', 'gate: {a: [}\n')}`,
    /BAD_CONFIG: .*broken\.yaml/,
  ],
];

for (const [what, text, message] of BAD) {
  test(`${what} is refused with what there is`, () => {
    assert.throws(
      () => b(text),
      (error: Error & { code?: string; remedy?: string }) => {
        assert.match(`${error.code}: ${error.message}`, message);
        assert.ok(error.remedy, 'a remedy');
        return true;
      },
    );
  });
}

test('builds share a model only where it is loaded in the same way', () => {
  const loaded = (thought: object) => Config.parse({ vehicle: { maxSpeedKmh: 60 }, thought });
  assert.ok(isSameModel(loaded({}), loaded({ deadlineMs: 5000 })));
  assert.ok(isSameModel(loaded({ offload: { cpuMem: '900M' } }), loaded({ offload: { cpuMem: '900M' } })));
  for (const other of [{ model: 'other' }, { threads: 1 }, { offload: { cpuMem: '900M' } }])
    assert.ok(!isSameModel(loaded({}), loaded(other)), JSON.stringify(other));
});
