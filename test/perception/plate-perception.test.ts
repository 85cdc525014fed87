import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CodriverError, type SignDetections } from '../../src/domain/index.ts';
import { PlatePerception, type PlateReading } from '../../src/perception/index.ts';

const image = { widthPx: 4, heightPx: 4, data: new Uint8Array(48) };

function detections(heights: Record<string, number[]>, stampNs = 1n): SignDetections {
  return {
    stampNs,
    camera: 'front',
    signs: Object.entries(heights).map(([id, plates]) => ({
      id,
      stampNs,
      camera: 'front',
      type: 'JP:316',
      box: { xPx: 0, yPx: 0, widthPx: 10, heightPx: 10 },
      confidence: 0.9,
      supplementary: plates.map((heightPx) => ({
        confidence: 0.9,
        box: { xPx: 0, yPx: 0, widthPx: 40, heightPx },
      })),
    })),
  };
}

/** A reader that answers from a list; an Error in it is thrown. */
function answering(...answers: (Partial<PlateReading> | Error)[]) {
  const reader = {
    reads: 0,
    async read(): Promise<PlateReading> {
      const answer = answers[Math.min(reader.reads++, answers.length - 1)];
      if (answer instanceof Error) throw answer;
      return { text: '8-20', confidence: 0.9, lines: [], ...answer };
    },
  };
  return reader;
}

test('a plate is read when large enough, again when it has grown, and the surest reading stays', async () => {
  const reader = answering(
    { text: 'B-2O', confidence: 0.5 },
    { confidence: 0.95 },
    { text: '8', confidence: 0.6 },
  );
  const perception = new PlatePerception(reader);
  assert.equal(perception.needsImage(detections({ a: [10] })), false);
  const steps: [number, number, string | undefined][] = [
    [10, 0, undefined],
    [16, 1, 'B-2O'],
    [18, 1, 'B-2O'],
    [20, 2, '8-20'],
    [24, 2, '8-20'],
    [26, 3, '8-20'],
  ];
  for (const [heightPx, reads, text] of steps) {
    const seen = await perception.observe(image, detections({ a: [heightPx] }));
    assert.equal(reader.reads, reads, `at ${heightPx} px`);
    assert.equal(seen.signs[0]?.supplementary[0]?.text, text);
  }
  const unread = await perception.observe(undefined, detections({ a: [99] }));
  assert.equal(unread.signs[0]?.supplementary[0]?.text, '8-20');
  assert.equal(unread.signs[0]?.supplementary[0]?.textConfidence, 0.95);
});

test('two plates a picture, the largest first, and each sign keeps its own', async () => {
  const reader = answering({ text: 'first' }, { text: 'second' }, { text: 'third' });
  const perception = new PlatePerception(reader);
  const input = detections({ a: [15], b: [30, 20] });
  const first = await perception.observe(image, input);
  assert.deepEqual(
    first.signs.map((sign) => sign.supplementary.map((plate) => plate.text)),
    [[undefined], ['first', 'second']],
  );
  assert.equal(perception.needsImage(input), true);
  const second = await perception.observe(image, input);
  assert.equal(second.signs[0]?.supplementary[0]?.text, 'third');
  assert.equal(perception.needsImage(input), false);
  assert.equal(input.signs[0]?.supplementary[0]?.text, undefined, 'the input is not changed');
});

test('a broken reader leaves plates unread, says so once, and is not asked for ever', async () => {
  const codes: string[] = [];
  const broken = new CodriverError('MODEL_FAILED', 'The worker ended.');
  const reader = answering(broken);
  const perception = new PlatePerception(reader, { onHealth: (health) => codes.push(health.code) });
  for (let heightPx = 15; heightPx < 200; heightPx *= 1.3) {
    const seen = await perception.observe(image, detections({ a: [heightPx] }));
    assert.equal(seen.signs[0]?.supplementary[0]?.text, undefined);
  }
  assert.deepEqual(codes, ['PLATE_READ_FAILED', 'PLATE_READER_LOST']);
  assert.equal(reader.reads, 3);
  assert.equal(perception.health.state, 'LOST');
});

test('one failure is forgiven once a plate is read again', async () => {
  const codes: string[] = [];
  const perception = new PlatePerception(answering(new Error('busy'), {}), {
    onHealth: (health) => codes.push(health.code),
  });
  await perception.observe(image, detections({ a: [20] }));
  await perception.observe(image, detections({ a: [30] }));
  assert.deepEqual(codes, ['PLATE_READ_FAILED', 'OK']);
});

test('without a reader nothing needs a picture and the health names the remedy', async () => {
  const perception = new PlatePerception(undefined);
  assert.equal(perception.needsImage(detections({ a: [50] })), false);
  assert.equal(perception.health.code, 'NO_PLATE_READER');
  assert.match(perception.health.text, /models pull/);
  const input = detections({ a: [50] });
  assert.deepEqual(await perception.observe(image, input), input);
});
