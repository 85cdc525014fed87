import assert from 'node:assert/strict';
import { test } from 'node:test';
import { compareGreedy } from '../../bench/llm/equality.ts';
import { openPeer } from '../../bench/llm/llama-cpp.ts';
import { PROMPTS } from '../../bench/llm/prompts.ts';
import { openGguf } from '../../src/llm/formats/gguf.ts';
import { ModelMetadata } from '../../src/llm/formats/model-metadata.ts';
import { Tokenizer } from '../../src/llm/tokenizer/tokenizer.ts';
import { readVocabulary } from '../../src/llm/tokenizer/vocabulary.ts';
import { modelFile, need } from '../support/require.ts';

// Two implementations that round activations to 8 bits differ by about 0.1 in a logit, as llama.cpp does from itself
// when flash attention is switched: tokens may differ where the best two are that close, and nowhere else.
const NOISE = 0.5;

test('tokens and greedy choices are llama.cpp’s', { skip: need('model'), timeout: 120_000 }, async () => {
  const file = modelFile('smollm2-135m-instruct');
  const gguf = await openGguf(file);
  await gguf.close();
  const tokenizer = new Tokenizer(readVocabulary(new ModelMetadata(gguf.metadata, file)));
  const peer = await openPeer(file, 2);
  try {
    for (const text of [
      ...PROMPTS,
      'a ½ cup\t\n\n  of ٣ things 🚦',
      "I'll don't WE'RE",
      '時速40キロ\r\n制限',
    ]) {
      assert.deepEqual(tokenizer.encodePrompt([{ text, special: true }]), peer.tokenize(text), text);
    }
    const compared = await compareGreedy(file, peer, PROMPTS.slice(0, 6), 24);
    const positions = compared.reduce((sum, one) => sum + one.tokens.length, 0);
    const margins = compared.flatMap((one) => one.margins);
    assert.ok(positions > 80);
    assert.ok(Math.max(0, ...margins) < NOISE, `a choice differs by ${Math.max(...margins)}`);
    assert.ok(margins.length <= 0.15 * positions, `${margins.length} of ${positions} choices differ`);
  } finally {
    await peer.close();
  }
});
