import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { test } from 'node:test';
import { readUtteranceScript } from '../../src/io/utterance-script.ts';
import { temporaryFolder } from './temporary-folder.ts';

const at = temporaryFolder();
const startNs = BigInt(Date.parse('2026-11-24T09:00:00+09:00')) * 1_000_000n;
const log = { startNs, endNs: startNs + 60_000_000_000n };

function read(yaml: string) {
  writeFileSync(at('say.yaml'), yaml);
  return readUtteranceScript(at('say.yaml'), log);
}

test('seconds and ISO times, defaults, language by script, sorted', () => {
  const said = read(`
- {at: 30, text: slow down, seat: REAR_LEFT, authority: OCCUPANT, confidence: 0.7, live: false}
- {at: "2026-11-24T09:00:02.5+09:00", text: 止まって}
- {at: 30, text: タクシー, language: en}
`);
  assert.deepEqual(
    said.map(({ id, stampNs, language }) => [id, Number(stampNs - startNs) / 1e9, language]),
    [
      ['say-2', 2.5, 'ja'],
      ['say-1', 30, 'en'],
      ['say-3', 30, 'en'],
    ],
  );
  assert.deepEqual(
    [said[0]!.seat, said[0]!.authority, said[0]!.confidence, said[0]!.live],
    ['FRONT_RIGHT', 'DRIVER_OR_OWNER', 1, true],
  );
  assert.deepEqual([said[1]!.seat, said[1]!.confidence, said[1]!.live], ['REAR_LEFT', 0.7, false]);
});

test('errors name the script, the entry and the field', () => {
  const first = '- {at: 1, text: ok}\n';
  const cases: [string, RegExp][] = [
    [`${first}- {at: 2}`, /say\.yaml.*entry 2, text/],
    [`${first}- {at: -1, text: x}`, /entry 2, at/],
    [`${first}- {at: .nan, text: x}`, /entry 2, at/],
    [`${first}- {at: noon, text: x}`, /entry 2, at: .*ISO/],
    [`${first}- {at: 61, text: x}`, /entry 2, at: 61 lies outside the log, which lasts 60\.000 s/],
    [`${first}- {at: 2, text: x, seat: ROOF}`, /entry 2, seat/],
    [`${first}- {at: 2, text: x, sead: ROOF}`, /entry 2.*sead/],
    [`${first}- {at: 2, text: x, confidence: 2}`, /entry 2, confidence/],
    [`${first}- hello`, /entry 2/],
    ['hello: 1', /no list/],
    ['', /no list/],
    ['- {at: 1', /no YAML/],
  ];
  for (const [yaml, message] of cases) assert.throws(() => read(yaml), { code: 'BAD_SCRIPT', message }, yaml);
  assert.throws(() => readUtteranceScript(at('none.yaml'), log), {
    code: 'NOT_FOUND',
    message: /none\.yaml/,
  });
});
