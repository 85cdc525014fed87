import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, test } from 'node:test';
import { Tensor } from 'onnxruntime-node';
import { dequantize } from '../../src/llm/formats/dequantize.ts';
import { GGML_TYPES, type GgmlTypeName } from '../../src/llm/formats/ggml-types.ts';
import { isPackable, type PackableType, packMatrix } from '../../src/llm/formats/pack-nbits.ts';
import { createSession, OnnxModelWriter } from '../../src/onnx/index.ts';
import { noise, randomBlocks } from './make-gguf.ts';

const folder = mkdtempSync(path.join(tmpdir(), 'codriver-products-'));
after(() => rmSync(folder, { recursive: true, force: true }));

const [TOKENS, ROWS, COLUMNS] = [3, 24, 768];

/** x·Wᵀ by onnxruntime over packed weights; offsets are applied to the exact sums of x. */
async function product(type: PackableType, bytes: Uint8Array, x: Float32Array, level: 0 | 4) {
  const packed = packMatrix(type, bytes, ROWS, COLUMNS);
  const { bits, blockSize, quants, scales, offsets } = packed;
  const groups = COLUMNS / blockSize;
  const graph = new OnnxModelWriter('product');
  graph.input('x', 'float32', [TOKENS, COLUMNS]);
  graph.initializer('q', 'uint8', [ROWS, groups, (bits * blockSize) / 8], quants);
  graph.initializer('s', 'float32', [ROWS * groups], scales);
  const attributes = { K: COLUMNS, N: ROWS, bits, block_size: blockSize, accuracy_level: level };
  graph.node('MatMulNBits', ['x', 'q', 's'], ['y'], attributes, 'com.microsoft');
  graph.output('y', 'float32', [TOKENS, ROWS]);
  const file = path.join(folder, `${type}-${level}.onnx`);
  writeFileSync(file, graph.finish());
  const session = await createSession(file, { threads: 1 });
  const run = await session.run({ x: new Tensor('float32', x, [TOKENS, COLUMNS]) });
  await session.release();
  return Float32Array.from(run.y?.data as Float32Array, (value, i) => {
    const [token, row] = [Math.floor(i / ROWS), i % ROWS];
    for (let group = 0; offsets !== undefined && group < groups; group++) {
      const first = token * COLUMNS + group * blockSize;
      const sum = x.subarray(first, first + blockSize).reduce((a, b) => a + b);
      value += (offsets[group * ROWS + row] as number) * sum;
    }
    return value;
  });
}

// Level 0 computes in float32. Level 4 rounds x to 8 bits, a 250th of the largest of a block.
for (const [level, tolerance] of [
  [0, 1e-5],
  [4, 0.01],
] as const) {
  for (const type of Object.keys(GGML_TYPES) as GgmlTypeName[]) {
    if (!isPackable(type)) continue;
    test(`products of ${type} at accuracy level ${level} equal those of the expanded matrix`, async () => {
      const bytes = randomBlocks(GGML_TYPES[type].code, ROWS * COLUMNS, 11);
      const next = noise(5);
      const x = Float32Array.from({ length: TOKENS * COLUMNS }, () => next() * 2 - 1);
      const found = await product(type, bytes, x, level);
      const weights = dequantize(type, bytes);
      let [errors, squares] = [0, 0];
      for (const [i, value] of found.entries()) {
        const [token, row] = [Math.floor(i / ROWS), i % ROWS];
        let expected = 0;
        for (let k = 0; k < COLUMNS; k++) {
          expected += (x[token * COLUMNS + k] as number) * (weights[row * COLUMNS + k] as number);
        }
        errors += (value - expected) ** 2;
        squares += expected ** 2;
      }
      const error = Math.sqrt(errors / squares);
      assert.ok(error < tolerance, `relative error ${error}`);
    });
  }
}
