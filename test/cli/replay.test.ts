import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { main } from '../../src/cli/main.ts';
import { JournalEntry } from '../../src/domain/index.ts';
import { openLog } from '../../src/io/log/drive-log.ts';
import { writeDrive } from '../sim/replay/make-drive.ts';
import { need, repositoryRoot, sharedData } from '../support/require.ts';

const bin = path.join(repositoryRoot, 'bin', 'codriver');
const folder = mkdtempSync(path.join(tmpdir(), 'codriver-cli-replay-'));
after(() => rmSync(folder, { recursive: true }));

let drive = '';
before(async () => {
  drive = await writeDrive(folder, 'drive.mcap');
});

const at = (name: string): string => path.join(folder, name);

function file(name: string, text: string): string {
  writeFileSync(at(name), text);
  return at(name);
}

function replay(...args: string[]): { status: number | null; stdout: string; stderr: string } {
  return spawnSync(bin, ['replay', ...args], { cwd: folder, encoding: 'utf8' });
}

/** As {@link replay}, in this process: quick, for what ends before anything is opened. */
async function replayHere(...args: string[]): Promise<{ status: number; stderr: string }> {
  let stderr = '';
  const { write } = process.stderr;
  process.stderr.write = (text: string | Uint8Array): boolean => {
    stderr += text;
    return true;
  };
  try {
    return { status: await main(['replay', ...args]), stderr };
  } finally {
    process.stderr.write = write;
    process.exitCode = undefined;
  }
}

const lines = (name: string): Record<string, unknown>[] =>
  readFileSync(at(name), 'utf8')
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line));

test('--what-if prints a table, writes lines, both journals and links, and exits with 2 when asked to', () => {
  const { status, stdout, stderr } = replay(
    drive,
    '--what-if',
    'gate=strict',
    '--json',
    'diff.jsonl',
    '--report',
    'diff.html',
    '--fail-on-difference',
    '--no-model',
    '--no-plates',
  );
  assert.equal(status, 2, stderr);
  assert.match(stdout, /gate\.minSpeechConfidence\s+0\.6 → 0\.8/);
  assert.match(stdout, /6\.05 s {2}EXECUTE → CLARIFY\n.*speech confidence 0\.7 is below 0\.8/);
  assert.match(stdout, /diff\.html#diff=u-cancel/);
  assert.match(stdout, /\d differences\n.*1 × /);
  const found = lines('diff.jsonl');
  const [cancel] = found.filter((line) => line.originId === 'u-cancel');
  assert.equal(cancel?.type, 'difference');
  assert.equal(cancel?.kind, 'EXECUTE → CLARIFY');
  const last = found.at(-1);
  assert.equal(last?.type, 'differences');
  assert.equal(last?.total, found.length - 1);
  for (const name of ['diff.a.jsonl', 'diff.b.jsonl']) {
    const entries = lines(name).map((line) => JournalEntry.parse(line));
    assert.equal(entries.at(-1)?.type, 'end', name);
  }
  assert.match(readFileSync(at('diff.html'), 'utf8'), /B: gate=strict/);
  assert.deepEqual(
    readdirSync(folder).filter((name) => name.endsWith('.tmp')),
    [],
    'nothing is left beside the report',
  );
});

test('with --json - standard output is JSON lines and nothing else', () => {
  const { status, stdout } = replay(
    drive,
    '--what-if',
    'gate=strict',
    '--json',
    '-',
    '--no-model',
    '--no-plates',
  );
  assert.equal(status, 0);
  const types = stdout
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line).type);
  assert.ok(types.length > 1);
  assert.deepEqual([...new Set(types)], ['difference', 'differences']);
});

test('builds that are alike do not differ, and do not fail', () => {
  const same = file('same.yaml', 'gate: {minSpeechConfidence: 0.6}\n');
  const { status, stdout } = replay(
    drive,
    '--what-if',
    `gate=${same}`,
    '--fail-on-difference',
    '--no-model',
    '--no-plates',
  );
  assert.equal(status, 0);
  assert.match(stdout, /both builds are set alike/);
  assert.match(stdout, /No differences\./);
});

test('a range, a script, and a recording that can be replayed to the same verdicts', async () => {
  const say = file('say.yaml', '- {at: 2, text: stop}\n- {at: 5, text: stop}\n');
  const common = ['--no-model', '--no-plates', '--quiet'];
  const first = await replayHere(
    drive,
    '--from',
    '4',
    '--to',
    '00:00:08',
    '--say',
    say,
    '--record',
    at('again.mcap'),
    '--json',
    at('first.jsonl'),
    ...common,
  );
  assert.equal(first.status, 0, first.stderr);
  assert.match(first.stderr, /outside the range, not spoken: 1\./);
  assert.match(first.stderr, /4\.0 s of log/);
  const second = await replayHere(at('again.mcap'), '--json', at('second.jsonl'), ...common);
  assert.equal(second.status, 0, second.stderr);
  const verdicts = (name: string): unknown[] =>
    lines(name).flatMap(({ type, verdict }) => (type === 'verdict' ? [verdict] : []));
  assert.ok(verdicts('first.jsonl').length >= 2);
  assert.deepEqual(verdicts('second.jsonl'), verdicts('first.jsonl'));
  const log = await openLog(at('again.mcap'));
  assert.ok(log.topics.some(({ name }) => name === '/codriver/output/journal'));
  await log.close();
});

test('Ctrl-C keeps journal, report and recording valid', async () => {
  const args = ['--rate', '1', '--no-model', '--no-plates', '--json', 'cut.jsonl', '--report', 'cut.html'];
  const child = spawn(bin, ['replay', drive, ...args, '--record', 'cut.mcap'], {
    cwd: folder,
  });
  let seen = '';
  const status = await new Promise<number | null>((resolve) => {
    child.stdout.on('data', (data: Buffer) => {
      seen += data.toString();
      if (!seen.includes('🗣') || seen.includes('INT sent')) return;
      seen += 'INT sent';
      child.kill('SIGINT');
    });
    child.on('close', resolve);
  });
  assert.equal(status, 130);
  const entries = lines('cut.jsonl').map((line) => JournalEntry.parse(line));
  assert.equal(entries.at(-1)?.type, 'end');
  assert.match(readFileSync(at('cut.html'), 'utf8'), /<\/html>\s*$/);
  const log = await openLog(at('cut.mcap'));
  const topics = new Set<string>();
  for await (const { topic } of log.messages()) topics.add(topic);
  await log.close();
  assert.ok(topics.has('/vehicle') && topics.has('/speech'), [...topics].join());
});

const BAD: readonly [string, () => string[], RegExp][] = [
  ['a range behind the end', () => [drive, '--from', '13'], /BAD_ARGUMENT: --from 13 lies behind the end/],
  [
    'an end before its start',
    () => [drive, '--from', '5', '--to', '4'],
    /BAD_ARGUMENT: --from 5 lies behind --to 4/,
  ],
  ['a log that is not there among several', () => [drive, at('absent.mcap')], /NOT_FOUND: .*absent\.mcap/],
  ['the same log twice', () => [drive, `${folder}/./drive.mcap`], /BAD_ARGUMENT: .*are the same log/],
  [
    'a script with a wrong type',
    () => [drive, '--say', file('type.yaml', '- {at: soon, text: stop}\n')],
    /BAD_SCRIPT: .*type\.yaml.*entry 1, at/,
  ],
  [
    'a script with an unknown field',
    () => [drive, '--say', file('field.yaml', '- {at: 1, text: stop, volume: 3}\n')],
    /BAD_SCRIPT: .*entry 1.*volume/,
  ],
  [
    'a preset that is not there',
    () => [drive, '--what-if', 'gate=lax'],
    /BAD_ARGUMENT: .*presets are lenient, strict/,
  ],
  [
    'two builds at a rate',
    () => [drive, '--what-if', 'gate=strict', '--rate', '1'],
    /BAD_ARGUMENT: .*at a rate/,
  ],
  ['a comparison of nothing', () => [drive, '--fail-on-difference'], /BAD_ARGUMENT: --fail-on-difference/],
  [
    'a model that B is about and that is not there',
    () => [drive, '--what-if', 'model=./absent.gguf'],
    /MODEL_MISSING: .*absent\.gguf/,
  ],
];

for (const [what, args, message] of BAD) {
  test(`${what}: one error, a remedy, exit code 1`, async () => {
    const { status, stderr } = await replayHere(...args(), '--no-model', '--no-plates', '--quiet');
    assert.equal(status, 1, stderr);
    assert.match(stderr, message);
    assert.match(stderr, /→ /, 'a remedy');
    assert.doesNotMatch(stderr, /\n\s+at /, 'no stack');
  });
}

test('what cannot be replayed overwrites nothing', async () => {
  const kept = file('kept.jsonl', 'yesterday\n');
  for (const args of [['absent.mcap'], [drive, '--from', '99'], [drive, '--say', 'absent.yaml']]) {
    const { status } = await replayHere(...args, '--json', kept, '--no-model', '--no-plates', '--quiet');
    assert.equal(status, 1);
    assert.equal(readFileSync(kept, 'utf8'), 'yesterday\n', args.join(' '));
  }
});

test('a log is never written over', async () => {
  const before_ = readFileSync(drive);
  const copy = at('copy.a.mcap');
  writeFileSync(copy, before_);
  for (const args of [
    [drive, '--record', `${folder}/./drive.mcap`],
    [drive, '--json', drive],
    [drive, '--report', drive],
    [drive, copy, '--what-if', 'gate=strict', '--record', at('copy.mcap')],
    [folder, '--json', drive],
  ]) {
    const { status, stderr } = await replayHere(...args, '--no-model', '--no-plates', '--quiet');
    assert.equal(status, 1, args.join(' '));
    assert.match(stderr, /BAD_ARGUMENT: .*would be written over/);
  }
  assert.ok(readFileSync(drive).equals(before_) && readFileSync(copy).equals(before_));
});

test('a log of which nothing is read says so', { skip: need('shared') }, async () => {
  const bag = sharedData('rosbag1-fixtures', 'example.bag');
  const { status, stderr } = await replayHere(bag, '--no-model', '--no-plates', '--quiet');
  assert.equal(status, 0);
  assert.match(stderr, /No topic of these logs is read/);
});

test('no log at all is wrong usage', async () => {
  assert.equal((await replayHere()).status, 2);
});
