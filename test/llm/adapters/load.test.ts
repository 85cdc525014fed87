import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, truncateSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import { type LanguageModel, loadLanguageModel } from '../../../src/llm/index.ts';
import { checkpoint } from '../families/checkpoints.ts';
import { makeAdapter, makeMerged, specOf } from './adapter-support.ts';

const root = mkdtempSync(path.join(tmpdir(), 'codriver-adapter-load-'));
after(() => rmSync(root, { recursive: true, force: true }));

const file = checkpoint('qwen2');
const [one, two, broken, merged] = ['one', 'two', 'broken', 'merged'].map((name) =>
  path.join(root, name),
) as [string, string, string, string];
const prompt = 'The car is slow. '.repeat(12);
const request = { prompt, maxTokens: 10 };

before(async () => {
  const spec = await specOf(file);
  const tensors = makeAdapter(one, spec, { seed: 3 });
  await makeMerged(file, merged, tensors, 2);
  makeAdapter(two, spec, { seed: 4, rank: 2 });
  makeAdapter(broken, spec, { seed: 5 });
  truncateSync(path.join(broken, 'adapter_model.safetensors'), 3000);
});

describe('a model loaded with an adapter', () => {
  let model: LanguageModel;
  before(async () => {
    model = await loadLanguageModel({ file, threads: 1, adapter: one });
  });
  after(() => model.close());

  test('says which', () => {
    const { adapter } = model.info;
    assert.equal(adapter?.name, 'one');
    assert.equal(adapter?.file, path.join(one, 'adapter_model.safetensors'));
    assert.equal(adapter?.rank, 4);
    assert.match(adapter?.sha256 ?? '', /^[0-9a-f]{64}$/);
  });

  test('answers as the merged model', async () => {
    const other = await loadLanguageModel({ file: merged, threads: 1 });
    try {
      const [found, expected] = [await model.generate(request), await other.generate(request)];
      assert.deepEqual(found.tokens, expected.tokens);
      for (const [i, probability] of found.probabilities.entries())
        assert.ok(Math.abs(probability - expected.probabilities[i]!) < 1e-4);
      assert.equal(other.info.adapter, undefined);
    } finally {
      await other.close();
    }
  });

  test('swaps between requests, and forgets what the adapter before computed of the prompt', async () => {
    const first = await model.generate(request);
    assert.ok((await model.generate(request)).cachedTokens > 0);
    // Queued together: each request is answered with the adapter that was set before it.
    const [, second, none, , base] = await Promise.all([
      model.useAdapter(two),
      model.generate(request),
      model.useAdapter(null),
      model.generate({ ...request, maxTokens: 1 }),
      model.generate(request),
    ]);
    assert.equal(second.cachedTokens, 0);
    assert.equal(none, null);
    assert.equal(model.info.adapter, undefined);
    assert.ok(base.cachedTokens > 0);
    assert.notDeepEqual(second.tokens, first.tokens);
    assert.notDeepEqual(base.tokens, first.tokens);
    const info = await model.useAdapter(one);
    assert.deepEqual(model.info.adapter, info);
    const again = await model.generate(request);
    assert.equal(again.cachedTokens, 0);
    assert.deepEqual(again.probabilities, first.probabilities);
    const plain = await loadLanguageModel({ file, threads: 1 });
    const { tokens, probabilities } = await plain.generate(request);
    await plain.close();
    assert.deepEqual([base.tokens, base.probabilities], [tokens, probabilities]);
  });

  test('keeps its adapter where another one fails', async () => {
    await model.useAdapter(one);
    const expected = await model.generate(request);
    for (const [location, code] of [
      [broken, 'ADAPTER_CORRUPT'],
      [path.join(root, 'nowhere'), 'NOT_FOUND'],
    ] as const) {
      await assert.rejects(model.useAdapter(location), { code });
      assert.equal(model.info.adapter?.name, 'one');
      const found = await model.generate(request);
      assert.deepEqual(found.probabilities, expected.probabilities);
      assert.ok(found.cachedTokens > 0, 'the cache is as it was');
    }
  });
});

test('a model that is to be adaptable begins without one; another takes none', async () => {
  const model = await loadLanguageModel({ file, threads: 1, adaptable: true });
  const plain = await loadLanguageModel({ file, threads: 1 });
  try {
    assert.equal(model.info.adapter, undefined);
    assert.deepEqual(
      (await model.generate(request)).probabilities,
      (await plain.generate(request)).probabilities,
    );
    assert.equal((await model.useAdapter(two))?.name, 'two');
    await assert.rejects(plain.useAdapter(two), { code: 'BAD_ARGUMENT' });
    assert.equal(await plain.useAdapter(null), null);
  } finally {
    await model.close();
    await plain.close();
  }
});

test('loading fails before anything is converted where the adapter does, or the model takes none', async () => {
  const stages = new Set<string>();
  const onProgress = ({ stage }: { stage: string }) => void stages.add(stage);
  await assert.rejects(loadLanguageModel({ file, adapter: broken, onProgress }), { code: 'ADAPTER_CORRUPT' });
  await assert.rejects(loadLanguageModel({ file, adapter: one, adaptable: false }), { code: 'BAD_ARGUMENT' });
  assert.deepEqual([...stages], ['open']);
});

test('swapping does not add up in memory', async () => {
  const model = await loadLanguageModel({ file, threads: 1, adapter: one });
  const large = path.join(root, 'large');
  // 6 MB of factors, and as much in tensors: what is left of many would be seen.
  makeAdapter(large, await specOf(file), { seed: 6, rank: 512 });
  const swap = async (times: number): Promise<number> => {
    for (let i = 0; i < times; i++) {
      await model.useAdapter(i % 2 === 0 ? large : two);
      await model.generate({ prompt: 'The car', maxTokens: 1 });
    }
    return process.memoryUsage().rss;
  };
  try {
    const before = await swap(10);
    const grown = (await swap(50)) - before;
    assert.ok(grown < 50e6, `${(grown / 1e6).toFixed(1)} MB more after 50 swaps`);
  } finally {
    await model.close();
  }
});
