import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { choosePlacement, pinnedShare } from '../../../src/llm/executors/choose-placement.ts';
import type { StreamedPlacement } from '../../../src/llm/executors/streamed-cpu.ts';
import { nominalProfile } from '../../../src/llm/policy/index.ts';
import type { PreparedModel } from '../../../src/llm/prepared/prepare-model.ts';
import { PreparedFiles, type PreparedKind } from '../../../src/llm/prepared/prepared-files.ts';
import { namedShape } from '../../../src/llm/shapes/index.ts';

const spec = namedShape('llama-7b')!;
const MB = 1e6;

/** A model of equal blocks, of whose prepared files only the sizes count here. */
function model(blocks: number, blockBytes: number, headBytes: number): PreparedModel {
  const kind = (signature: string, streamedBytes: number): PreparedKind => ({
    version: 1,
    signature,
    template: 'blk.0',
    block: 0,
    streamedBytes,
    sharedBytes: 0,
    creationBytes: 0,
    crc32s: { graph: 0, shared: 0, creation: 0 },
  });
  const kinds = [kind('first', blockBytes), kind('inner', blockBytes), kind('head', headBytes)] as const;
  const names = [...Array.from({ length: blocks }, (_, i) => `blk.${i}`), 'head'];
  return {
    files: new PreparedFiles('nowhere'),
    segments: names.map((name, i) => {
      const of = name === 'head' ? kinds[2] : i === 0 ? kinds[0] : kinds[1];
      const prepared = { version: 1 as const, name, kind: of.signature, bytes: of.streamedBytes, crc32s: [] };
      return { name, range: { from: i, to: i + 1, head: name === 'head' }, prepared, kind: of };
    }),
  };
}

const request = {
  processBytes: 200 * MB,
  workload: { promptTokens: 480, newTokens: 32, chunkTokens: 64 },
  profile: nominalProfile('/data'),
};

/** The form with so many blocks. */
const deep = (blocks: number) => ({
  ...spec,
  blocks: Array.from({ length: blocks }, () => spec.blocks[0]!),
});

function weightBytes(of: PreparedModel, { pinned, ringSlots }: StreamedPlacement): number {
  const sum = (segments: PreparedModel['segments']) =>
    segments.reduce((all, one) => all + one.prepared.bytes, 0);
  const streamed = of.segments.filter(({ name }) => !pinned.has(name));
  const largest = Math.max(0, ...streamed.map(({ prepared }) => prepared.bytes));
  return sum(of.segments) - sum(streamed) + Math.min(ringSlots, streamed.length) * largest;
}

test('budgets are kept; more memory never keeps less; the smallest that is named works, and less does not', async () => {
  const models = fc.record({
    blocks: fc.integer({ min: 2, max: 32 }),
    blockMb: fc.integer({ min: 1, max: 900 }),
    headMb: fc.integer({ min: 1, max: 900 }),
    budgetsMb: fc.array(fc.integer({ min: 1, max: 60_000 }), { minLength: 2, maxLength: 6 }),
  });
  await fc.assert(
    fc.asyncProperty(models, async ({ blocks, blockMb, headMb, budgetsMb }) => {
      const of = model(blocks, blockMb * MB, headMb * MB);
      const form = { ...spec, blocks: spec.blocks.slice(0, blocks) };
      let before = 0;
      for (const budgetMb of budgetsMb.sort((a, b) => a - b)) {
        const cpuMemBytes = budgetMb * MB;
        let placement: StreamedPlacement;
        try {
          placement = await choosePlacement(of, form, { ...request, cpuMemBytes });
        } catch (error) {
          const { code, details } = error as { code: string; details: { smallestCpuMemBytes: number } };
          assert.equal(code, 'BAD_ARGUMENT');
          const least = details.smallestCpuMemBytes;
          assert.ok(least > cpuMemBytes);
          await choosePlacement(of, form, { ...request, cpuMemBytes: least });
          const less = { ...request, cpuMemBytes: least - 1.1 * MB };
          await assert.rejects(choosePlacement(of, form, less), { code: 'BAD_ARGUMENT' });
          continue;
        }
        assert.ok(request.processBytes + weightBytes(of, placement) <= cpuMemBytes);
        const share = pinnedShare(of, placement);
        assert.ok(share >= before, `${share} after ${before}`);
        before = share;
      }
    }),
    { numRuns: 40 },
  );
});

test('without a limit everything stays', async () => {
  const of = model(32, 100 * MB, 80 * MB);
  assert.equal((await choosePlacement(of, spec, request)).pinned.size, 33);
});

test('percentages of weights are met within half a block, and within one percent where there are many', async () => {
  const of = model(99, 100 * MB, 100 * MB);
  const form = deep(99);
  for (const cpu of [0, 10, 33.3, 50, 77, 100]) {
    const full = { gpu: 0, cpu: 100 };
    const percentages = { weights: { gpu: 0, cpu }, kv: full, activations: full };
    const share = 100 * pinnedShare(of, await choosePlacement(of, form, { ...request, percentages }));
    assert.ok(Math.abs(share - cpu) <= 0.5 + 1e-9, `${share} for ${cpu}`);
  }
});

test('what streams lies spread over the pass, never many blocks in a row while others rest', async () => {
  const of = model(81, 100 * MB, 100 * MB);
  const full = { gpu: 0, cpu: 100 };
  const percentages = { weights: { gpu: 0, cpu: 50 }, kv: full, activations: full };
  const { pinned } = await choosePlacement(of, deep(81), { ...request, percentages });
  let run = 0;
  let longest = 0;
  for (const { name } of of.segments) {
    run = pinned.has(name) ? 0 : run + 1;
    longest = Math.max(longest, run);
  }
  assert.ok(longest <= 3, `${longest}`);
});

test('a cache or activations elsewhere than in memory are refused, not ignored', async () => {
  const full = { gpu: 0, cpu: 100 };
  const half = { gpu: 0, cpu: 50 };
  const of = model(4, MB, MB);
  for (const percentages of [
    { weights: half, kv: half, activations: full },
    { weights: half, kv: full, activations: half },
  ])
    await assert.rejects(choosePlacement(of, deep(4), { ...request, percentages }), { code: 'BAD_ARGUMENT' });
});
