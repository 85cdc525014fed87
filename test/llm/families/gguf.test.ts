import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, test } from 'node:test';
import { describeModel } from '../../../src/llm/architectures/describe.ts';
import { openModel } from '../../../src/llm/formats/open-model.ts';
import type { MetaValue } from '../make-gguf.ts';
import {
  changedCheckpoint,
  checkpoint,
  expectedOf,
  expectSame,
  largestDifference,
  withExecutor,
} from './checkpoints.ts';
import { convertToGguf } from './convert-gguf.ts';

const folder = mkdtempSync(path.join(tmpdir(), 'codriver-gguf-'));
after(() => rmSync(folder, { recursive: true, force: true }));

for (const name of ['llama', 'qwen2', 'bloom']) {
  test(`the same weights in a GGUF file are transformers' model: ${name}`, async () => {
    const expected = await expectedOf(name);
    const file = await convertToGguf(checkpoint(name), folder);
    await withExecutor(file, (executor) => expectSame(executor, expected));
  });
}

test('gemma3 in a GGUF file: windows in five of six blocks, norms as they are, scale of the head size', async () => {
  // What GGUF files leave unsaid: the window's pattern and base, and the scale of the dot products.
  const local = changedCheckpoint(
    'gemma3',
    {
      layer_types: ['sliding_attention', 'sliding_attention', 'sliding_attention'],
      rope_parameters: { sliding_attention: { rope_theta: 10_000 } },
      query_pre_attn_scalar: 32,
    },
    folder,
  );
  const { prompt } = await expectedOf('gemma3');
  const expected = await withExecutor(local, (executor) => executor.pass(prompt, executor.newCache()));
  const file = await convertToGguf(local, folder, { 'gemma3.attention.sliding_window': 8 });
  const found = await withExecutor(file, (executor) => executor.pass(prompt, executor.newCache()));
  assert.ok(largestDifference(found, expected) < 1e-4);
});

test('what a GGUF file says and is not computed is refused by name', async () => {
  const cases: [Record<string, MetaValue>, RegExp][] = [
    [{ 'general.architecture': 'mamba' }, /"mamba".*llama, qwen2, gemma3, bloom/],
    [{ 'llama.rope.scaling.type': 'yarn' }, /yarn/],
    [{ 'llama.expert_count': 8 }, /mixture of experts/],
    [{ 'llama.rope.dimension_count': 8 }, /part of each head/],
    [{ 'llama.attention.value_length': 8 }, /another size/],
  ];
  for (const [extra, message] of cases) {
    const source = await openModel(await convertToGguf(checkpoint('llama'), folder, extra));
    try {
      assert.throws(() => describeModel(source), { code: 'MODEL_UNSUPPORTED', message });
    } finally {
      await source.close();
    }
  }
});
