import { CodriverError } from '../../domain/errors.ts';

/** How a byte-level text is cut before pairs are merged. */
export interface PreTokenizer {
  /** Applied one after the other to what the one before cut; what lies between matches is a piece, too. */
  readonly patterns: readonly RegExp[];
  /** Whether a piece that is a token as a whole is taken without merging. */
  readonly wholeFirst: boolean;
}

const GPT2 = /'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+/gu;
/** Each number character on its own: more than the ASCII digits. */
const NUMBER = /\p{N}/gu;
const QWEN2 =
  /'[sS]|'[tT]|'[rR][eE]|'[vV][eE]|'[mM]|'[lL][lL]|'[dD]|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+/gu;
const LLAMA3 = new RegExp(QWEN2.source.replace('|\\p{N}|', '|\\p{N}{1,3}|'), 'gu');

const BLOOM = / ?[^(\s|.,!?…。，、।۔،)]+/gu;

const merging = (...patterns: RegExp[]): PreTokenizer => ({ patterns, wholeFirst: false });

/** By llama.cpp's names (llama-vocab.cpp). */
const PRE_TOKENIZERS: Readonly<Record<string, PreTokenizer>> = {
  'gpt-2': merging(GPT2),
  mpt: merging(GPT2),
  smollm: merging(NUMBER, GPT2),
  starcoder: merging(NUMBER, GPT2),
  refact: merging(NUMBER, GPT2),
  'command-r': merging(NUMBER, GPT2),
  qwen2: merging(QWEN2),
  bloom: merging(BLOOM),
  'llama-bpe': { patterns: [LLAMA3], wholeFirst: true },
};

/** The pre-tokenizer llama.cpp calls `name`; an unknown one is refused rather than guessed. */
export function preTokenizer(name: string): PreTokenizer {
  const found = Object.hasOwn(PRE_TOKENIZERS, name) ? PRE_TOKENIZERS[name] : undefined;
  if (found !== undefined) return found;
  throw new CodriverError('MODEL_UNSUPPORTED', `The pre-tokenizer "${name}" is not supported.`, {
    remedy: `Supported are ${Object.keys(PRE_TOKENIZERS).join(', ')} and SentencePiece vocabularies.`,
  });
}

/** Cuts a text into pieces. */
export function pieces(text: string, { patterns }: PreTokenizer): string[] {
  let parts = [text];
  for (const pattern of patterns) parts = parts.flatMap((part) => isolated(part, pattern));
  return parts;
}

function isolated(text: string, pattern: RegExp): string[] {
  const parts: string[] = [];
  let end = 0;
  for (const match of text.matchAll(pattern)) {
    if (match.index > end) parts.push(text.slice(end, match.index));
    parts.push(match[0]);
    end = match.index + match[0].length;
  }
  if (end < text.length) parts.push(text.slice(end));
  return parts;
}
