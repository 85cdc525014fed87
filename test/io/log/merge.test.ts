import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { mergeByTime } from '../../../src/io/log/merge.ts';

interface Item {
  readonly logTimeNs: bigint;
  readonly name: string;
}

/** A stream that tells when it was closed. */
function stream(name: string, times: readonly number[], closed: string[] = []): AsyncIterable<Item> {
  return (async function* () {
    try {
      for (const [index, time] of times.entries()) {
        yield { logTimeNs: BigInt(time), name: `${name}${index}` };
      }
    } finally {
      closed.push(name);
    }
  })();
}

async function names(items: AsyncIterable<Item>): Promise<string[]> {
  const read: string[] = [];
  for await (const { name } of items) read.push(name);
  return read;
}

test('by time; equal times by stream, then as they were', async () => {
  const merged = mergeByTime([stream('a', [1, 3, 3, 9]), stream('b', []), stream('c', [1, 2, 3, 10])]);
  assert.deepEqual(await names(merged), ['a0', 'c0', 'c1', 'a1', 'a2', 'c2', 'a3', 'c3']);
  assert.deepEqual(await names(mergeByTime<Item>([])), []);
});

test('whatever the streams, the merge is their stable sort', async () => {
  const times = fc.array(fc.nat(20)).map((list) => list.toSorted((a, b) => a - b));
  await fc.assert(
    fc.asyncProperty(fc.array(times, { maxLength: 5 }), async (lists) => {
      const all = lists.flatMap((list, stream) =>
        list.map((time, index) => ({ time, name: `${stream}-${index}` })),
      );
      const expected = all.toSorted((a, b) => a.time - b.time).map(({ name }) => name);
      const merged = mergeByTime(lists.map((list, index) => stream(`${index}-`, list)));
      assert.deepEqual(await names(merged), expected);
    }),
  );
});

test('a reader that stops early closes every stream', async () => {
  const closed: string[] = [];
  const merged = mergeByTime([
    stream('a', [1, 5], closed),
    stream('b', [2, 3], closed),
    stream('c', [], closed),
  ]);
  for await (const { name } of merged) if (name === 'b0') break;
  assert.deepEqual(closed.sort(), ['a', 'b', 'c']);
});

test('a stream that fails closes the others, and its error comes through', async () => {
  const closed: string[] = [];
  const failing = (async function* (): AsyncGenerator<Item> {
    yield { logTimeNs: 2n, name: 'f0' };
    throw new Error('the disk is gone');
  })();
  await assert.rejects(names(mergeByTime([stream('a', [1, 5, 6], closed), failing])), /the disk is gone/);
  assert.deepEqual(closed, ['a']);
});

test('only one item of each stream is held', async () => {
  let made = 0;
  const counting = (async function* (): AsyncGenerator<Item> {
    for (let time = 0n; ; time++) {
      made += 1;
      yield { logTimeNs: time, name: 'n' };
    }
  })();
  let read = 0;
  for await (const _ of mergeByTime([counting, stream('b', [5, 500])])) if (++read === 100) break;
  assert.ok(made <= read + 1, `${made} made for ${read} read`);
});
