import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, test } from 'node:test';
import { type InferenceSession, Tensor } from 'onnxruntime-node';
import { cacheRow } from '../../../src/llm/architectures/attention.ts';
import { type SegmentRange, writeSegment } from '../../../src/llm/architectures/decoder-graph.ts';
import { type DescribedModel, describeModel } from '../../../src/llm/architectures/describe.ts';
import { SEGMENT_IO } from '../../../src/llm/architectures/segment-io.ts';
import { WeightFile } from '../../../src/llm/architectures/weight-file.ts';
import { KvCache } from '../../../src/llm/cache/kv-cache.ts';
import { EmbeddingReader } from '../../../src/llm/executors/embedding.ts';
import { createSession } from '../../../src/onnx/index.ts';
import { CHECKPOINTS, checkpoint, expectedOf, withExecutor } from './checkpoints.ts';

const folder = mkdtempSync(path.join(tmpdir(), 'codriver-segments-'));
after(() => rmSync(folder, { recursive: true, force: true }));

/** A range of blocks with a session and a cache of its own. */
class Segment {
  readonly range: SegmentRange;
  readonly session: InferenceSession;
  readonly #cache: KvCache;

  constructor(model: DescribedModel, range: SegmentRange, session: InferenceSession) {
    this.range = range;
    this.session = session;
    const { kvHeads, headSize, blocks } = model.spec;
    const ropes = blocks.slice(range.from, range.to).map(({ rope }) => rope);
    this.#cache = new KvCache({ kvHeads, headSize, ropes, ...cacheRow(model.spec) });
  }

  static async open(model: DescribedModel, range: SegmentRange): Promise<Segment> {
    const own = mkdtempSync(path.join(folder, 'segment-'));
    const weights = await WeightFile.create(path.join(own, 'weights.bin'), 'weights.bin');
    const graph = await writeSegment(model.weights, model.spec, range, weights);
    await weights.close();
    const file = path.join(own, 'model.onnx');
    writeFileSync(file, graph);
    return new Segment(model, range, await createSession(file, { threads: 1 }));
  }

  /** Hidden state in; hidden state, or logits, out. */
  async pass(tokens: readonly number[], hidden: Float32Array, width: number): Promise<Float32Array> {
    const { from, to, head } = this.range;
    const feeds: Record<string, Tensor> = {
      [SEGMENT_IO.hidden]: new Tensor('float32', hidden, [1, tokens.length, width]),
    };
    if (to > from) {
      const total = this.#cache.tokens.length + tokens.length;
      this.#cache.reserve(total);
      feeds[SEGMENT_IO.total] = new Tensor('int32', Int32Array.of(total), [1]);
      feeds[SEGMENT_IO.lastPosition] = new Tensor('int32', Int32Array.of(total - 1), [1]);
    }
    const { kvHeads, headSize } = this.#cache.shape;
    const dims = [1, kvHeads, this.#cache.capacity, headSize];
    for (let block = from; block < to; block++) {
      const [keys, values] = this.#cache.buffers.slice(2 * (block - from)) as [Float32Array, Float32Array];
      feeds[SEGMENT_IO.pastKey(block)] = new Tensor('float32', keys, dims);
      feeds[SEGMENT_IO.pastValue(block)] = new Tensor('float32', values, dims);
    }
    const outputs = await this.session.run(feeds);
    if (to > from) this.#cache.append(tokens, outputs[SEGMENT_IO.newRows]?.data as Float32Array);
    return outputs[head ? SEGMENT_IO.logits : SEGMENT_IO.hiddenOut]?.data as Float32Array;
  }
}

for (const name of CHECKPOINTS) {
  test(`blocks in segments, the head apart, give the same bits as one graph: ${name}`, async () => {
    const { prompt, tokens } = await expectedOf(name);
    await withExecutor(checkpoint(name), async (executor, source) => {
      const model = describeModel(source);
      const count = model.spec.blocks.length;
      const ranges: SegmentRange[] = [
        { from: 0, to: 1, head: false },
        { from: 1, to: count, head: false },
        { from: count, to: count, head: true },
      ];
      const segments = await Promise.all(ranges.map((range) => Segment.open(model, range)));
      const embedding = new EmbeddingReader(model);
      const cache = executor.newCache();
      try {
        for (const chunk of [prompt, ...tokens.slice(0, 6).map((token) => [token])]) {
          let hidden = embedding.rows(chunk, cache.tokens.length);
          for (const segment of segments) hidden = await segment.pass(chunk, hidden, model.spec.embedding);
          assert.deepEqual(hidden, await executor.pass(chunk, cache));
        }
      } finally {
        for (const { session } of segments) await session.release();
      }
    });
  });
}

test('a range that is none is refused', async () => {
  await withExecutor(checkpoint('llama'), async (_, source) => {
    const { weights, spec } = describeModel(source);
    const file = await WeightFile.create(path.join(folder, 'none.bin'), 'none.bin');
    for (const range of [
      { from: 1, to: 1, head: false },
      { from: 2, to: 1, head: true },
      { from: 0, to: 9, head: true },
    ]) {
      await assert.rejects(writeSegment(weights, spec, range, file), { code: 'INTERNAL' });
    }
    await file.close();
  });
});
