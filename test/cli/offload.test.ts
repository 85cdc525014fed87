import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, describe, test } from 'node:test';
import { ModelTier } from '../../src/domain/index.ts';
import { writeDrive } from '../sim/replay/make-drive.ts';
import { need, repositoryRoot } from '../support/require.ts';

const folder = mkdtempSync(path.join(tmpdir(), 'codriver-cli-offload-'));
after(() => rmSync(folder, { recursive: true }));

/** Half of the weights are streamed, whatever else the process takes of a budget that does not bind. */
const STREAMED = [
  '--percent',
  '0 50 0 100 0 100',
  '--cpu-mem',
  '4G',
  '--nvme-dir',
  path.join(folder, 'nvme'),
];

function codriver(...args: string[]): { status: number | null; stdout: string; stderr: string } {
  const bin = path.join(repositoryRoot, 'bin', 'codriver');
  return spawnSync(bin, [...args], { cwd: folder, encoding: 'utf8' });
}

describe('a model that is streamed', { skip: need('model') }, () => {
  test('say tells where it lives, what was read for the answer, and how full memory is', () => {
    const { status, stdout, stderr } = codriver('say', '次の信号を左に曲がって', '--json', ...STREAMED);
    assert.equal(status, 0, stderr);
    const [cpu, nvme] = JSON.parse(stdout).tiers.map((tier: unknown) => ModelTier.parse(tier));
    assert.equal(cpu.tier, 'cpu');
    assert.match(cpu.segments, /^blk\.\d+/);
    assert.equal(cpu.budget.bytes, 4e9);
    assert.ok(cpu.budget.usedBytes > cpu.weightBytes + cpu.ringBytes);
    assert.equal(nvme.tier, 'nvme');
    // The prompt and each token afterwards read all of it once more.
    assert.ok(nvme.read.bytes > 3 * nvme.weightBytes, `${nvme.read.bytes} of ${nvme.weightBytes}`);
    assert.ok(Math.abs(nvme.read.bytesPerS - (1000 * nvme.read.bytes) / nvme.read.intervalMs) < 1);
    assert.ok(nvme.read.waitedMs <= nvme.read.intervalMs);
  });

  test('replay tells it at its end and in the report, and not in the journal, which stays the same', async () => {
    const drive = await writeDrive(folder, 'drive.mcap');
    const say = path.join(folder, 'say.yaml');
    writeFileSync(say, '- {at: 1, text: 次の信号を左に曲がって}\n');
    const replay = (name: string, ...args: string[]) => {
      const files = ['--json', `${name}.jsonl`, '--report', `${name}.html`];
      const run = codriver('replay', drive, '--say', say, '--no-plates', '--quiet', ...files, ...args);
      assert.equal(run.status, 0, run.stderr);
      const read = (extension: string) => readFileSync(path.join(folder, `${name}.${extension}`), 'utf8');
      const data = /<script type="application\/json" id="data">(.*)<\/script>/.exec(read('html'))?.[1];
      return { stderr: run.stderr, journal: read('jsonl'), tiers: JSON.parse(data ?? '{}').tiers };
    };
    const streamed = replay('streamed', ...STREAMED);
    const resident = replay('resident');
    assert.match(streamed.stderr, /^model {5}cpu: blk\.\d.* of 4\.00 GB in use \(\d+ %\)$/m);
    assert.match(streamed.stderr, /^ {10}nvme: blk\..*; read .* in .* s, .*\/s; passes waited .* s$/m);
    const [cpu, nvme] = streamed.tiers.map((tier: unknown) => ModelTier.parse(tier));
    assert.equal(cpu.tier, 'cpu');
    assert.ok(nvme.read.bytes > nvme.weightBytes);
    assert.match(resident.stderr, /^model {5}cpu: all, as one session$/m);
    assert.deepEqual(resident.tiers, [{ tier: 'cpu', segments: 'all' }]);
    assert.match(streamed.journal, /"type":"prompt"/);
    assert.equal(streamed.journal, resident.journal);
  });

  test('weights that can not be read midway are named, and the drive goes on with reflexes', async () => {
    const drive = await writeDrive(folder, 'damaged.mcap');
    const say = path.join(folder, 'damaged.yaml');
    writeFileSync(say, '- {at: 1, text: 次の信号を左に曲がって}\n- {at: 8, text: 止まって}\n');
    const nvme = path.join(folder, 'nvme');
    const prepared = path.join(nvme, readdirSync(nvme)[0] as string);
    // Blocks in memory, and the first of a kind, are read whole before the drive begins; this one is read in each pass.
    const { tiers } = JSON.parse(codriver('say', 'hello', '--json', ...STREAMED).stdout);
    const block = `blk.${/(\d+)(?:, head)?$/.exec(tiers[1].segments)?.[1]}`;
    const weights = path.join(prepared, `${block}.bin`);
    const whole = readFileSync(weights);
    truncateSync(weights, whole.length - 4096);
    try {
      const files = ['--json', 'damaged.jsonl', '--report', 'damaged.html'];
      const run = codriver('replay', drive, '--say', say, '--no-plates', '--quiet', ...files, ...STREAMED);
      assert.equal(run.status, 0, run.stderr);
      const journal = readFileSync(path.join(folder, 'damaged.jsonl'), 'utf8');
      const health = journal.split('\n').find((line) => line.includes('MODEL_CORRUPT'));
      assert.match(health ?? '', new RegExp(`${block}\\.bin ends at byte`));
      // The order to stop came after that, and needs no model.
      assert.match(journal.slice(journal.indexOf('MODEL_CORRUPT')), /"source":"REFLEX"/);
    } finally {
      writeFileSync(weights, whole);
    }
  });
});
