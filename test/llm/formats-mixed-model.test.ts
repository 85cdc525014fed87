import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, test } from 'node:test';
import { ResidentCpuExecutor } from '../../src/llm/executors/resident-cpu.ts';
import { dequantize } from '../../src/llm/formats/dequantize.ts';
import { GGML_TYPES, type GgmlTypeName } from '../../src/llm/formats/ggml-types.ts';
import { openGguf } from '../../src/llm/formats/gguf.ts';
import { type MetaValue, makeGguf } from './make-gguf.ts';
import { makeTinyLlama } from './store/tiny-model.ts';

const folder = mkdtempSync(path.join(tmpdir(), 'codriver-mixed-'));
after(() => rmSync(folder, { recursive: true, force: true }));

/** Rows of 256 take super-blocks; those of ffn_down, 288, don't. */
const SHAPE = { embedding: 256, heads: 4, kvHeads: 2, headSize: 64, feedForward: 288 };
const TOKENS = [3, 41, 7, 7, 19, 0, 33];

/** The same model with every tensor expanded to float32. */
async function expanded(file: string, to: string): Promise<void> {
  const gguf = await openGguf(file);
  const tensors = [];
  for (const tensor of gguf.tensors.values()) {
    const values = dequantize(tensor.type, await gguf.readTensor(tensor));
    const data = new Uint8Array(values.buffer);
    tensors.push({ name: tensor.name, type: GGML_TYPES.F32.code, shape: tensor.shape, data });
  }
  // makeGguf writes whole numbers as integers and others as floats only when told so.
  const metadata = [...gguf.metadata].map(([key, value]) => [
    key,
    /epsilon|freq_base/.test(key) ? { float: value } : value,
  ]);
  makeGguf(to, Object.fromEntries(metadata) as Record<string, MetaValue>, tensors);
  await gguf.close();
}

async function logits(file: string): Promise<Float32Array> {
  const executor = await ResidentCpuExecutor.open(await openGguf(file), 1, () => {});
  try {
    return Float32Array.from(await executor.pass(TOKENS, executor.newCache()));
  } finally {
    await executor.close();
  }
}

/** As llama.cpp mixes them in a Q4_K_M file; what has no whole super-blocks falls back to Q5_0 and Q8_0. */
function q4KM(name: string): GgmlTypeName {
  if (name === 'token_embd.weight') return 'Q6_K';
  if (name.includes('ffn_down')) return name.startsWith('blk.0') ? 'Q8_0' : 'Q5_0';
  return name.includes('attn_v') && !name.startsWith('blk.1') ? 'Q6_K' : 'Q4_K';
}

const mixtures: readonly [string, (name: string) => GgmlTypeName][] = [
  ['Q4_K_M', q4KM],
  ['Q5_K_M', (name) => q4KM(name).replace('Q4_K', 'Q5_K').replace('Q5_0', 'Q5_1') as GgmlTypeName],
  ['Q3_K and Q2_K', (name) => (name.includes('ffn_down') ? 'Q5_0' : name.includes('attn') ? 'Q2_K' : 'Q3_K')],
  ['BF16', () => 'BF16'],
];

for (const [name, typeOf] of mixtures) {
  test(`a ${name} model computes what its expanded twin computes`, async () => {
    const file = path.join(folder, `${name}.gguf`);
    makeTinyLlama(file, { typeOf: (tensor) => GGML_TYPES[typeOf(tensor)].code, shape: SHAPE });
    const twin = path.join(folder, `${name}-f32.gguf`);
    await expanded(file, twin);
    const [found, expected] = [await logits(file), await logits(twin)];
    let [errors, squares] = [0, 0];
    for (const [i, value] of expected.entries()) {
      errors += (value - (found[i] as number)) ** 2;
      squares += value ** 2;
    }
    const error = Math.sqrt(errors / squares);
    // Inputs of quantised products are rounded to 8 bits, which costs some hundredths; wrong weights cost all.
    assert.ok(error < (name === 'BF16' ? 1e-4 : 0.1), `relative error ${error}`);
    assert.ok(squares > 0);
  });
}
