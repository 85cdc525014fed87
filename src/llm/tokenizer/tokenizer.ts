import { byteLevelBytes, byteLevelText } from './byte-level.ts';
import { mergePairs, type PairRank } from './pair-merging.ts';
import { type PreTokenizer, pieces, preTokenizer } from './pre-tokenizers.ts';
import { TOKEN_TYPES, type Vocabulary } from './vocabulary.ts';

/** A piece of a prompt. Only where `special` is true do texts such as `<|im_start|>` become control tokens. */
export interface PromptSegment {
  readonly text: string;
  readonly special: boolean;
}

const BYTE_TOKEN = /^<0x([0-9A-Fa-f]{2})>$/;

/** Pieces whose tokens are remembered. */
const KEPT_PIECES = 4096;

/**
 * Text ↔ tokens of one model, equal to llama.cpp's, or to Hugging Face's for a tokenizer.json. Small on purpose: it lives in two threads, and a
 * general library takes 35 MB a copy where the vocabulary's own strings and two maps take 10.
 */
export class Tokenizer {
  readonly vocabulary: Vocabulary;
  readonly #ids = new Map<string, number>();
  readonly #rank: PairRank;
  readonly #preTokenizer: PreTokenizer | undefined;
  readonly #pieceIds = new Map<string, readonly number[]>();
  readonly #control: RegExp | undefined;
  readonly #userDefined: RegExp | undefined;
  readonly #specialIds = new Map<string, number>();

  constructor(vocabulary: Vocabulary) {
    this.vocabulary = vocabulary;
    // The first of equal texts wins, as in llama.cpp. Plain loops: 100,000 pairs would triple the young heap.
    vocabulary.tokens.forEach((token, id) => {
      if (!this.#ids.has(token)) this.#ids.set(token, id);
    });
    if (vocabulary.kind === 'byte_level') this.#preTokenizer = preTokenizer(vocabulary.preTokenizer);
    if (vocabulary.kind === 'byte_level' || vocabulary.merges.length > 0) {
      const ranks = new Map<string, number>();
      vocabulary.merges.forEach((merge, rank) => {
        ranks.set(merge, rank);
      });
      this.#rank = (left, right) => ranks.get(`${left} ${right}`);
    } else {
      this.#rank = (left, right) => {
        const id = this.#ids.get(left + right);
        return id === undefined ? undefined : -(vocabulary.scores[id] ?? 0);
      };
    }
    const control: string[] = [];
    const userDefined: string[] = [];
    vocabulary.tokens.forEach((token, id) => {
      const type = vocabulary.types[id];
      if (type === TOKEN_TYPES.control) control.push(token);
      else if (type === TOKEN_TYPES.userDefined) userDefined.push(token);
      else return;
      this.#specialIds.set(token, id);
    });
    this.#control = splitter([...control, ...userDefined]);
    this.#userDefined = splitter(userDefined);
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
        const { addSpacePrefix, unicodeForm } = this.vocabulary;
        const normal = unicodeForm === undefined ? part : part.normalize(unicodeForm);
        const text = isFresh && addSpacePrefix ? ` ${normal}` : normal;
        for (const plain of this.#plain(text)) ids.push(plain);
        isFresh = false;
      }
    }
    return isFresh;
  }

  #plain(text: string): number[] {
    if (this.#preTokenizer === undefined)
      return this.#idsOf(mergePairs([...text.replaceAll(' ', '▁')], this.#rank));
    const { wholeFirst } = this.#preTokenizer;
    return pieces(text, this.#preTokenizer).flatMap((piece) => this.#pieceTokens(piece, wholeFirst));
  }

  #pieceTokens(piece: string, wholeFirst: boolean): readonly number[] {
    const known = this.#pieceIds.get(piece);
    if (known !== undefined) return known;
    const text = byteLevelText(piece);
    const whole = wholeFirst ? this.#ids.get(text) : undefined;
    const ids = whole === undefined ? this.#idsOf(mergePairs([...text], this.#rank)) : [whole];
    if (this.#pieceIds.size >= KEPT_PIECES) this.#pieceIds.clear();
    this.#pieceIds.set(piece, ids);
    return ids;
  }

  /** Ids of token texts; a text that is no token is spelt in bytes, or unknown where there are no bytes. */
  #idsOf(texts: readonly string[]): number[] {
    return texts.flatMap((text) => {
      const id = this.#ids.get(text);
      if (id !== undefined) return [id];
      if (this.vocabulary.kind === 'byte_level') {
        return [...text].flatMap((character) => this.#ids.get(character) ?? []);
      }
      const spelt = [...Buffer.from(text, 'utf8')].map((byte) => {
        const name = `<0x${byte.toString(16).toUpperCase().padStart(2, '0')}>`;
        return this.#ids.get(name) ?? this.vocabulary.unknown;
      });
      return spelt.filter((byteId) => byteId !== undefined);
    });
  }
}

function splitter(tokens: readonly string[]): RegExp | undefined {
  if (tokens.length === 0) return undefined;
  const longestFirst = [...tokens].sort((a, b) => b.length - a.length);
  return new RegExp(
    `(${longestFirst.map((token) => token.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&')).join('|')})`,
  );
}
