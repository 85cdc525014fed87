import assert from 'node:assert/strict';
import { test } from 'node:test';
import { checkLogits, greedyMaskedToken, greedyToken } from '../../src/llm/decoding/sampler.ts';
import { checkSampling, RandomSampler, type Sampling } from '../../src/llm/decoding/sampler-random.ts';
import { loadLanguageModel } from '../../src/llm/index.ts';
import { modelFile, need } from '../support/require.ts';
import { noise } from './make-gguf.ts';

const next = noise(11);
const LOGITS = Float32Array.from({ length: 40 }, () => 6 * next() - 3);

/** The distribution by its definition: temperature, top-k, top-p, one after the other, on sorted lists. */
function exact(
  logits: Float32Array,
  { temperature, topK, topP = 1 }: Sampling,
  allowed?: number[],
): number[] {
  const ids = allowed ?? [...logits.keys()];
  const ranked = ids
    .map((id) => ({ id, weight: Math.exp((logits[id] as number) / temperature) }))
    .sort((a, b) => b.weight - a.weight || a.id - b.id)
    .slice(0, topK ?? ids.length);
  const total = ranked.reduce((sum, { weight }) => sum + weight, 0);
  let before = 0;
  const kept = ranked.filter(({ weight }) => {
    const keep = before < topP;
    before += weight / total;
    return keep;
  });
  const keptTotal = kept.reduce((sum, { weight }) => sum + weight, 0);
  const probabilities: number[] = Array.from({ length: logits.length }, () => 0);
  for (const { id, weight } of kept) probabilities[id] = weight / keptTotal;
  return probabilities;
}

function maskOf(ids: readonly number[], tokens: number): Int32Array {
  const mask = new Int32Array(Math.ceil(tokens / 32));
  for (const id of ids) mask[id >> 5] = (mask[id >> 5] as number) | (1 << (id & 31));
  return mask;
}

/** Tokens drawn `draws` times from the same logits. */
function frequencies(sampling: Sampling, draws: number, mask?: Int32Array): number[] {
  const sampler = new RandomSampler(sampling);
  const counts: number[] = Array.from({ length: LOGITS.length }, () => 0);
  for (let i = 0; i < draws; i++) {
    const id = sampler.pick(LOGITS, mask);
    counts[id] = (counts[id] as number) + 1;
  }
  return counts;
}

const ALLOWED = [0, 3, 4, 9, 17, 31, 32, 33, 38, 39];
const cases: [string, Sampling, number[] | undefined][] = [
  ['temperature 1', { temperature: 1, seed: 1 }, undefined],
  ['temperature 0.5', { temperature: 0.5, seed: 2 }, undefined],
  ['temperature 3', { temperature: 3, seed: 3 }, undefined],
  ['top-k', { temperature: 1, topK: 5, seed: 4 }, undefined],
  ['top-p', { temperature: 1, topP: 0.6, seed: 5 }, undefined],
  ['all three', { temperature: 1.5, topK: 12, topP: 0.8, seed: 6 }, undefined],
  ['a mask', { temperature: 1, seed: 7 }, ALLOWED],
  ['all three under a mask', { temperature: 2, topK: 6, topP: 0.9, seed: 8 }, ALLOWED],
];
for (const [name, sampling, allowed] of cases) {
  test(`frequencies follow the exact distribution: ${name}`, () => {
    const draws = 20_000;
    const mask = allowed && maskOf(allowed, LOGITS.length);
    const counts = frequencies(sampling, draws, mask);
    const probabilities = exact(LOGITS, sampling, allowed);
    let [chiSquare, freedom] = [0, -1];
    for (const [id, probability] of probabilities.entries()) {
      if (probability === 0) {
        assert.equal(counts[id], 0, `token ${id} may not come`);
        continue;
      }
      chiSquare += ((counts[id] as number) - draws * probability) ** 2 / (draws * probability);
      freedom++;
    }
    assert.ok(freedom >= 3, `${freedom + 1} tokens are too few to tell`);
    // Mean and standard deviation of χ² are n and √2n: four of them are 1 in 10,000 for a right sampler.
    const bound = freedom + 4 * Math.sqrt(2 * freedom);
    assert.ok(chiSquare < bound, `χ² ${chiSquare} of ${freedom} degrees of freedom`);
    assert.ok(chiSquare > 0.05 * freedom, 'too even to be random');
  });
}

test('top-p keeps the token that reaches it, and no further one', () => {
  // Probabilities 1/2, 1/4, 1/8, 1/8.
  const logits = Float32Array.from([3, 2, 1, 1], (power) => power * Math.LN2);
  const seen = (topP: number): number[] => {
    const sampler = new RandomSampler({ temperature: 1, topP });
    return [...new Set(Array.from({ length: 400 }, () => sampler.pick(logits)))].sort();
  };
  assert.deepEqual(seen(0.0001), [0]);
  assert.deepEqual(seen(0.49), [0]);
  assert.deepEqual(seen(0.51), [0, 1]);
  assert.deepEqual(seen(0.74), [0, 1]);
  assert.deepEqual(seen(0.76), [0, 1, 2], 'of equals, the lower id');
  assert.deepEqual(seen(0.88), [0, 1, 2, 3]);
  assert.deepEqual(seen(1), [0, 1, 2, 3]);
});

test('top-k 1 and a vanishing temperature are greedy', () => {
  const random = noise(3);
  for (let round = 0; round < 50; round++) {
    const logits = Float32Array.from({ length: 300 }, () => 10 * random() - 5);
    const ids = [...logits.keys()].filter(() => random() < 0.3);
    const mask = maskOf(ids, logits.length);
    for (const sampling of [
      { temperature: 1, topK: 1 },
      { temperature: 1e-9 },
      { temperature: 5, topP: 1e-9 },
    ]) {
      const sampler = new RandomSampler({ ...sampling, seed: round });
      assert.equal(sampler.pick(logits), greedyToken(logits));
      assert.equal(sampler.pick(logits, mask), greedyMaskedToken(logits, mask));
    }
  }
});

test('a seed gives the same tokens again, another seed others', () => {
  const draw = (seed: number): number[] => {
    const sampler = new RandomSampler({ temperature: 1, seed });
    return Array.from({ length: 50 }, () => sampler.pick(LOGITS));
  };
  assert.deepEqual(draw(42), draw(42));
  assert.notDeepEqual(draw(42), draw(43));
});

test('impossible tokens never come, and nothing possible is -1', () => {
  const logits = Float32Array.from([Number.NEGATIVE_INFINITY, 0, Number.NEGATIVE_INFINITY, 1]);
  const sampler = new RandomSampler({ temperature: 100 });
  for (let i = 0; i < 200; i++) assert.ok([1, 3].includes(sampler.pick(logits)));
  assert.equal(sampler.pick(logits, maskOf([0, 2], 4)), -1);
  assert.equal(sampler.pick(logits, new Int32Array(1)), -1);
  assert.equal(new RandomSampler({ temperature: 1, topP: 0.5 }).pick(logits, new Int32Array(1)), -1);
});

test('logits that are no numbers are a failure of the model', () => {
  for (const bad of [Number.NaN, Number.POSITIVE_INFINITY]) {
    for (const at of [0, 5, 39]) {
      const logits = Float32Array.from(LOGITS);
      logits[at] = bad;
      assert.throws(() => checkLogits(logits), { code: 'MODEL_FAILED', message: new RegExp(`token ${at}`) });
    }
  }
  checkLogits(Float32Array.of(Number.NEGATIVE_INFINITY, 0));
});

test('numbers out of range are refused', () => {
  for (const [sampling, name] of [
    [{ temperature: -1 }, /temperature/],
    [{ temperature: Number.NaN }, /temperature/],
    [{ temperature: 1, topK: 0 }, /topK/],
    [{ temperature: 1, topK: 1.5 }, /topK/],
    [{ temperature: 1, topP: 0 }, /topP/],
    [{ temperature: 1, topP: 1.01 }, /topP/],
    [{ temperature: 1, seed: -1 }, /seed/],
  ] as const) {
    assert.throws(() => checkSampling(sampling), { code: 'BAD_ARGUMENT', message: name });
  }
  checkSampling({ temperature: 0, topK: 1, topP: 1, seed: 2 ** 50 });
});

test('a model draws by seed, under a schema, too', { skip: need('model') }, async () => {
  const model = await loadLanguageModel({ file: modelFile('smollm2-135m-instruct'), threads: 1 });
  try {
    const prompt = '<|im_start|>user\nName an animal.<|im_end|>\n<|im_start|>assistant\n';
    const draw = (sampling: Sampling) => model.generate({ prompt, maxTokens: 12, sampling });
    const greedy = await model.generate({ prompt, maxTokens: 12 });
    assert.deepEqual((await draw({ temperature: 0, seed: 9 })).tokens, greedy.tokens);
    assert.deepEqual((await draw({ temperature: 1.5, topK: 1 })).tokens, greedy.tokens);
    const hot = { temperature: 1.5, topK: 50, topP: 0.95 };
    const first = await draw({ ...hot, seed: 1 });
    assert.deepEqual((await draw({ ...hot, seed: 1 })).tokens, first.tokens);
    assert.notDeepEqual((await draw({ ...hot, seed: 2 })).tokens, first.tokens);
    const schema = {
      type: 'object',
      properties: { n: { type: 'number', minimum: 20, maximum: 35 }, s: { type: 'string', maxLength: 5 } },
      required: ['n', 's'],
      additionalProperties: false,
    };
    const texts = new Set<string>();
    for (let seed = 0; seed < 8; seed++) {
      const sampling = { temperature: 2, seed };
      const { text, finish } = await model.generate({ prompt, schema, maxTokens: 60, sampling });
      assert.equal(finish, 'stop', text);
      const { n, s } = JSON.parse(text) as { n: number; s: string };
      assert.ok(n >= 20 && n <= 35 && [...s].length <= 5, text);
      texts.add(text);
    }
    assert.ok(texts.size >= 4, 'seeds differ');
  } finally {
    await model.close();
  }
});
