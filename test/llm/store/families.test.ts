import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, test } from 'node:test';
import { describeModel } from '../../../src/llm/architectures/describe.ts';
import { dequantize } from '../../../src/llm/formats/dequantize.ts';
import { openModel } from '../../../src/llm/formats/open-model.ts';
import {
  expandTensor,
  openStore,
  type Quantisation,
  readStoreVocabulary,
  verifyStore,
} from '../../../src/llm/store/index.ts';
import { modelVocabulary } from '../../../src/llm/tokenizer/model-vocabulary.ts';
import { CHECKPOINTS, checkpoint } from '../families/checkpoints.ts';
import { convert, hasCode, Q4 } from './store-support.ts';

const root = await mkdtemp(path.join(tmpdir(), 'codriver-store-'));
after(() => rm(root, { recursive: true, force: true }));

// Weights of these checkpoints are below 1, so that 8 bits are good for a 200th, 4 bits for a 10th.
const settings: readonly [Quantisation, number][] = [
  [{ bits: 16 }, 1e-3],
  [{ bits: 8, group: 32, symmetric: true }, 1e-2],
  [Q4, 0.2],
];

for (const name of CHECKPOINTS) {
  test(`safetensors of ${name} become a store under the runtime's names`, async () => {
    for (const [quantisation, tolerance] of settings) {
      const folder = path.join(root, `${name}-${quantisation.bits}`);
      await convert(checkpoint(name), folder, { quantisation });
      const { manifest } = await verifyStore(folder);
      const model = await openModel(checkpoint(name));
      const { spec, weights } = describeModel(model);
      assert.deepEqual(
        manifest.spec,
        JSON.parse(JSON.stringify(spec)),
        'the form comes back from the manifest',
      );
      assert.equal(manifest.source.format, 'safetensors');
      const shards = readdirSync(checkpoint(name)).filter((file) => /^model.*\.safetensors$/.test(file));
      assert.deepEqual(
        manifest.source.files.map((file) => file.name),
        ['config.json', ...shards.sort()],
      );
      const store = await openStore(folder);
      const seen: string[] = [];
      for (const [i, block] of manifest.blocks.entries()) {
        const bytes = await store.readBlock(i);
        for (const tensor of block.tensors) {
          const source = weights.get(tensor.name);
          const expected = dequantize(source.type, await weights.readTensor(source));
          const found = expandTensor(tensor, bytes);
          const largest = expected.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
          const exact = tensor.encoding.type === 'f32';
          for (const [j, value] of expected.entries()) {
            const error = Math.abs(value - (found[j] as number));
            assert.ok(
              error <= (exact ? 0 : tolerance * largest),
              `${tensor.name}[${j}]: ${error} of ${largest}`,
            );
          }
          seen.push(tensor.name);
        }
      }
      assert.deepEqual(seen.sort(), [...weights.tensors.keys()].sort());
      await store.close();
      await model.close();
    }
  });
}

test('a vocabulary comes back as it was read, and a store without one says why', async () => {
  const folder = path.join(root, 'qwen2-4');
  const { manifest } = await verifyStore(folder);
  const model = await openModel(checkpoint('qwen2'));
  assert.deepEqual(await readStoreVocabulary(folder, manifest), await modelVocabulary(model));
  await model.close();
  const without = path.join(root, 'bloom-4');
  await assert.rejects(
    readStoreVocabulary(without, (await verifyStore(without)).manifest),
    hasCode('MODEL_UNSUPPORTED', /has no vocabulary: .*tokenizer\.json/),
  );
});
