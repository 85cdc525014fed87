import type { ModelMetadata } from '../../formats/model-metadata.ts';
import { linearFactors, type RopeSpec } from '../rope.ts';
import type { BlockSpec, DecoderSpec } from '../spec.ts';
import { expectSetting, type Family, ggufNames, headIsTied, refuse } from './family.ts';
import { gatedFromConfig, gatedFromGguf, gatedNames, ropeOfConfig } from './gated.ts';

/** Base of the blocks with a window, where a file doesn't say. */
const LOCAL_BASE = 10_000;
const GLOBAL_BASE = 1_000_000;
/** Each so many blocks, the last sees everything, where a file doesn't say. */
const PATTERN = 6;
/** Blocks of the 27B model, whose dot products are scaled by embedding / heads instead of the head size. */
const BLOCKS_27B = 62;

/** Gemma 3 (Gemma Team 2025), text only. */
export const GEMMA3: Family = {
  ggufName: 'gemma3',
  configName: 'gemma3_text',

  fromGguf(metadata, source) {
    const spec = gatedFromGguf('gemma3', metadata, source.tensors);
    const number = (key: string, fallback: number) => metadata.number(`gemma3.${key}`, fallback);
    const scaling = metadata.text('gemma3.rope.scaling.type', 'none');
    if (scaling !== 'none' && scaling !== 'linear') refuse('gemma3', `scales its positions (${scaling})`);
    refuseSoftcaps(metadata, 'gemma3.attn_logit_softcapping', 'gemma3.final_logit_softcapping');
    const factors =
      scaling === 'linear'
        ? { factors: linearFactors(spec.headSize, metadata.number('gemma3.rope.scaling.factor')) }
        : {};
    const whole: BlockSpec = {
      rope: { base: number('rope.freq_base', GLOBAL_BASE), ...factors, interleaved: false },
    };
    const local: BlockSpec = {
      rope: { base: number('rope.freq_base_swa', LOCAL_BASE), interleaved: false },
      window: metadata.number('gemma3.attention.sliding_window'),
    };
    const scaled = spec.blocks.length === BLOCKS_27B ? spec.embedding / spec.heads : spec.headSize;
    const blocks = patterned(spec.blocks.length, PATTERN, local, whole);
    return { spec: gemma(spec, blocks, scaled, 0), names: ggufNames };
  },

  fromConfig(config) {
    expectSetting('gemma3', config, 'hidden_activation', ['gelu_pytorch_tanh']);
    expectSetting('gemma3', config, 'attention_bias', [false]);
    expectSetting('gemma3', config, 'use_bidirectional_attention', [false]);
    refuseSoftcaps(config, 'attn_logit_softcapping', 'final_logit_softcapping');
    const spec = gatedFromConfig('gemma3', config);
    const { whole, local } = blocksOfConfig(config, spec.headSize);
    const kinds = config.texts('layer_types', []);
    if (kinds.length > 0 && kinds.length !== spec.blocks.length)
      refuse('gemma3', `has ${spec.blocks.length} blocks and ${kinds.length} layer_types`);
    const blocks =
      kinds.length > 0
        ? kinds.map((kind) => blockOfKind(kind, local, whole))
        : patterned(spec.blocks.length, config.number('sliding_window_pattern', PATTERN), local, whole);
    const tiedHead = headIsTied(config, true);
    const scaled = config.number('query_pre_attn_scalar', 256);
    const names = gatedNames(
      {
        'self_attn.q_norm.weight': 'attn_q_norm.weight',
        'self_attn.k_norm.weight': 'attn_k_norm.weight',
        'post_attention_layernorm.weight': 'post_attention_norm.weight',
        'pre_feedforward_layernorm.weight': 'ffn_norm.weight',
        'post_feedforward_layernorm.weight': 'post_ffw_norm.weight',
      },
      tiedHead,
    );
    return { spec: { ...gemma(spec, blocks, scaled, 1), tiedHead }, names };
  },
};

function gemma(
  spec: DecoderSpec,
  blocks: readonly BlockSpec[],
  scaled: number,
  gammaOffset: number,
): DecoderSpec {
  return {
    ...spec,
    blocks,
    norm: { ...spec.norm, gammaOffset },
    normPlacement: 'around',
    headNorms: true,
    activation: 'gelu-tanh',
    attentionScale: 1 / Math.sqrt(scaled),
    embeddingScale: Math.sqrt(spec.embedding),
  };
}

/** The two kinds of block; transformers 5 writes `rope_parameters`, earlier versions single numbers. */
function blocksOfConfig(config: ModelMetadata, headSize: number): { whole: BlockSpec; local: BlockSpec } {
  const rope = (kind: string, scaling: string, base: number): RopeSpec => {
    const own = `rope_parameters.${kind}`;
    const key = config.has(`${own}.rope_type`) ? own : scaling;
    return ropeOfConfig('gemma3', config, key, headSize, config.number(`${own}.rope_theta`, base));
  };
  return {
    whole: { rope: rope('full_attention', 'rope_scaling', config.number('rope_theta', GLOBAL_BASE)) },
    local: {
      rope: rope('sliding_attention', '', config.number('rope_local_base_freq', LOCAL_BASE)),
      window: config.number('sliding_window'),
    },
  };
}

function blockOfKind(kind: string, local: BlockSpec, whole: BlockSpec): BlockSpec {
  if (kind === 'full_attention') return whole;
  return kind === 'sliding_attention' ? local : refuse('gemma3', `has a block of the kind ${kind}`);
}

function patterned(count: number, pattern: number, local: BlockSpec, whole: BlockSpec): BlockSpec[] {
  return Array.from({ length: count }, (_, block) => ((block + 1) % pattern === 0 ? whole : local));
}

function refuseSoftcaps(metadata: ModelMetadata, ...keys: string[]): void {
  for (const key of keys) {
    if (metadata.number(key, 0) > 0) refuse('gemma3', 'bounds its logits');
  }
}
