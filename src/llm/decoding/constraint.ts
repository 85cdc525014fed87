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
      const forced = this.#forcedTokens().slice(0, limit - tokens.length);
      for (const token of forced) this.accept(token);
      tokens.push(...forced);
      if (forced.length > 0) continue;
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
    this.#mask = undefined;
    this.#guard.push(this.#tokenizer.bytes(token));
    if (!this.#matcher.acceptToken(token)) {
      throw new CodriverError('INTERNAL', `The grammar refused token ${token}, which it had allowed.`);
    }
  }

  dispose(): void {
    this.#matcher.dispose();
  }

  #forcedTokens(): number[] {
    const text = this.#matcher.findJumpForwardString();
    // Half a character can't be turned into tokens: the mask leads through it.
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
