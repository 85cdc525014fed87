import { equalBlocks } from '../spec.ts';
import { expectSetting, type Family, headIsTied, refuse, tableNames, withBiases } from './family.ts';

/** Learned positions begin at row 2 of their matrix. */
const POSITION_OFFSET = 2;

/** OPT (Zhang et al. 2022), and Galactica, which shares its form. */
export const OPT: Family = {
  configName: 'opt',

  fromConfig(config) {
    expectSetting('opt', config, 'enable_bias', [true]);
    expectSetting('opt', config, 'layer_norm_elementwise_affine', [true]);
    const embedding = config.number('hidden_size');
    const heads = config.number('num_attention_heads');
    const activation = config.text('activation_function', 'relu');
    if (activation !== 'relu' && activation !== 'gelu') refuse('opt', `has the activation ${activation}`);
    const before = config.boolean('do_layer_norm_before', true);
    const tiedHead = headIsTied(config, true);
    return {
      spec: {
        architecture: 'opt',
        embedding,
        tableWidth: config.number('word_embed_proj_dim', embedding),
        feedForward: config.number('ffn_dim'),
        heads,
        kvHeads: heads,
        headSize: embedding / heads,
        context: config.number('max_position_embeddings'),
        vocabulary: config.number('vocab_size'),
        blocks: equalBlocks(config.number('num_hidden_layers'), {}),
        norm: { kind: 'layer', epsilon: 1e-5, gammaOffset: 0 },
        normPlacement: before ? 'before' : 'after',
        finalNorm: before && !config.boolean('_remove_final_layer_norm', false),
        biases: 'all',
        headNorms: false,
        attentionScale: 1 / Math.sqrt(embedding / heads),
        alibi: false,
        activation: activation as 'relu' | 'gelu',
        gated: false,
        embeddingScale: 1,
        embeddingNorm: false,
        learnedPositions: POSITION_OFFSET,
        tiedHead,
      },
      names: names(tiedHead),
    };
  },
};

function names(tiedHead: boolean) {
  const table = tableNames({
    prefix: 'decoder.',
    blockPrefix: 'layers.',
    outside: {
      'embed_tokens.weight': 'token_embd.weight',
      'embed_positions.weight': 'position_embd.weight',
      'project_in.weight': 'project_in.weight',
      'project_out.weight': 'project_out.weight',
      'final_layer_norm.weight': 'output_norm.weight',
      'final_layer_norm.bias': 'output_norm.bias',
      'lm_head.weight': tiedHead ? null : 'output.weight',
    },
    inside: withBiases({
      'self_attn.q_proj': 'attn_q',
      'self_attn.k_proj': 'attn_k',
      'self_attn.v_proj': 'attn_v',
      'self_attn.out_proj': 'attn_output',
      self_attn_layer_norm: 'attn_norm',
      final_layer_norm: 'ffn_norm',
      fc1: 'ffn_up',
      fc2: 'ffn_down',
    }),
  });
  // "model.decoder.…" as saved by the causal model, "decoder.…" by the bare one.
  return (name: string) => table(name.replace(/^model\./, ''));
}
