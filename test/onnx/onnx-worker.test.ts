import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import { openOnnxWorker } from '../../src/onnx/index.ts';
import { modelFile, need } from '../support/require.ts';

const isCode = (code: string) => (error: unknown) => (error as { code?: string }).code === code;

test('a real ONNX file runs in a worker and gives its metadata', { skip: need('ocr') }, async () => {
  const worker = await openOnnxWorker({ file: modelFile('ppocrv6-rec-small'), threads: 1 });
  try {
    assert.equal(worker.inputs.length, 1);
    const characters = worker.metadata.character?.split('\n') ?? [];
    assert.ok(characters.includes('速') && characters.includes('に'), 'the character list has Japanese');
    const width = 160;
    const data = new Float32Array(3 * 48 * width);
    const input = worker.inputs[0]?.name ?? '';
    const runs = [0, 1].map(() =>
      worker.run({ [input]: { type: 'float32', data, dims: [1, 3, 48, width] } }),
    );
    const [first, second] = await Promise.all(runs);
    const output = Object.values(first ?? {})[0];
    assert.ok(output?.type === 'float32');
    assert.equal(output.dims[0], 1);
    assert.equal(output.dims[2], characters.length + 2, 'one class a character, a blank and a space');
    assert.deepEqual(Object.values(second ?? {})[0]?.data, output.data);
    assert.equal(data.length, 3 * 48 * width, 'the feed stays with the caller');
    await assert.rejects(worker.run({}), isCode('MODEL_FAILED'));
  } finally {
    await worker.close();
  }
  await assert.rejects(worker.run({}), isCode('MODEL_FAILED'));
});

test('a missing file, a text file and a truncated model are told apart from a good one', async () => {
  const folder = await mkdtemp(path.join(tmpdir(), 'codriver-onnx-'));
  try {
    await assert.rejects(openOnnxWorker({ file: path.join(folder, 'none.onnx') }), isCode('MODEL_MISSING'));
    const text = path.join(folder, 'text.onnx');
    await writeFile(text, 'this is not a model, it is a sentence');
    await assert.rejects(openOnnxWorker({ file: text }), isCode('MODEL_CORRUPT'));
    const empty = path.join(folder, 'empty.onnx');
    await writeFile(empty, '');
    await assert.rejects(openOnnxWorker({ file: empty }), isCode('MODEL_CORRUPT'));
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});
