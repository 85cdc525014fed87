import type { ModelMetadata } from '../../formats/model-metadata.ts';
import type { RopeSpec } from '../rope.ts';
import { type DecoderSpec, equalBlocks } from '../spec.ts';
import { expectSetting, type Family, ggufNames, headIsTied, refuse } from './family.ts';
import { gatedFromConfig, gatedFromGguf, gatedNames, ropeFactor } from './gated.ts';

/** Llama (Touvron et al. 2023). GGUF files hold its query and key rows permuted, so that neighbours are rotated. */
export const LLAMA: Family = {
  ggufName: 'llama',
  configName: 'llama',

  fromGguf(metadata, tensors) {
    const spec = gatedFromGguf('llama', metadata, tensors);
    const rope = { ...ropeOfGguf('llama', metadata), interleaved: true };
    return { spec: withRope(spec, rope), names: ggufNames };
  },

  fromConfig(config) {
    expectSetting('llama', config, 'hidden_act', ['silu']);
    expectSetting('llama', config, 'attention_bias', [false]);
    expectSetting('llama', config, 'mlp_bias', [false]);
    const tiedHead = headIsTied(config, false);
    const spec = withRope(gatedFromConfig('llama', config), ropeOfConfig('llama', config));
    return { spec: { ...spec, tiedHead }, names: gatedNames({}, tiedHead) };
  },
};

/** Qwen2 and Qwen2.5 (Yang et al. 2024): llama with biases of queries, keys and values. */
export const QWEN2: Family = {
  ggufName: 'qwen2',
  configName: 'qwen2',

  fromGguf(metadata, tensors) {
    const spec = gatedFromGguf('qwen2', metadata, tensors);
    return {
      spec: { ...withRope(spec, ropeOfGguf('qwen2', metadata)), biases: 'qkv' },
      names: ggufNames,
    };
  },

  fromConfig(config) {
    expectSetting('qwen2', config, 'hidden_act', ['silu']);
    expectSetting('qwen2', config, 'use_sliding_window', [false]);
    const tiedHead = headIsTied(config, false);
    const spec = withRope(gatedFromConfig('qwen2', config), ropeOfConfig('qwen2', config));
    return { spec: { ...spec, biases: 'qkv', tiedHead }, names: gatedNames({}, tiedHead) };
  },
};

function withRope(spec: DecoderSpec, rope: RopeSpec): DecoderSpec {
  return { ...spec, blocks: equalBlocks(spec.blocks.length, { rope }) };
}

function ropeOfGguf(architecture: string, metadata: ModelMetadata): RopeSpec {
  const scaling = metadata.text(`${architecture}.rope.scaling.type`, 'none');
  if (scaling !== 'none') refuse(architecture, `scales its positions (${scaling})`);
  return {
    base: metadata.number(`${architecture}.rope.freq_base`, 10_000),
    factor: 1,
    interleaved: false,
  };
}

/** transformers 5 writes `rope_parameters`, earlier versions `rope_theta` and `rope_scaling`. */
function ropeOfConfig(architecture: string, config: ModelMetadata): RopeSpec {
  const key = config.has('rope_parameters.rope_theta') ? 'rope_parameters' : 'rope_scaling';
  const base = config.number('rope_parameters.rope_theta', config.number('rope_theta', 10_000));
  return { base, factor: ropeFactor(architecture, config, key), interleaved: false };
}
