import { type Clock, nsToMs } from '../../domain/clock.ts';
import { CodriverError } from '../../domain/errors.ts';
import type { KvCache } from '../cache/kv-cache.ts';
import type { PromptSegment, Tokenizer } from '../tokenizer/tokenizer.ts';
import { SchemaConstraint } from './constraint.ts';
import type { GrammarEngine } from './grammar.ts';
import type { JsonSchema } from './json-schema.ts';
import {
  checkLogits,
  greedyMaskedToken,
  greedyToken,
  maskedProbabilityOf,
  probabilityOf,
} from './sampler.ts';
import { RandomSampler, type Sampling } from './sampler-random.ts';
import { ValueGuard } from './value-guard.ts';

/** Whatever computes passes. */
export interface Executor {
  readonly shape: { readonly context: number };
  /** Logits of the last of `tokens`, which the cache then holds. */
  pass(tokens: readonly number[], cache: KvCache): Promise<Float32Array>;
  /** The same as a pass over each chunk; undefined when aborted, with the cache as far as it came. */
  passes(
    chunks: readonly (readonly number[])[],
    cache: KvCache,
    aborted: () => boolean,
  ): Promise<Float32Array | undefined>;
}

/** A request as it reaches the worker. */
export interface GenerationRequest {
  readonly prompt: readonly PromptSegment[];
  readonly schema: JsonSchema | undefined;
  readonly maxTokens: number;
  readonly sampling: Sampling | undefined;
}

/** What came of it; `GenerateResult` in the index says what each field means. */
export interface Generation {
  readonly text: string;
  readonly tokens: number[];
  readonly probabilities: number[];
  readonly promptTokens: number;
  readonly cachedTokens: number;
  readonly decodedTokens: number;
  readonly appendedTokens: number;
  readonly finish: 'stop' | 'length' | 'aborted';
  readonly prefillMs: number;
  readonly decodeMs: number;
  readonly grammarMs: number;
}

/**
 * Prompt tokens are always computed in chunks that begin at multiples of this, and only whole chunks are
 * taken from the cache. A row's last bits depend on how many rows its pass has, so this is what makes the
 * answer independent of what the cache holds.
 */
export const PREFILL_CHUNK = 64;

/** Generation, greedy or drawn, one request at a time, on one cache. */
export class Generator {
  readonly #executor: Executor;
  readonly #tokenizer: Tokenizer;
  readonly #grammars: GrammarEngine;
  readonly #cache: KvCache;
  readonly #clock: Clock;
  /** How many tokens of the cache were computed as whole chunks. */
  #reusable = 0;

  constructor(
    executor: Executor,
    tokenizer: Tokenizer,
    grammars: GrammarEngine,
    cache: KvCache,
    clock: Clock,
  ) {
    this.#executor = executor;
    this.#tokenizer = tokenizer;
    this.#grammars = grammars;
    this.#cache = cache;
    this.#clock = clock;
  }

  /** Generates until an end token, `maxTokens`, or `aborted()`, which is asked before every pass. */
  async generate(request: GenerationRequest, aborted: () => boolean): Promise<Generation> {
    const prompt = this.#tokenizer.encodePrompt(request.prompt);
    this.#checkLength(prompt.length, request.maxTokens);
    const times = { prefillMs: 0, decodeMs: 0, grammarMs: 0 };
    const timed = async <T>(what: keyof typeof times, work: () => Promise<T>): Promise<T> => {
      const start = this.#clock.nowNs();
      const result = await work();
      times[what] += nsToMs(this.#clock.nowNs() - start);
      return result;
    };
    const constraint = await timed('grammarMs', () => this.#constraint(request.schema));
    const choose = chooser(request.sampling, constraint);
    const cachedTokens = this.#reuse(prompt);
    const tokens: number[] = [];
    const probabilities: number[] = [];
    let pending: number[] = [];
    let decodedTokens = 0;

    /** Appends what is forced; true when the text is finished. */
    const appendForced = async (): Promise<boolean> => {
      if (constraint === undefined) return false;
      const forced = await timed('grammarMs', () => constraint.advance(request.maxTokens - tokens.length));
      tokens.push(...forced.tokens);
      pending.push(...forced.tokens);
      for (const _ of forced.tokens) probabilities.push(1);
      return forced.ended;
    };

    const run = async (): Promise<Generation['finish']> => {
      if (await appendForced()) return 'stop';
      let logits = await timed('prefillMs', () => this.#prefill(prompt, cachedTokens, pending, aborted));
      pending = [];
      for (;;) {
        if (logits === undefined) return 'aborted';
        if (tokens.length >= request.maxTokens) return 'length';
        const choice = choose(logits);
        if (choice === undefined) return 'length';
        const { token, probability } = choice;
        if (this.#tokenizer.vocabulary.ends.includes(token)) return 'stop';
        constraint?.accept(token);
        tokens.push(token);
        probabilities.push(probability());
        pending.push(token);
        decodedTokens++;
        if (await appendForced()) return 'stop';
        if (tokens.length >= request.maxTokens) return 'length';
        if (aborted()) return 'aborted';
        const computed = pending;
        pending = [];
        logits = await timed('decodeMs', () => this.#executor.pass(computed, this.#cache));
      }
    };

    try {
      const finish = await run();
      return {
        text: this.#tokenizer.decode(tokens),
        tokens,
        probabilities,
        promptTokens: prompt.length,
        cachedTokens,
        decodedTokens,
        appendedTokens: tokens.length - decodedTokens,
        finish,
        ...times,
      };
    } catch (error) {
      this.forget();
      throw error;
    } finally {
      constraint?.dispose();
    }
  }

  async #constraint(schema: JsonSchema | undefined): Promise<SchemaConstraint | undefined> {
    if (schema === undefined) return undefined;
    return new SchemaConstraint(await this.#grammars.start(schema), new ValueGuard(schema), this.#tokenizer);
  }

  #checkLength(promptTokens: number, maxTokens: number): void {
    if (promptTokens === 0) throw new CodriverError('BAD_ARGUMENT', 'The prompt is empty.');
    const { context } = this.#executor.shape;
    if (promptTokens + maxTokens > context) {
      throw new CodriverError(
        'PROMPT_TOO_LONG',
        `The prompt has ${promptTokens} tokens and ${maxTokens} may follow, but the model holds ${context}.`,
        { remedy: 'Shorten the prompt or lower maxTokens.', details: { promptTokens, maxTokens, context } },
      );
    }
  }

  /** Cuts the cache down to the whole chunks it shares with the prompt; at least one token is left to compute. */
  #reuse(prompt: readonly number[]): number {
    const held = this.#cache.tokens;
    const limit = Math.min(this.#reusable, prompt.length - 1);
    let shared = 0;
    while (shared < limit && held[shared] === prompt[shared]) shared++;
    shared -= shared % PREFILL_CHUNK;
    this.#cache.truncate(shared);
    this.#reusable = shared;
    return shared;
  }

  /** Computes the prompt in chunks; the tokens forced after it ride on the last, which is never reused. */
  async #prefill(
    prompt: readonly number[],
    cached: number,
    forced: readonly number[],
    aborted: () => boolean,
  ): Promise<Float32Array | undefined> {
    const wholeEnd = prompt.length - (prompt.length % PREFILL_CHUNK);
    const chunks: number[][] = [];
    for (let from = cached; from < wholeEnd; from += PREFILL_CHUNK)
      chunks.push(prompt.slice(from, from + PREFILL_CHUNK));
    const rest = [...prompt.slice(wholeEnd), ...forced];
    if (rest.length > 0) chunks.push(rest);
    const logits = await this.#executor.passes(chunks, this.#cache, aborted);
    const held = this.#cache.tokens.length;
    this.#reusable = Math.min(wholeEnd, held - (held % PREFILL_CHUNK));
    return logits;
  }

  /** Forgets what the cache holds: the next prompt is computed from its first token. */
  forget(): void {
    this.#cache.truncate(0);
    this.#reusable = 0;
  }
}

/** A token that was chosen, and what finds its probability among those it was chosen from. */
interface Choice {
  readonly token: number;
  readonly probability: () => number;
}

/** How the next token is chosen; undefined when none may come. */
function chooser(
  sampling: Sampling | undefined,
  constraint: SchemaConstraint | undefined,
): (logits: Float32Array) => Choice | undefined {
  const sampler =
    sampling === undefined || sampling.temperature === 0 ? undefined : new RandomSampler(sampling);
  const pick = (logits: Float32Array, mask: Int32Array): number =>
    sampler === undefined ? greedyMaskedToken(logits, mask) : sampler.pick(logits, mask);
  return (logits) => {
    checkLogits(logits);
    if (constraint !== undefined) {
      const choice = constraint.choose(logits, pick);
      return (
        choice && {
          token: choice.token,
          probability: () => maskedProbabilityOf(choice.token, logits, choice.mask),
        }
      );
    }
    const token = sampler === undefined ? greedyToken(logits) : sampler.pick(logits);
    return token < 0 ? undefined : { token, probability: () => probabilityOf(token, logits) };
  };
}
