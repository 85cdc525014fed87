import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, test } from 'node:test';
import { CodriverError, Config } from '../../src/domain/index.ts';
import { readEvalSet } from '../../src/evaluation/eval-set.ts';

const config = Config.parse({});
const folder = mkdtempSync(path.join(tmpdir(), 'codriver-eval-set-'));
after(() => rmSync(folder, { recursive: true }));

let files = 0;
/** A set in a folder of its own, with a file of scenes beside it where one is given. */
function setOf(text: string, scenes?: string): string {
  const own = path.join(folder, String(files++));
  mkdirSync(own);
  if (scenes !== undefined) writeFileSync(path.join(own, 'scenes.yaml'), scenes);
  const file = path.join(own, 'set.yaml');
  writeFileSync(file, text);
  return file;
}

const entry = (more: string): string =>
  `- { id: a1, category: turn, say: left, expect: ["TURN LEFT"]${more} }\n`;

test('an entry becomes what the product hears', () => {
  const file = setOf(
    `- id: a1
  category: dialogue
  scene: yard
  before: [{ said: "next left", meant: "TURN LEFT at @NEXT_JUNCTION" }]
  say: "no, right"
  alternatives: ["no, write"]
  voice: outside
  mustRefuse: true
  expect: ["TURN RIGHT at @NEXT_JUNCTION", "CANCEL LAST"]
- { id: a2, category: voice, voice: radio, say: 左に曲がって, expect: ["INFORM SMALL_TALK"] }
`,
    'yard:\n  vehicle: { speedMps: 3, gear: DRIVE, mode: AUTONOMOUS, doorOpen: false }\n',
  );
  const [first, second] = readEvalSet(file, config);
  assert.equal(first?.scene.vehicle?.speedMps, 3);
  assert.equal(first?.utterance.text, 'no, right');
  assert.equal(first?.utterance.language, 'en');
  assert.equal(first?.utterance.authority, 'UNKNOWN');
  assert.equal(first?.utterance.seat, 'OUTSIDE');
  assert.equal(first?.utterance.alternatives[0]?.text, 'no, write');
  assert.equal(first?.mustRefuse, true);
  assert.deepEqual(
    first?.accepted.map((one) => one.decision === 'EXECUTE' && one.actions[0]?.kind),
    ['TURN', 'CANCEL'],
  );
  assert.deepEqual(
    first?.dialogue.turns.map(({ speaker }) => speaker),
    ['OCCUPANT', 'CODRIVER'],
  );
  assert.notEqual(first?.dialogue.turns[1]?.text, '', 'the product answered');
  assert.equal(second?.utterance.language, 'ja');
  assert.equal(second?.utterance.live, false);
});

test('JSON is read as well', () => {
  const file = setOf('[{"id":"j","category":"c","say":"stop","expect":["STOP PROMPT"]}]');
  assert.equal(readEvalSet(file, config)[0]?.id, 'j');
});

const BAD: readonly [string, string, RegExp, string?][] = [
  ['an empty file', '', /no list of utterances/],
  ['a list of nothing', '[]', /no utterances/],
  ['a mapping', 'a1: left\n', /no list/],
  ['a text', 'turn left, please\n', /no list/],
  ['no YAML', '- { id: a1\n', /set\.yaml is neither YAML nor JSON/],
  ['binary', '\u0000\u0001\u0002', /neither YAML nor JSON|no list/],
  ['an entry that is a word', '- left\n', /entry 1 is wrong/],
  ['no id', '- { category: turn, say: left, expect: ["TURN LEFT"] }\n', /entry 1 is wrong at id/],
  ['nothing said', '- { id: a1, category: turn, expect: ["TURN LEFT"] }\n', /a1 is wrong at say/],
  ['no accepted answer', '- { id: a1, category: turn, say: left, expect: [] }\n', /a1 is wrong at expect/],
  ['a misspelt field', entry(', mustrefuse: true'), /a1 .*mustrefuse/],
  ['an unknown voice', entry(', voice: tv'), /a1 is wrong at voice/],
  ['an unknown language', entry(', language: fr'), /a1 is wrong at language/],
  ['an answer of no notation', '- { id: a1, category: c, say: x, expect: ["TURN UP"] }\n', /a1: "TURN UP"/],
  ['a meaning of no notation', entry(', before: [{ said: x, meant: FLY }]'), /a1: "FLY"/],
  ['an id twice', entry('') + entry(''), /a1 stands there twice/],
  ['a field twice', entry(', id: a2'), /neither YAML nor JSON: .*unique/],
  ['no scenes beside it', entry(', scene: yard'), /a1 names the scene yard/],
  ['an unknown scene', entry(', scene: yard'), /a1 names the scene yard/, 'street: {}\n'],
  ['a scene called like a method', entry(', scene: toString'), /names the scene toString/, 'street: {}\n'],
  ['scenes that are empty', entry(', scene: yard'), /a1 names the scene yard/, ''],
  ['a broken scene', entry(', scene: yard'), /scene yard .*speed/, 'yard: { vehicle: { speed: 3 } }\n'],
  ['scenes that are no YAML', entry(', scene: yard'), /scenes\.yaml is neither/, 'yard: {\n'],
];

for (const [what, text, message, scenes] of BAD) {
  test(`${what}: BAD_EVAL_SET that says where`, () => {
    const file = setOf(text, scenes);
    assert.throws(
      () => readEvalSet(file, config),
      (error: CodriverError) => {
        assert.ok(error instanceof CodriverError, String(error));
        assert.equal(error.code, 'BAD_EVAL_SET');
        assert.match(error.message, message);
        assert.ok(error.message.includes(file), error.message);
        assert.ok(error.remedy);
        return true;
      },
    );
  });
}

test('an unknown set names those there are; a folder is no set', () => {
  assert.throws(() => readEvalSet('nowhere', config), { code: 'NOT_FOUND', message: /nowhere/ });
  assert.throws(() => readEvalSet(folder, config), { code: 'BAD_EVAL_SET', message: /is a folder/ });
});
