import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, test } from 'node:test';
import { openSafetensorsFile } from '../../../src/llm/formats/safetensors.ts';
import { loadLanguageModel } from '../../../src/llm/index.ts';
import { changedCheckpoint, checkpoint } from './checkpoints.ts';

const folder = mkdtempSync(path.join(tmpdir(), 'codriver-load-'));
after(() => rmSync(folder, { recursive: true, force: true }));

test('a folder of safetensors is loaded, and answers with its greedy tokens', async () => {
  const model = await loadLanguageModel({ file: checkpoint('qwen2'), threads: 1 });
  try {
    assert.equal(model.info.architecture, 'qwen2');
    assert.equal(model.info.name, 'qwen2');
    assert.equal(model.info.contextTokens, 96);
    assert.equal(model.countTokens('The car is slow.'), 6);
    const first = await model.generate({ prompt: 'The car is slow.', maxTokens: 20 });
    assert.equal(first.promptTokens, 6);
    assert.deepEqual(
      (await model.generate({ prompt: 'The car is slow.', maxTokens: 20 })).tokens,
      first.tokens,
    );
    const schema = {
      type: 'object',
      properties: { stop: { type: 'boolean' } },
      required: ['stop'],
      additionalProperties: false,
    };
    const { text } = await model.generate({ prompt: 'The car', schema, maxTokens: 40 });
    assert.match(text, /^\{"stop":(true|false)\}$/);
    await assert.rejects(model.generate({ prompt: 'a', maxTokens: 1, sampling: { temperature: -1 } }), {
      code: 'BAD_ARGUMENT',
    });
  } finally {
    await model.close();
  }
});

test('weights that are no numbers fail the request, and nothing else', async () => {
  const copy = changedCheckpoint('qwen2', {}, folder);
  const file = path.join(copy, 'model.safetensors');
  const { tensors, close } = await openSafetensorsFile(file);
  await close();
  const bytes = readFileSync(file);
  // The upper half of NaN, in the last norm.
  bytes.writeUInt16LE(0x7fc0, tensors.get('model.norm.weight')?.offset);
  writeFileSync(file, bytes);
  const model = await loadLanguageModel({ file: copy, threads: 1 });
  try {
    for (const sampling of [{ temperature: 0 }, { temperature: 1 }]) {
      await assert.rejects(model.generate({ prompt: 'The car', maxTokens: 4, sampling }), {
        code: 'MODEL_FAILED',
        message: /NaN for token/,
      });
    }
  } finally {
    await model.close();
  }
});

test('an architecture that is not supported, and a tokenizer that is not there, are named', async () => {
  await assert.rejects(
    loadLanguageModel({ file: changedCheckpoint('qwen2', { model_type: 'gpt_neox' }, folder) }),
    {
      code: 'MODEL_UNSUPPORTED',
      message: /"gpt_neox".*llama, qwen2, gemma3_text, opt, bloom/,
    },
  );
  await assert.rejects(loadLanguageModel({ file: checkpoint('opt') }), {
    code: 'MODEL_MISSING',
    message: /tokenizer\.json/,
  });
});
