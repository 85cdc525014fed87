import assert from 'node:assert/strict';
import { constants, cpSync, mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, test } from 'node:test';
import {
  checkBlock,
  type Manifest,
  openStore,
  readStoreVocabulary,
  verifyStore,
} from '../../../src/llm/store/index.ts';
import { convert, dataOf, hasCode } from './store-support.ts';
import { makeTinyLlama } from './tiny-model.ts';

const root = mkdtempSync(path.join(tmpdir(), 'codriver-store-'));
after(() => rmSync(root, { recursive: true, force: true }));

const sound = path.join(root, 'sound');
makeTinyLlama(path.join(root, 'tiny.gguf'));
const { manifest } = await convert(path.join(root, 'tiny.gguf'), sound);

/** The library of types that is used here has no WebAssembly. */
interface WithWebAssembly {
  readonly WebAssembly: {
    readonly Memory: new (size: { initial: number }) => { readonly buffer: ArrayBuffer };
  };
}

let copies = 0;
function copyOf(): string {
  const folder = path.join(root, `copy-${copies++}`);
  cpSync(sound, folder, { recursive: true });
  return folder;
}

function withFlippedByte(offset: number): string {
  const folder = copyOf();
  const bytes = readFileSync(dataOf(folder));
  bytes[offset] = (bytes[offset] as number) ^ 0x10;
  writeFileSync(dataOf(folder), bytes);
  return folder;
}

function withManifest(change: (manifest: Manifest) => unknown): string {
  const folder = copyOf();
  const copy = structuredClone(manifest);
  change(copy);
  writeFileSync(path.join(folder, 'manifest.json'), JSON.stringify(copy));
  return folder;
}

test('a flipped byte anywhere in a tensor is found in reading and in verifying, and named', async () => {
  const [index, name] = [2, 'blk.1.ffn_up.weight'];
  const block = manifest.blocks[index];
  const tensor = block?.tensors.find((one) => one.name === name);
  assert.ok(block && tensor?.scales && tensor.minima);
  for (const section of [tensor.data, tensor.scales, tensor.minima]) {
    for (const within of [0, section.bytes - 1]) {
      const folder = withFlippedByte(block.offset + section.offset + within);
      const names = hasCode(
        'MODEL_CORRUPT',
        /block "blk\.1": the checksum of tensor "blk\.1\.ffn_up\.weight"/,
      );
      const store = await openStore(folder);
      await assert.rejects(store.readBlock(index), names);
      assert.equal(
        (await store.readBlock(index - 1)).length,
        manifest.blocks[index - 1]?.bytes,
        'others are read',
      );
      await store.close();
      await assert.rejects(verifyStore(folder), names);
    }
  }
});

test('a flipped byte between tensors is found in verifying', async () => {
  const block = manifest.blocks[1];
  assert.ok(block);
  const folder = withFlippedByte(block.offset + block.bytes - 1);
  await assert.rejects(
    verifyStore(folder),
    hasCode('MODEL_CORRUPT', /block "blk\.0": the checksum of the padding/),
  );
});

test('every damaged block is listed', async () => {
  const folder = withFlippedByte(0);
  const bytes = readFileSync(dataOf(folder));
  const head = manifest.blocks.at(-1);
  assert.ok(head);
  bytes[head.offset] = (bytes[head.offset] as number) ^ 1;
  writeFileSync(dataOf(folder), bytes);
  await assert.rejects(verifyStore(folder), (error) => {
    assert.deepEqual((error as { details: { damage: unknown } }).details.damage, [
      { block: 'embedding', tensors: ['token_embd.weight'] },
      { block: 'head', tensors: ['output_norm.weight'] },
    ]);
    return true;
  });
});

test('a sound store is verified with progress, and read into a buffer that is given', async () => {
  const progress: number[] = [];
  const report = await verifyStore(sound, (done, total) => progress.push(done / total));
  assert.equal(report.blocks, 5);
  assert.equal(progress.at(-1), 1);
  const store = await openStore(sound);
  const largest = Math.max(...manifest.blocks.map(({ bytes }) => bytes));
  const room = new Uint8Array(largest);
  for (const [i, block] of manifest.blocks.entries()) {
    const bytes = await store.readBlock(i, room);
    assert.equal(bytes.buffer, room.buffer);
    assert.equal(bytes.length, block.bytes);
  }
  await assert.rejects(store.readBlock(5), hasCode('INTERNAL', /Block 5/));
  await assert.rejects(store.readBlock(1, new Uint8Array(4096)), hasCode('INTERNAL', /bytes of room/));
  await store.close();
});

test('blocks lie so that they can be read past the page cache', async (context) => {
  const handle = await open(dataOf(sound), constants.O_RDONLY | constants.O_DIRECT).catch(() => undefined);
  if (handle === undefined) return context.skip('this file system has no direct reads');
  const store = await openStore(sound);
  const pages = Math.max(...manifest.blocks.map(({ bytes }) => bytes)) / 65_536;
  // WebAssembly's memory is aligned to pages, which direct reads need.
  const { Memory } = (globalThis as unknown as WithWebAssembly).WebAssembly;
  const { buffer } = new Memory({ initial: Math.ceil(pages) });
  for (const [i, block] of manifest.blocks.entries()) {
    const bytes = new Uint8Array(buffer, 0, block.bytes);
    const read: { bytesRead: number } = await handle.read(bytes, 0, block.bytes, block.offset);
    assert.equal(read.bytesRead, block.bytes);
    checkBlock(block, bytes, sound);
    assert.deepEqual(bytes, await store.readBlock(i));
  }
  await store.close();
  await handle.close();
});

test('a data file that is cut, longer or gone is refused', async () => {
  const cut = copyOf();
  truncateSync(dataOf(cut), manifest.data.bytes - 1);
  await assert.rejects(openStore(cut), hasCode('MODEL_CORRUPT', /has \d+ bytes, not \d+/));
  const longer = copyOf();
  writeFileSync(dataOf(longer), 'x', { flag: 'a' });
  await assert.rejects(openStore(longer), hasCode('MODEL_CORRUPT', /has \d+ bytes, not \d+/));
  const gone = copyOf();
  rmSync(dataOf(gone));
  await assert.rejects(openStore(gone), hasCode('MODEL_CORRUPT', /can't be opened/));
  await assert.rejects(openStore(path.join(root, 'none')), hasCode('MODEL_MISSING', /no finished store/));
  const tokenizer = copyOf();
  writeFileSync(path.join(tokenizer, 'vocabulary.json'), '{}');
  await assert.rejects(
    readStoreVocabulary(tokenizer, manifest),
    hasCode('MODEL_CORRUPT', /vocabulary\.json/),
  );
  await assert.rejects(
    verifyStore(tokenizer),
    hasCode('MODEL_CORRUPT', /vocabulary\.json is not what it was/),
  );
});

test('a manifest that is cut, foreign, or claims what can not be is refused with the place', async () => {
  const cut = copyOf();
  const text = readFileSync(path.join(cut, 'manifest.json'), 'utf8');
  for (const length of [0, 1, 500, text.length - 3]) {
    writeFileSync(path.join(cut, 'manifest.json'), text.slice(0, length));
    await assert.rejects(openStore(cut), hasCode('MODEL_CORRUPT', /is not JSON/));
  }
  const block = (copy: Manifest) => copy.blocks[1] as Manifest['blocks'][number];
  const tensor = (copy: Manifest) => block(copy).tensors[1] as Manifest['blocks'][number]['tensors'][number];
  const data = (copy: Manifest) => tensor(copy).data;
  const cases: [RegExp, (copy: Manifest) => unknown][] = [
    [/blocks\.1\.offset/, (copy) => Object.assign(block(copy), { offset: block(copy).offset + 512 })],
    [/"blk\.0" is not where it/, (copy) => Object.assign(block(copy), { offset: block(copy).offset + 4096 })],
    [/sections of other sizes/, (copy) => tensor(copy).shape.splice(0, 1, 2 ** 50)],
    [/sections of other sizes/, (copy) => Object.assign(data(copy), { bytes: 2 ** 50 })],
    [/sections of other sizes/, (copy) => delete tensor(copy).scales],
    [/blocks\.1\.tensors\.1\.data\.offset/, (copy) => Object.assign(data(copy), { offset: 513 })],
    [/does not lie where it has room/, (copy) => Object.assign(data(copy), { offset: 0 })],
    [/does not lie where it has room/, (copy) => Object.assign(data(copy), { offset: 2 ** 40 })],
    [/its blocks are not those/, (copy) => Object.assign(copy.data, { bytes: copy.data.bytes + 4096 })],
    [/its blocks are not those/, (copy) => Object.assign(copy, { weights: copy.weights + 1 })],
    [/data\.file/, (copy) => Object.assign(copy.data, { file: '../elsewhere.bin' })],
    [/tokenizer/, (copy) => Object.assign(copy.tokenizer, { name: '../../elsewhere' })],
    [/blocks\.1\.sha256/, (copy) => Object.assign(block(copy), { sha256: 'abc' })],
    [/format/, (copy) => Object.assign(copy, { format: 'other' })],
  ];
  for (const [words, change] of cases) {
    await assert.rejects(openStore(withManifest(change)), hasCode('MODEL_CORRUPT', words), String(change));
  }
  const newer = withManifest((copy) => Object.assign(copy, { version: 2 }));
  await assert.rejects(openStore(newer), hasCode('MODEL_UNSUPPORTED', /has version 2; version 1 is read/));
});
