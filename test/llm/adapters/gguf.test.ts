import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, test } from 'node:test';
import { openAdapter } from '../../../src/llm/adapters/open-adapter.ts';
import { ADAPTED_MODULES } from '../../../src/llm/architectures/adapted-products.ts';
import { checkpoint, expectedOf, largestDifference, withExecutor } from '../families/checkpoints.ts';
import { convertToGguf } from '../families/convert-gguf.ts';
import { makeAdapter, makeMerged, specOf, withAdaptable } from './adapter-support.ts';

const root = mkdtempSync(path.join(tmpdir(), 'codriver-adapter-gguf-'));
after(() => rmSync(root, { recursive: true, force: true }));

// A GGUF file of llama has the rows of queries and keys in another order; the adapter has Hugging Face's.
for (const name of ['llama', 'qwen2']) {
  test(`the same adapter fits the same weights in a GGUF file: ${name}`, async () => {
    const spec = await specOf(checkpoint(name));
    const file = await convertToGguf(checkpoint(name), root);
    const ggufSpec = await specOf(file);
    assert.equal(ggufSpec.blocks[0]?.rope?.interleaved, name === 'llama');
    const { prompt } = await expectedOf(name);
    for (const module of [...ADAPTED_MODULES, undefined]) {
      const folder = path.join(root, `${name}-${module ?? 'all'}`);
      const has = (_: number, one: string): boolean => module === undefined || module === one;
      const tensors = makeAdapter(folder, spec, { has });
      const merged = `${folder}-merged`;
      await makeMerged(checkpoint(name), merged, tensors, 2);
      const expected = await withExecutor(merged, (executor) => executor.pass(prompt, executor.newCache()));
      const adapter = await openAdapter(folder, { spec: ggufSpec, sha256s: [] });
      await withAdaptable(file, async (executor) => {
        executor.useAdapter(adapter);
        const difference = largestDifference(await executor.pass(prompt, executor.newCache()), expected);
        assert.ok(difference < 1e-4, `${module ?? 'all'}: a logit differs by ${difference}`);
      });
      if (name !== 'llama' || (module !== 'q_proj' && module !== 'k_proj')) continue;
      // Without the other order, the adapter would be another one.
      const askew = await openAdapter(folder, { spec, sha256s: [] });
      await withAdaptable(file, async (executor) => {
        executor.useAdapter(askew);
        const difference = largestDifference(await executor.pass(prompt, executor.newCache()), expected);
        assert.ok(difference > 0.01, `${module}: the order makes no difference`);
      });
    }
  });
}
