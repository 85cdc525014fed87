import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, test } from 'node:test';
import { makeTinyLlama } from '../llm/store/tiny-model.ts';
import { need, repositoryRoot } from '../support/require.ts';
import { type Run, runMain } from './run-main.ts';

const root = mkdtempSync(path.join(tmpdir(), 'codriver-quantize-'));
after(() => rmSync(root, { recursive: true, force: true }));

const at = (name: string): string => path.join(root, name);
makeTinyLlama(at('tiny.gguf'));

async function models(...args: string[]): Promise<Run> {
  const folder = process.cwd();
  try {
    process.chdir(root);
    return await runMain('models', ...args);
  } finally {
    process.chdir(folder);
  }
}

interface Printed {
  readonly bitsPerWeight: number;
  readonly sourceBytes: number;
  readonly storeBytes: number;
  readonly keptBlocks: number;
  readonly quantisation: object;
  readonly tensors: { readonly name: string; readonly meanError: number; readonly worstError: number }[];
}

test('quantize, again, verify: sizes, errors of every tensor, progress on stderr', async () => {
  const first = await models('quantize', 'tiny.gguf', '--out', 'store', '--group', '32', '--json');
  assert.equal(first.status, 0, first.stderr);
  assert.match(first.stderr, /quantizing tiny\.gguf 100 %/);
  const facts = JSON.parse(first.stdout) as Printed;
  assert.deepEqual(facts.quantisation, { bits: 4, group: 32, symmetric: false });
  assert.equal(facts.sourceBytes, statSync(at('tiny.gguf')).size);
  assert.ok(facts.storeBytes < facts.sourceBytes / 5);
  assert.equal(facts.tensors.length, 2 + 3 * 9);
  for (const { name, meanError, worstError } of facts.tensors) {
    const isVector = name.includes('norm');
    assert.ok(isVector ? meanError === 0 : meanError > 0.01 && meanError <= worstError, name);
  }
  const again = await models('quantize', 'tiny.gguf', '--out', 'store', '--group', '32');
  assert.equal(again.status, 0, again.stderr);
  assert.match(again.stdout, /5 blocks, 5 of them kept from an earlier run/);
  assert.match(again.stdout, /size .* MB → .* MB, 5\.\d\d bits a weight/);
  assert.match(again.stdout, /blk\.\*\.attn_q\.weight +4 bits in 32s/);
  const verified = await models('verify', 'store', '--json');
  assert.equal(verified.status, 0, verified.stderr);
  assert.equal((JSON.parse(verified.stdout) as { blocks: number }).blocks, 5);
});

test('damage is named and the exit code is 1', async () => {
  assert.equal((await models('quantize', 'tiny.gguf', '--out', 'damaged', '--bits', '8')).status, 0);
  const file = path.join(
    at('damaged'),
    readdirSync(at('damaged')).find((name) => name.endsWith('.bin')) ?? '',
  );
  const bytes = readFileSync(file);
  bytes[0] = (bytes[0] as number) ^ 1;
  writeFileSync(file, bytes);
  const { status, stdout, stderr } = await models('verify', 'damaged');
  assert.equal(status, 1);
  assert.equal(stdout, '');
  assert.match(
    stderr,
    /MODEL_CORRUPT: .*block "embedding": the checksum of tensor "token_embd\.weight" differs/,
  );
  assert.match(stderr, /→ Convert the model again/);
});

test('what is wrong is one sentence with a remedy; wrong usage is exit code 2', async () => {
  const cases: [string[], number, RegExp][] = [
    [['none.gguf', '--out', 'x'], 1, /MODEL_MISSING: .*none\.gguf.*\n {2}→ Check the path/],
    [
      ['tiny.gguf', '--out', 'none/x'],
      1,
      /BAD_ARGUMENT: .*none\/x can't be written.*\n {2}→ Check that its parent/,
    ],
    [['tiny.gguf', '--out', 'tiny.gguf'], 1, /BAD_ARGUMENT: .*tiny\.gguf can't be written/],
    [['nonsense', '--out', 'x'], 1, /NOT_FOUND: .*"nonsense"/],
    [['tiny.gguf', '--out', 'x', '--bits', '5'], 2, /Allowed choices are 4, 8, 16/],
    [['tiny.gguf', '--out', 'x', '--group', '48'], 2, /Allowed choices are 32, 64, 128/],
    [['tiny.gguf'], 2, /required option '--out <folder>'/],
  ];
  for (const [args, expected, words] of cases) {
    const { status, stdout, stderr } = await models('quantize', ...args);
    assert.equal(status, expected, args.join(' '));
    assert.equal(stdout, '');
    assert.match(stderr, words);
  }
  const verified = await models('verify', '.');
  assert.equal(verified.status, 1);
  assert.match(verified.stderr, /MODEL_MISSING: There is no finished store in \.\.?\n {2}→ Convert a model/);
});

test('help shows examples', async () => {
  const { stdout } = await models('quantize', '--help');
  assert.match(stdout, /Examples:\n {2}codriver models quantize smollm2-135m-instruct --out smollm2-q4/);
  assert.match((await models('verify', '--help')).stdout, /codriver models verify smollm2-q4/);
});

test('a real model at 4 bits: at most 4.6 bits a weight', { skip: need('model') }, async () => {
  const bin = path.join(repositoryRoot, 'bin', 'codriver');
  const args = ['models', 'quantize', 'smollm2-135m-instruct', '--out', 'smollm2', '--json'];
  const printed = spawnSync(bin, [...args], { encoding: 'utf8', cwd: root }).stdout;
  const { bitsPerWeight, tensors } = JSON.parse(printed) as Printed;
  assert.ok(bitsPerWeight <= 4.6, `${bitsPerWeight}`);
  assert.equal(tensors.length, 272);
  for (const { name, meanError } of tensors) assert.ok(meanError < 0.2, `${name} ${meanError}`);
  assert.match((await models('verify', 'smollm2')).stdout, /is sound: 32 blocks/);
});
