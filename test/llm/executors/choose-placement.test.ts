import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { choosePlacement, pinnedShare } from '../../../src/llm/executors/choose-placement.ts';
import type { StreamedPlacement } from '../../../src/llm/executors/streamed-cpu.ts';
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

const request = { processBytes: 200 * MB, cacheTokens: 512 };

function weightBytes(of: PreparedModel, { pinned, ringSlots }: StreamedPlacement): number {
  const sum = (segments: PreparedModel['segments']) =>
    segments.reduce((all, one) => all + one.prepared.bytes, 0);
  const streamed = of.segments.filter(({ name }) => !pinned.has(name));
  const largest = Math.max(0, ...streamed.map(({ prepared }) => prepared.bytes));
  return sum(of.segments) - sum(streamed) + Math.min(ringSlots, streamed.length) * largest;
}

test('budgets are kept; more memory never keeps less; the smallest that is named works, and less does not', () => {
  const models = fc.record({
    blocks: fc.integer({ min: 2, max: 90 }),
    blockMb: fc.integer({ min: 1, max: 900 }),
    headMb: fc.integer({ min: 1, max: 900 }),
    budgetsMb: fc.array(fc.integer({ min: 1, max: 60_000 }), { minLength: 2, maxLength: 6 }),
  });
  fc.assert(
    fc.property(models, ({ blocks, blockMb, headMb, budgetsMb }) => {
      const of = model(blocks, blockMb * MB, headMb * MB);
      let before = 0;
      for (const budgetMb of budgetsMb.sort((a, b) => a - b)) {
        const cpuMemBytes = budgetMb * MB;
        let placement: StreamedPlacement;
        try {
          placement = choosePlacement(of, spec, { ...request, cpuMemBytes });
        } catch (error) {
          const { code, details } = error as { code: string; details: { leastBytes: number } };
          assert.equal(code, 'BAD_ARGUMENT');
          assert.ok(details.leastBytes > cpuMemBytes);
          choosePlacement(of, spec, { ...request, cpuMemBytes: details.leastBytes });
          const less = { ...request, cpuMemBytes: details.leastBytes - 1.1 * MB };
          assert.throws(() => choosePlacement(of, spec, less), { code: 'BAD_ARGUMENT' });
          continue;
        }
        assert.ok(request.processBytes + weightBytes(of, placement) <= cpuMemBytes);
        const share = pinnedShare(of, placement);
        assert.ok(share >= before, `${share} after ${before}`);
        before = share;
      }
    }),
  );
});

test('without a limit everything stays', () => {
  const of = model(32, 100 * MB, 80 * MB);
  assert.equal(choosePlacement(of, spec, request).pinned.size, 33);
});

test('percentages of weights are met within half a block, and within one percent where there are many', () => {
  const of = model(99, 100 * MB, 100 * MB);
  for (const cpu of [0, 10, 33.3, 50, 77, 100]) {
    const full = { gpu: 0, cpu: 100 };
    const percentages = { weights: { gpu: 0, cpu }, kv: full, activations: full };
    const share = 100 * pinnedShare(of, choosePlacement(of, spec, { ...request, percentages }));
    assert.ok(Math.abs(share - cpu) <= 0.5 + 1e-9, `${share} for ${cpu}`);
  }
});

test('what streams lies spread over the pass, never many blocks in a row while others rest', () => {
  const of = model(81, 100 * MB, 100 * MB);
  const full = { gpu: 0, cpu: 100 };
  const percentages = { weights: { gpu: 0, cpu: 50 }, kv: full, activations: full };
  const { pinned } = choosePlacement(of, spec, { ...request, percentages });
  let run = 0;
  let longest = 0;
  for (const { name } of of.segments) {
    run = pinned.has(name) ? 0 : run + 1;
    longest = Math.max(longest, run);
  }
  assert.ok(longest <= 3, `${longest}`);
});

test('a cache or activations elsewhere than in memory are refused, not ignored', () => {
  const full = { gpu: 0, cpu: 100 };
  const half = { gpu: 0, cpu: 50 };
  const of = model(4, MB, MB);
  for (const percentages of [
    { weights: half, kv: half, activations: full },
    { weights: half, kv: full, activations: half },
  ])
    assert.throws(() => choosePlacement(of, spec, { ...request, percentages }), { code: 'BAD_ARGUMENT' });
});
