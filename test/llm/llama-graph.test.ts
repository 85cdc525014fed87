import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, test } from 'node:test';
import { ResidentCpuExecutor } from '../../src/llm/executors/resident-cpu.ts';
import { dequantize } from '../../src/llm/formats/dequantize.ts';
import { type GgufFile, openGguf } from '../../src/llm/formats/gguf.ts';
import { makeGguf, randomBlocks } from './make-gguf.ts';

const folder = mkdtempSync(path.join(tmpdir(), 'codriver-graph-'));
after(() => rmSync(folder, { recursive: true, force: true }));

const SHAPE = {
  blocks: 2,
  embedding: 64,
  heads: 2,
  kvHeads: 1,
  headSize: 32,
  feedForward: 96,
  vocabulary: 50,
};
const ROPE_BASE = 10_000;
const EPSILON = 1e-5;
const TYPES = { F32: 0, F16: 1, Q4_0: 2, Q4_1: 3, Q8_0: 8 };

/** A two-block llama whose matrices have the given types, by the part of the name. */
function makeLlama(file: string, typeOf: (name: string) => number): void {
  const { blocks, embedding, heads, kvHeads, headSize, feedForward, vocabulary } = SHAPE;
  let seed = 1;
  const matrix = (name: string, rows: number, columns: number) => {
    const type = typeOf(name);
    return { name, type, shape: [rows, columns], data: randomBlocks(type, rows * columns, seed++) };
  };
  const norm = (name: string) => ({
    name,
    type: 0,
    shape: [embedding],
    data: randomBlocks(0, embedding, seed++),
  });
  const tensors = [matrix('token_embd.weight', vocabulary, embedding), norm('output_norm.weight')];
  for (let block = 0; block < blocks; block++) {
    const prefix = `blk.${block}`;
    tensors.push(
      norm(`${prefix}.attn_norm.weight`),
      norm(`${prefix}.ffn_norm.weight`),
      matrix(`${prefix}.attn_q.weight`, heads * headSize, embedding),
      matrix(`${prefix}.attn_k.weight`, kvHeads * headSize, embedding),
      matrix(`${prefix}.attn_v.weight`, kvHeads * headSize, embedding),
      matrix(`${prefix}.attn_output.weight`, embedding, heads * headSize),
      matrix(`${prefix}.ffn_gate.weight`, feedForward, embedding),
      matrix(`${prefix}.ffn_up.weight`, feedForward, embedding),
      matrix(`${prefix}.ffn_down.weight`, embedding, feedForward),
    );
  }
  const metadata = {
    'general.architecture': 'llama',
    'llama.block_count': blocks,
    'llama.embedding_length': embedding,
    'llama.feed_forward_length': feedForward,
    'llama.attention.head_count': heads,
    'llama.attention.head_count_kv': kvHeads,
    'llama.context_length': 64,
    'llama.attention.layer_norm_rms_epsilon': { float: EPSILON },
    'llama.rope.freq_base': { float: ROPE_BASE },
  };
  makeGguf(file, metadata, tensors);
}

/** The same model in plain float64 loops: logits after the last token. */
async function reference(gguf: GgufFile, tokens: readonly number[]): Promise<number[]> {
  const { blocks, embedding, heads, kvHeads, headSize } = SHAPE;
  const load = async (name: string) => {
    const tensor = gguf.tensors.get(name);
    assert.ok(tensor, name);
    return {
      values: dequantize(tensor.type, await gguf.readTensor(tensor)),
      columns: tensor.shape.at(-1) as number,
    };
  };
  const times = (w: { values: Float32Array; columns: number }, x: readonly number[]): number[] =>
    Array.from({ length: w.values.length / w.columns }, (_, row) =>
      x.reduce((sum, value, i) => sum + value * (w.values[row * w.columns + i] as number), 0),
    );
  const normed = (x: readonly number[], gamma: Float32Array): number[] => {
    const scale = 1 / Math.sqrt(x.reduce((sum, v) => sum + v * v, 0) / x.length + EPSILON);
    return x.map((v, i) => v * scale * (gamma[i] as number));
  };
  const rotated = (x: number[], position: number): number[] =>
    x.map((v, i) => {
      const angle = position * ROPE_BASE ** (-(2 * Math.floor((i % headSize) / 2)) / headSize);
      return i % 2 === 0
        ? v * Math.cos(angle) - (x[i + 1] as number) * Math.sin(angle)
        : (x[i - 1] as number) * Math.sin(angle) + v * Math.cos(angle);
    });
  const table = await load('token_embd.weight');
  let stream = tokens.map((token) => [...table.values.subarray(token * embedding, (token + 1) * embedding)]);
  for (let block = 0; block < blocks; block++) {
    const weight = (name: string) => load(`blk.${block}.${name}.weight`);
    const [norm1, norm2] = [(await weight('attn_norm')).values, (await weight('ffn_norm')).values];
    const [q, k, v, o] = [
      await weight('attn_q'),
      await weight('attn_k'),
      await weight('attn_v'),
      await weight('attn_output'),
    ];
    const [gate, up, down] = [await weight('ffn_gate'), await weight('ffn_up'), await weight('ffn_down')];
    const inputs = stream.map((x) => normed(x, norm1));
    const queries = inputs.map((x, position) => rotated(times(q, x), position));
    const keys = inputs.map((x, position) => rotated(times(k, x), position));
    const values = inputs.map((x) => times(v, x));
    stream = stream.map((x, position) => {
      const mixed = Array.from({ length: heads * headSize }, () => 0);
      for (let head = 0; head < heads; head++) {
        const shared = Math.floor(head / (heads / kvHeads)) * headSize;
        const dots = keys.slice(0, position + 1).map((key) => {
          let dot = 0;
          for (let i = 0; i < headSize; i++)
            dot += (queries[position]?.[head * headSize + i] ?? 0) * (key[shared + i] ?? 0);
          return dot / Math.sqrt(headSize);
        });
        const highest = Math.max(...dots);
        const scores = dots.map((dot) => Math.exp(dot - highest));
        const total = scores.reduce((a, b) => a + b);
        for (const [past, score] of scores.entries()) {
          for (let i = 0; i < headSize; i++) {
            mixed[head * headSize + i] =
              (mixed[head * headSize + i] ?? 0) + (score / total) * (values[past]?.[shared + i] ?? 0);
          }
        }
      }
      const attended = times(o, mixed).map((value, i) => value + (x[i] ?? 0));
      const inner = normed(attended, norm2);
      const ups = times(up, inner);
      const gated = times(gate, inner).map((g, i) => (g / (1 + Math.exp(-g))) * (ups[i] ?? 0));
      return times(down, gated).map((value, i) => value + (attended[i] ?? 0));
    });
  }
  return times(table, normed(stream.at(-1) ?? [], (await load('output_norm.weight')).values));
}

const TOKENS = [3, 41, 7, 7, 19, 0, 33];

/** Root mean square of the difference, as a share of the reference's. */
function relativeError(found: Float32Array, expected: readonly number[]): number {
  const square = expected.reduce((sum, value) => sum + value * value, 0);
  return Math.sqrt(expected.reduce((sum, value, i) => sum + (value - (found[i] ?? 0)) ** 2, 0) / square);
}

// Quantised products round their input to 8 bits, which costs about a hundredth; wrong weights cost all.
const cases: [string, (name: string) => number, number][] = [
  ...Object.entries(TYPES).map(([name, type]): [string, () => number, number] => [
    name,
    () => type,
    type < 2 ? 1e-4 : 0.06,
  ]),
  ['mixed types in one product', (name) => (/attn_k|ffn_up/.test(name) ? TYPES.Q8_0 : TYPES.Q4_1), 0.06],
];
for (const [name, typeOf, tolerance] of cases) {
  test(`the graph computes what plain loops compute: ${name}`, async () => {
    const file = path.join(folder, `${name.replaceAll(' ', '-')}.gguf`);
    makeLlama(file, typeOf);
    const gguf = await openGguf(file);
    const executor = await ResidentCpuExecutor.open(gguf, 1, () => {});
    try {
      const expected = await reference(gguf, TOKENS);
      const whole = await executor.pass(TOKENS, executor.newCache());
      const error = relativeError(whole, expected);
      assert.ok(error < tolerance, `${error} relative error ${error}`);
      const cache = executor.newCache();
      await executor.pass(TOKENS.slice(0, 4), cache);
      for (const token of TOKENS.slice(4, 6)) await executor.pass([token], cache);
      const stepped = await executor.pass(TOKENS.slice(6), cache);
      assert.ok(relativeError(stepped, expected) < tolerance, 'in several passes over the cache');
      assert.deepEqual(cache.tokens, TOKENS);
    } finally {
      await executor.close();
    }
  });
}
