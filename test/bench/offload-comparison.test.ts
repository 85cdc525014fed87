import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, test } from 'node:test';
import type { Comparison } from '../../bench/offload/compare.ts';
import { limitedUnavailable } from '../../bench/offload/limited-process.ts';
import type { Measured } from '../../bench/offload/measured.ts';
import { comparisonPicture } from '../../bench/offload/picture.ts';
import { comparisonTable } from '../../bench/offload/table.ts';
import { need, repositoryRoot } from '../support/require.ts';

const folder = mkdtempSync(path.join(tmpdir(), 'codriver-models-bench-'));
after(() => rmSync(folder, { recursive: true, force: true }));

const run = (tokenMs: number, outcome: Measured['outcome'] = 'finished'): Measured => ({
  outcome,
  loadMs: 1,
  promptMs: 2,
  tokenMs,
  tokens: Number.isNaN(tokenMs) ? 0 : 8,
  peakHeldBytes: 700e6,
  steadyFaults: 0,
});

const COMPARISON: Comparison = {
  model: 'a<b',
  gguf: 'b.gguf',
  weightBytes: 1e9,
  rounds: 3,
  memory: { ours: run(40), llama: run(50) },
  limits: [
    { share: 1, limitBytes: 1e9, ours: run(100), llama: run(800), floorMs: 90, speedup: 8, floorShare: 0.9 },
    {
      share: 0.5,
      limitBytes: 5e8,
      ours: run(400),
      llama: run(Number.NaN, 'killed'),
      floorMs: 390,
      speedup: Number.NaN,
      floorShare: 0.975,
    },
  ],
};

test('the table has a line a limit, with what was not quicker but killed', () => {
  const lines = comparisonTable(COMPARISON).split('\n');
  assert.match(lines[0] ?? '', /^a<b, against llama\.cpp on b\.gguf: .* 3 rounds, W = 1000 MB$/);
  assert.match(lines[3] ?? '', /^ +none +40\.0 +700 +0 +50\.0 +×1\.25$/);
  assert.match(lines[4] ?? '', /^ +1 W +1000 +100 +700 +0 +90 +0\.90 +800 +×8\.00$/);
  assert.match(lines[5] ?? '', /^0\.5 W +500 +400 +700 +0 +390 +0\.97 +killed$/);
});

test('the picture shows every point, a cross for what was killed, and no markup of a name', () => {
  const svg = comparisonPicture(COMPARISON);
  assert.equal(svg.match(/<circle/g)?.length, 3);
  assert.equal(svg.match(/>killed</g)?.length, 1);
  assert.match(svg, /a&lt;b, llama\.cpp on b\.gguf/);
  assert.ok(!svg.includes('NaN') && !svg.includes('Infinity'));
  // Less memory is further left, and more time further up.
  const points = [...svg.matchAll(/<circle cx="([\d.]+)" cy="([\d.]+)" r="3.5" fill="#0b7a75"/g)];
  const [large, small] = points.map(([, x, y]) => ({ x: Number(x), y: Number(y) }));
  assert.ok(large && small && small.x < large.x && small.y < large.y);
});

function bench(...args: string[]) {
  const bin = path.join(repositoryRoot, 'bin', 'codriver');
  return spawnSync(bin, ['models', 'bench', ...args], { cwd: folder, encoding: 'utf8' });
}

test('limits that are none, and a model that is not there, are refused', () => {
  const limits = bench('nothing', '--limits', '1,zero');
  assert.equal(limits.status, 1);
  assert.match(limits.stderr, /BAD_ARGUMENT.*--limits "1,zero"/s);
  assert.equal(bench('nothing', '--tokens', '1').status, 1);
  const missing = bench('nothing');
  assert.equal(missing.status, 1);
  assert.match(missing.stderr, /nothing/);
});

const reason = limitedUnavailable();
const skip = need('model') || (reason === undefined ? false : `machine: ${reason}`);

test('a model is measured within a limit, with llama.cpp beside it', { skip }, () => {
  const counts = ['--limits', '4', '--tokens', '3', '--answers', '1'];
  const { status, stdout, stderr } = bench(
    'smollm2-135m-instruct',
    ...counts,
    '--nvme-dir',
    'nvme',
    '--out',
    'out',
  );
  assert.equal(status, 0, stderr);
  assert.match(stdout, /^ +4 W +\d+ +[\d.]+ +\d+/m);
  const found = JSON.parse(readFileSync(path.join(folder, 'out', 'bench.json'), 'utf8')) as Comparison;
  const [limit] = found.limits;
  assert.equal(limit?.ours.outcome, 'finished');
  assert.equal(limit?.llama?.outcome, 'finished');
  assert.ok(limit !== undefined && limit.ours.peakHeldBytes < limit.limitBytes);
  assert.match(readFileSync(path.join(folder, 'out', 'bench.svg'), 'utf8'), /^<svg/);
});
