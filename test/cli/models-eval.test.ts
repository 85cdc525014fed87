import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, test } from 'node:test';
import { need, repositoryRoot } from '../support/require.ts';

const bin = path.join(repositoryRoot, 'bin', 'codriver');
const folder = mkdtempSync(path.join(tmpdir(), 'codriver-cli-eval-'));
after(() => rmSync(folder, { recursive: true }));

/** From elsewhere: a user's working directory is not the repository. */
const codriver = (...args: string[]) =>
  spawnSync(bin, ['models', 'eval', ...args], { cwd: folder, encoding: 'utf8' });

function file(name: string, text: string): string {
  const target = path.join(folder, name);
  writeFileSync(target, text);
  return target;
}

const entry = '- { id: a1, category: turn, say: left, expect: ["TURN LEFT"] }\n';
const good = file('good.yaml', entry);

const BAD: readonly [string, string[], RegExp][] = [
  ['an unknown set', ['smollm2-135m', '--set', 'exam'], /NOT_FOUND: .*exam[\s\S]*dev-en/],
  ['an empty file', ['smollm2-135m', '--set', file('empty.yaml', '')], /BAD_EVAL_SET: .*empty\.yaml/],
  ['no YAML', ['smollm2-135m', '--set', file('broken.yaml', '- { id: a')], /BAD_EVAL_SET: .*neither YAML/],
  [
    'a bad line',
    [
      'smollm2-135m',
      '--set',
      file('bad.yaml', `${entry}- { id: a2, category: turn, say: up, expect: [FLY] }\n`),
    ],
    /BAD_EVAL_SET: .*bad\.yaml.*a2: "FLY"/,
  ],
  ['the same id twice', ['smollm2-135m', '--set', file('twice.yaml', entry + entry)], /BAD_EVAL_SET: .*a1/],
  ['a folder', ['smollm2-135m', '--set', folder], /BAD_EVAL_SET: .*is a folder/],
  [
    'an unknown category',
    ['smollm2-135m', '--set', good, '--category', 'cooking'],
    /BAD_ARGUMENT: .*"cooking"[\s\S]*turn/,
  ],
  ['no number', ['smollm2-135m', '--set', good, '--limit', 'few'], /BAD_ARGUMENT: --limit/],
  ['a limit of nothing', ['smollm2-135m', '--set', good, '--limit', '0'], /BAD_ARGUMENT: --limit/],
  ['a model that nobody knows', ['gpt', '--set', good], /NOT_FOUND: .*"gpt"/],
  ['a model file that is not there', ['./none.gguf', '--set', good], /MODEL_MISSING: .*none\.gguf/],
];

for (const [what, args, message] of BAD) {
  test(`models eval with ${what}: one error, a remedy where there is one, exit code 1`, () => {
    const { status, stdout, stderr } = codriver(...args);
    assert.equal(status, 1, stderr);
    assert.match(stderr, message);
    assert.doesNotMatch(stderr, /\n\s+at /, 'no stack');
    assert.equal(stdout, '');
  });
}

test('models eval has help with examples, and no model is wrong usage', () => {
  const help = codriver('--help');
  assert.equal(help.status, 0);
  assert.match(help.stdout, /Examples:\n {2}codriver models eval/);
  assert.equal(codriver().status, 2);
});

test('the shipped set with the real model: table, JSON, folder', { skip: need('model') }, () => {
  const out = path.join(folder, 'out');
  const json = path.join(folder, 'deep', 'eval.json');
  const { status, stdout, stderr } = codriver(
    ...['smollm2-135m', '--adapter', 'none', '--set', 'dev', '--limit', '4', '--out', out, '--json', json],
  );
  assert.equal(status, 0, stderr);
  assert.match(stdout, /^smollm2-135m-instruct, no adapter: 4 utterances of dev\n/);
  assert.match(stdout, /^en +2 +/m);
  assert.match(stdout, /^ja +2 +/m);
  assert.match(stderr, /evaluating 4 utterances 100 % 4 done/);
  const account = JSON.parse(readFileSync(json, 'utf8'));
  assert.equal(account.results.length, 4);
  assert.equal(account.adapter, 'none');
  assert.equal(account.interrupted, false);
  assert.equal(readFileSync(path.join(out, 'eval.json'), 'utf8'), readFileSync(json, 'utf8'));
  assert.match(readFileSync(path.join(out, 'confusion.svg'), 'utf8'), /^<svg [\s\S]*<\/svg>\n$/);
  assert.ok(existsSync(path.join(out, 'failures.txt')));
});

test('a place that can not be written to is one error', { skip: need('model') }, () => {
  mkdirSync(path.join(folder, 'taken'));
  const { status, stderr } = codriver(
    ...['smollm2-135m', '--adapter', 'none', '--set', good, '--json', path.join(folder, 'taken')],
  );
  assert.equal(status, 1);
  assert.match(stderr, /BAD_ARGUMENT: .*taken can not be written/);
});

test('Ctrl-C prints and writes what was done, exit code 130', { skip: need('model') }, async () => {
  const json = path.join(folder, 'part.json');
  const args = ['models', 'eval', 'smollm2-135m', '--adapter', 'none', '--set', 'dev-en', '--json', json];
  const child = spawn(bin, args, { cwd: folder });
  let [stdout, stderr] = ['', ''];
  let asked = false;
  child.stdout.on('data', (data: Buffer) => {
    stdout += data;
  });
  child.stderr.on('data', (data: Buffer) => {
    stderr += data;
    if (asked || !/evaluating \d+ utterances 0 % \d+ done/.test(stderr)) return;
    asked = true;
    child.kill('SIGINT');
  });
  const status = await new Promise((resolve) => child.on('close', resolve));
  assert.equal(status, 130, stderr);
  const account = JSON.parse(readFileSync(json, 'utf8'));
  assert.equal(account.interrupted, true);
  assert.ok(account.results.length >= 1 && account.results.length < account.cases);
  assert.ok(stdout.includes(`${account.results.length} of ${account.cases} utterances of dev-en`));
});
