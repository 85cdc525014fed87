import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { type TestContext, test } from 'node:test';
import { parseTemplates, type Template } from '../../models/training/generator/template.ts';
import { STREET_UTTERANCES } from '../../sim/scenarios/street-utterances.ts';
import { Config } from '../../src/domain/index.ts';
import { readEvalSet } from '../../src/evaluation/eval-set.ts';
import { need, repositoryRoot } from '../support/require.ts';
import { lmdriveTexts } from './lmdrive.ts';
import { longestOverlap } from './longest-overlap.ts';
import { type EvaluationNames, plainText, TemplatePatterns } from './template-pattern.ts';

const cases = readEvalSet('dev', Config.parse({}));
const distinct = (names: readonly (string | undefined)[]): string[] => [
  ...new Set(names.filter((name) => name !== undefined)),
];
const names: EvaluationNames = {
  places: distinct(
    cases.flatMap(({ scene: { route } }) => [
      ...(route?.pois ?? []).map(({ name }) => name),
      route?.destination,
    ]),
  ),
  roads: distinct(cases.map(({ scene }) => scene.route?.roadName)),
};
const patterns = new TemplatePatterns(names);

const folder = process.env.CODRIVER_TEMPLATES ?? path.join(repositoryRoot, 'models/training/templates');
const read = (file: string): string => readFileSync(file, 'utf8');
const files = existsSync(folder)
  ? readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.txt'))
  : [];
const templates = files.toSorted().flatMap((name) => parseTemplates(name, read(path.join(folder, name))));
const compiled = templates.map((template) => ({ id: template.id, pattern: patterns.of(template) }));

/** `FILE:LINE says UTTERANCE`, for each template that can say one of the utterances. */
function said(utterances: readonly string[]): string[] {
  const plain = distinct(utterances).map((text) => ({ text, plain: plainText(text) }));
  return compiled.flatMap(({ id, pattern }) =>
    plain.filter((one) => pattern.test(one.plain)).map(({ text }) => `${id} says “${text}”`),
  );
}

function check(t: TestContext, utterances: readonly string[]): void {
  assert.ok(utterances.length > 0, 'nothing to compare with');
  const longest = longestOverlap(templates, distinct(utterances));
  t.diagnostic(
    longest === null
      ? `${templates.length} templates, ${utterances.length} utterances, no common wording`
      : `${templates.length} templates, ${utterances.length} utterances; the longest common wording has ${longest.text.length} characters: “${longest.text}” of “${longest.utterance}” and ${longest.template}`,
  );
  assert.deepEqual(said(utterances), [], 'take these lines out of the templates');
}

/** What the pages and the command's help give as examples of something to say. */
function examples(): string[] {
  const at = (...parts: string[]): string => path.join(repositoryRoot, ...parts);
  const inside = (name: string, end: string): string[] =>
    readdirSync(at(name))
      .filter((file) => file.endsWith(end))
      .map((file) => at(name, file));
  return [at('README.md'), ...inside('docs', '.md'), ...inside('src/cli', '.ts')].flatMap((file) =>
    [...read(file).matchAll(/\bsay "([^"$]+)"/g)].map((match) => match[1] as string),
  );
}

test('no training template says an utterance of the evaluation sets', (t) => {
  check(
    t,
    cases.map(({ utterance }) => utterance.text),
  );
});

test("no training template says an utterance of the simulator's scenarios", (t) => {
  check(
    t,
    STREET_UTTERANCES.map(({ text }) => text),
  );
});

test('no training template says an example of the pages or of the help', (t) => check(t, examples()));

test('no training template says an instruction of LMDrive', { skip: need('shared') }, (t) => {
  check(t, lmdriveTexts());
});

const of = (line: string): Template => parseTemplates('made', line)[0] as Template;

const SAYS: readonly [template: string, utterance: string, says: boolean][] = [
  ['turn {side} at the [next] (light|corner) => TURN {side}', 'Turn left at the corner!', true],
  ['turn {side} at the [next] (light|corner) => TURN {side}', 'turn left at the next corner', true],
  ['turn {side} at the [next] (light|corner) => TURN {side}', 'turn up at the corner', false],
  ['turn {side} at the {place} => TURN {side} at @{place}', 'turn left at the chemist', true],
  ['turn {side} at the {place} => TURN {side} at @{place}', 'turn left at the light then pull over', false],
  ['go {speed} => SET_SPEED {speed}', 'go forty-five miles an hour', true],
  ['go {speed} => SET_SPEED {speed}', 'go home', false],
  ['時速を{speed}に => SET_SPEED {speed}', '時速を６０キロに', true],
  ['{speed}で => SET_SPEED {speed}', '時速六十キロで', true],
  ['前の{vehicle}を抜いて => OVERTAKE #{vehicle}', '前の白いトラックを抜いて。', true],
  ['follow the {vehicle} => FOLLOW #{vehicle}', 'follow the red car on the left', true],
  ['{poi}で降ろして => PULL_OVER @{poi}', 'みどりマートで降ろして', true],
  ['write ~ right => TURN RIGHT', 'right', true],
  ['stop => STOP PROMPT >> no, go on => RESUME', 'Stop.', true],
  ['radio: turn left => INFORM SMALL_TALK', 'turn left', true],
];

for (const [line, utterance, says] of SAYS) {
  test(`“${line}” ${says ? 'says' : 'does not say'} “${utterance}”`, () => {
    assert.equal(patterns.of(of(line)).test(plainText(utterance)), says);
  });
}

test('the longest common wording', () => {
  const found = longestOverlap(
    [
      of('keep (left|well to the right) here => CHANGE_LANE LEFT'),
      of('at the {place}, {side} => TURN {side}'),
    ],
    ['Well, to the right!', 'at the end'],
  );
  assert.deepEqual(found, { text: 'welltotheright', utterance: 'Well, to the right!', template: 'made:1' });
  assert.equal(longestOverlap([], ['left']), null);
  assert.equal(longestOverlap([of('{side} => TURN {side}')], ['left']), null);
});
