import { CodriverError } from '../../domain/errors.ts';
import type { ModelMetadata } from '../formats/model-metadata.ts';

/** How token texts stand for bytes: GPT-2's map, or SentencePiece with `<0xNN>` tokens. */
export type VocabularyKind = 'byte_level' | 'byte_fallback';

/** llama.cpp's token types (llama.h, `llama_token_type`). */
export const TOKEN_TYPES = { normal: 1, unknown: 2, control: 3, userDefined: 4, unused: 5, byte: 6 } as const;

/** A model's vocabulary as plain data; it crosses threads. */
export interface Vocabulary {
  readonly kind: VocabularyKind;
  /** llama.cpp's name of the pre-tokenizer (`tokenizer.ggml.pre`). */
  readonly preTokenizer: string;
  /** Token texts by id. */
  readonly tokens: readonly string[];
  /** {@link TOKEN_TYPES} by id. */
  readonly types: readonly number[];
  /** "left right", best first; empty for vocabularies that have scores. */
  readonly merges: readonly string[];
  readonly scores: readonly number[];
  readonly addBos: boolean;
  readonly addSpacePrefix: boolean;
  /** The Unicode form that texts are brought to first. */
  readonly unicodeForm: 'NFC' | undefined;
  readonly bos: number | undefined;
  readonly unknown: number | undefined;
  /** Tokens that end a generation: EOS and the chat format's end of turn. */
  readonly ends: readonly number[];
}

const END_TEXTS = new Set(['<|im_end|>', '<|eot_id|>', '<|end|>', '<end_of_turn>', '<|endoftext|>', '<EOT>']);

/** Reads the vocabulary of a GGUF file. MODEL_UNSUPPORTED for tokenizers other than gpt2 and llama. */
export function readVocabulary(metadata: ModelMetadata): Vocabulary {
  const model = metadata.text('tokenizer.ggml.model');
  if (model !== 'gpt2' && model !== 'llama') {
    throw new CodriverError(
      'MODEL_UNSUPPORTED',
      `The tokenizer "${model}" is not supported; gpt2 and llama are.`,
      {
        remedy: 'Use a model with a byte-level BPE or SentencePiece BPE vocabulary.',
      },
    );
  }
  const tokens = metadata.texts('tokenizer.ggml.tokens');
  const types = metadata.numbers('tokenizer.ggml.token_type', []);
  const optional = (key: string): number | undefined =>
    metadata.has(key) ? metadata.number(key) : undefined;
  const ends = ['tokenizer.ggml.eos_token_id', 'tokenizer.ggml.eot_token_id'].map(optional);
  return {
    kind: model === 'gpt2' ? 'byte_level' : 'byte_fallback',
    preTokenizer: metadata.text('tokenizer.ggml.pre', 'default'),
    tokens,
    types,
    merges: metadata.texts('tokenizer.ggml.merges', []),
    scores: metadata.numbers('tokenizer.ggml.scores', []),
    addBos: metadata.boolean('tokenizer.ggml.add_bos_token', model === 'llama'),
    addSpacePrefix: metadata.boolean('tokenizer.ggml.add_space_prefix', model === 'llama'),
    unicodeForm: undefined,
    bos: optional('tokenizer.ggml.bos_token_id'),
    unknown: optional('tokenizer.ggml.unknown_token_id'),
    ends: withEndTexts(
      ends.filter((id) => id !== undefined),
      tokens,
      types,
    ),
  };
}

/** End tokens that a model names, and those that are known by their text. */
export function withEndTexts(
  named: readonly number[],
  tokens: readonly string[],
  types: readonly number[],
): number[] {
  const ends = new Set(named);
  tokens.forEach((text, id) => {
    if (types[id] === TOKEN_TYPES.control && END_TEXTS.has(text)) ends.add(id);
  });
  return [...ends];
}
