import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import { describeModel } from '../../../src/llm/architectures/describe.ts';
import type { DecoderSpec } from '../../../src/llm/architectures/spec.ts';
import { openModel } from '../../../src/llm/formats/open-model.ts';
import {
  costsOfSpec,
  costsOfStore,
  parseMemorySize,
  parsePercentages,
  planPercentages,
  readProfile,
  tiersOf,
} from '../../../src/llm/policy/index.ts';
import { timePasses } from '../../../src/llm/policy/ring-timing.ts';
import { prepareModel } from '../../../src/llm/prepared/prepare-model.ts';
import { namedShape, writeDummyStore } from '../../../src/llm/shapes/index.ts';
import { openStore } from '../../../src/llm/store/index.ts';
import { convert, hasCode } from '../store/store-support.ts';
import { makeTinyLlama } from '../store/tiny-model.ts';
import { llama, PROFILE, Q4, setting } from './policy-support.ts';

test('percentages: six numbers, pairs of at most 100, no GPU where there is none', () => {
  const expected = {
    weights: { gpu: 0, cpu: 50 },
    kv: { gpu: 0, cpu: 100 },
    activations: { gpu: 0, cpu: 100 },
  };
  assert.deepEqual(parsePercentages('0 50 0 100 0 100', 0), expected);
  assert.deepEqual(parsePercentages([0, 50, 0, 100, 0, 100], 0), expected);
  for (const [text, words] of [
    ['0 50 0 100 0', /not six numbers/],
    ['0 50 0 100 0 x', /not six numbers/],
    ['0 -1 0 100 0 100', /not six numbers/],
    ['0 101 0 100 0 100', /not six numbers/],
    ['60 50 0 100 0 100', /more than all/],
    ['10 50 0 100 0 100', /asks for a GPU/],
  ] as const)
    assert.throws(() => parsePercentages(text, 0), hasCode('BAD_ARGUMENT', words), text);
  assert.equal(parsePercentages('10 50 0 100 0 100', 1).weights.gpu, 10);
});

test('sizes have units of 1000 and of 1024', () => {
  for (const [text, bytes] of [
    ['900M', 900e6],
    ['1.5G', 1.5e9],
    ['2GiB', 2 ** 31],
    ['500 kB', 5e5],
    ['7', 7],
  ] as const)
    assert.equal(parseMemorySize(text, '--cpu-mem'), bytes);
  for (const text of ['', '0', '-1G', '1X', '1e9999', 'G'])
    assert.throws(() => parseMemorySize(text, '--cpu-mem'), hasCode('BAD_ARGUMENT', /--cpu-mem/), text);
});

test('a GPU that was not measured is refused by name', () => {
  const budgets = { cpuMemBytes: 1e9, gpuMemBytes: [1e9, 1e9], nvmeDir: '/data' };
  assert.throws(() => tiersOf(budgets, PROFILE), hasCode('BAD_ARGUMENT', /gpu:1-resident/));
});

test('a store costs, to the byte, what its form says', async () => {
  const folder = await mkdtemp(path.join(tmpdir(), 'codriver-plan-'));
  try {
    makeTinyLlama(path.join(folder, 'tiny.gguf'));
    await convert(path.join(folder, 'tiny.gguf'), path.join(folder, 'store'));
    const store = await openStore(path.join(folder, 'store'));
    await store.close();
    const found = costsOfStore(store.manifest, 'store');
    assert.deepEqual(costsOfSpec(store.manifest.spec as never, Q4), found);
    // The head of this model is tied: it reads the table, which is no part of any block.
    const stored = store.manifest.weights;
    assert.equal(found.parameters, stored);
    assert.equal(new Set(found.parts.slice(0, 3).map(({ identity }) => identity)).size, 1);
    const spoiled = { ...store.manifest, spec: { ...store.manifest.spec, heads: -1 } };
    assert.throws(() => costsOfStore(spoiled, 'store'), hasCode('MODEL_CORRUPT', /heads/));
  } finally {
    await rm(folder, { recursive: true });
  }
});

test('what is planned with is what there is once onnxruntime has packed it, but for padding', async () => {
  const folder = await mkdtemp(path.join(tmpdir(), 'codriver-plan-'));
  const form = { ...(namedShape('llama-1b') as DecoderSpec), vocabulary: 4096 };
  try {
    for (const quantisation of [
      { bits: 4, group: 32, symmetric: false },
      { bits: 4, group: 128, symmetric: true },
      { bits: 8, group: 64, symmetric: true },
    ] as const) {
      const store = path.join(folder, `${quantisation.bits}-${quantisation.group}`);
      const manifest = await writeDummyStore(form, store, { quantisation, seed: 1, blocks: 2 });
      const source = await openModel(store);
      const { segments } = await prepareModel(describeModel(source), path.join(folder, 'prepared'));
      await source.close();
      const { parts } = costsOfStore(manifest, store);
      assert.deepEqual(
        segments.map(({ name }) => name),
        parts.map(({ name }) => name),
      );
      for (const [i, { prepared }] of segments.entries()) {
        const padding = prepared.bytes - (parts[i]?.bytes ?? 0);
        assert.ok(padding >= 0 && padding < 8192, `${prepared.name}: ${padding}`);
      }
    }
  } finally {
    await rm(folder, { recursive: true });
  }
});

test('what streams is spread over the pass', () => {
  const { placement } = planPercentages(setting(), parsePercentages('0 75 0 100 0 100', 0));
  const at = placement.weights.flatMap((tier, i) => (tier === 'nvme' ? [i] : []));
  const gaps = at.slice(1).map((index, i) => index - (at[i] as number));
  assert.ok(at.length >= 9 && Math.min(...gaps) >= 3 && Math.max(...gaps) <= 5, `${at}`);
});

test('a ring overlaps reading with computing, and fills up while a pass ends', () => {
  const streamed = { computeS: 1, readS: 3 };
  const resident = { computeS: 2, readS: 0 };
  const near = (found: number, expected: number) => assert.ok(Math.abs(found - expected) < 1e-9, `${found}`);
  // Reading binds: 2 × 3 s, and the first pass waits for its first read.
  near(timePasses([streamed, streamed], 2).steadyS, 6);
  near(timePasses([streamed, streamed], 2).coldS, 7);
  // With one buffer nothing overlaps but what is computed from memory.
  near(timePasses([streamed, streamed], 1).steadyS, 8);
  // Computing binds: the read hides behind it.
  near(timePasses([streamed, resident, resident], 2).steadyS, 5);
  near(timePasses([resident], 2).steadyS, 2);
});

test('a profile that is missing or unusable says so', async () => {
  const folder = await mkdtemp(path.join(tmpdir(), 'codriver-profile-'));
  try {
    const file = path.join(folder, 'profile.json');
    await assert.rejects(readProfile(file), (error: { remedy?: string }) => {
      assert.match(error.remedy ?? '', /models profile/);
      return hasCode('NOT_FOUND', /no profile/)(error);
    });
    await writeFile(file, '{');
    await assert.rejects(readProfile(file), hasCode('BAD_CONFIG', /not usable/));
    await writeFile(file, JSON.stringify({ ...PROFILE, threads: 0 }));
    await assert.rejects(readProfile(file), hasCode('BAD_CONFIG', /threads/));
    await writeFile(file, JSON.stringify(PROFILE));
    assert.deepEqual(await readProfile(file), PROFILE);
  } finally {
    await rm(folder, { recursive: true });
  }
});

test('a tied head costs the table', () => {
  const tied = costsOfSpec(llama(4, 512, 32_000, true), Q4);
  const apart = costsOfSpec(llama(4, 512, 32_000, false), Q4);
  assert.ok(Math.abs((tied.parts.at(-1)?.bytes ?? 0) - (apart.parts.at(-1)?.bytes ?? 0)) <= 8192);
});
