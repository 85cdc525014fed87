import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, test } from 'node:test';
import { type InferenceSession, Tensor } from 'onnxruntime-node';
import {
  createSession,
  externalInitializers,
  OnnxModelWriter,
  relocateExternals,
} from '../../src/onnx/index.ts';

const folder = mkdtempSync(path.join(tmpdir(), 'codriver-external-'));
after(() => rmSync(folder, { recursive: true, force: true }));

const K = 96;
const N = 32;

/** y = x·W + b, saved by onnxruntime with what it packed of W. */
async function saved(): Promise<{ model: Uint8Array; data: Buffer; original: InferenceSession }> {
  const writer = new OnnxModelWriter('test');
  writer.input('x', 'float32', [1, K]);
  const weights = Float32Array.from({ length: K * N }, (_, i) => Math.sin(i));
  writer.initializer('w', 'float32', [K, N], weights);
  writer.initializer(
    'b',
    'float32',
    [N],
    Float32Array.from({ length: N }, (_, i) => i),
  );
  writer.node('MatMul', ['x', 'w'], ['p']);
  writer.node('Add', ['p', 'b'], ['y']);
  writer.output('y', 'float32', [1, N]);
  const model = path.join(folder, 'saved.onnx');
  const original = await createSession(writer.finish(), {
    threads: 1,
    savePrepackedTo: { model, external: 'saved.bin' },
  });
  return { model: readFileSync(model), data: readFileSync(path.join(folder, 'saved.bin')), original };
}

async function run(session: InferenceSession): Promise<Float32Array> {
  const x = new Tensor(
    'float32',
    Float32Array.from({ length: K }, (_, i) => Math.cos(i)),
    [1, K],
  );
  return (await session.run({ x })).y?.data as Float32Array;
}

test('external initializers and what was packed of them are found where they lie', async () => {
  const { model, data, original } = await saved();
  const found = new Map(externalInitializers(model).map((one) => [one.name, one]));
  const bias = found.get('b');
  assert.equal(bias?.location, 'saved.bin');
  assert.equal(bias?.bytes, 4 * N);
  assert.equal(data.readFloatLE((bias?.offset as number) + 4 * 7), 7);
  const weights = found.get('w');
  assert.equal(weights?.bytes, 4 * K * N);
  assert.equal(weights?.prepacked.length, 1);
  const [packed] = weights?.prepacked ?? [];
  assert.ok(packed && packed.bytes >= 4 * K * N && packed.offset + packed.bytes <= data.length);
  await original.release();
});

test('a model whose external data was moved computes the same', async () => {
  const { model, data, original } = await saved();
  const initializers = externalInitializers(model);
  const file = Buffer.alloc(4096 * 16);
  let next = 4096;
  const put = (range: { offset: number; bytes: number } | undefined): number => {
    assert.ok(range);
    const at = next;
    data.copy(file, at, range.offset, range.offset + range.bytes);
    next += Math.ceil(range.bytes / 4096) * 4096;
    return at;
  };
  const moved = relocateExternals(model, (name) => {
    const one = initializers.find((initializer) => initializer.name === name);
    const prepackedOffsets = (one?.prepacked ?? []).map(put);
    return { location: 'moved.bin', offset: put(one), prepackedOffsets };
  });
  writeFileSync(path.join(folder, 'moved.onnx'), moved);
  writeFileSync(path.join(folder, 'moved.bin'), file);
  const session = await createSession(path.join(folder, 'moved.onnx'), { threads: 1 });
  assert.deepEqual(await run(session), await run(original));
  await session.release();
  await original.release();
});

test('a model that stays where it was is the same model', async () => {
  const { model, original } = await saved();
  const initializers = externalInitializers(model);
  const same = relocateExternals(model, (name) => {
    const { location, offset, prepacked } = initializers.find((one) => one.name === name)!;
    return { location, offset, prepackedOffsets: prepacked.map((range) => range.offset) };
  });
  assert.deepEqual(externalInitializers(same), initializers);
  await original.release();
});
