import type { GrammarMatcher } from '@mlc-ai/web-xgrammar';
import { CodriverError } from '../../domain/errors.ts';
import type { Tokenizer } from '../tokenizer/tokenizer.ts';
import { allTokensIn, keepTokens, maskWithout, onlyToken } from './sampler.ts';
import type { ValueGuard } from './value-guard.ts';

/** Refused candidates after which a limited string is closed rather than searched on. */
const MAX_REFUSALS = 32;

/** Chooses a token among those of a mask; -1 when there is none. */
export type TokenPicker = (logits: Float32Array, mask: Int32Array) => number;

const QUOTE = 0x22;
const quoteTokens = new WeakMap<Tokenizer, readonly number[]>();

/** What may come next under a JSON Schema: the grammar's mask, the guard's limits, and the text that is forced. */
export class SchemaConstraint {
  readonly #matcher: GrammarMatcher;
  readonly #guard: ValueGuard;
  readonly #tokenizer: Tokenizer;
  #mask: Int32Array | undefined;
  /** Bytes that the last character still lacks. */
  #bytesMissing = 0;

  constructor(matcher: GrammarMatcher, guard: ValueGuard, tokenizer: Tokenizer) {
    this.#matcher = matcher;
    this.#guard = guard;
    this.#tokenizer = tokenizer;
  }

  /**
   * Accepts and returns the tokens that are forced from here, at most `limit`. `ended` says that nothing but the
   * end may follow. Afterwards, {@link choose} may be called.
   */
  async advance(limit: number): Promise<{ tokens: number[]; ended: boolean }> {
    const tokens: number[] = [];
    while (tokens.length < limit) {
      const before = tokens.length;
      for (const token of this.#forcedTokens().slice(0, limit - before)) {
        if (!this.#tryAccept(token)) break;
        tokens.push(token);
      }
      if (tokens.length > before) continue;
      const mask = await this.#matcher.getNextTokenBitmask();
      this.#mask = mask;
      const { ends } = this.#tokenizer.vocabulary;
      if (allTokensIn(mask, ends)) return { tokens, ended: true };
      const only = onlyToken(mask);
      if (only === undefined) break;
      this.accept(only);
      tokens.push(only);
    }
    return { tokens, ended: false };
  }

  /**
   * The token that `pick` chooses among those that grammar and limits allow; undefined when there is none. One that
   * only the limits refuse is taken out, and chosen anew. `mask` has the tokens that it was chosen among in the end.
   */
  choose(
    logits: Float32Array,
    pick: TokenPicker,
  ): { readonly token: number; readonly mask: Int32Array } | undefined {
    let mask = this.#mask;
    if (mask === undefined)
      throw new CodriverError('INTERNAL', 'A token was chosen before the mask was known.');
    if (this.#guard.mustCloseString) mask = keepTokens(mask, this.#quoteTokens());
    for (let refusals = 0; ; refusals++) {
      if (refusals === MAX_REFUSALS && this.#guard.mayCloseLimitedString)
        mask = keepTokens(mask, this.#quoteTokens());
      const token = pick(logits, mask);
      if (token < 0) return undefined;
      const isEnd = this.#tokenizer.vocabulary.ends.includes(token);
      if (isEnd ? this.#guard.mayEnd() : this.#guard.allows(this.#tokenizer.bytes(token)))
        return { token, mask };
      mask = maskWithout(mask, token);
    }
  }

  /** Takes a token in. */
  accept(token: number): void {
    if (!this.#tryAccept(token)) {
      throw new CodriverError('INTERNAL', `The grammar refused token ${token}, which it had allowed.`);
    }
  }

  dispose(): void {
    this.#matcher.dispose();
  }

  /** A token that the grammar refuses changes nothing. */
  #tryAccept(token: number): boolean {
    if (!this.#matcher.acceptToken(token)) return false;
    const bytes = this.#tokenizer.bytes(token);
    this.#mask = undefined;
    this.#guard.push(bytes);
    this.#bytesMissing = missingBytes(bytes, this.#bytesMissing);
    return true;
  }

  /**
   * Half a character can't be turned into tokens: the mask leads through it. xgrammar's bundle makes any text
   * of the rest of a character, so where one is open nothing is asked, and at the end of the forced text what the
   * grammar refuses is left out.
   */
  #forcedTokens(): number[] {
    if (this.#bytesMissing > 0) return [];
    const text = this.#matcher.findJumpForwardString();
    return text === '' || text.includes('\ufffd') ? [] : this.#tokenizer.encode(text);
  }

  #quoteTokens(): readonly number[] {
    let tokens = quoteTokens.get(this.#tokenizer);
    if (tokens === undefined) {
      tokens = this.#tokenizer.vocabulary.tokens
        .map((_, id) => id)
        .filter((id) => this.#tokenizer.bytes(id)[0] === QUOTE);
      quoteTokens.set(this.#tokenizer, tokens);
    }
    return tokens;
  }
}

/** Bytes that a UTF-8 text lacks to the end of its last character after `bytes`, when it lacked `missing` before. */
function missingBytes(bytes: Uint8Array, missing: number): number {
  let left = missing;
  for (const byte of bytes) {
    if (left > 0) left--;
    else if (byte >= 0xf0) left = 3;
    else if (byte >= 0xe0) left = 2;
    else if (byte >= 0xc0) left = 1;
  }
  return left;
}
