import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, test } from 'node:test';
import { describeModel } from '../../../src/llm/architectures/describe.ts';
import { StreamedCpuExecutor } from '../../../src/llm/executors/streamed-cpu.ts';
import { dequantize } from '../../../src/llm/formats/dequantize.ts';
import { openModel } from '../../../src/llm/formats/open-model.ts';
import { packMatrix } from '../../../src/llm/formats/pack-nbits.ts';
import {
  convertToStore,
  expandTensor,
  openStore,
  packStored,
  type Quantisation,
  storeInput,
} from '../../../src/llm/store/index.ts';
import {
  CHECKPOINTS,
  checkpoint,
  expectedOf,
  largestDifference,
  withExecutor,
} from '../families/checkpoints.ts';

const root = mkdtempSync(path.join(tmpdir(), 'codriver-store-model-'));
after(() => rmSync(root, { recursive: true, force: true }));

const QUANTISATIONS: readonly Quantisation[] = [
  ...([4, 8] as const).flatMap((bits) =>
    ([32, 64] as const).flatMap((group) => [true, false].map((symmetric) => ({ bits, group, symmetric }))),
  ),
  { bits: 16 },
];

async function converted(name: string, quantisation: Quantisation): Promise<string> {
  const folder = path.join(root, `${name}-${JSON.stringify(quantisation).replace(/\W+/g, '-')}`);
  const model = await openModel(checkpoint(name));
  await convertToStore(await storeInput(model), folder, { quantisation });
  await model.close();
  return folder;
}

/** Zero has no sign here: one way of expanding adds a minimum of zero, the other adds nothing. */
const unsigned = (values: Float32Array): Float32Array => values.map((value) => value + 0);

for (const name of CHECKPOINTS) {
  test(`what a store gives out is what it holds, bit for bit, in every encoding: ${name}`, async () => {
    for (const quantisation of QUANTISATIONS) {
      const folder = await converted(name, quantisation);
      const [model, store] = [await openModel(folder), await openStore(folder)];
      assert.equal(model.format, 'store');
      for (const [index, block] of store.manifest.blocks.entries()) {
        const bytes = await store.readBlock(index);
        for (const stored of block.tensors) {
          const tensor = model.tensors.get(stored.name);
          assert.ok(tensor, stored.name);
          const given = await model.readTensor(tensor);
          assert.deepEqual(
            unsigned(dequantize(tensor.type, given)),
            unsigned(expandTensor(stored, bytes)),
            stored.name,
          );
          if (stored.encoding.type !== 'groups') continue;
          const [rows, columns] = stored.shape as [number, number];
          const packed = packMatrix(tensor.type as 'S4_32', given, rows, columns);
          const expected = packStored(stored, bytes);
          assert.deepEqual(packed.quants, Uint8Array.from(expected.quants), stored.name);
          assert.deepEqual([packed.scales, packed.offsets], [expected.scales, expected.offsets], stored.name);
        }
      }
      await store.close();
      await model.close();
    }
  });

  test(`a store runs: close to the model with 16 bits, and the same streamed as in memory: ${name}`, async () => {
    const { prompt, tokens, logits } = await expectedOf(name);
    const chunks = [prompt, ...tokens.slice(0, 3).map((token) => [token])];
    for (const quantisation of [QUANTISATIONS[2], QUANTISATIONS[3], QUANTISATIONS[8]] as Quantisation[]) {
      const folder = await converted(name, quantisation);
      const found: Float32Array[] = [];
      await withExecutor(folder, async (executor) => {
        const cache = executor.newCache();
        for (const chunk of chunks) found.push(await executor.pass(chunk, cache));
      });
      if (quantisation.bits === 16)
        for (const [i, one] of found.entries()) assert.ok(largestDifference(one, logits[i]) < 0.02);
      const executor = await StreamedCpuExecutor.open(await openModel(folder), {
        threads: 1,
        contextTokens: 1024,
        preparedRoot: path.join(root, 'prepared'),
        place: () => ({ pinned: new Set(['head']), ringSlots: 2 }),
        onStage: () => {},
      });
      const cache = executor.newCache();
      for (const [i, chunk] of chunks.entries())
        assert.deepEqual(await executor.pass(chunk, cache), found[i]);
      await executor.close();
    }
  });
}

test('a flipped byte is found when the tensor is first read, and named', async () => {
  const folder = await converted('llama', { bits: 4, group: 32, symmetric: false });
  const store = await openStore(folder);
  const block = store.manifest.blocks.find(({ name }) => name === 'blk.1');
  const stored = block?.tensors.find(({ name }) => name === 'blk.1.ffn_down.weight');
  assert.ok(block && stored);
  await store.close();
  const bytes = readFileSync(store.dataFile);
  const at = block.offset + stored.data.offset + 5;
  bytes[at] = (bytes[at] as number) ^ 16;
  writeFileSync(store.dataFile, bytes);
  const model = await openModel(folder);
  const { weights } = describeModel(model);
  const refusal = { code: 'MODEL_CORRUPT', message: /block "blk\.1".*"blk\.1\.ffn_down\.weight"/ };
  await assert.rejects(weights.readTensor(weights.get('blk.1.ffn_down.weight')), refusal);
  assert.ok((await weights.readTensor(weights.get('blk.1.ffn_up.weight'))).length > 0);
  await model.close();
});

test('blocks share the tables of equal rotations, and a form that is none is refused', async () => {
  const folder = await converted('gemma3', { bits: 16 });
  const model = await openModel(folder);
  const { blocks } = describeModel(model).spec;
  assert.equal(
    new Set(blocks.map(({ rope }) => rope)).size,
    new Set(blocks.map(({ rope }) => JSON.stringify(rope))).size,
  );
  await model.close();
  const file = path.join(folder, 'manifest.json');
  const manifest = JSON.parse(readFileSync(file, 'utf8'));
  manifest.spec.heads = -1;
  writeFileSync(file, JSON.stringify(manifest));
  const broken = await openModel(folder);
  assert.throws(() => describeModel(broken), { code: 'MODEL_CORRUPT', message: /heads/ });
  await broken.close();
});

test('a store is no source for another', async () => {
  const model = await openModel(await converted('qwen2', { bits: 8, group: 32, symmetric: true }));
  await assert.rejects(storeInput(model), { code: 'BAD_ARGUMENT' });
  await model.close();
});
