import { BYTE_CHARACTERS } from '../tokenizer/byte-level.ts';
import { TOKEN_TYPES, type Vocabulary } from '../tokenizer/vocabulary.ts';

/**
 * A vocabulary for made-up weights, so that they can be prompted: a token for each byte, made-up words, and an end.
 * `size`: tokens of the model; with fewer than 257, some bytes have none.
 */
export function madeUpVocabulary(size: number): Vocabulary {
  const end = size - 1;
  const tokens = Array.from({ length: size }, (_, id) => BYTE_CHARACTERS[id] ?? `made${id}`);
  tokens[end] = '<|endoftext|>';
  return {
    kind: 'byte_level',
    preTokenizer: 'qwen2',
    tokens,
    types: tokens.map((_, id) => (id === end ? TOKEN_TYPES.control : TOKEN_TYPES.normal)),
    merges: [],
    scores: [],
    addBos: false,
    addSpacePrefix: false,
    unicodeForm: undefined,
    bos: undefined,
    unknown: undefined,
    ends: [end],
  };
}
