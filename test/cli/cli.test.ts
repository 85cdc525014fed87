import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, test } from 'node:test';
import { JournalEntry, Verdict } from '../../src/domain/index.ts';
import { need, repositoryRoot, sharedData } from '../support/require.ts';

const bin = path.join(repositoryRoot, 'bin', 'codriver');
const folder = mkdtempSync(path.join(tmpdir(), 'codriver-cli-'));
after(() => rmSync(folder, { recursive: true }));

function codriver(
  args: string[],
  env: NodeJS.ProcessEnv = {},
): { status: number | null; stdout: string; stderr: string } {
  // Run from elsewhere: a user's working directory is not the repository.
  return spawnSync(bin, [...args], {
    cwd: folder,
    encoding: 'utf8',
    env: { ...process.env, ...env },
  });
}

function file(name: string, text: string): string {
  const target = path.join(folder, name);
  writeFileSync(target, text);
  return target;
}

test('every command has help with examples', () => {
  for (const command of [
    [],
    ['say'],
    ['replay'],
    ['sim'],
    ['models', 'pull'],
    ['models', 'list'],
    ['doctor'],
  ]) {
    const { status, stdout } = codriver([...command, '--help']);
    assert.equal(status, 0, command.join(' '));
    assert.match(stdout, /Examples?:\n {2}codriver/, command.join(' '));
  }
});

test('wrong usage is exit code 2', () => {
  assert.equal(codriver(['fly']).status, 2);
  assert.equal(codriver(['say']).status, 2);
});

test('a reflex needs no model', () => {
  const { status, stdout } = codriver(['say', '止まって', '--json'], {
    CODRIVER_HOME: path.join(folder, 'nowhere'),
  });
  assert.equal(status, 0);
  const { proposal, verdict, timings } = JSON.parse(stdout);
  assert.equal(proposal.actions[0].kind, 'STOP');
  assert.equal(Verdict.parse(verdict).outcome, 'EXECUTE');
  assert.equal(timings.source, 'REFLEX');
});

test('say with the real model prints proposal, verdict and timings', { skip: need('model') }, () => {
  const { status, stdout, stderr } = codriver(['say', '次の信号を左に曲がって', '--json']);
  assert.equal(status, 0, stderr);
  const { verdict, timings } = JSON.parse(stdout);
  assert.ok(Verdict.parse(verdict).reasons.length > 0);
  assert.ok(timings.promptTokens > 100 && timings.decodedTokens > 0 && timings.appendedTokens > 0);
});

const BAD: readonly [string, string[], RegExp][] = [
  [
    'a scene with NaN',
    ['say', 'stop', '--scene', file('nan.yaml', 'vehicle: {speedMps: .nan}\n')],
    /BAD_SCENE: .*vehicle.*speedMps/,
  ],
  ['a scene that is not there', ['say', 'stop', '--scene', 'none.yaml'], /none\.yaml/],
  ['an empty text', ['say', ' '], /BAD_ARGUMENT/],
  [
    'a configuration with an unknown field',
    ['say', 'stop', '--config', file('bad.yaml', 'gate: {bravery: 9}\n')],
    /BAD_CONFIG: .*bravery/,
  ],
  [
    'a log that is no log',
    ['replay', file('text.mcap', 'hello'), '--no-model', '--no-plates'],
    /LOG_UNREADABLE/,
  ],
  ['a rate of nothing', ['replay', file('x.mcap', ''), '--rate', 'fast'], /BAD_ARGUMENT: --rate fast/],
  ['a scenario that is not there', ['sim', 'moon'], /NOT_FOUND: .*moon/],
  ['a model that is not there', ['models', 'pull', 'gpt'], /NOT_FOUND|BAD_ARGUMENT/],
];

for (const [what, args, message] of BAD) {
  test(`${what}: one error, a remedy, exit code 1`, () => {
    const { status, stderr } = codriver(args);
    assert.equal(status, 1, stderr);
    assert.match(stderr, message);
    assert.match(stderr, /→ /, 'a remedy');
    assert.doesNotMatch(stderr, /\n\s+at /, 'no stack');
  });
}

test('a missing model is announced, and the drive goes on with reflexes', () => {
  const config = file('absent.yaml', 'thought: {model: ./absent.gguf}\n');
  const { status, stdout, stderr } = codriver([
    'sim',
    'street',
    '--seconds',
    '1',
    '--no-plates',
    '--config',
    config,
    '--out',
    folder,
  ]);
  assert.equal(status, 0, stderr);
  assert.match(stderr, /MODEL_MISSING: .*absent\.gguf/);
  assert.match(stdout, /REFLEX-ONLY/);
});

test('a truncated log replays what is readable, says so, and exits with 1', { skip: need('shared') }, () => {
  const whole = readFileSync(sharedData('mcap-real', 'udacity_solidWhiteRight_5fps.mcap'));
  const cut = path.join(folder, 'cut.mcap');
  writeFileSync(cut, whole.subarray(0, Math.floor(whole.length * 0.9)));
  const json = path.join(folder, 'cut.jsonl');
  const { status, stderr } = codriver([
    'replay',
    cut,
    '--no-model',
    '--no-plates',
    '--quiet',
    '--json',
    json,
  ]);
  assert.equal(status, 1);
  assert.match(stderr, /LOG_UNREADABLE/);
  const entries = readFileSync(json, 'utf8')
    .trimEnd()
    .split('\n')
    .map((line) => JournalEntry.parse(JSON.parse(line)));
  assert.equal(entries.at(-1)?.type, 'end');
});

test('Ctrl-C leaves a valid journal and report', async () => {
  const out = path.join(folder, 'interrupted');
  const child = spawn(bin, ['sim', 'street', '--no-model', '--no-plates', '--out', out], {
    cwd: folder,
  });
  let seen = '';
  const status = await new Promise<number | null>((resolve) => {
    child.stdout.on('data', (data: Buffer) => {
      seen += data.toString();
      if (seen.includes('🗣') && !seen.includes('INT sent')) {
        seen += 'INT sent';
        child.kill('SIGINT');
      }
    });
    child.on('close', resolve);
  });
  assert.equal(status, 130);
  const lines = readFileSync(path.join(out, 'street.jsonl'), 'utf8').trimEnd().split('\n');
  const last = JournalEntry.parse(JSON.parse(lines.at(-1) ?? ''));
  assert.equal(last.type, 'end');
  assert.match(readFileSync(path.join(out, 'street.html'), 'utf8'), /<\/html>\s*$/);
});
