import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, test } from 'node:test';
import { dequantize } from '../../src/llm/formats/dequantize.ts';
import { openModel } from '../../src/llm/formats/open-model.ts';
import { openSafetensorsFile } from '../../src/llm/formats/safetensors.ts';
import { noise } from './make-gguf.ts';

const folder = mkdtempSync(path.join(tmpdir(), 'codriver-safetensors-'));
after(() => rmSync(folder, { recursive: true, force: true }));

type Entry = { dtype: string; shape: unknown; data_offsets: unknown };

/** A file with this header and `bytes` of data: 0, 1, 2, … */
function make(header: Record<string, unknown> | string, bytes: number, name = 'a.safetensors'): string {
  const text = Buffer.from(typeof header === 'string' ? header : JSON.stringify(header));
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(text.length));
  const data = Buffer.from(Array.from({ length: bytes }, (_, i) => i % 256));
  const file = path.join(folder, name);
  writeFileSync(file, Buffer.concat([length, text, data]));
  return file;
}

const entry = (dtype: string, shape: unknown, from: unknown, to: unknown): Entry => ({
  dtype,
  shape,
  data_offsets: [from, to],
});

test('tensors are read whole and in part, in every element type', async () => {
  const floats = Float32Array.of(1.5, -2, 0.25, 3);
  const file = make(
    {
      __metadata__: { format: 'pt' },
      third: entry('F16', [2], 24, 28),
      first: entry('F32', [2, 2], 0, 16),
      second: entry('BF16', [4], 16, 24),
      scalar: entry('F32', [], 28, 32),
      none: entry('F32', [0, 5], 32, 32),
    },
    32,
  );
  const bytes = readFileSync(file);
  const start = bytes.length - 32;
  Buffer.from(floats.buffer).copy(bytes, start);
  // The upper halves of the same numbers; 1 and −0.5 in half precision.
  for (let i = 0; i < 4; i++) bytes.writeUInt16LE(bytes.readUInt16LE(start + 4 * i + 2), start + 16 + 2 * i);
  bytes.writeUInt16LE(0x3c00, start + 24);
  bytes.writeUInt16LE(0xb800, start + 26);
  writeFileSync(file, bytes);
  const opened = await openSafetensorsFile(file);
  try {
    const read = async (name: string): Promise<number[]> => {
      const tensor = opened.tensors.get(name);
      assert.ok(tensor);
      const into = new Uint8Array(tensor.bytes);
      await opened.read(tensor, 0, into);
      return [...dequantize(tensor.type, into)];
    };
    assert.deepEqual([...opened.tensors.keys()].sort(), ['first', 'none', 'scalar', 'second', 'third']);
    assert.deepEqual(opened.tensors.get('first')?.shape, [2, 2]);
    assert.deepEqual(await read('first'), [...floats]);
    assert.deepEqual(await read('second'), [...floats]);
    assert.deepEqual(await read('third'), [1, -0.5]);
    assert.deepEqual(await read('none'), []);
    const part = new Uint8Array(4);
    const first = opened.tensors.get('first');
    assert.ok(first);
    opened.readSync(first, 4, part);
    assert.deepEqual([...dequantize('F32', part)], [-2]);
  } finally {
    await opened.close();
  }
});

const good = { t: entry('F32', [2], 0, 8), u: entry('F32', [2], 8, 16) };
const damaged: [string, Record<string, unknown> | string, number, RegExp][] = [
  ['cut in a tensor', good, 12, /"u" needs bytes \d+ to \d+, but the file ends/],
  ['bytes behind the last', good, 20, /belong to no tensor/],
  ['overlap', { ...good, u: entry('F32', [2], 4, 12) }, 12, /"u" overlaps/],
  ['the same bytes twice', { ...good, u: entry('F32', [2], 0, 8) }, 8, /"[tu]" overlaps/],
  ['a gap', { ...good, u: entry('F32', [2], 12, 20) }, 20, /before tensor "u", belong to no tensor/],
  ['beyond the file', { ...good, u: entry('F32', [2], 8, 2 ** 50) }, 16, /"u" needs 8 bytes/],
  ['far beyond', { u: entry('F32', [2 ** 40], 0, 2 ** 42) }, 16, /"u" needs bytes/],
  ['an overflowing shape', { u: entry('F32', [2 ** 50, 2 ** 50], 0, 16) }, 16, /"u" needs/],
  ['backwards', { u: entry('F32', [2], 8, 0) }, 8, /"u" needs 8 bytes and has -8/],
  ['a negative offset', { u: entry('F32', [2], -8, 0) }, 8, /"u" lies at/],
  ['a negative shape', { u: entry('F32', [-2], 0, 8) }, 8, /"u" has the shape/],
  ['a fraction', { u: entry('F32', [1.5], 0, 6) }, 6, /"u" has the shape/],
  ['no shape', { u: { dtype: 'F32', data_offsets: [0, 8] } }, 8, /"u" has the shape/],
  ['no extent', { u: { dtype: 'F32', shape: [2] } }, 8, /"u" lies at/],
  ['no type', { u: { shape: [2], data_offsets: [0, 8] } }, 8, /"u" has no element type/],
  ['an entry that is none', { u: null }, 0, /"u" has no element type/],
  ['a list', '[]', 0, /not an object/],
  ['no JSON', '{"t":', 0, /not JSON/],
];
for (const [name, header, bytes, message] of damaged) {
  test(`refused, naming the tensor: ${name}`, async () => {
    await assert.rejects(openSafetensorsFile(make(header, bytes)), { code: 'MODEL_CORRUPT', message });
  });
}

test('a header longer than the file, or than the format allows, is refused before it is read', async () => {
  const file = make(good, 16);
  for (const length of [2n ** 63n, 10n ** 9n, 5000n]) {
    const bytes = readFileSync(file);
    bytes.writeBigUInt64LE(length);
    writeFileSync(file, bytes);
    await assert.rejects(openSafetensorsFile(file), { code: 'MODEL_CORRUPT', message: /header claims/ });
  }
  for (const size of [0, 7]) {
    truncateSync(file, size);
    await assert.rejects(openSafetensorsFile(file), { code: 'MODEL_CORRUPT', message: /within its header/ });
  }
});

test('other element types are refused by name; what is not there is missing', async () => {
  await assert.rejects(openSafetensorsFile(make({ t: entry('I64', [1], 0, 8) }, 8)), {
    code: 'MODEL_UNSUPPORTED',
    message: /"t".*I64/,
  });
  await assert.rejects(openSafetensorsFile(path.join(folder, 'nothing')), { code: 'MODEL_MISSING' });
});

test('a file cut after it was opened ends early, naming the tensor', async () => {
  const file = make(good, 16);
  const opened = await openSafetensorsFile(file);
  const tensor = opened.tensors.get('u');
  assert.ok(tensor);
  truncateSync(file, readFileSync(file).length - 4);
  const into = new Uint8Array(8);
  await assert.rejects(opened.read(tensor, 0, into), { code: 'MODEL_CORRUPT', message: /"u" ends early/ });
  assert.throws(() => opened.readSync(tensor, 0, into), { code: 'MODEL_CORRUPT', message: /"u" ends early/ });
  await opened.close();
});

test('flipped bytes in the header never hang, crash or leave the file', async () => {
  const bytes = readFileSync(make(good, 16));
  const file = path.join(folder, 'flipped.safetensors');
  const random = noise(5);
  let refused = 0;
  for (let round = 0; round < 300; round++) {
    const copy = Buffer.from(bytes);
    const at = Math.floor(random() * (bytes.length - 16));
    copy[at] = Math.floor(random() * 256);
    writeFileSync(file, copy);
    try {
      const opened = await openSafetensorsFile(file);
      for (const { offset, bytes: length } of opened.tensors.values())
        assert.ok(offset + length <= copy.length);
      await opened.close();
    } catch (error) {
      assert.match((error as { code: string }).code, /^MODEL_(CORRUPT|UNSUPPORTED)$/);
      refused++;
    }
  }
  assert.ok(refused > 200, `${refused} of 300`);
});

/** A model folder of two shards. */
function sharded(name: string, weightMap: unknown): string {
  const own = path.join(folder, name);
  mkdirSync(own);
  writeFileSync(path.join(own, 'config.json'), '{"model_type":"llama","a":{"b":[1,2]},"c":null}');
  make({ t: entry('F32', [2], 0, 8) }, 8, `${name}/one.safetensors`);
  make({ u: entry('F32', [1], 0, 4) }, 4, `${name}/two.safetensors`);
  writeFileSync(path.join(own, 'model.safetensors.index.json'), JSON.stringify({ weight_map: weightMap }));
  return own;
}

test('a model in several files is one source', async () => {
  const own = sharded('two', { t: 'one.safetensors', u: 'two.safetensors' });
  for (const location of [own, path.join(own, 'model.safetensors.index.json')]) {
    const model = await openModel(location);
    assert.equal(model.format, 'safetensors');
    assert.deepEqual([...model.tensors.keys()], ['t', 'u']);
    const tensor = model.tensors.get('u');
    assert.ok(tensor);
    assert.deepEqual([...(await model.readTensor(tensor))], [0, 1, 2, 3]);
    if (model.format === 'safetensors') assert.deepEqual(model.config.get('a.b'), [1, 2]);
    await model.close();
  }
  const one = await openModel(path.join(own, 'one.safetensors'));
  assert.deepEqual([...one.tensors.keys()], ['t']);
  await one.close();
});

test('an index that does not fit its files is refused', async () => {
  const cases: [unknown, string, RegExp][] = [
    [{ t: 'two.safetensors' }, 'MODEL_CORRUPT', /"t" is not in two\.safetensors/],
    [{ t: '../two/one.safetensors' }, 'MODEL_CORRUPT', /"t" into/],
    [{ t: '..' }, 'MODEL_CORRUPT', /"t" into/],
    [{ t: 7 }, 'MODEL_CORRUPT', /"t" into 7/],
    [{ t: 'three.safetensors' }, 'MODEL_MISSING', /three\.safetensors/],
    [undefined, 'MODEL_CORRUPT', /no weight_map/],
  ];
  for (const [i, [weightMap, code, message]] of cases.entries()) {
    await assert.rejects(openModel(sharded(`bad${i}`, weightMap)), { code, message });
  }
});

test('a folder without its config, or without weights, says what is missing', async () => {
  const own = path.join(folder, 'empty');
  mkdirSync(own);
  await assert.rejects(openModel(own), { code: 'MODEL_MISSING', message: /config\.json/ });
  writeFileSync(path.join(own, 'config.json'), '{}');
  await assert.rejects(openModel(own), { code: 'MODEL_MISSING', message: /model\.safetensors/ });
  for (const text of ['[]', '{']) {
    writeFileSync(path.join(own, 'config.json'), text);
    await assert.rejects(openModel(own), { code: 'MODEL_CORRUPT', message: /config\.json/ });
  }
  await assert.rejects(openModel(path.join(folder, 'no', 'x.safetensors')), { code: 'MODEL_MISSING' });
});
