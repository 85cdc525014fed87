import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, test } from 'node:test';
import { describeModel } from '../../../src/llm/architectures/describe.ts';
import { ResidentCpuExecutor } from '../../../src/llm/executors/resident-cpu.ts';
import { openModel } from '../../../src/llm/formats/open-model.ts';
import {
  CHECKPOINTS,
  changedCheckpoint,
  checkpoint,
  expectedOf,
  expectSame,
  largestDifference,
  TOLERANCE,
  withExecutor,
} from './checkpoints.ts';

const folder = mkdtempSync(path.join(tmpdir(), 'codriver-families-'));
after(() => rmSync(folder, { recursive: true, force: true }));

const changed = (name: string, settings: Record<string, unknown>): string =>
  changedCheckpoint(name, settings, folder);

for (const name of CHECKPOINTS) {
  test(`logits and greedy tokens are transformers': ${name}`, async () => {
    const expected = await expectedOf(name);
    assert.equal(expected.tokens.length, 32);
    await withExecutor(checkpoint(name), (executor) => expectSame(executor, expected));
  });
}

/** The llama checkpoint's scaling. */
const LLAMA3 = {
  rope_type: 'llama3',
  factor: 8,
  low_freq_factor: 1,
  high_freq_factor: 4,
  original_max_position_embeddings: 64,
};

// What the comparison would miss if the fixtures did not depend on it.
const telling: [string, Record<string, unknown>][] = [
  ['gemma3', { sliding_window: 7 }],
  ['gemma3', { sliding_window: 9 }],
  ['gemma3', { query_pre_attn_scalar: 32 }],
  ['gemma3', { layer_types: ['sliding_attention', 'sliding_attention', 'sliding_attention'] }],
  [
    'gemma3',
    {
      rope_parameters: {
        sliding_attention: { rope_theta: 20000 },
        full_attention: { rope_type: 'linear', factor: 4, rope_theta: 20000 },
      },
    },
  ],
  ['llama', { rope_parameters: { rope_theta: 5000 } }],
  ['llama', { rope_parameters: { rope_theta: 5000, rope_type: 'linear', factor: 8 } }],
  ['qwen2', { rope_parameters: { rope_theta: 10000 } }],
  ['opt', { activation_function: 'gelu' }],
  ['opt', { do_layer_norm_before: false, _remove_final_layer_norm: false }],
];
for (const [name, settings] of telling) {
  test(`the checkpoint tells: ${name} with ${JSON.stringify(settings)}`, async (t) => {
    const { prompt, logits } = await expectedOf(name);
    const copy = changed(name, settings);
    if (settings.do_layer_norm_before === false) {
      // Without the last norm, its tensors are left over.
      await assert.rejects(
        withExecutor(copy, async () => {}),
        { code: 'MODEL_UNSUPPORTED' },
      );
      return;
    }
    const found = await withExecutor(copy, (executor) => executor.pass(prompt, executor.newCache()));
    const difference = largestDifference(found, logits[0]);
    t.diagnostic(`largest difference ${difference.toExponential(1)}`);
    assert.ok(difference > 10 * TOLERANCE, `only ${difference}`);
  });
}

test('settings as earlier transformers wrote them mean the same', async () => {
  const rope = { rope_parameters: undefined };
  const { prompt, logits } = await expectedOf('gemma3');
  const gemma = changed('gemma3', {
    ...rope,
    rope_theta: 20000,
    rope_local_base_freq: 500,
    rope_scaling: { rope_type: 'linear', factor: 4 },
  });
  const found = await withExecutor(gemma, (executor) => executor.pass(prompt, executor.newCache()));
  assert.ok(largestDifference(found, logits[0]) < TOLERANCE);
  const llama = changed('llama', { ...rope, rope_theta: 5000, rope_scaling: LLAMA3 });
  const expected = await expectedOf('llama');
  const other = await withExecutor(llama, (executor) => executor.pass(expected.prompt, executor.newCache()));
  assert.ok(largestDifference(other, expected.logits[0]) < TOLERANCE);
});

const refused: [string, Record<string, unknown>, RegExp][] = [
  ['llama', { model_type: 'mamba' }, /"mamba".*llama, qwen2, gemma3_text, opt, bloom/],
  ['llama', { attention_bias: true }, /attention_bias/],
  ['llama', { hidden_act: 'gelu' }, /hidden_act/],
  ['llama', { rope_parameters: { rope_theta: 1e4, rope_type: 'yarn', factor: 8 } }, /yarn/],
  ['llama', { rope_parameters: { ...LLAMA3, rope_theta: 1e4, high_freq_factor: null } }, /high_freq_factor/],
  ['llama', { tie_word_embeddings: 'yes' }, /tie_word_embeddings/],
  ['qwen2', { use_sliding_window: true }, /use_sliding_window/],
  ['qwen2', { model_type: 'llama' }, /q_proj\.bias|k_proj\.bias|v_proj\.bias/],
  ['gemma3', { final_logit_softcapping: 30 }, /bounds its logits/],
  ['gemma3', { layer_types: ['full_attention', 'chunked_attention', 'full_attention'] }, /chunked/],
  ['opt', { activation_function: 'silu' }, /silu/],
  ['bloom', { apply_residual_connection_post_layernorm: true }, /apply_residual/],
  ['llama', { num_hidden_layers: 1 }, /layers\.1\./],
];
for (const [name, settings, message] of refused) {
  test(`refused by name: ${name} with ${JSON.stringify(settings)}`, async () => {
    const source = await openModel(changed(name, settings));
    try {
      assert.throws(() => describeModel(source), { code: 'MODEL_UNSUPPORTED', message });
      await assert.rejects(
        ResidentCpuExecutor.open(source, 1, () => {}),
        { code: 'MODEL_UNSUPPORTED' },
      );
    } finally {
      await source.close();
    }
  });
}

const damaged: [string, Record<string, unknown>, RegExp][] = [
  ['llama', { num_hidden_layers: 3 }, /no tensor "blk\.2\./],
  ['llama', { vocab_size: 255 }, /token_embd.*320 × 64, not 255 × 64/],
  ['llama', { num_hidden_layers: 1e9 }, /block count of 1000000000/],
  ['bloom', { n_head: 1e9 }, /heads of 1000000000/],
  ['llama', { num_attention_heads: 0 }, /heads of 0|headSize of Infinity/],
  ['llama', { num_key_value_heads: 3 }, /4 query heads over 3/],
  ['gemma3', { sliding_window: -1 }, /sliding window of -1/],
  ['qwen2', { rms_norm_eps: 7 }, /epsilon of 7/],
  ['qwen2', { rope_parameters: { rope_theta: -1 } }, /rotation base of -1/],
  ['qwen2', { rope_parameters: { rope_theta: 1e4, rope_type: 'linear', factor: 0 } }, /rotation factor of 0/],
  ['qwen2', { head_dim: 1e12 }, /headSize of 1000000000000/],
];
for (const [name, settings, message] of damaged) {
  test(`damaged: ${name} with ${JSON.stringify(settings)}`, async () => {
    const source = await openModel(changed(name, settings));
    try {
      assert.throws(() => describeModel(source), { code: 'MODEL_CORRUPT', message });
    } finally {
      await source.close();
    }
  });
}

test('a token that the model does not have fails', async () => {
  await withExecutor(checkpoint('opt'), async (executor) => {
    await assert.rejects(executor.pass([320], executor.newCache()), { code: 'MODEL_FAILED' });
  });
});
