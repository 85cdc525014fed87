import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, test } from 'node:test';
import { type Adapter, openAdapter } from '../../../src/llm/adapters/open-adapter.ts';
import { ADAPTED_MODULES } from '../../../src/llm/architectures/adapted-products.ts';
import type { ResidentCpuExecutor } from '../../../src/llm/executors/resident-cpu.ts';
import { checkpoint, expectedOf, largestDifference, withExecutor } from '../families/checkpoints.ts';
import { type AdapterOptions, makeAdapter, makeMerged, specOf, withAdaptable } from './adapter-support.ts';

const root = mkdtempSync(path.join(tmpdir(), 'codriver-adapters-'));
after(() => rmSync(root, { recursive: true, force: true }));
let made = 0;

/** Most that a logit may differ from the merged model's, where logits are of the order of 1 to 10. */
const TOLERANCE = 1e-4;

/** Logits of a prompt and of some tokens after it, one by one. */
async function logitsOf(executor: ResidentCpuExecutor, prompt: readonly number[]): Promise<Float32Array[]> {
  const cache = executor.newCache();
  const found: Float32Array[] = [];
  for (const chunk of [prompt, [5], [77], [9], prompt.slice(0, 3)])
    found.push(await executor.pass(chunk, cache));
  return found;
}

/** A checkpoint with an adapter that is made for it, and what the merged weights compute. */
async function mergedCase(name: string, options: AdapterOptions, scale: number) {
  const location = checkpoint(name);
  const spec = await specOf(location);
  const folder = path.join(root, `adapter-${made++}`);
  const tensors = makeAdapter(folder, spec, options);
  const merged = path.join(root, `merged-${made++}`);
  await makeMerged(location, merged, tensors, scale);
  const { prompt } = await expectedOf(name);
  const expected = await withExecutor(merged, (executor) => logitsOf(executor, prompt));
  const adapter: Adapter = await openAdapter(folder, { spec, sha256s: [] });
  return { location, spec, folder, prompt, expected, adapter };
}

function close(found: readonly Float32Array[], expected: readonly Float32Array[]): number {
  return Math.max(...found.map((logits, i) => largestDifference(logits, expected[i])));
}

const FORMS: [string, AdapterOptions, number][] = [
  ['all layers', {}, 2],
  ['rank 1, alpha 1', { rank: 1, alpha: 1 }, 1],
  ['rank-stabilised', { rank: 9, alpha: 3, config: { use_rslora: true } }, 1],
  ['queries and values only', { has: (_, module) => module === 'q_proj' || module === 'v_proj' }, 2],
  ['one block only', { has: (block) => block === 1 }, 2],
  ['gate without up, down', { has: (_, module) => module === 'gate_proj' || module === 'down_proj' }, 2],
  ['half precision', { type: 'F16' }, 2],
  ['bfloat16', { type: 'BF16' }, 2],
];
for (const name of ['llama', 'qwen2', 'gemma3']) {
  for (const [form, options, scale] of FORMS) {
    test(`base and adapter compute the merged weights: ${name}, ${form}`, async (t) => {
      const { location, prompt, expected, adapter } = await mergedCase(name, options, scale);
      await withAdaptable(location, async (executor) => {
        const base = await logitsOf(executor, prompt);
        executor.useAdapter(adapter);
        const found = await logitsOf(executor, prompt);
        const difference = close(found, expected);
        t.diagnostic(
          `differs by ${difference.toExponential(1)}; the adapter changes logits by ${close(base, expected).toFixed(2)}`,
        );
        assert.ok(difference < TOLERANCE, `a logit differs by ${difference}`);
        assert.ok(close(base, expected) > 100 * TOLERANCE, 'the adapter changes too little to tell');
      });
    });
  }
}

test('each module alone goes to its own rows', async () => {
  for (const module of ADAPTED_MODULES) {
    const options: AdapterOptions = { has: (_, one) => one === module };
    const { location, prompt, expected, adapter } = await mergedCase('llama', options, 2);
    await withAdaptable(location, async (executor) => {
      executor.useAdapter(adapter);
      const difference = close(await logitsOf(executor, prompt), expected);
      assert.ok(difference < TOLERANCE, `${module}: a logit differs by ${difference}`);
    });
  }
});

for (const name of ['llama', 'qwen2', 'gemma3']) {
  test(`with no adapter, and with one of zeros, logits have the base's bits: ${name}`, async () => {
    const { prompt } = await expectedOf(name);
    const expected = await withExecutor(checkpoint(name), (executor) => logitsOf(executor, prompt));
    const spec = await specOf(checkpoint(name));
    const folder = path.join(root, `zeros-${name}`);
    makeAdapter(folder, spec, {
      // As training begins: A drawn, B zero.
      change: (tensors) => {
        for (const [key, { values }] of Object.entries(tensors)) if (key.includes('lora_B')) values.fill(0);
      },
    });
    await withAdaptable(checkpoint(name), async (executor) => {
      assert.deepEqual(await logitsOf(executor, prompt), expected);
      executor.useAdapter(await openAdapter(folder, { spec, sha256s: [] }));
      assert.deepEqual(await logitsOf(executor, prompt), expected);
    });
  });
}

test('swapping back and forth gives each adapter its bits again', async () => {
  const { location, spec, prompt, adapter } = await mergedCase('llama', {}, 2);
  const folder = path.join(root, 'other');
  makeAdapter(folder, spec, { seed: 7, rank: 11, has: (_, module) => module !== 'k_proj' });
  const other = await openAdapter(folder, { spec, sha256s: [] });
  await withAdaptable(location, async (executor) => {
    const before = await logitsOf(executor, prompt);
    executor.useAdapter(adapter);
    const first = await logitsOf(executor, prompt);
    executor.useAdapter(other);
    const second = await logitsOf(executor, prompt);
    assert.ok(close(first, second) > 0.01 && close(first, before) > 0.01);
    for (const [use, logits] of [
      [adapter, first],
      [undefined, before],
      [other, second],
      [adapter, first],
    ] as const) {
      executor.useAdapter(use);
      assert.deepEqual(await logitsOf(executor, prompt), logits);
    }
  });
});

test('a model that is opened without room for adapters takes none in', async () => {
  const { location, adapter } = await mergedCase('qwen2', {}, 2);
  await withExecutor(location, async (executor) => {
    assert.throws(() => executor.useAdapter(adapter), { code: 'INTERNAL' });
  });
});
