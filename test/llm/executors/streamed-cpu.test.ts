import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, test } from 'node:test';
import { StreamedCpuExecutor, type StreamedPlacement } from '../../../src/llm/executors/streamed-cpu.ts';
import { type ModelSource, openModel } from '../../../src/llm/formats/open-model.ts';
import type { PreparedModel } from '../../../src/llm/prepared/prepare-model.ts';
import { CHECKPOINTS, checkpoint, expectedOf, withExecutor } from '../families/checkpoints.ts';

const root = mkdtempSync(path.join(tmpdir(), 'codriver-streamed-'));
/** Executors read embeddings from them for as long as they live. */
const sources: ModelSource[] = [];
after(async () => {
  for (const source of sources) await source.close();
  rmSync(root, { recursive: true, force: true });
});

type Place = (model: PreparedModel) => StreamedPlacement;

async function open(name: string, place: Place, preparedRoot = root): Promise<StreamedCpuExecutor> {
  const source = await openModel(checkpoint(name));
  sources.push(source);
  return StreamedCpuExecutor.open(source, {
    threads: 1,
    contextTokens: 1024,
    preparedRoot,
    place,
    onStage: () => {},
  });
}

/** Everything streamed but what `keep` names. */
function pinning(keep: (name: string) => boolean, ringSlots: number): Place {
  return ({ segments }) => ({ ringSlots, pinned: new Set(segments.map(({ name }) => name).filter(keep)) });
}

const ALL_IN_MEMORY = pinning(() => true, 0);

/** Prepares a model below `preparedRoot`, which has no other; its folder. */
async function prepare(name: string, preparedRoot: string): Promise<string> {
  await (await open(name, ALL_IN_MEMORY, preparedRoot)).close();
  return path.join(preparedRoot, readdirSync(preparedRoot)[0] as string);
}

const PLACEMENTS: Readonly<Record<string, Place>> = {
  'all in memory': ALL_IN_MEMORY,
  'nothing in memory, two slots': pinning(() => false, 2),
  'nothing in memory, more slots than segments': pinning(() => false, 9),
  'the head and the first block in memory': pinning((name) => name === 'head' || name === 'blk.0', 2),
  'only the head streamed': pinning((name) => name !== 'head', 3),
  'odd blocks streamed': pinning((name) => name === 'head' || /[02468]$/.test(name), 2),
};

for (const name of CHECKPOINTS) {
  test(`logits have the same bits wherever segments are: ${name}`, async () => {
    const { prompt, tokens } = await expectedOf(name);
    const chunks = [prompt, ...tokens.slice(0, 5).map((token) => [token]), prompt.slice(0, 3)];
    const expected: Float32Array[] = [];
    await withExecutor(checkpoint(name), async (executor) => {
      const cache = executor.newCache();
      for (const chunk of chunks) expected.push(await executor.pass(chunk, cache));
    });
    for (const [what, place] of Object.entries(PLACEMENTS)) {
      const executor = await open(name, place);
      try {
        const cache = executor.newCache();
        for (const [i, chunk] of chunks.entries())
          assert.deepEqual(await executor.pass(chunk, cache), expected[i], `${what}, pass ${i}`);
        const together = await executor.passes(chunks, executor.newCache(), () => false);
        assert.deepEqual(together, expected.at(-1), `${what}, all chunks together`);
      } finally {
        await executor.close();
      }
    }
  });
}

test('chunks together read every segment once; given up, they leave the cache as it was, and the next pass right', async () => {
  const executor = await open(
    'llama',
    pinning(() => false, 2),
  );
  try {
    const chunks = [[1, 2, 3], [4], [5, 6]];
    const cache = executor.newCache();
    const first = await executor.passes(chunks, cache, () => false);
    assert.deepEqual(cache.tokens, [1, 2, 3, 4, 5, 6]);
    const passBytes = executor.model.segments.reduce((sum, { prepared }) => sum + prepared.bytes, 0);
    // What is read ahead is at most the two slots.
    assert.ok((executor.statistics?.readBytes ?? 0) <= 2 * passBytes);
    for (let stopAt = 0; stopAt < executor.model.segments.length; stopAt++) {
      const stopped = executor.newCache();
      let asked = 0;
      assert.equal(await executor.passes(chunks, stopped, () => asked++ === stopAt), undefined);
      assert.deepEqual(stopped.tokens, []);
      assert.deepEqual(await executor.passes(chunks, stopped, () => false), first);
    }
  } finally {
    await executor.close();
  }
});

test('each pass reads every streamed segment once, and nothing of the others', async () => {
  const executor = await open(
    'llama',
    pinning((name) => name === 'head', 2),
  );
  try {
    const streamed = executor.model.segments.filter(({ name }) => name !== 'head');
    const passBytes = streamed.reduce((sum, { prepared }) => sum + prepared.bytes, 0);
    const cache = executor.newCache();
    const passes = 7;
    for (let i = 0; i < passes; i++) await executor.pass([1], cache);
    const aheadBytes =
      executor.placement.ringSlots * Math.max(...streamed.map(({ prepared }) => prepared.bytes));
    const { readBytes, waitedMs } = executor.statistics ?? { readBytes: 0, waitedMs: -1 };
    assert.ok(
      readBytes >= passes * passBytes && readBytes <= passes * passBytes + aheadBytes,
      `${readBytes}`,
    );
    assert.ok(waitedMs >= 0);
  } finally {
    await executor.close();
  }
});

test('a pass that failed midway leaves the ring in step', async () => {
  const { prompt } = await expectedOf('llama');
  const executor = await open(
    'llama',
    pinning(() => false, 2),
  );
  try {
    const first = await executor.pass(prompt, executor.newCache());
    const broken = executor.newCache();
    // The second block finds no cache, after the first one's slot was used.
    Object.defineProperty(broken, 'buffers', { value: broken.buffers.slice(0, 2) });
    broken.reserve = () => {};
    await assert.rejects(executor.pass([1], broken));
    assert.deepEqual(await executor.pass(prompt, executor.newCache()), first);
  } finally {
    await executor.close();
  }
});

test('a flipped byte in the prepared weights is found, named and refused, pinned or streamed', async () => {
  const own = path.join(root, 'flipped');
  const file = path.join(await prepare('llama', own), 'blk.1.bin');
  const bytes = readFileSync(file);
  bytes[bytes.length >> 1] = (bytes[bytes.length >> 1] as number) ^ 1;
  writeFileSync(file, bytes);
  const refusal = { code: 'MODEL_CORRUPT', message: /blk\.1\.bin.*segment "blk\.1"/ };
  await assert.rejects(open('llama', ALL_IN_MEMORY, own), refusal);
  const executor = await open(
    'llama',
    pinning((name) => name !== 'blk.1', 2),
    own,
  );
  await assert.rejects(executor.pass([1], executor.newCache()), refusal);
  await assert.rejects(executor.pass([1], executor.newCache()), refusal);
  await executor.close();
});

test('prepared weights that were cut off are refused', async () => {
  const own = path.join(root, 'cut');
  // Another segment of its kind is there to create sessions with.
  truncateSync(path.join(await prepare('bloom', own), 'blk.2.bin'), 4096);
  const refusal = { code: 'MODEL_CORRUPT', message: /blk\.2\.bin ends at byte 4096/ };
  await assert.rejects(open('bloom', ALL_IN_MEMORY, own), refusal);
  const executor = await open(
    'bloom',
    pinning((name) => name !== 'blk.2', 2),
    own,
  );
  await assert.rejects(executor.pass([1], executor.newCache()), refusal);
  await executor.close();
});

test('damage to what sessions are created from is found', async () => {
  const own = path.join(root, 'kinds');
  const folder = await prepare('llama', own);
  for (const name of readdirSync(folder).filter((file) => /^kind-.*\.(onnx|shared|creation)$/.test(file))) {
    const file = path.join(folder, name);
    const bytes = readFileSync(file);
    if (bytes.length === 0) continue;
    const changed = Buffer.from(bytes);
    changed[changed.length >> 1] = (changed[changed.length >> 1] as number) ^ 1;
    writeFileSync(file, changed);
    await assert.rejects(open('llama', ALL_IN_MEMORY, own), { code: 'MODEL_CORRUPT' }, name);
    writeFileSync(file, bytes);
  }
  await prepare('llama', own);
});

test('preparing goes on where it was cut off', async () => {
  const own = path.join(root, 'resumed');
  const folder = await prepare('llama', own);
  const before = readFileSync(path.join(folder, 'blk.1.bin'));
  for (const name of ['complete.json', 'blk.1.json', 'blk.1.bin']) rmSync(path.join(folder, name));
  writeFileSync(path.join(folder, 'head.json'), '{"version":1');
  await assert.rejects(open('llama', ALL_IN_MEMORY, own), { code: 'MODEL_CORRUPT', message: /head\.json/ });
  rmSync(path.join(folder, 'head.json'));
  await (
    await open(
      'llama',
      pinning(() => false, 2),
      own,
    )
  ).close();
  assert.deepEqual(readFileSync(path.join(folder, 'blk.1.bin')), before);
  assert.deepEqual(
    readdirSync(folder).filter((name) => /work|lock/.test(name)),
    [],
  );
});

test('a folder that cannot be written to is one clear error', async () => {
  const file = path.join(root, 'a-file');
  writeFileSync(file, '');
  await assert.rejects(open('llama', ALL_IN_MEMORY, file), { code: 'BAD_ARGUMENT', message: /a-file/ });
});

test('nothing is left in the memory file system', () => {
  assert.deepEqual(
    readdirSync('/dev/shm').filter((name) => name.startsWith(`codriver-${process.pid}-`)),
    [],
  );
});
