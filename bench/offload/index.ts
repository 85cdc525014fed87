import { mkdirSync, statSync, writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { FULL, measureMachine } from '../../src/llm/profile/index.ts';
import { resolveModel } from '../../src/models/index.ts';
import { threadsWithinBudget } from '../../src/onnx/index.ts';
import { type BenchRow, median, rowsOf } from '../row.ts';
import { type ComparedLimit, type Comparison, compare } from './compare.ts';
import { exactRow } from './exact.ts';
import { type Measured, measureLlama, measureOurs } from './measured.ts';
import { BenchModels } from './models.ts';
import { comparisonPicture } from './picture.ts';
import { plannedPasses, plannerRow } from './planner.ts';
import { streamRows } from './stream.ts';
import { comparisonTable } from './table.ts';

const row = rowsOf('offload');

/** A folder that models are kept in between runs; without it, 20 GB are made anew and removed. */
const FOLDER = process.env.CODRIVER_BENCH_DIR;

/** Only these cases, with commas between; default: all. */
const ONLY = process.env.CODRIVER_BENCH_CASES?.split(',');

/** Cases of issue 5 in the order of the table. Root on Linux, and `fio`. */
export async function run(options: { json: boolean; rounds?: number }): Promise<BenchRow[]> {
  const rounds = options.rounds ?? 3;
  const folder = FOLDER ?? (await mkdtemp(path.join(tmpdir(), 'codriver-offload-')));
  mkdirSync(folder, { recursive: true });
  const models = new BenchModels(folder);
  const rows: BenchRow[] = [];
  const cases: readonly (readonly [string, () => Promise<BenchRow[]>])[] = [
    ['memory', () => memoryRows(models, rounds)],
    ['cap-0.8', () => capRows(models, rounds, folder)],
    ['floor', () => floorRows(models, rounds, folder)],
    ['stream', async () => streamRows(await models.store('qwen2.5-3b'), await models.nvmeDir(), rounds)],
    ['planner', async () => [plannerRow(await planned(models, folder))]],
    [
      'exact',
      async () => [await exactRow(await resolveModel('smollm2-135m-instruct'), await models.nvmeDir())],
    ],
  ];
  try {
    for (const [name, measure] of cases) {
      if (ONLY !== undefined && !ONLY.includes(name)) continue;
      process.stderr.write(`${name} …\n`);
      rows.push(...(await measure()));
    }
    return rows;
  } finally {
    if (FOLDER === undefined) await rm(folder, { recursive: true });
  }
}

/** Everything in memory: our store, and our run of llama.cpp's own file, against llama.cpp. */
async function memoryRows(models: BenchModels, rounds: number): Promise<BenchRow[]> {
  const gguf = await models.gguf('qwen2.5-1.5b', 'q4_0');
  const nvmeDir = await models.nvmeDir();
  const work = { answers: 3, promptTokens: 512, tokens: 33, timeoutMs: 300_000 };
  const files = { 'memory-1b5': await models.store('qwen2.5-1.5b'), 'memory-1b5-gguf': gguf };
  const runs = Object.entries(files).map(([name, file]) => {
    return { name, file, pairs: [] as { ours: Measured; theirs: Measured }[] };
  });
  for (let round = 0; round < rounds; round++) {
    const theirs = await measureLlama(gguf, work);
    for (const { file, pairs } of runs)
      pairs.push({ ours: await measureOurs(file, work, { nvmeDir }), theirs });
  }
  return runs.flatMap(({ name, pairs }) =>
    (
      [
        ['decode', 'tokenMs', 1],
        ['prefill', 'promptMs', work.promptTokens],
      ] as const
    ).map(([metric, key, tokens]) => {
      const tokensPerS = median(pairs.map(({ ours }) => (1000 * tokens) / ours[key]));
      const ratio = median(pairs.map(({ ours, theirs }) => theirs[key] / ours[key]));
      return row(name, metric, tokensPerS, 'tokens/s', 'llama.cpp, Q4_0', ratio, rounds);
    }),
  );
}

/**
 * Against llama.cpp on a file it maps (Q4_1: it packs Q4_0 anew while loading, and is killed for it), with our store of
 * the same shape and with the same file.
 */
async function capRows(models: BenchModels, rounds: number, folder: string): Promise<BenchRow[]> {
  const gguf = await models.gguf('qwen2.5-3b', 'q4_1');
  const nvmeDir = await models.nvmeDir();
  const work = { answers: 2, promptTokens: 8, tokens: 9, timeoutMs: 120_000 };
  const store = await compare({
    model: await models.store('qwen2.5-3b'),
    gguf,
    shares: [1.2, 1, 0.8, 0.65, 0.5],
    work,
    nvmeDir,
    rounds,
  });
  const same = await compare({ model: gguf, shares: [0.8], work, nvmeDir, rounds });
  keep(folder, 'cap-3b-store', store);
  keep(folder, 'cap-3b-same-file', same);
  const at = (found: Comparison): ComparedLimit =>
    found.limits.find(({ share }) => share === 0.8) as ComparedLimit;
  const packed = await models.gguf('qwen2.5-3b', 'q4_0');
  const killed = await measureLlama(packed, { ...work, timeoutMs: 60_000 }, 0.8 * statSync(packed).size);
  return [
    ...decodeRows('cap-0.8', at(store), rounds),
    ...decodeRows('cap-0.8-gguf', at(same), rounds),
    row(
      'cap-0.8-q4_0',
      'llama.cpp',
      killed.tokenMs,
      `ms/token (${killed.outcome} after 60 s at most)`,
      '',
      Number.NaN,
      1,
    ),
  ];
}

function decodeRows(name: string, limit: ComparedLimit, rounds: number): BenchRow[] {
  const { ours, speedup } = limit;
  return [
    row(name, 'decode', ours.tokenMs, 'ms/token', 'llama.cpp, mapped Q4_1', speedup, rounds),
    ...heldRows(name, limit, rounds),
  ];
}

/** What a limit comes to besides time. */
function heldRows(name: string, { ours, limitBytes }: ComparedLimit, rounds: number): BenchRow[] {
  return [
    row(name, 'peak', ours.peakHeldBytes / 1e6, 'MB', 'the limit', limitBytes / ours.peakHeldBytes, rounds),
    row(name, 'major-faults', ours.steadyFaults, '', '', Number.NaN, rounds),
  ];
}

/** A model several times as large as memory, against what the disk gives. */
async function floorRows(models: BenchModels, rounds: number, folder: string): Promise<BenchRow[]> {
  const found = await compare({
    model: await models.store('llama-8b'),
    shares: [0.5, 0.3],
    work: { answers: 2, promptTokens: 8, tokens: 7, timeoutMs: 300_000 },
    nvmeDir: await models.nvmeDir(),
    rounds,
  });
  keep(folder, 'floor-8b', found);
  return found.limits.flatMap((limit) => {
    const { share, ours, floorShare } = limit;
    const floor = row(`cap-${share}`, 'floor', ours.tokenMs, 'ms/token', 'the floor', floorShare, rounds);
    return [floor, ...heldRows(`cap-${share}`, limit, rounds)];
  });
}

async function planned(models: BenchModels, folder: string) {
  const nvmeDir = await models.nvmeDir();
  const profile = await measureMachine(nvmeDir, { sizes: FULL, threads: threadsWithinBudget() });
  const passes = await plannedPasses(
    [await models.store('qwen2.5-3b'), await models.store('qwen2.5-1.5b')],
    nvmeDir,
    profile,
  );
  writeFileSync(path.join(folder, 'planner.json'), `${JSON.stringify({ profile, passes }, null, 2)}\n`);
  return passes;
}

/** The table on stderr, and picture and figures beside the models. */
function keep(folder: string, name: string, found: Comparison): void {
  process.stderr.write(`${comparisonTable(found)}\n`);
  writeFileSync(path.join(folder, `${name}.svg`), comparisonPicture(found));
  writeFileSync(path.join(folder, `${name}.json`), `${JSON.stringify(found, null, 2)}\n`);
}
