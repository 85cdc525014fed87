import assert from 'node:assert/strict';
import { test } from 'node:test';
import { WallClock } from '../../src/domain/clock.ts';
import { KvCache } from '../../src/llm/cache/kv-cache.ts';
import { type Executor, Generator } from '../../src/llm/decoding/generator.ts';
import { GrammarEngine } from '../../src/llm/decoding/grammar.ts';
import { quickExp } from '../../src/llm/decoding/quick-exp.ts';
import { maskedProbabilityOf, probabilityOf } from '../../src/llm/decoding/sampler.ts';
import { openModel } from '../../src/llm/formats/open-model.ts';
import { modelVocabulary } from '../../src/llm/tokenizer/model-vocabulary.ts';
import { Tokenizer } from '../../src/llm/tokenizer/tokenizer.ts';
import { checkpoint } from './families/checkpoints.ts';
import { noise } from './make-gguf.ts';

/** Softmax by its definition, over the logits of `ids`. */
function softmax(logits: Float32Array, ids: readonly number[]): Map<number, number> {
  const most = Math.max(...ids.map((id) => logits[id]!));
  const weights = ids.map((id) => Math.exp(logits[id]! - most));
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  return new Map(ids.map((id, i) => [id, weights[i]! / total]));
}

function near(found: number, expected: number | undefined, what: string): void {
  assert.ok(Math.abs(found - (expected ?? Number.NaN)) < 1e-9, `${what}: ${found}, not ${expected}`);
}

test('the probability of a token is that of the softmax, over all logits or a mask', () => {
  const next = noise(5);
  for (let round = 0; round < 20; round++) {
    // Not a multiple of 32: the mask's last word has bits of no token.
    const logits = Float32Array.from({ length: 77 }, () => 60 * next() - 30);
    const all = [...logits.keys()];
    const allowed = all.filter(() => next() < 0.3);
    const mask = new Int32Array(3).fill(0);
    for (const id of allowed) mask[id >> 5]! |= 1 << (id & 31);
    const whole = softmax(logits, all);
    for (const id of all) near(probabilityOf(id, logits), whole.get(id), `token ${id}`);
    const masked = softmax(logits, allowed);
    for (const id of allowed) near(maskedProbabilityOf(id, logits, mask), masked.get(id), `token ${id}`);
    mask[2]! |= 1 << 31;
    const first = allowed[0]!;
    near(maskedProbabilityOf(first, logits, mask), masked.get(first), 'bits behind the vocabulary');
  }
});

test('the quick exponential is the exponential', () => {
  const next = noise(8);
  for (let i = 0; i < 20_000; i++) {
    const x = 1400 * next() - 700;
    assert.ok(Math.abs(quickExp(x) / Math.exp(x) - 1) < 1e-11, `${x}`);
  }
  assert.equal(quickExp(0), 1);
  assert.deepEqual([-1e9, -1 / 0, 1e9, 1 / 0].map(quickExp), [0, 0, 1 / 0, 1 / 0]);
});

test('extremes are probabilities, too', () => {
  const logits = Float32Array.of(-3e38, 0, 3e38, Number.NEGATIVE_INFINITY);
  assert.deepEqual(
    [0, 1, 2].map((id) => probabilityOf(id, logits)),
    [0, 0, 1],
  );
  assert.equal(probabilityOf(1, Float32Array.of(-1e4, 5, -1e4)), 1);
  assert.equal(maskedProbabilityOf(0, logits, Int32Array.of(1)), 1);
});

/** Gives out noise, and keeps what it gave by the number of tokens before. */
class NoisyExecutor implements Executor {
  readonly shape = { context: 4096 };
  readonly given = new Map<number, Float32Array>();
  readonly #vocabulary: number;
  readonly #next = noise(21);

  constructor(vocabulary: number) {
    this.#vocabulary = vocabulary;
  }

  async pass(tokens: readonly number[], cache: KvCache): Promise<Float32Array> {
    cache.add(tokens);
    const logits = Float32Array.from({ length: this.#vocabulary }, () => 4 * this.#next() - 2);
    this.given.set(cache.tokens.length, logits);
    return logits;
  }

  async passes(chunks: readonly (readonly number[])[], cache: KvCache): Promise<Float32Array | undefined> {
    let logits: Float32Array | undefined;
    for (const chunk of chunks) logits = await this.pass(chunk, cache);
    return logits;
  }
}

async function newGenerator() {
  const source = await openModel(checkpoint('qwen2'));
  const tokenizer = new Tokenizer(await modelVocabulary(source));
  await source.close();
  const executor = new NoisyExecutor(tokenizer.vocabulary.tokens.length);
  const cache = new KvCache({ kvHeads: 1, headSize: 2, ropes: [], rowWidth: 4, keyOffset: 0 });
  const grammars = await GrammarEngine.create(tokenizer);
  return {
    tokenizer,
    executor,
    generator: new Generator(executor, tokenizer, grammars, cache, new WallClock()),
  };
}

const PROMPT = [{ text: 'The car', special: false }];

test('without a schema, each decoded token has its share of all', async () => {
  const { executor, generator } = await newGenerator();
  for (const sampling of [undefined, { temperature: 2, topK: 40, seed: 3 }]) {
    executor.given.clear();
    generator.forget();
    const request = { prompt: PROMPT, schema: undefined, maxTokens: 24, sampling };
    const { tokens, probabilities, promptTokens } = await generator.generate(request, () => false);
    assert.ok(tokens.length > 0);
    assert.equal(probabilities.length, tokens.length);
    for (const [i, token] of tokens.entries()) {
      const logits = executor.given.get(promptTokens + i)!;
      near(probabilities[i]!, softmax(logits, [...logits.keys()]).get(token), `token ${i}`);
    }
  }
});

test('under a schema, forced tokens have 1, decoded ones their share of what continues a valid text', async () => {
  const { tokenizer, executor, generator } = await newGenerator();
  const words = ['stop', 'slow', 'street', 'go', 'turn', 'turn left'];
  const texts = words.map((word) => Buffer.from(JSON.stringify({ say: word })));
  const schema = {
    type: 'object',
    properties: { say: { enum: words } },
    required: ['say'],
    additionalProperties: false,
  };
  const all = tokenizer.vocabulary.tokens.map((_, id) => id).filter((id) => tokenizer.bytes(id).length > 0);
  let [decoded, forced] = [0, 0];
  const seen = new Set<string>();
  for (let seed = 0; seed < 12; seed++) {
    executor.given.clear();
    generator.forget();
    const request = { prompt: PROMPT, schema, maxTokens: 40, sampling: { temperature: 3, seed } };
    const result = await generator.generate(request, () => false);
    assert.equal(result.finish, 'stop');
    assert.equal(result.probabilities.length, result.tokens.length);
    seen.add(result.text);
    let before = Buffer.alloc(0);
    for (const [i, token] of result.tokens.entries()) {
      const logits = executor.given.get(result.promptTokens + i);
      // Tokens that were computed together with others were not chosen.
      const chosen = logits !== undefined && (i > 0 || result.appendedTokens === 0);
      if (chosen) {
        const continues = (id: number): boolean => {
          const longer = Buffer.concat([before, tokenizer.bytes(id)]);
          return texts.some((text) => text.subarray(0, longer.length).equals(longer));
        };
        near(result.probabilities[i]!, softmax(logits, all.filter(continues)).get(token), `token ${i}`);
        decoded++;
      } else {
        assert.equal(result.probabilities[i], 1);
        forced++;
      }
      before = Buffer.concat([before, tokenizer.bytes(token)]);
    }
    assert.equal(result.probabilities.filter((one) => one !== 1).length, result.decodedTokens);
  }
  assert.ok(
    decoded > 12 && forced > 12 && seen.size > 3,
    `${decoded} decoded, ${forced} forced, ${seen.size}`,
  );
});
