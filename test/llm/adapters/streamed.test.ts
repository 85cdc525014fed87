import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, test } from 'node:test';
import { openAdapter } from '../../../src/llm/adapters/open-adapter.ts';
import { StreamedCpuExecutor } from '../../../src/llm/executors/streamed-cpu.ts';
import { openModel } from '../../../src/llm/formats/open-model.ts';
import { loadLanguageModel, parsePercentages } from '../../../src/llm/index.ts';
import { checkpoint, expectedOf, withExecutor } from '../families/checkpoints.ts';
import { makeAdapter, specOf, withAdaptable } from './adapter-support.ts';

const root = mkdtempSync(path.join(tmpdir(), 'codriver-adapter-streamed-'));
after(() => rmSync(root, { recursive: true, force: true }));
const prepared = path.join(root, 'prepared');

/** Opens a checkpoint with what `keep` names in memory, the rest streamed. */
async function open(name: string, keep: (segment: string) => boolean, adaptable = true) {
  const source = await openModel(checkpoint(name));
  return StreamedCpuExecutor.open(source, {
    threads: 1,
    contextTokens: 1024,
    preparedRoot: prepared,
    place: ({ segments }) => ({
      ringSlots: 2,
      pinned: new Set(segments.map((segment) => segment.name).filter(keep)),
    }),
    onStage: () => {},
    adaptable,
  });
}

const PLACEMENTS: Readonly<Record<string, (segment: string) => boolean>> = {
  'all in memory': () => true,
  'nothing in memory': () => false,
  'the head and the first block in memory': (name) => name === 'head' || name === 'blk.0',
};

for (const name of ['llama', 'qwen2', 'gemma3']) {
  test(`with an adapter, logits have the same bits wherever segments are: ${name}`, async () => {
    const { prompt, tokens } = await expectedOf(name);
    const chunks = [prompt, ...tokens.slice(0, 4).map((token) => [token]), prompt.slice(0, 3)];
    const spec = await specOf(checkpoint(name));
    const folders = ['one', 'two'].map((which) => path.join(root, `${name}-${which}`)) as [string, string];
    makeAdapter(folders[0], spec, { seed: 1 });
    makeAdapter(folders[1], spec, {
      seed: 2,
      rank: 7,
      has: (block, module) => block > 0 && module !== 'v_proj',
    });
    const adapters = await Promise.all(folders.map((folder) => openAdapter(folder, { spec, sha256s: [] })));
    const uses = [undefined, adapters[0], adapters[1], undefined, adapters[0]];
    const compute = async (executor: Pick<StreamedCpuExecutor, 'pass' | 'newCache' | 'useAdapter'>) => {
      const found: Float32Array[][] = [];
      for (const adapter of uses) {
        executor.useAdapter(adapter);
        const cache = executor.newCache();
        const logits: Float32Array[] = [];
        for (const chunk of chunks) logits.push(await executor.pass(chunk, cache));
        found.push(logits);
      }
      return found;
    };
    const expected = await withAdaptable(checkpoint(name), compute);
    assert.notDeepEqual(expected[1], expected[2]);
    await withExecutor(checkpoint(name), async (executor) => {
      const cache = executor.newCache();
      for (const [i, chunk] of chunks.entries())
        assert.deepEqual(await executor.pass(chunk, cache), expected[0]?.[i], 'without one, the base');
    });
    for (const [what, keep] of Object.entries(PLACEMENTS)) {
      const executor = await open(name, keep);
      try {
        assert.deepEqual(await compute(executor), expected, what);
        const together = await executor.passes(chunks, executor.newCache(), () => false);
        assert.deepEqual(together, expected.at(-1)?.at(-1), `${what}, all chunks together`);
      } finally {
        await executor.close();
      }
    }
  });
}

test('prepared weights know no adapter, and are apart from those of plain graphs', async () => {
  const before = readdirSync(prepared).length;
  const plain = await open('llama', () => false, false);
  assert.equal(readdirSync(prepared).length, before + 1);
  assert.throws(() => plain.useAdapter(undefined), { code: 'INTERNAL' });
  const adaptable = await open('llama', () => false);
  assert.equal(readdirSync(prepared).length, before + 1);
  assert.notEqual(plain.model.files.folder, adaptable.model.files.folder);
  for (const [i, segment] of adaptable.model.segments.entries())
    assert.deepEqual(
      segment.prepared.crc32s,
      plain.model.segments[i]?.prepared.crc32s,
      'weights are the same',
    );
  await plain.close();
  await adaptable.close();
});

test('a model within a limit of memory swaps adapters, too', async () => {
  const file = checkpoint('qwen2');
  const spec = await specOf(file);
  const folder = path.join(root, 'limited');
  makeAdapter(folder, spec, { seed: 9 });
  const request = { prompt: 'The car is slow.', maxTokens: 8 };
  const resident = await loadLanguageModel({ file, threads: 1, adaptable: true });
  const streamed = await loadLanguageModel({
    file,
    threads: 1,
    adapter: folder,
    offload: {
      percentages: parsePercentages('0 0 0 100 0 100', 0),
      nvmeDir: prepared,
    },
  });
  try {
    for (const location of [folder, null, folder]) {
      assert.equal((await streamed.useAdapter(location))?.name, location === null ? undefined : 'limited');
      await resident.useAdapter(location);
      const [found, expected] = [await streamed.generate(request), await resident.generate(request)];
      assert.deepEqual([found.tokens, found.probabilities], [expected.tokens, expected.probabilities]);
    }
    assert.ok(((await streamed.statistics())?.readBytes ?? 0) > 0);
  } finally {
    await resident.close();
    await streamed.close();
  }
});

test('a family that is not computed with adapters is refused where room for them is asked for', async () => {
  for (const name of ['opt', 'bloom']) {
    const refusal = { code: 'ADAPTER_UNSUPPORTED', message: new RegExp(`${name}.*llama, qwen2 and gemma3`) };
    await assert.rejects(
      open(name, () => true),
      refusal,
    );
    await assert.rejects(
      withAdaptable(checkpoint(name), async () => {}),
      refusal,
    );
  }
});
