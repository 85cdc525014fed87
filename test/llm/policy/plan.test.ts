import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { CodriverError } from '../../../src/domain/errors.ts';
import {
  costsOfSpec,
  parsePercentages,
  planBest,
  planPercentages,
  predict,
  type TierName,
} from '../../../src/llm/policy/index.ts';
import { llama, Q4, setting } from './policy-support.ts';

/** Models of several forms and budgets, some of them too small. */
const cases = fc.record({
  blocks: fc.integer({ min: 2, max: 48 }),
  embedding: fc.constantFrom(512, 1024, 2048),
  vocabulary: fc.constantFrom(1000, 32_000, 150_000),
  tied: fc.boolean(),
  cpuMemBytes: fc.integer({ min: 150e6, max: 2e9 }),
  gpuMemBytes: fc.constantFrom<number[]>([], [], [300e6]),
});

test('budgets are never exceeded; a refusal names a budget that works', async () => {
  await fc.assert(
    fc.asyncProperty(cases, async ({ blocks, embedding, vocabulary, tied, cpuMemBytes, gpuMemBytes }) => {
      const costs = costsOfSpec(llama(blocks, embedding, vocabulary, tied), Q4);
      try {
        const { prediction } = await planBest(setting({ costs, cpuMemBytes, gpuMemBytes }));
        for (const { totalBytes, budgetBytes = Number.POSITIVE_INFINITY } of prediction.memory)
          assert.ok(totalBytes <= budgetBytes);
      } catch (error) {
        if (!(error instanceof CodriverError)) throw error;
        assert.equal(error.code, 'BAD_ARGUMENT');
        const smallest = error.details.smallestCpuMemBytes as number;
        assert.ok(smallest > cpuMemBytes);
        const { prediction } = await planBest(setting({ costs, cpuMemBytes: smallest }));
        assert.equal(prediction.excessBytes, 0);
        await assert.rejects(planBest(setting({ costs, cpuMemBytes: smallest - 2e6 })));
      }
    }),
    { numRuns: 30 },
  );
});

test('no random placement that fits is faster than the plan', async () => {
  await fc.assert(
    fc.asyncProperty(
      cases,
      fc.array(fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { minLength: 49, maxLength: 49 }), {
        minLength: 10,
        maxLength: 10,
      }),
      async ({ blocks, embedding, vocabulary, tied }, draws) => {
        const costs = costsOfSpec(llama(blocks, embedding, vocabulary, tied), Q4);
        const one = setting({
          costs,
          cpuMemBytes: 350e6 + 0.6 * costs.weightBytes + costs.parts.at(-1)!.bytes,
        });
        const { prediction: best } = await planBest(one);
        for (const [i, draw] of draws.entries()) {
          const weights = costs.parts.map(
            (_, part): TierName => ((draw[part] as number) < i / 10 ? 'cpu' : 'nvme'),
          );
          const near = weights.map((): TierName => 'cpu');
          for (const slots of [2, 3, 4]) {
            const other = predict(one, { weights, kv: near, activations: near }, slots);
            if (other.excessBytes === 0) assert.ok(best.requestS <= other.requestS * 1.01);
          }
        }
      },
    ),
    { numRuns: 25 },
  );
});

test('more memory never makes a plan slower', async () => {
  const costs = costsOfSpec(llama(), Q4);
  let before = Number.POSITIVE_INFINITY;
  for (let cpuMemBytes = 500e6; cpuMemBytes < 2.2e9; cpuMemBytes += 40e6) {
    const { prediction } = await planBest(setting({ costs, cpuMemBytes }));
    assert.ok(prediction.requestS <= before * 1.001, `${cpuMemBytes}`);
    before = prediction.requestS;
  }
});

test('what a gigabyte buys is what a plan with a gigabyte more saves', async () => {
  const costs = costsOfSpec(llama(80, 4096), Q4);
  const small = await planBest(setting({ costs, cpuMemBytes: 3e9 }));
  const large = await planBest(setting({ costs, cpuMemBytes: 4e9 }));
  const bought = small.prediction.requestS - large.prediction.requestS;
  const promised = 1e9 * (small.secondsPerByte.get('cpu') ?? 0);
  assert.ok(Math.abs(bought - promised) < 0.1 * bought, `${bought} s, not ${promised} s`);
  assert.match(small.reasons.join('\n'), /budget of 3\.00 GB in memory binds/);
  assert.match(small.reasons.join('\n'), /A gigabyte more in memory would save/);
});

test('a GPU with room takes parts, and makes the model faster', async () => {
  const costs = costsOfSpec(llama(), Q4);
  const without = await planBest(setting({ costs, cpuMemBytes: 800e6 }));
  const { placement, prediction } = await planBest(
    setting({ costs, cpuMemBytes: 800e6, gpuMemBytes: [500e6] }),
  );
  assert.ok(placement.weights.includes('gpu:0'));
  assert.ok(prediction.requestS < without.prediction.requestS);
});

test('percentages of small blocks are met within 1 %', () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 100 }), fc.integer({ min: 0, max: 100 }), (first, second) => {
      const [gpu, cpu] = first + second <= 100 ? [first, second] : [100 - first, 100 - second];
      if (gpu + cpu > 100) return;
      const costs = costsOfSpec(llama(120, 512, 2000), Q4);
      const one = setting({ costs, gpuMemBytes: [20e9] });
      const { shares } = planPercentages(one, parsePercentages([gpu, cpu, 0, 100, 0, 100], 1));
      for (const [tier, asked] of [
        ['gpu:0', gpu],
        ['cpu', cpu],
        ['nvme', 100 - gpu - cpu],
      ] as const)
        assert.ok(Math.abs(100 * (shares.weights.get(tier) ?? 0) - asked) <= 1, `${tier}: ${asked}`);
    }),
    { numRuns: 60 },
  );
});

test('percentages that need more than the budget are refused with what they need', () => {
  const one = setting({ cpuMemBytes: 700e6 });
  assert.throws(
    () => planPercentages(one, parsePercentages('0 100 0 100 0 100', 0)),
    (error: CodriverError) =>
      error.code === 'BAD_ARGUMENT' && /MB of cpu memory, and 700 MB/.test(error.message),
  );
});
