import type { NameMap, Placement, RowRange } from '../model-weights.ts';
import { checkSpec, type DecoderSpec, equalBlocks } from '../spec.ts';
import { expectSetting, type Family, headIsTied, tableNames, vocabularyOf, withBiases } from './family.ts';

/** BLOOM (BigScience 2022): ALiBi, and queries, keys and values in one product. */
export const BLOOM: Family = {
  ggufName: 'bloom',
  configName: 'bloom',

  fromGguf(metadata, { tensors }) {
    const number = (key: string, fallback?: number) => metadata.number(`bloom.${key}`, fallback);
    const spec = bloom({
      embedding: number('embedding_length'),
      heads: number('attention.head_count'),
      blocks: number('block_count'),
      context: number('context_length'),
      vocabulary: vocabularyOf(tensors),
      epsilon: number('attention.layer_norm_epsilon'),
      tiedHead: !tensors.has('output.weight'),
    });
    // llama.cpp's files hold all queries, then all keys, then all values.
    const rows = [0, 1, 2].map((part) => [{ from: part * spec.embedding, count: spec.embedding }]);
    return { spec, names: bloomNames(GGUF_NAMES, 'blk.', 'attn_qkv', rows, spec.tiedHead) };
  },

  fromConfig(config) {
    expectSetting('bloom', config, 'apply_residual_connection_post_layernorm', [false]);
    expectSetting('bloom', config, 'slow_but_exact', [false]);
    const either = (one: string, other: string): number =>
      config.has(one) ? config.number(one) : config.number(other);
    const heads = either('n_head', 'num_attention_heads');
    const spec = bloom({
      embedding: either('hidden_size', 'n_embed'),
      heads,
      blocks: either('n_layer', 'num_hidden_layers'),
      context: config.number('seq_length', 2048),
      vocabulary: config.number('vocab_size'),
      epsilon: config.number('layer_norm_epsilon', 1e-5),
      tiedHead: headIsTied(config, true),
    });
    // Head by head: its queries, its keys, its values.
    const rows = [0, 1, 2].map((part) => {
      const ranges: RowRange[] = [];
      for (let head = 0; head < heads; head++)
        ranges.push({ from: (3 * head + part) * spec.headSize, count: spec.headSize });
      return ranges;
    });
    return { spec, names: bloomNames(HF_NAMES, 'h.', 'self_attention.query_key_value', rows, spec.tiedHead) };
  },
};

interface BloomNumbers {
  readonly embedding: number;
  readonly heads: number;
  readonly blocks: number;
  readonly context: number;
  readonly vocabulary: number;
  readonly epsilon: number;
  readonly tiedHead: boolean;
}

function bloom({ embedding, heads, blocks, epsilon, ...rest }: BloomNumbers): DecoderSpec {
  return checkSpec({
    ...rest,
    architecture: 'bloom',
    embedding,
    tableWidth: embedding,
    feedForward: 4 * embedding,
    heads,
    kvHeads: heads,
    headSize: embedding / heads,
    blocks: equalBlocks(blocks, {}),
    norm: { kind: 'layer', epsilon, gammaOffset: 0 },
    normPlacement: 'before',
    finalNorm: true,
    biases: 'all',
    headNorms: false,
    attentionScale: Math.sqrt(heads / embedding),
    alibi: true,
    activation: 'gelu-tanh',
    gated: false,
    embeddingScale: 1,
    embeddingNorm: true,
    learnedPositions: undefined,
  });
}

interface Names {
  readonly outside: Readonly<Record<string, string>>;
  readonly inside: Readonly<Record<string, string>>;
}

const HF_NAMES: Names = {
  outside: {
    'word_embeddings.weight': 'token_embd.weight',
    ...withBiases({ word_embeddings_layernorm: 'token_embd_norm', ln_f: 'output_norm' }),
  },
  inside: withBiases({
    input_layernorm: 'attn_norm',
    post_attention_layernorm: 'ffn_norm',
    'self_attention.dense': 'attn_output',
    'mlp.dense_h_to_4h': 'ffn_up',
    'mlp.dense_4h_to_h': 'ffn_down',
  }),
};

const same = (...names: string[]): Record<string, string> =>
  withBiases(Object.fromEntries(names.map((name) => [name, name])));

const GGUF_NAMES: Names = {
  outside: { 'token_embd.weight': 'token_embd.weight', ...same('token_embd_norm', 'output_norm') },
  inside: same('attn_norm', 'ffn_norm', 'attn_output', 'ffn_up', 'ffn_down'),
};

function bloomNames(
  { outside, inside }: Names,
  blockPrefix: string,
  fused: string,
  rows: readonly (readonly RowRange[])[],
  tiedHead: boolean,
): NameMap {
  const split =
    (kind: string) =>
    (block: string): Placement[] =>
      ['q', 'k', 'v'].map((part, i) => ({ name: `${block}.attn_${part}.${kind}`, rows: rows[i] ?? [] }));
  return tableNames({
    prefix: 'transformer.',
    blockPrefix,
    outside: {
      ...outside,
      'lm_head.weight': tiedHead ? null : 'output.weight',
      'output.weight': 'output.weight',
    },
    inside: {
      ...inside,
      [`${fused}.weight`]: split('weight'),
      [`${fused}.bias`]: split('bias'),
    },
  });
}
