import assert from 'node:assert/strict';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { after, test } from 'node:test';
import { gzipSync } from 'node:zlib';
import type { DecoderSpec } from '../../../src/llm/architectures/spec.ts';
import { namedShape, writeDummyStore } from '../../../src/llm/shapes/index.ts';
import { expandTensor, openStore, type Quantisation, verifyStore } from '../../../src/llm/store/index.ts';
import { readStoreVocabulary } from '../../../src/llm/store/store-vocabulary.ts';

const root = await mkdtemp(path.join(os.tmpdir(), 'codriver-dummy-'));
after(() => rm(root, { recursive: true, force: true }));

const SYMMETRIC: Quantisation = { bits: 4, group: 64, symmetric: true };

/** A family's form with small numbers. */
function tiny(name: string): DecoderSpec {
  const spec = namedShape(name);
  assert.ok(spec);
  const small = { embedding: 256, tableWidth: 256, feedForward: 512, heads: 4, headSize: 64, context: 64 };
  return {
    ...spec,
    ...small,
    kvHeads: spec.kvHeads < spec.heads ? 2 : 4,
    vocabulary: 96,
    blocks: spec.blocks.slice(0, 3),
  };
}

async function dataOf(folder: string): Promise<Buffer> {
  const store = await openStore(folder);
  await store.close();
  return readFile(store.dataFile);
}

const settings: [string, Quantisation][] = [
  ['llama-70b', SYMMETRIC],
  ['qwen2.5-1.5b', { bits: 4, group: 32, symmetric: false }],
  ['opt-30b', { bits: 8, group: 128, symmetric: true }],
  ['bloom-176b', { bits: 16 }],
  ['llama-7b', { bits: 8, group: 64, symmetric: false }],
];

for (const [name, quantisation] of settings) {
  test(`${name} at ${JSON.stringify(quantisation)}: sound, weights of 1/√columns, norms 1`, async () => {
    const folder = path.join(root, `${name}-${quantisation.bits}`);
    await writeDummyStore(tiny(name), folder, { quantisation, seed: 1 });
    assert.equal((await verifyStore(folder)).blocks, 5);
    const store = await openStore(folder);
    try {
      const { tokens, ends } = await readStoreVocabulary(folder, store.manifest);
      assert.equal(tokens.length, tiny(name).vocabulary);
      assert.deepEqual(ends, [tokens.length - 1]);
      assert.deepEqual(store.manifest.source, { format: 'dummy', files: [], seed: 1 });
      for (const [i, block] of store.manifest.blocks.entries()) {
        const bytes = await store.readBlock(i);
        for (const tensor of block.tensors) {
          const values = expandTensor(tensor, bytes);
          if (tensor.shape.length === 1) {
            const expected = tensor.name.endsWith('.bias') ? 0 : 1;
            assert.ok(
              values.every((value) => value === expected),
              tensor.name,
            );
            continue;
          }
          const rms = Math.sqrt(values.reduce((sum, value) => sum + value ** 2, 0) / values.length);
          const gain = rms * Math.sqrt(tensor.shape.at(-1) as number);
          assert.ok(gain > 0.6 && gain < 1.6, `${tensor.name}: ${gain}`);
          const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
          assert.ok(Math.abs(mean) < 0.1 * rms, `${tensor.name}: mean ${mean} at ${rms}`);
        }
      }
    } finally {
      await store.close();
    }
  });
}

test('the seed decides every byte; they do not compress', async () => {
  const [a, b, c] = ['a', 'b', 'c'].map((name) => path.join(root, name)) as [string, string, string];
  const spec = tiny('llama-7b');
  await writeDummyStore(spec, a, { quantisation: SYMMETRIC, seed: 7 });
  await writeDummyStore(spec, b, { quantisation: SYMMETRIC, seed: 7 });
  await writeDummyStore(spec, c, { quantisation: SYMMETRIC, seed: 8 });
  const bytes = await dataOf(a);
  assert.ok(bytes.equals(await dataOf(b)));
  assert.ok(!bytes.equals(await dataOf(c)));
  assert.ok(gzipSync(bytes).length > 0.95 * bytes.length);
});

test('the first blocks alone; more than there are are refused', async () => {
  const spec = tiny('llama-7b');
  const manifest = await writeDummyStore(spec, path.join(root, 'one'), {
    quantisation: SYMMETRIC,
    seed: 1,
    blocks: 1,
  });
  assert.deepEqual(
    manifest.blocks.map(({ name }) => name),
    ['embedding', 'blk.0', 'head'],
  );
  for (const blocks of [0, 4])
    await assert.rejects(
      writeDummyStore(spec, path.join(root, 'none'), { quantisation: SYMMETRIC, seed: 1, blocks }),
      { code: 'BAD_ARGUMENT' },
    );
});

test('a store that is there is left alone', async () => {
  const folder = path.join(root, 'there');
  await writeDummyStore(tiny('llama-7b'), folder, { quantisation: SYMMETRIC, seed: 1 });
  await assert.rejects(writeDummyStore(tiny('llama-7b'), folder, { quantisation: SYMMETRIC, seed: 2 }), {
    code: 'BAD_ARGUMENT',
  });
  await verifyStore(folder);
});

test('a run that is stopped leaves neither manifest nor weights', async () => {
  const folder = path.join(root, 'stopped');
  const controller = new AbortController();
  await assert.rejects(
    writeDummyStore(tiny('llama-7b'), folder, {
      quantisation: SYMMETRIC,
      seed: 1,
      signal: controller.signal,
      onProgress: (done, total) => {
        if (done > total / 2) controller.abort();
      },
    }),
    { code: 'ABORTED' },
  );
  assert.deepEqual(await readdir(folder), []);
});

test('a shape beyond the disk is refused before anything is written, with the bytes needed', async () => {
  const folder = path.join(root, 'large');
  // 4096 blocks of 87 GB at 16 bits: more than any disk here.
  const spec = { ...tiny('llama-7b'), embedding: 1 << 16, tableWidth: 1 << 16, feedForward: 1 << 19 };
  const blocks = Array.from({ length: 4096 }, () => spec.blocks[0] ?? {});
  await assert.rejects(
    writeDummyStore({ ...spec, blocks }, folder, { quantisation: { bits: 16 }, seed: 1 }),
    (error: { code?: string; details?: { neededBytes?: number } }) =>
      error.code === 'DISK_FULL' && (error.details?.neededBytes ?? 0) > 8e14,
  );
  assert.deepEqual(await readdir(folder), []);
});
