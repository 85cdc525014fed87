import { CodriverError } from '../../domain/errors.ts';
import { TOKEN_TYPES, type Vocabulary, withEndTexts } from './vocabulary.ts';

/** A JSON object from outside. */
type Json = Readonly<Record<string, unknown>>;

/** Largest token id: it bounds the list that is made. */
const MOST_TOKENS = 1 << 24;

const LETTERS = '|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|\\p{N}';
const REST = '| ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+';
const ENDINGS = "(?i:'s|'t|'re|'ve|'m|'ll|'d)";

/** What pre-tokenizers of tokenizer.json files are called by llama.cpp, by their parts. */
const PRE_TOKENIZER_NAMES: ReadonlyMap<string, string> = new Map([
  ['ByteLevel(regex)', 'gpt-2'],
  ['Digits(individual) ByteLevel(regex)', 'smollm'],
  [`Split(${ENDINGS}${LETTERS}${REST}) ByteLevel()`, 'qwen2'],
  [`Split(${ENDINGS}${LETTERS}{1,3}${REST}) ByteLevel()`, 'llama-bpe'],
  ['Split( ?[^(\\s|[.,!?…。，、।۔،])]+) ByteLevel()', 'bloom'],
]);

/** Pre-tokenizers of SentencePiece vocabularies that leave a text whole once its spaces are replaced. */
const WHOLE_TEXT = new Set(['', 'Split( )']);

/**
 * Reads the vocabulary of a tokenizer.json (the format of Hugging Face's tokenizers library), as far as it is
 * byte-pair merging over bytes or with `<0xNN>` tokens. `ends` are the end tokens that the model's configuration
 * names. Whatever would tokenise otherwise than here is MODEL_UNSUPPORTED, naming it.
 */
export function readTokenizerJson(json: Json, ends: readonly number[], subject: string): Vocabulary {
  const model = object(json.model);
  if (model.type !== 'BPE') throw unsupported(subject, `the model ${JSON.stringify(model.type)}`);
  for (const key of ['dropout', 'continuing_subword_prefix', 'end_of_word_suffix']) {
    if (model[key] !== undefined && model[key] !== null && model[key] !== '')
      throw unsupported(subject, `the setting ${key}`);
  }
  const kind = model.byte_fallback === true ? 'byte_fallback' : 'byte_level';
  const steps = parts(json.pre_tokenizer, 'pretokenizers').map(preTokenizerName).join(' ');
  const named = PRE_TOKENIZER_NAMES.get(steps);
  if (kind === 'byte_level' ? named === undefined : !WHOLE_TEXT.has(steps))
    throw unsupported(subject, `the pre-tokenizer ${steps || '(none)'}`);
  if (named !== undefined && (model.ignore_merges === true) !== (named === 'llama-bpe'))
    throw unsupported(subject, `ignore_merges ${model.ignore_merges} with the pre-tokenizer ${steps}`);
  const { tokens, types } = readTokens(json, model, subject);
  const normalizer = readNormalizer(json.normalizer, kind, subject);
  const bos = readBos(json.post_processor, subject);
  const unknown = typeof model.unk_token === 'string' ? tokens.indexOf(model.unk_token) : -1;
  return {
    kind,
    preTokenizer: named ?? 'default',
    tokens,
    types,
    merges: readMerges(model.merges, subject),
    scores: [],
    addBos: bos !== undefined,
    addSpacePrefix: normalizer.prefix,
    unicodeForm: normalizer.form,
    bos,
    unknown: unknown < 0 ? undefined : unknown,
    ends: withEndTexts(ends, tokens, types),
  };
}

function readTokens(json: Json, model: Json, subject: string): { tokens: string[]; types: number[] } {
  const tokens: string[] = [];
  const types: number[] = [];
  const put = (id: unknown, text: string, type: number): void => {
    if (typeof id !== 'number' || !Number.isInteger(id) || id < 0 || id >= MOST_TOKENS)
      throw corrupt(subject, `the token ${JSON.stringify(text)} has the id ${JSON.stringify(id)}`);
    while (tokens.length <= id) {
      tokens.push('');
      types.push(TOKEN_TYPES.unused);
    }
    tokens[id] = text;
    types[id] = type;
  };
  const isByte = (text: string): boolean => model.byte_fallback === true && /^<0x[0-9A-F]{2}>$/.test(text);
  for (const [text, id] of Object.entries(object(model.vocab))) {
    const type = text === model.unk_token ? TOKEN_TYPES.unknown : TOKEN_TYPES.normal;
    put(id, text, isByte(text) ? TOKEN_TYPES.byte : type);
  }
  if (tokens.length === 0) throw corrupt(subject, 'it has no tokens');
  for (const entry of list(json.added_tokens).map(object)) {
    if (typeof entry.content !== 'string') throw corrupt(subject, 'an added token has no text');
    for (const key of ['single_word', 'lstrip', 'rstrip']) {
      if (entry[key] === true) throw unsupported(subject, `${key} of the token ${entry.content}`);
    }
    const special = entry.special === true ? TOKEN_TYPES.control : TOKEN_TYPES.userDefined;
    put(entry.id, entry.content, entry.content === model.unk_token ? TOKEN_TYPES.unknown : special);
  }
  return { tokens, types };
}

/** "left right" or ["left", "right"]. */
function readMerges(merges: unknown, subject: string): string[] {
  return list(merges).map((merge) => {
    if (typeof merge === 'string') return merge;
    const pair = list(merge);
    if (pair.length === 2 && pair.every((part) => typeof part === 'string')) return pair.join(' ');
    throw corrupt(subject, `it has the merge ${JSON.stringify(merge)}`);
  });
}

function readNormalizer(
  normalizer: unknown,
  kind: Vocabulary['kind'],
  subject: string,
): { prefix: boolean; form: 'NFC' | undefined } {
  let [prefix, replaced] = [false, false];
  let form: 'NFC' | undefined;
  for (const step of parts(normalizer, 'normalizers')) {
    const spaces = object(step.pattern).String === ' ' && step.content === '▁';
    if (step.type === 'NFC') form = 'NFC';
    else if (step.type === 'Prepend' && step.prepend === '▁') prefix = true;
    else if (step.type === 'Replace' && spaces) replaced = true;
    else throw unsupported(subject, `the normalizer ${JSON.stringify(step.type)}`);
  }
  if (replaced !== (kind === 'byte_fallback') || (prefix && !replaced))
    throw unsupported(subject, 'its way with spaces');
  return { prefix, form };
}

/** The token in front of every prompt. Tokens in other places are refused. */
function readBos(processor: unknown, subject: string): number | undefined {
  let bos: number | undefined;
  for (const step of parts(processor, 'processors')) {
    if (step.type === 'ByteLevel') continue;
    if (step.type !== 'TemplateProcessing')
      throw unsupported(subject, `the post-processor ${JSON.stringify(step.type)}`);
    const single = list(step.single).map(object);
    const first = object(single[0]?.SpecialToken).id;
    const rest = first === undefined ? single : single.slice(1);
    if (rest.length !== 1 || rest[0]?.Sequence === undefined)
      throw unsupported(subject, 'a template with tokens behind the text');
    if (typeof first !== 'string') continue;
    const [id, ...more] = list(object(object(step.special_tokens)[first]).ids);
    if (typeof id !== 'number' || more.length > 0)
      throw unsupported(subject, `the template's token ${first}`);
    bos = id;
  }
  return bos;
}

function preTokenizerName(step: Json): string {
  switch (step.type) {
    case 'ByteLevel':
      if (step.add_prefix_space === true) return 'ByteLevel(prefix)';
      return step.use_regex === false ? 'ByteLevel()' : 'ByteLevel(regex)';
    case 'Digits':
      return step.individual_digits === true ? 'Digits(individual)' : 'Digits()';
    case 'Split': {
      const { Regex, String: text } = object(step.pattern);
      const pattern = typeof Regex === 'string' ? Regex : text;
      const isolated =
        step.behavior === 'Isolated' || (pattern === ' ' && step.behavior === 'MergedWithPrevious');
      return isolated && step.invert !== true ? `Split(${pattern})` : `Split(${step.behavior})`;
    }
    default:
      return String(step.type);
  }
}

/** The steps of something that is a sequence, one step, or nothing. */
function parts(value: unknown, key: string): Json[] {
  if (value === null || value === undefined) return [];
  const step = object(value);
  return step.type === 'Sequence' ? list(step[key]).flatMap((inner) => parts(inner, key)) : [step];
}

function object(value: unknown): Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Json) : {};
}

function list(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

function unsupported(subject: string, what: string): CodriverError {
  return new CodriverError(
    'MODEL_UNSUPPORTED',
    `The tokenizer of ${subject} has ${what}, which is not supported.`,
    {
      remedy:
        'Use a model with the tokenizer of GPT-2, Llama, Qwen2, Gemma, SmolLM or BLOOM, or its GGUF file.',
    },
  );
}

function corrupt(subject: string, why: string): CodriverError {
  return new CodriverError('MODEL_CORRUPT', `The tokenizer.json of ${subject} is damaged: ${why}.`, {
    remedy: 'Download or copy the model again.',
  });
}
