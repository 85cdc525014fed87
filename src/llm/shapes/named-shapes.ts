import { BLOOM } from '../architectures/families/bloom.ts';
import type { Family } from '../architectures/families/family.ts';
import { LLAMA, QWEN2 } from '../architectures/families/llama.ts';
import { OPT } from '../architectures/families/opt.ts';
import type { DecoderSpec } from '../architectures/spec.ts';
import { ModelMetadata } from '../formats/model-metadata.ts';

/** A family and what a published config.json says, as far as the form depends on it. */
interface Shape {
  readonly family: Family;
  readonly config: Readonly<Record<string, number | boolean>>;
}

/** Zhang et al. 2022, table 1; feed-forward, context and vocabulary from the published configs. */
function opt(layers: number, heads: number, embedding: number): Shape {
  return {
    family: OPT,
    config: {
      hidden_size: embedding,
      ffn_dim: 4 * embedding,
      num_attention_heads: heads,
      num_hidden_layers: layers,
      max_position_embeddings: 2048,
      vocab_size: 50_272,
    },
  };
}

interface GatedNumbers {
  readonly layers: number;
  readonly embedding: number;
  readonly feedForward: number;
  readonly heads: number;
  readonly kvHeads: number;
  readonly vocabulary: number;
  readonly context: number;
  readonly ropeBase: number;
  readonly tied?: boolean;
}

function gated(family: Family, epsilon: number, numbers: GatedNumbers): Shape {
  return {
    family,
    config: {
      hidden_size: numbers.embedding,
      intermediate_size: numbers.feedForward,
      num_attention_heads: numbers.heads,
      num_key_value_heads: numbers.kvHeads,
      num_hidden_layers: numbers.layers,
      max_position_embeddings: numbers.context,
      vocab_size: numbers.vocabulary,
      rms_norm_eps: epsilon,
      rope_theta: numbers.ropeBase,
      tie_word_embeddings: numbers.tied ?? false,
    },
  };
}

/** Llama 3 (Grattafiori et al. 2024, table 3) and its published configs. */
const llama3 = (numbers: Omit<GatedNumbers, 'vocabulary' | 'context' | 'ropeBase'>): Shape =>
  gated(LLAMA, 1e-5, { ...numbers, vocabulary: 128_256, context: 8192, ropeBase: 500_000 });

const SHAPES: Readonly<Record<string, Shape>> = {
  /** TinyLlama 1.1B (Zhang et al. 2024, table 2, and its config). */
  'llama-1b': gated(LLAMA, 1e-5, {
    layers: 22,
    embedding: 2048,
    feedForward: 5632,
    heads: 32,
    kvHeads: 4,
    vocabulary: 32_000,
    context: 2048,
    ropeBase: 10_000,
  }),
  /** Qwen2.5-1.5B (Qwen team 2024, table 1, and its config). */
  'qwen2.5-1.5b': gated(QWEN2, 1e-6, {
    layers: 28,
    embedding: 1536,
    feedForward: 8960,
    heads: 12,
    kvHeads: 2,
    vocabulary: 151_936,
    context: 131_072,
    ropeBase: 1_000_000,
    tied: true,
  }),
  /** Qwen2.5-3B, likewise. */
  'qwen2.5-3b': gated(QWEN2, 1e-6, {
    layers: 36,
    embedding: 2048,
    feedForward: 11_008,
    heads: 16,
    kvHeads: 2,
    vocabulary: 151_936,
    context: 32_768,
    ropeBase: 1_000_000,
    tied: true,
  }),
  /** Llama 2 7B (Touvron et al. 2023 and its config). */
  'llama-7b': gated(LLAMA, 1e-5, {
    layers: 32,
    embedding: 4096,
    feedForward: 11_008,
    heads: 32,
    kvHeads: 32,
    vocabulary: 32_000,
    context: 4096,
    ropeBase: 10_000,
  }),
  'llama-8b': llama3({ layers: 32, embedding: 4096, feedForward: 14_336, heads: 32, kvHeads: 8 }),
  /** Llama 3 70B; Llama 2 70B has the same blocks and a vocabulary of 32,000. */
  'llama-70b': llama3({ layers: 80, embedding: 8192, feedForward: 28_672, heads: 64, kvHeads: 8 }),
  'opt-30b': opt(48, 56, 7168),
  'opt-66b': opt(64, 72, 9216),
  'opt-175b': opt(96, 96, 12_288),
  /** BigScience 2022, table 3, and its config. */
  'bloom-176b': {
    family: BLOOM,
    config: {
      hidden_size: 14_336,
      n_head: 112,
      n_layer: 70,
      seq_length: 2048,
      vocab_size: 250_880,
      layer_norm_epsilon: 1e-5,
    },
  },
};

/** Names that {@link namedShape} knows, smallest first within a family. */
export const SHAPE_NAMES: readonly string[] = Object.keys(SHAPES);

/** The form of a published model, without its weights; undefined for a name that isn't known. */
export function namedShape(name: string): DecoderSpec | undefined {
  if (!Object.hasOwn(SHAPES, name)) return undefined;
  const { family, config } = SHAPES[name] as Shape;
  return family.fromConfig(new ModelMetadata(new Map(Object.entries(config)), `the shape ${name}`)).spec;
}
