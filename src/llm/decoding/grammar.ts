import type { CompiledGrammar, GrammarCompiler, GrammarMatcher } from '@mlc-ai/web-xgrammar';
import { CodriverError } from '../../domain/errors.ts';
import type { Tokenizer } from '../tokenizer/tokenizer.ts';
import { TOKEN_TYPES } from '../tokenizer/vocabulary.ts';
import type { JsonSchema } from './json-schema.ts';
import { looseSchema } from './loose-schema.ts';
import { loadXgrammar, type Xgrammar } from './xgrammar.ts';

/** Compiled schemas kept; a driving assistant uses a handful. */
const KEPT_GRAMMARS = 8;

/** Turns JSON Schemas into token masks for one vocabulary. */
export class GrammarEngine {
  readonly #xgrammar: Xgrammar;
  readonly #compiler: GrammarCompiler;
  readonly #tokenizer: Tokenizer;
  readonly #compiled = new Map<string, CompiledGrammar>();

  private constructor(xgrammar: Xgrammar, compiler: GrammarCompiler, tokenizer: Tokenizer) {
    this.#xgrammar = xgrammar;
    this.#compiler = compiler;
    this.#tokenizer = tokenizer;
  }

  static async create(tokenizer: Tokenizer): Promise<GrammarEngine> {
    const xgrammar = await loadXgrammar();
    const { tokens, types, kind, ends } = tokenizer.vocabulary;
    // A control token that keeps its text would be allowed inside strings.
    const texts = tokens.map((token, id) => (types[id] === TOKEN_TYPES.control ? '' : token));
    const info = await xgrammar.TokenizerInfo.createTokenizerInfo(texts, kind, false, tokens.length, [
      ...ends,
    ]);
    const compiler = await xgrammar.GrammarCompiler.createGrammarCompiler(info, false);
    return new GrammarEngine(xgrammar, compiler, tokenizer);
  }

  /** A matcher at the start of a text of `schema`. GRAMMAR_UNSUPPORTED when the schema can't be enforced. */
  async start(schema: JsonSchema): Promise<GrammarMatcher> {
    const text = JSON.stringify(looseSchema(schema));
    let compiled = this.#compiled.get(text);
    if (compiled === undefined) {
      compiled = await this.#compile(text);
      const oldest = this.#compiled.keys().next().value;
      if (this.#compiled.size >= KEPT_GRAMMARS && oldest !== undefined) {
        this.#compiled.get(oldest)?.dispose();
        this.#compiled.delete(oldest);
      }
    } else {
      this.#compiled.delete(text);
    }
    this.#compiled.set(text, compiled);
    return this.#xgrammar.GrammarMatcher.createGrammarMatcher(compiled, [...this.#tokenizer.vocabulary.ends]);
  }

  async #compile(text: string): Promise<CompiledGrammar> {
    try {
      return await this.#compiler.compileJSONSchema(text, false, -1, [',', ':'], true);
    } catch (cause) {
      throw new CodriverError('GRAMMAR_UNSUPPORTED', 'The JSON Schema can not be turned into a grammar.', {
        remedy: 'Use objects, arrays, enums, constants, unions, strings, integers and bounded numbers.',
        cause,
      });
    }
  }
}
