import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, test } from 'node:test';
import { dequantize } from '../../src/llm/formats/dequantize.ts';
import { GGML_TYPES, type GgmlTypeName } from '../../src/llm/formats/ggml-types.ts';
import { openGguf } from '../../src/llm/formats/gguf.ts';
import { isPackable, packLayout, packMatrix } from '../../src/llm/formats/pack-nbits.ts';
import { need, pythonPeers, repositoryRoot } from '../support/require.ts';
import { makeGguf, noise, randomBlocks } from './make-gguf.ts';

const folder = mkdtempSync(path.join(tmpdir(), 'codriver-quants-'));
after(() => rmSync(folder, { recursive: true, force: true }));

const TYPES = Object.keys(GGML_TYPES) as GgmlTypeName[];
const [ROWS, COLUMNS] = [5, 512];

const oneNan = (values: Float32Array): Float32Array =>
  values.map((value) => (Number.isNaN(value) ? Number.NaN : value));

/** A file with one matrix of each type. */
function fileOf(name: string, data: (type: number, seed: number) => Uint8Array): string {
  const file = path.join(folder, name);
  makeGguf(
    file,
    { 'general.architecture': 'llama' },
    TYPES.map((type, i) => {
      const { code } = GGML_TYPES[type];
      return { name: type, type: code, shape: [ROWS, COLUMNS], data: data(code, 7 + i) };
    }),
  );
  return file;
}

const sound = fileOf('sound.gguf', (type, seed) => randomBlocks(type, ROWS * COLUMNS, seed));

/** Any bytes at all: scales of every size, subnormal, infinite and NaN. */
const wild = fileOf('wild.gguf', (type, seed) => {
  const next = noise(seed);
  return randomBlocks(type, ROWS * COLUMNS, seed).map(() => Math.floor(next() * 256));
});

async function everyTensor(
  file: string,
  visit: (type: GgmlTypeName, bytes: Uint8Array) => void,
): Promise<void> {
  const gguf = await openGguf(file);
  try {
    for (const tensor of gguf.tensors.values())
      visit(tensor.type as GgmlTypeName, await gguf.readTensor(tensor));
  } finally {
    await gguf.close();
  }
}

for (const file of [sound, wild]) {
  const name = path.basename(file, '.gguf');
  test(`every type dequantises bit by bit as gguf-py: ${name} bytes`, {
    skip: need('python-peers'),
  }, async () => {
    const script = path.join(repositoryRoot, 'test', 'llm', 'oracle_gguf.py');
    const printed = execFileSync(pythonPeers(), [script, file], {
      encoding: 'utf8',
      maxBuffer: 1 << 26,
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    const oracle = JSON.parse(printed) as Record<string, [number[], string]>;
    assert.deepEqual(Object.keys(oracle).sort(), [...TYPES].sort());
    await everyTensor(file, (type, bytes) => {
      const [shape, base64] = oracle[type] ?? [[], ''];
      assert.deepEqual(shape, [ROWS, COLUMNS]);
      const expected = new Float32Array(Uint8Array.from(Buffer.from(base64, 'base64')).buffer);
      // Typed arrays are compared byte by byte, which tells −0 from 0, but also one NaN from another.
      assert.deepEqual(oneNan(dequantize(type, bytes)), oneNan(expected), type);
    });
  });
}

test('packing for MatMulNBits changes no weight', async () => {
  const packed = new Set<GgmlTypeName>();
  await everyTensor(sound, (type, bytes) => {
    if (!isPackable(type)) return;
    packed.add(type);
    const expected = dequantize(type, bytes);
    const { bits, blockSize, quants, scales, offsets } = packMatrix(type, bytes, ROWS, COLUMNS);
    assert.deepEqual({ bits, blockSize, hasOffsets: offsets !== undefined }, packLayout(type));
    // The one rounding: 8 scales are added to the offset where the quants can't be moved.
    const tolerance = type === 'Q4_1' || type === 'Q4_K' ? 2 ** -20 : 0;
    for (let i = 0; i < ROWS * COLUMNS; i++) {
      const [row, group] = [Math.floor(i / COLUMNS), Math.floor((i % COLUMNS) / blockSize)];
      const quant =
        bits === 8 ? (quants[i] as number) - 128 : (((quants[i >> 1] as number) >> (4 * (i & 1))) & 15) - 8;
      const product = quant * (scales[Math.floor(i / blockSize)] as number);
      const value = Math.fround(product + (offsets?.[group * ROWS + row] ?? 0));
      const error = Math.abs(value - (expected[i] as number));
      assert.ok(error <= tolerance, `${type}[${i}]: ${value} ≠ ${expected[i]}`);
    }
  });
  assert.deepEqual([...packed].sort(), TYPES.filter((type) => !/^B?F/.test(type)).sort());
});

test('a scale that is not finite is refused with the tensor and the place', async () => {
  for (const type of TYPES) {
    if (!isPackable(type)) continue;
    const bytes = randomBlocks(GGML_TYPES[type].code, ROWS * COLUMNS, 3);
    // Every half-precision number of the last block, whatever its place: infinite.
    const { blockBytes } = GGML_TYPES[type];
    bytes.fill(0x7c, bytes.length - blockBytes);
    assert.throws(
      () => packMatrix(type, bytes, ROWS, COLUMNS, undefined, 'blk.1.ffn_up.weight'),
      (error) => {
        const { code, message } = error as { code?: string; message: string };
        assert.equal(code, 'MODEL_CORRUPT');
        assert.match(message, /"blk\.1\.ffn_up\.weight".*row 4 at column (480|256)/, type);
        return true;
      },
    );
  }
});
