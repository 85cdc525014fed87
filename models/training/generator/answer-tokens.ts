import { CodriverError, type Proposal, type Scene } from '../../../src/domain/index.ts';
import { SchemaConstraint } from '../../../src/llm/decoding/constraint.ts';
import { GrammarEngine } from '../../../src/llm/decoding/grammar.ts';
import { ValueGuard } from '../../../src/llm/decoding/value-guard.ts';
import type { Tokenizer } from '../../../src/llm/tokenizer/tokenizer.ts';
import { proposalSchema, referentsOf } from '../../../src/prompt/index.ts';
import type { Example } from './example.ts';

/** An answer as the runtime writes it token by token. */
export interface AnswerTokens {
  readonly ids: readonly number[];
  /** Whether each token was chosen by the model, and not forced by the grammar. */
  readonly chosen: readonly boolean[];
}

const MOST_TOKENS = 400;

/**
 * Splits answers into the tokens that constrained decoding makes of them: what the grammar forces is encoded apart
 * from what the model chooses, so the tokens differ from those of the whole text. Where the model chooses, the
 * longest allowed token is what it is to learn.
 */
export class AnswerTokenizer {
  readonly #tokenizer: Tokenizer;
  readonly #grammars: GrammarEngine;
  readonly #bytes: readonly Uint8Array[];
  /** Tokens by their bytes, read as Latin-1. */
  readonly #idOf = new Map<string, number>();
  #longestToken = 0;
  readonly #known = new Map<string, AnswerTokens>();

  private constructor(tokenizer: Tokenizer, grammars: GrammarEngine) {
    this.#tokenizer = tokenizer;
    this.#grammars = grammars;
    this.#bytes = tokenizer.vocabulary.tokens.map((_, id) => tokenizer.bytes(id));
    for (const [id, bytes] of this.#bytes.entries()) {
      this.#idOf.set(Buffer.from(bytes).toString('latin1'), id);
      this.#longestToken = Math.max(this.#longestToken, bytes.length);
    }
  }

  static async create(tokenizer: Tokenizer): Promise<AnswerTokenizer> {
    return new AnswerTokenizer(tokenizer, await GrammarEngine.create(tokenizer));
  }

  /** INTERNAL where the product's grammar does not allow the answer. */
  async tokens(example: Example): Promise<AnswerTokens> {
    const text = JSON.stringify(example.answer);
    const schemaText = JSON.stringify(reducedSchema(example));
    const key = `${text}\n${schemaText}`;
    let known = this.#known.get(key);
    if (known === undefined) {
      known = await this.#walk(text, JSON.parse(schemaText) as ReturnType<typeof reducedSchema>);
      this.#known.set(key, known);
    }
    return known;
  }

  async #walk(text: string, schema: ReturnType<typeof reducedSchema>): Promise<AnswerTokens> {
    const constraint = new SchemaConstraint(
      await this.#grammars.start(schema),
      new ValueGuard(schema),
      this.#tokenizer,
    );
    const wanted = Buffer.from(text);
    const ids: number[] = [];
    const chosen: boolean[] = [];
    let at = 0;
    const take = (id: number, isChosen: boolean): void => {
      const bytes = this.#bytes[id] as Uint8Array;
      if (!wanted.subarray(at, at + bytes.length).equals(bytes)) {
        throw new CodriverError('INTERNAL', `The grammar leads away from ${text} after ${at} bytes.`);
      }
      at += bytes.length;
      ids.push(id);
      chosen.push(isChosen);
    };
    try {
      for (;;) {
        const forced = await constraint.advance(MOST_TOKENS);
        for (const id of forced.tokens) take(id, false);
        if (forced.ended) break;
        const choice = constraint.choose(new Float32Array(this.#bytes.length), (_logits, mask) =>
          this.#longest(wanted, at, mask),
        );
        if (choice === undefined || choice.token < 0) {
          throw new CodriverError('INTERNAL', `The grammar does not allow ${text} after ${at} bytes.`);
        }
        take(choice.token, true);
        constraint.accept(choice.token);
      }
      if (at !== wanted.length) throw new CodriverError('INTERNAL', `The grammar ends before ${text} does.`);
      return { ids, chosen };
    } finally {
      constraint.dispose();
    }
  }

  #longest(wanted: Buffer, at: number, mask: Int32Array): number {
    for (let end = Math.min(wanted.length, at + this.#longestToken); end > at; end--) {
      const id = this.#idOf.get(wanted.toString('latin1', at, end));
      if (id !== undefined && ((mask[id >> 5] as number) & (1 << (id & 31))) !== 0) return id;
    }
    return -1;
  }
}

/**
 * The product's schema of a scene that has what the answer names, one thing beside it, and nothing more: where the
 * tokens begin and end depends on nothing else, and far fewer grammars are compiled.
 */
function reducedSchema({ scene, utterance, answer }: Example): ReturnType<typeof proposalSchema> {
  const named = new Set(names(answer));
  const pois = scene.route?.pois ?? [];
  const kept = pois.filter((poi) => named.has(poi.name));
  const beside = pois.find((poi) => !named.has(poi.name));
  // One name is forced, two or more are a choice between single tokens.
  const [object] = scene.objects;
  const choices = referentsOf(scene).names.length;
  const objects =
    object === undefined || choices === 0
      ? []
      : Array.from({ length: choices === 1 ? 1 : 8 }, (_, i) => ({
          ...object,
          class: 'CAR' as const,
          id: `o${i}`,
        }));
  const reduced: Scene = {
    ...scene,
    signs: [],
    objects,
    route: scene.route && {
      ...scene.route,
      roadName: 'A1',
      pois: kept.concat(beside === undefined ? [] : [{ ...beside, name: 'Somewhere' }]),
    },
  };
  const spans = [...named].filter((name) => !kept.some((poi) => poi.name === name));
  return proposalSchema(reduced, { ...utterance, text: spans.length === 0 ? 'go' : spans.join(' ; ') });
}

function names(answer: Proposal): string[] {
  if (answer.decision !== 'EXECUTE') return [];
  return answer.actions.flatMap((action) => {
    const found: string[] = [];
    if ('destination' in action) found.push(action.destination);
    if ('road' in action) found.push(action.road);
    for (const place of [
      'place' in action ? action.place : undefined,
      action.trigger?.type === 'AT' ? action.trigger.place : undefined,
    ]) {
      if (place !== undefined && 'poi' in place) found.push(place.poi);
    }
    return found;
  });
}
