import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, test } from 'node:test';
import { openGguf } from '../../src/llm/formats/gguf.ts';
import { halfToNumber } from '../../src/llm/formats/half.ts';
import { makeGguf, randomBlocks } from './make-gguf.ts';

const folder = mkdtempSync(path.join(tmpdir(), 'codriver-gguf-'));
after(() => rmSync(folder, { recursive: true, force: true }));

const TYPES = { F32: 0, F16: 1, Q4_0: 2, Q4_1: 3, Q8_0: 8 };
const [ROWS, COLUMNS] = [7, 96];
const file = path.join(folder, 'types.gguf');
makeGguf(
  file,
  {
    'general.architecture': 'llama',
    answer: 42,
    pi: { float: 3.5 },
    yes: true,
    words: ['a', 'ü'],
    ids: [1, 2],
  },
  Object.entries(TYPES).map(([name, type], i) => ({
    name,
    type,
    shape: [ROWS, COLUMNS],
    data: randomBlocks(type, ROWS * COLUMNS, 7 + i),
  })),
);

const isCorrupt = (words: RegExp) => (error: unknown) => {
  const { code, message } = error as { code?: string; message: string };
  assert.equal(code, 'MODEL_CORRUPT', message);
  assert.match(message, words);
  return true;
};

test('metadata, shapes and extents are read as written', async () => {
  const gguf = await openGguf(file);
  assert.equal(gguf.version, 3);
  assert.deepEqual(Object.fromEntries(gguf.metadata), {
    'general.architecture': 'llama',
    answer: 42,
    pi: 3.5,
    yes: true,
    words: ['a', 'ü'],
    ids: [1, 2],
  });
  for (const [name, type] of Object.entries(TYPES)) {
    const tensor = gguf.tensors.get(name);
    assert.ok(tensor);
    assert.deepEqual(tensor.shape, [ROWS, COLUMNS]);
    assert.deepEqual(
      Buffer.from(await gguf.readTensor(tensor)),
      randomBlocks(type, ROWS * COLUMNS, 7 + Object.keys(TYPES).indexOf(name)),
    );
  }
  await gguf.close();
});

test('half precision: subnormals, signs and infinities', () => {
  const cases = {
    0: 0,
    1: 2 ** -24,
    1023: 1023 * 2 ** -24,
    1024: 2 ** -14,
    15360: 1,
    31743: 65504,
    48128: -1,
  };
  for (const [bits, value] of Object.entries(cases)) assert.equal(halfToNumber(Number(bits)), value);
  assert.equal(halfToNumber(31744), Number.POSITIVE_INFINITY);
  assert.ok(Number.isNaN(halfToNumber(31745)));
});

test('a file cut at any point is refused with what was cut', async () => {
  const bytes = readFileSync(file);
  const cut = path.join(folder, 'cut.gguf');
  for (const length of [0, 3, 10, 30, 100, 300]) {
    writeFileSync(cut, bytes.subarray(0, length));
    await assert.rejects(openGguf(cut), isCorrupt(/ends at byte|does not begin/));
  }
  writeFileSync(cut, bytes.subarray(0, bytes.length - 100));
  await assert.rejects(openGguf(cut), isCorrupt(/tensor "Q8_0" needs bytes/));
});

test('wrong magic, absurd counts and unknown types are named', async () => {
  const bytes = readFileSync(file);
  const bad = path.join(folder, 'bad.gguf');
  const damaged = (offset: number, byte: number): string => {
    const copy = Buffer.from(bytes);
    copy[offset] = byte;
    writeFileSync(bad, copy);
    return bad;
  };
  await assert.rejects(openGguf(damaged(0, 0)), isCorrupt(/does not begin with "GGUF"/));
  await assert.rejects(openGguf(damaged(4, 9)), { code: 'MODEL_UNSUPPORTED' });
  await assert.rejects(openGguf(damaged(15, 255)), isCorrupt(/tensor count/));
  makeGguf(bad, {}, [{ name: 'odd', type: 16, shape: [32], data: new Uint8Array(64) }]);
  await assert.rejects(openGguf(bad), { code: 'MODEL_UNSUPPORTED' });
  makeGguf(bad, {}, [{ name: 'ragged', type: 2, shape: [40], data: new Uint8Array(64) }]);
  await assert.rejects(openGguf(bad), isCorrupt(/"ragged" has rows of 40/));
  await assert.rejects(openGguf(path.join(folder, 'none.gguf')), { code: 'MODEL_MISSING' });
});
