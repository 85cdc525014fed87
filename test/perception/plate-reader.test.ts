import assert from 'node:assert/strict';
import { test } from 'node:test';
import { greedyCtc, PlateReader } from '../../src/perception/plate-reader.ts';
import { textRows } from '../../src/perception/text-rows.ts';
import { modelFile, need } from '../support/require.ts';
import { drawPlate } from './draw-plate.ts';

const PLATES = [
  ['7:30-8:30'],
  ['8-20'],
  ['日曜・休日を除く'],
  ['大型等'],
  ['自転車を除く'],
  ['通学路'],
  ['7:30-8:30', '日曜・休日を除く'],
  ['大型貨物', '8-20'],
];

test('rows are split by projection, whatever the size and the colours', () => {
  for (const textPx of [12, 20, 40]) {
    for (const lines of PLATES) {
      for (const colours of [{}, { ink: '#f4f4f4', paper: '#1a3f9c' }]) {
        const { image } = drawPlate({ lines, textPx, ...colours });
        const plate = cut(image);
        assert.equal(textRows(plate).length, lines.length, `${lines.join('/')} at ${textPx} px`);
      }
    }
  }
});

test('an empty plate has no rows', () => {
  const data = new Uint8Array(30 * 60 * 3).fill(240);
  assert.deepEqual(textRows({ widthPx: 60, heightPx: 30, data }), []);
});

test('greedy CTC merges repeats, drops blanks and averages what it keeps', () => {
  const steps = [
    [0.1, 0.9, 0],
    [0.2, 0.8, 0],
    [0.9, 0.1, 0],
    [0.3, 0.7, 0],
    [0, 0.4, 0.6],
  ];
  const read = greedyCtc(Float32Array.from(steps.flat()), ['', 'a', 'b']);
  assert.equal(read.text, 'aab');
  assert.ok(Math.abs(read.confidence - (0.9 + 0.7 + 0.6) / 3) < 1e-6);
  assert.deepEqual(greedyCtc(new Float32Array([1, 0, 0]), ['', 'a', 'b']), {
    text: '',
    confidence: 0,
    characters: 0,
  });
});

test('rendered plates are read', { skip: need('ocr') }, async () => {
  const reader = await PlateReader.open({ file: modelFile('ppocrv6-rec-small') });
  try {
    const wrong = new Map<number, string[]>();
    for (const textPx of [40, 24, 16, 12]) {
      wrong.set(textPx, []);
      for (const lines of PLATES) {
        const { image, box } = drawPlate({ lines, textPx });
        const reading = await reader.read(image, box);
        assert.ok(reading.confidence >= 0 && reading.confidence <= 1);
        if (reading.text !== lines.join('\n'))
          wrong.get(textPx)?.push(`${lines.join('/')} → ${reading.text}`);
        else assert.equal(reading.lines.length, lines.length);
      }
    }
    for (const textPx of [40, 24, 16]) assert.deepEqual(wrong.get(textPx), [], `at ${textPx} px`);
    assert.ok((wrong.get(12)?.length ?? 0) <= 2, `at 12 px: ${wrong.get(12)?.join(', ')}`);

    const outside = await reader.read(drawPlate({ lines: ['8-20'], textPx: 20 }).image, {
      xPx: 5000,
      yPx: 0,
      widthPx: 10,
      heightPx: 10,
    });
    assert.deepEqual(outside, { text: '', confidence: 0, lines: [] });
  } finally {
    await reader.close();
  }
  const { image, box } = drawPlate({ lines: ['8-20'], textPx: 20 });
  await assert.rejects(reader.read(image, box), { code: 'MODEL_FAILED' });
});

test('a missing model is named', { skip: need('ocr') }, async () => {
  await assert.rejects(PlateReader.open({ file: '/nowhere/rec.onnx' }), { code: 'MODEL_MISSING' });
});

/** The drawn plate without the street around it. */
function cut(image: ReturnType<typeof drawPlate>['image']) {
  const widthPx = image.widthPx - 42;
  const heightPx = image.heightPx - 42;
  const data = new Uint8Array(widthPx * heightPx * 3);
  for (let y = 0; y < heightPx; y++) {
    const from = ((y + 21) * image.widthPx + 21) * 3;
    data.set(image.data.subarray(from, from + widthPx * 3), y * widthPx * 3);
  }
  return { widthPx, heightPx, data };
}
