import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, test } from 'node:test';
import { halfToNumber } from '../../../src/llm/formats/half.ts';
import { openModel } from '../../../src/llm/formats/open-model.ts';
import {
  bitsPerWeight,
  packStored,
  type Quantisation,
  quantisedRows,
  readStoreVocabulary,
  verifyStore,
} from '../../../src/llm/store/index.ts';
import { modelVocabulary } from '../../../src/llm/tokenizer/model-vocabulary.ts';
import { repositoryRoot } from '../../support/require.ts';
import { convert, dataOf, everyTensor, hasCode, Q4, sumOf } from './store-support.ts';
import { makeTinyLlama, TINY } from './tiny-model.ts';

const root = mkdtempSync(path.join(tmpdir(), 'codriver-store-'));
after(() => rmSync(root, { recursive: true, force: true }));

const at = (name: string): string => path.join(root, name);
const gguf = at('tiny.gguf');
makeTinyLlama(gguf);

const settings: readonly Quantisation[] = [
  Q4,
  { bits: 4, group: 32, symmetric: true },
  { bits: 4, group: 128, symmetric: false },
  { bits: 8, group: 64, symmetric: true },
  { bits: 8, group: 32, symmetric: false },
  { bits: 16 },
];

for (const quantisation of settings) {
  test(`every weight is in the store to half a step: ${JSON.stringify(quantisation)}`, async () => {
    const folder = at(`store-${JSON.stringify(quantisation).replaceAll(/\W/g, '')}`);
    const { manifest, keptBlocks } = await convert(gguf, folder, { quantisation });
    assert.equal(keptBlocks, 0);
    assert.deepEqual(
      manifest.blocks.map(({ name }) => name),
      ['embedding', 'blk.0', 'blk.1', 'blk.2', 'head'],
    );
    for (const block of manifest.blocks) assert.equal(block.offset % 4096, 0);
    assert.deepEqual(
      manifest.blocks[1]?.tensors.map(({ name }) => name.replace(/^blk\.0\.|\.weight$/g, '')),
      [
        'attn_norm',
        'attn_q',
        'attn_k',
        'attn_v',
        'attn_output',
        'ffn_norm',
        'ffn_gate',
        'ffn_up',
        'ffn_down',
      ],
      'in the order of use',
    );
    await everyTensor(gguf, folder, (tensor, found, expected, block) => {
      assert.equal(found.length, expected.length);
      const { encoding } = tensor;
      const expectedType = tensor.shape.length === 1 ? 'f32' : quantisation.bits === 16 ? 'f16' : 'groups';
      assert.equal(encoding.type, expectedType, tensor.name);
      for (const [i, value] of expected.entries()) {
        const error = Math.abs(value - (found[i] as number));
        let allowed = 0;
        if (encoding.type === 'f16') allowed = Math.abs(value) * 2 ** -11 + 2 ** -25;
        if (encoding.type === 'groups') {
          const scale = quantisedRows(tensor, block).scales[Math.floor(i / encoding.group)] as number;
          allowed = Math.abs(halfToNumber(scale)) / 2 + 1e-6;
        }
        assert.ok(error <= allowed, `${tensor.name}[${i}] is off by ${error}`);
      }
      const magnitude = expected.reduce((sum, value) => sum + Math.abs(value), 0);
      const errors = expected.reduce((sum, value, i) => sum + Math.abs(value - (found[i] as number)), 0);
      assert.ok(Math.abs(tensor.meanError - errors / magnitude) < 1e-6, 'the error that is written down');
    });
    await verifyStore(folder);
    assert.deepEqual(
      readdirSync(folder).filter((name) => /partial|journal|lock|convert/.test(name)),
      [],
      'nothing is left over',
    );
  });
}

test('a matrix packed for MatMulNBits has the weights of the store', async () => {
  for (const quantisation of settings) {
    if (quantisation.bits === 16) continue;
    const folder = at(`packed-${quantisation.bits}-${quantisation.group}-${quantisation.symmetric}`);
    await convert(gguf, folder, { quantisation });
    await everyTensor(gguf, folder, (tensor, found, _, block) => {
      if (tensor.encoding.type !== 'groups') return;
      const { bits, blockSize, quants, scales, offsets } = packStored(tensor, block);
      const [rows, columns] = tensor.shape as [number, number];
      for (let i = 0; i < found.length; i++) {
        const [row, group] = [Math.floor(i / columns), Math.floor((i % columns) / blockSize)];
        const quant = bits === 8 ? quants[i] : ((quants[i >> 1] as number) >> (4 * (i & 1))) & 15;
        const product = ((quant as number) - 2 ** (bits - 1)) * (scales[Math.floor(i / blockSize)] as number);
        const value = product + (offsets?.[group * rows + row] ?? 0);
        assert.ok(Math.abs(value - (found[i] as number)) < 1e-6, `${tensor.name}[${i}]`);
      }
    });
  }
});

test('the manifest says what was made of what', async () => {
  const folder = at('facts');
  const { manifest } = await convert(gguf, folder);
  assert.deepEqual(manifest.source, {
    format: 'gguf',
    files: [{ name: 'tiny.gguf', bytes: statSync(gguf).size, sha256: sumOf(gguf) }],
  });
  assert.equal(manifest.architecture, 'llama');
  assert.equal(manifest.spec.feedForward, TINY.feedForward);
  const model = await openModel(gguf);
  assert.deepEqual(await readStoreVocabulary(folder, manifest), await modelVocabulary(model));
  await model.close();
  assert.equal(manifest.data.bytes, statSync(dataOf(folder)).size);
  // 4.5 bits, and the padding of small blocks.
  assert.ok(bitsPerWeight(manifest) < 4.8, `${bitsPerWeight(manifest)} bits`);
});

test('rows that are not whole groups get smaller ones, or float16', async () => {
  const source = at('odd.gguf');
  makeTinyLlama(source, { shape: { feedForward: 192, embedding: 80, heads: 2, kvHeads: 1, headSize: 40 } });
  const folder = at('odd');
  const { manifest } = await convert(source, folder, { quantisation: { ...Q4, group: 128 } });
  const encodings = new Map(
    manifest.blocks.flatMap(({ tensors }) => tensors).map(({ name, encoding }) => [name, encoding]),
  );
  assert.deepEqual(encodings.get('blk.0.ffn_down.weight'), { ...Q4, type: 'groups', group: 64 });
  assert.deepEqual(encodings.get('blk.0.ffn_up.weight'), { type: 'f16' });
  await everyTensor(source, folder, () => {});
});

test('the same source and settings make the same bytes, and a finished store is left alone', async () => {
  const [one, two] = [at('same-1'), at('same-2')];
  await convert(gguf, one);
  await convert(gguf, two);
  assert.equal(path.basename(dataOf(one)), path.basename(dataOf(two)));
  assert.equal(sumOf(dataOf(one)), sumOf(dataOf(two)));
  const before = statSync(dataOf(one)).mtimeMs;
  const again = await convert(gguf, one);
  assert.equal(again.keptBlocks, 5);
  assert.equal(statSync(dataOf(one)).mtimeMs, before);
});

test('a store with other settings is replaced only when forced, and is whole until then', async () => {
  const folder = at('forced');
  await convert(gguf, folder);
  const old = dataOf(folder);
  const other: Quantisation = { bits: 8, group: 32, symmetric: true };
  await assert.rejects(
    convert(gguf, folder, { quantisation: other }),
    hasCode('BAD_ARGUMENT', /other settings/),
  );
  await verifyStore(folder);
  const aborted = new AbortController();
  await assert.rejects(
    convert(gguf, folder, {
      quantisation: other,
      force: true,
      signal: aborted.signal,
      onProgress: ({ stage }) => stage === 'convert' && aborted.abort(),
    }),
    hasCode('ABORTED', /was stopped/),
  );
  assert.equal((await verifyStore(folder)).manifest.quantisation.bits, 4);
  await convert(gguf, folder, { quantisation: other, force: true });
  assert.equal((await verifyStore(folder)).manifest.quantisation.bits, 8);
  assert.notEqual(dataOf(folder), old);
  assert.equal(readdirSync(folder).filter((name) => name.endsWith('.bin')).length, 1);
});

test('NaN and infinities in the source are refused by tensor, row and column', async () => {
  for (const value of [Number.NaN, Number.NEGATIVE_INFINITY, 1e30]) {
    for (const quantisation of [Q4, { bits: 16 } as const]) {
      const source = at('spoiled.gguf');
      makeTinyLlama(source, { spoil: { name: 'blk.1.ffn_up.weight', value } });
      await assert.rejects(
        convert(source, at(`spoiled-${value}-${quantisation.bits}`), { quantisation }),
        hasCode('MODEL_CORRUPT', /"blk\.1\.ffn_up\.weight" has .* in row 3 at column 5/),
      );
    }
  }
});

test('a folder that can not be made or written is a bad argument', async () => {
  await assert.rejects(convert(gguf, at('none/none')), hasCode('BAD_ARGUMENT', /can't be written/));
  await assert.rejects(convert(gguf, path.join(gguf, 'inside')), hasCode('BAD_ARGUMENT', /can't be written/));
});

test('never more than a slice of the source is in memory', async () => {
  const source = at('wide.gguf');
  makeTinyLlama(source, { shape: { blocks: 1, vocabulary: 100_000 } });
  const size = statSync(source).size;
  assert.ok(size > 50e6);
  const script = `
    import { openModel } from ${JSON.stringify(`${repositoryRoot}/src/llm/formats/open-model.ts`)};
    import { convertToStore, storeInput } from ${JSON.stringify(`${repositoryRoot}/src/llm/store/index.ts`)};
    const input = await storeInput(await openModel(process.argv[1]));
    global.gc();
    const before = process.memoryUsage().arrayBuffers;
    let most = 0;
    const onProgress = () => { most = Math.max(most, process.memoryUsage().arrayBuffers - before); };
    await convertToStore(input, process.argv[2], { quantisation: ${JSON.stringify(Q4)}, onProgress });
    console.log(most);`;
  const args = ['--expose-gc', '--import', 'tsx', '--input-type=module', '-e', script, source, at('wide')];
  const most = Number(execFileSync(process.execPath, args, { cwd: repositoryRoot, encoding: 'utf8' }));
  assert.ok(most > 0 && most < size / 5, `${most} of ${size} bytes`);
});
