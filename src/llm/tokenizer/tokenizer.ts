import { Tokenizer as HuggingFaceTokenizer } from '@huggingface/tokenizers';
import { byteLevelBytes } from './byte-level.ts';
import { tokenizerJson } from './tokenizer-json.ts';
import { TOKEN_TYPES, type Vocabulary } from './vocabulary.ts';

/** A piece of a prompt. Only where `special` is true do texts such as `<|im_start|>` become control tokens. */
export interface PromptSegment {
  readonly text: string;
  readonly special: boolean;
}

const BYTE_TOKEN = /^<0x([0-9A-Fa-f]{2})>$/;

/** Text ↔ tokens of one model, equal to llama.cpp's. */
export class Tokenizer {
  readonly vocabulary: Vocabulary;
  readonly #inner: HuggingFaceTokenizer;
  readonly #control: RegExp | undefined;
  readonly #userDefined: RegExp | undefined;
  readonly #specialIds = new Map<string, number>();

  constructor(vocabulary: Vocabulary) {
    this.vocabulary = vocabulary;
    this.#inner = new HuggingFaceTokenizer(tokenizerJson(vocabulary), {});
    const ofType = (...types: number[]) =>
      vocabulary.tokens.filter((_, id) => types.includes(vocabulary.types[id] ?? 1));
    this.#control = splitter(ofType(TOKEN_TYPES.control, TOKEN_TYPES.userDefined));
    this.#userDefined = splitter(ofType(TOKEN_TYPES.userDefined));
    for (const [id, token] of vocabulary.tokens.entries()) {
      const type = vocabulary.types[id];
      if (type === TOKEN_TYPES.control || type === TOKEN_TYPES.userDefined) this.#specialIds.set(token, id);
    }
  }

  /** Tokens of a prompt, with BOS in front where the model wants one. */
  encodePrompt(segments: readonly PromptSegment[]): number[] {
    const { addBos, bos } = this.vocabulary;
    const ids = addBos && bos !== undefined ? [bos] : [];
    let fresh = true;
    for (const segment of segments) fresh = this.#append(ids, segment, fresh);
    return ids;
  }

  /** Tokens of a text that goes on where other text ended; control tokens are not read. */
  encode(text: string): number[] {
    const ids: number[] = [];
    this.#append(ids, { text, special: false }, false);
    return ids;
  }

  /** The bytes a token adds to the text; control tokens add none. */
  bytes(id: number): Uint8Array {
    const token = this.vocabulary.tokens[id] ?? '';
    const type = this.vocabulary.types[id];
    if (type === TOKEN_TYPES.control || type === TOKEN_TYPES.unknown) return new Uint8Array();
    if (this.vocabulary.kind === 'byte_level') {
      return type === TOKEN_TYPES.userDefined ? Buffer.from(token, 'utf8') : byteLevelBytes(token);
    }
    const byte = BYTE_TOKEN.exec(token)?.[1];
    return byte === undefined
      ? Buffer.from(token.replaceAll('▁', ' '), 'utf8')
      : Uint8Array.of(Number.parseInt(byte, 16));
  }

  /** The text of tokens; bytes that are not UTF-8 become U+FFFD. */
  decode(ids: readonly number[]): string {
    return Buffer.concat(ids.map((id) => this.bytes(id))).toString('utf8');
  }

  /**
   * User-defined tokens are always read, control tokens only in special segments. `fresh`: at the start or
   * after such a token, where SentencePiece models want a space. Returns whether the next text is fresh.
   */
  #append(ids: number[], segment: PromptSegment, fresh: boolean): boolean {
    const pattern = segment.special ? this.#control : this.#userDefined;
    const parts = pattern === undefined ? [segment.text] : segment.text.split(pattern);
    let isFresh = fresh;
    for (const [i, part] of parts.entries()) {
      // Odd parts are what the pattern's group matched.
      const id = i % 2 === 1 ? this.#specialIds.get(part) : undefined;
      if (id !== undefined) {
        ids.push(id);
        isFresh = true;
      } else if (part !== '') {
        const text = isFresh && this.vocabulary.addSpacePrefix ? ` ${part}` : part;
        for (const plain of this.#inner.encode(text, { add_special_tokens: false }).ids) ids.push(plain);
        isFresh = false;
      }
    }
    return isFresh;
  }
}

function splitter(tokens: readonly string[]): RegExp | undefined {
  if (tokens.length === 0) return undefined;
  const longestFirst = [...tokens].sort((a, b) => b.length - a.length);
  return new RegExp(
    `(${longestFirst.map((token) => token.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&')).join('|')})`,
  );
}
