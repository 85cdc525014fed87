import assert from 'node:assert/strict';
import { test } from 'node:test';
import { layOut, SLOT_FILE, sharedFile } from '../../../src/llm/prepared/segment-layout.ts';
import type { ExternalInitializer } from '../../../src/onnx/index.ts';

/** What onnxruntime saves of a block: unaligned, in any order. */
function block(number: number, quantBytes = 1000): ExternalInitializer[] {
  const prefix = `b${number}`;
  return [
    {
      name: `${prefix}/out/q`,
      location: 'x',
      offset: 7,
      bytes: quantBytes,
      prepacked: [{ offset: 2001, bytes: 1333 }],
    },
    { name: 'rope0/cos', location: 'x', offset: 4000, bytes: 512, prepacked: [] },
    { name: `${prefix}/n1/g`, location: 'x', offset: 1100, bytes: 256, prepacked: [] },
    { name: `${prefix}/out/s`, location: 'x', offset: 5000, bytes: 300, prepacked: [] },
  ];
}

test('what a run reads is streamed, what kinds share is shared, the rest is for creation', () => {
  const layout = layOut(block(3), 3, 'inner');
  const sections = layout.pieces.map(({ section, from }) => [section, from.offset]);
  assert.deepEqual(
    new Map(sections.map(([section, offset]) => [offset, section])),
    new Map<unknown, unknown>([
      [1100, 'streamed'],
      [2001, 'streamed'],
      [7, 'creation'],
      [5000, 'creation'],
      [4000, 'shared'],
    ]),
  );
});

test('every piece is aligned, none overlaps another, and places say where pieces are', () => {
  const layout = layOut(block(3), 3, 'inner');
  for (const section of ['streamed', 'shared', 'creation'] as const) {
    let end = 0;
    for (const { to, from } of layout.pieces.filter((piece) => piece.section === section)) {
      assert.equal(to % 64, 0);
      assert.ok(to >= end);
      end = to + from.bytes;
    }
    assert.ok(end <= layout.sectionBytes[section] && layout.sectionBytes[section] % 4096 === 0);
  }
  const at = (offset: number) => layout.pieces.find(({ from }) => from.offset === offset)?.to as number;
  assert.deepEqual(layout.placeOf('b3/out/q'), {
    location: SLOT_FILE,
    offset: layout.sectionBytes.streamed + at(7),
    prepackedOffsets: [at(2001)],
  });
  assert.deepEqual(layout.placeOf('rope0/cos'), {
    location: sharedFile(layout.signature),
    offset: at(4000),
    prepackedOffsets: [],
  });
  assert.throws(() => layout.placeOf('unknown'));
});

test('blocks of one form have one layout, in whatever order their parts come', () => {
  const [a, b] = [layOut(block(3), 3, 'inner'), layOut(block(12).reverse(), 12, 'inner')];
  assert.equal(a.signature, b.signature);
  assert.deepEqual(a.placeOf('b3/out/q'), b.placeOf('b12/out/q'));
  assert.deepEqual(a.placeOf('b3/n1/g'), b.placeOf('b12/n1/g'));
});

test('another size, another trait, another number of packed buffers: another kind', () => {
  const { signature } = layOut(block(3), 3, 'inner');
  const twice = block(3).map((one) => ({ ...one, prepacked: [...one.prepacked, ...one.prepacked] }));
  for (const other of [
    layOut(block(3, 1001), 3, 'inner'),
    layOut(block(3), 3, 'first'),
    layOut(twice, 3, 'inner'),
  ])
    assert.notEqual(other.signature, signature);
});
