import type { ModelMetadata } from '../../formats/model-metadata.ts';
import type { WeightTensor } from '../../formats/weight-source.ts';
import type { NameMap } from '../model-weights.ts';
import { linearFactors, llama3Factors, type RopeSpec } from '../rope.ts';
import { checkSpec, type DecoderSpec, equalBlocks } from '../spec.ts';
import { refuse, tableNames, vocabularyOf, withBiases } from './family.ts';

/** What llama, Qwen2 and Gemma share, from the metadata of a GGUF file. Blocks are plain. */
export function gatedFromGguf(
  architecture: string,
  metadata: ModelMetadata,
  tensors: ReadonlyMap<string, WeightTensor>,
): DecoderSpec {
  const number = (key: string, fallback?: number) => metadata.number(`${architecture}.${key}`, fallback);
  const embedding = number('embedding_length');
  const heads = number('attention.head_count');
  const headSize = number('attention.key_length', embedding / heads);
  if (number('attention.value_length', headSize) !== headSize)
    refuse(architecture, 'has values of another size than its keys');
  if (number('rope.dimension_count', headSize) !== headSize)
    refuse(architecture, 'rotates a part of each head');
  if (number('expert_count', 0) > 0) refuse(architecture, 'is a mixture of experts');
  return checkSpec({
    ...PLAIN,
    architecture,
    embedding,
    tableWidth: embedding,
    feedForward: number('feed_forward_length'),
    heads,
    kvHeads: number('attention.head_count_kv', heads),
    headSize,
    context: number('context_length'),
    vocabulary: vocabularyOf(tensors),
    blocks: equalBlocks(number('block_count'), {}),
    norm: { kind: 'rms', epsilon: number('attention.layer_norm_rms_epsilon'), gammaOffset: 0 },
    attentionScale: 1 / Math.sqrt(headSize),
    tiedHead: !tensors.has('output.weight'),
  });
}

/** The same from config.json. */
export function gatedFromConfig(architecture: string, config: ModelMetadata): DecoderSpec {
  const embedding = config.number('hidden_size');
  const heads = config.number('num_attention_heads');
  const headSize = config.number('head_dim', embedding / heads);
  return checkSpec({
    ...PLAIN,
    architecture,
    embedding,
    tableWidth: embedding,
    feedForward: config.number('intermediate_size'),
    heads,
    kvHeads: config.number('num_key_value_heads', heads),
    headSize,
    context: config.number('max_position_embeddings'),
    vocabulary: config.number('vocab_size'),
    blocks: equalBlocks(config.number('num_hidden_layers'), {}),
    norm: { kind: 'rms', epsilon: config.number('rms_norm_eps', 1e-6), gammaOffset: 0 },
    attentionScale: 1 / Math.sqrt(headSize),
    tiedHead: false,
  });
}

/** A rotation whose scaling is under `key` of a config: none, linear, or Llama 3's; other kinds are refused. */
export function ropeOfConfig(
  architecture: string,
  config: ModelMetadata,
  key: string,
  headSize: number,
  base: number,
): RopeSpec {
  const plain: RopeSpec = { base, interleaved: false };
  const kind = config.text(`${key}.rope_type`, config.text(`${key}.type`, 'default'));
  if (kind === 'default') return plain;
  if (kind !== 'linear' && kind !== 'llama3') refuse(architecture, `scales its positions (${kind})`);
  const factor = config.number(`${key}.factor`);
  if (kind === 'linear') return { ...plain, factors: linearFactors(headSize, factor) };
  return {
    ...plain,
    factors: llama3Factors(headSize, base, {
      factor,
      lowFrequency: config.number(`${key}.low_freq_factor`),
      highFrequency: config.number(`${key}.high_freq_factor`),
      context: config.number(`${key}.original_max_position_embeddings`),
    }),
  };
}

/** The names of Hugging Face's gated decoders. */
export function gatedNames(inside: Readonly<Record<string, string>>, tiedHead: boolean): NameMap {
  return tableNames({
    prefix: 'model.',
    blockPrefix: 'layers.',
    outside: {
      'embed_tokens.weight': 'token_embd.weight',
      'norm.weight': 'output_norm.weight',
      'lm_head.weight': tiedHead ? null : 'output.weight',
    },
    inside: {
      ...withBiases({
        'self_attn.q_proj': 'attn_q',
        'self_attn.k_proj': 'attn_k',
        'self_attn.v_proj': 'attn_v',
        'self_attn.o_proj': 'attn_output',
      }),
      'self_attn.rotary_emb.inv_freq': null,
      'mlp.gate_proj.weight': 'ffn_gate.weight',
      'mlp.up_proj.weight': 'ffn_up.weight',
      'mlp.down_proj.weight': 'ffn_down.weight',
      'input_layernorm.weight': 'attn_norm.weight',
      'post_attention_layernorm.weight': 'ffn_norm.weight',
      ...inside,
    },
  });
}

const PLAIN = {
  normPlacement: 'before',
  finalNorm: true,
  biases: 'none',
  headNorms: false,
  alibi: false,
  activation: 'silu',
  gated: true,
  embeddingScale: 1,
  embeddingNorm: false,
  learnedPositions: undefined,
} as const;
