import { CodriverError } from '../../domain/errors.ts';
import type { Vocabulary } from './vocabulary.ts';

/** Hugging Face's `tokenizer.json`, as far as it is used here. */
export type TokenizerJson = Readonly<Record<string, unknown>>;

const byteLevel = (useRegex: boolean) => ({
  type: 'ByteLevel',
  add_prefix_space: false,
  trim_offsets: true,
  use_regex: useRegex,
});

const split = (regex: string) => ({
  type: 'Split',
  pattern: { Regex: regex },
  behavior: 'Isolated',
  invert: false,
});

/** Each number character on its own: llama.cpp means \\p{N}, which has more than the digits. */
const digits = split('\\p{N}');

const QWEN2 =
  "(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|\\p{N}| ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+";
const LLAMA3 = QWEN2.replace('|\\p{N}|', '|\\p{N}{1,3}|');

/** Pre-tokenizers by llama.cpp's names (llama-vocab.cpp); an unknown name is refused rather than guessed. */
const PRE_TOKENIZERS: Readonly<Record<string, readonly object[]>> = {
  'gpt-2': [byteLevel(true)],
  mpt: [byteLevel(true)],
  smollm: [digits, byteLevel(true)],
  starcoder: [digits, byteLevel(true)],
  refact: [digits, byteLevel(true)],
  'command-r': [digits, byteLevel(true)],
  qwen2: [split(QWEN2), byteLevel(false)],
  'llama-bpe': [split(LLAMA3), byteLevel(false)],
};

/** The `tokenizer.json` that tokenises plain text as llama.cpp does with this vocabulary. */
export function tokenizerJson(vocabulary: Vocabulary): TokenizerJson {
  const vocab = Object.fromEntries(vocabulary.tokens.map((token, id) => [token, id]));
  const common = { version: '1.0', added_tokens: [], post_processor: null, truncation: null, padding: null };
  if (vocabulary.kind === 'byte_level') {
    const pretokenizers = PRE_TOKENIZERS[vocabulary.preTokenizer];
    if (pretokenizers === undefined) {
      throw new CodriverError(
        'MODEL_UNSUPPORTED',
        `The pre-tokenizer "${vocabulary.preTokenizer}" is not supported.`,
        { remedy: `Supported are ${Object.keys(PRE_TOKENIZERS).join(', ')} and SentencePiece vocabularies.` },
      );
    }
    return {
      ...common,
      normalizer: null,
      pre_tokenizer: { type: 'Sequence', pretokenizers },
      decoder: { type: 'ByteLevel' },
      model: { type: 'BPE', vocab, merges: vocabulary.merges, byte_fallback: false, fuse_unk: false },
    };
  }
  return {
    ...common,
    normalizer: { type: 'Replace', pattern: { String: ' ' }, content: '▁' },
    pre_tokenizer: null,
    decoder: { type: 'ByteFallback' },
    model: {
      type: 'BPE',
      vocab,
      merges: mergesFromScores(vocabulary, vocab),
      unk_token: vocabulary.tokens[vocabulary.unknown ?? 0],
      byte_fallback: true,
      fuse_unk: true,
    },
  };
}

/**
 * SentencePiece vocabularies have scores and no merges: each way to cut a token in two known tokens is a
 * merge, ranked by the score of the whole.
 */
function mergesFromScores(vocabulary: Vocabulary, ids: Readonly<Record<string, number>>): [string, string][] {
  const merges: { pair: [string, string]; score: number }[] = [];
  for (const [id, token] of vocabulary.tokens.entries()) {
    const characters = [...token];
    for (let cut = 1; cut < characters.length; cut++) {
      const left = characters.slice(0, cut).join('');
      const right = characters.slice(cut).join('');
      if (Object.hasOwn(ids, left) && Object.hasOwn(ids, right)) {
        merges.push({ pair: [left, right], score: vocabulary.scores[id] ?? 0 });
      }
    }
  }
  merges.sort((a, b) => b.score - a.score);
  return merges.map((merge) => merge.pair);
}
