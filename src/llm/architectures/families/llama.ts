import { dequantize } from '../../formats/dequantize.ts';
import type { GgufFile } from '../../formats/gguf.ts';
import type { ModelMetadata } from '../../formats/model-metadata.ts';
import type { RopeSpec } from '../rope.ts';
import { type DecoderSpec, equalBlocks } from '../spec.ts';
import { expectSetting, type Family, ggufNames, headIsTied, refuse } from './family.ts';
import { gatedFromConfig, gatedFromGguf, gatedNames, ropeOfConfig } from './gated.ts';

/** Llama (Touvron et al. 2023). GGUF files hold its query and key rows permuted, so that neighbours are rotated. */
export const LLAMA: Family = {
  ggufName: 'llama',
  configName: 'llama',

  fromGguf(metadata, source) {
    const spec = gatedFromGguf('llama', metadata, source.tensors);
    const rope = {
      ...ropeOfGguf('llama', metadata),
      ...ownFactors(source, spec.headSize),
      interleaved: true,
    };
    return {
      spec: withRope(spec, rope),
      names: (name) => (name === ROPE_FACTORS ? [] : ggufNames(name)),
    };
  },

  fromConfig(config) {
    expectSetting('llama', config, 'hidden_act', ['silu']);
    expectSetting('llama', config, 'attention_bias', [false]);
    expectSetting('llama', config, 'mlp_bias', [false]);
    const tiedHead = headIsTied(config, false);
    const spec = gatedWithRope('llama', config);
    return { spec: { ...spec, tiedHead }, names: gatedNames({}, tiedHead) };
  },
};

/** Qwen2 and Qwen2.5 (Yang et al. 2024): llama with biases of queries, keys and values. */
export const QWEN2: Family = {
  ggufName: 'qwen2',
  configName: 'qwen2',

  fromGguf(metadata, source) {
    const spec = gatedFromGguf('qwen2', metadata, source.tensors);
    return {
      spec: { ...withRope(spec, ropeOfGguf('qwen2', metadata)), biases: 'qkv' },
      names: ggufNames,
    };
  },

  fromConfig(config) {
    expectSetting('qwen2', config, 'hidden_act', ['silu']);
    expectSetting('qwen2', config, 'use_sliding_window', [false]);
    const tiedHead = headIsTied(config, false);
    const spec = gatedWithRope('qwen2', config);
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
    interleaved: false,
  };
}

/** Llama 3's scaling, as GGUF files have it: a factor for each pair. */
const ROPE_FACTORS = 'rope_freqs.weight';

function ownFactors(source: GgufFile, headSize: number): Pick<RopeSpec, 'factors'> {
  const tensor = source.tensors.get(ROPE_FACTORS);
  if (tensor === undefined) return {};
  if (tensor.shape.length !== 1 || tensor.shape[0] !== headSize / 2)
    refuse('llama', `has ${tensor.shape.join(' × ')} rotation factors for heads of ${headSize}`);
  const bytes = new Uint8Array(tensor.bytes);
  source.readTensorPartSync(tensor, 0, bytes);
  return { factors: [...dequantize(tensor.type, bytes)] };
}

/** transformers 5 writes `rope_parameters`, earlier versions `rope_theta` and `rope_scaling`. */
function gatedWithRope(architecture: string, config: ModelMetadata): DecoderSpec {
  const spec = gatedFromConfig(architecture, config);
  const key = config.has('rope_parameters.rope_theta') ? 'rope_parameters' : 'rope_scaling';
  const base = config.number('rope_parameters.rope_theta', config.number('rope_theta', 10_000));
  return withRope(spec, ropeOfConfig(architecture, config, key, spec.headSize, base));
}
