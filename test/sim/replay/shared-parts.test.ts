import assert from 'node:assert/strict';
import { test } from 'node:test';
import { decodeForAll, shareAnswers } from '../../../sim/replay/shared-parts.ts';
import type { Frame } from '../../../src/domain/index.ts';
import { decodeFrame } from '../../../src/io/images.ts';
import { loadLanguageModel } from '../../../src/llm/index.ts';
import { TINY_PNG } from '../../io/domain-samples.ts';
import { modelFile, need } from '../../support/require.ts';

const frame: Frame = {
  stampNs: 5n,
  frameId: 'front',
  camera: '/camera',
  encoding: 'png',
  widthPx: 0,
  heightPx: 0,
  data: TINY_PNG,
};

test('a picture decoded for all holds the pixels that each would have found, and is not decoded again', async () => {
  const shared = await decodeForAll(frame);
  const [mine, yours] = [await decodeFrame(shared), await decodeFrame(shared)];
  assert.deepEqual(mine, await decodeFrame(frame));
  assert.equal(mine.data, yours.data, 'the very same bytes');
  assert.equal(shared.stampNs, frame.stampNs);
});

test('a broken picture is handed on as it is, for each build to report', async () => {
  const broken = { ...frame, data: TINY_PNG.subarray(0, 20) };
  assert.equal(await decodeForAll(broken), broken);
});

test('an answer is given again to the same question, to no other', { skip: need('model') }, async () => {
  const model = await loadLanguageModel({ file: modelFile('smollm2-135m-instruct') });
  try {
    let asked = 0;
    const shared = shareAnswers({
      ...model,
      generate: (request) => {
        asked++;
        return model.generate(request);
      },
    });
    const request = { prompt: 'The sky is', maxTokens: 4 };
    const first = await shared.generate(request);
    assert.equal(await shared.generate({ ...request }), first);
    assert.equal(asked, 1);
    await shared.generate({ ...request, maxTokens: 3 });
    assert.equal(asked, 2);
    assert.deepEqual((await model.generate(request)).tokens, first.tokens, 'nobody can tell');
  } finally {
    await model.close();
  }
});
