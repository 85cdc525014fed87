import type { Config, Dialogue, Scene, Utterance } from '../domain/index.ts';
import type { GenerateResult, LanguageModel } from '../llm/index.ts';
import { buildPrompt, proposalSchema, referentsOf } from '../prompt/index.ts';

const BEFORE_DECISION = '{"decision":"';

/** A prompt, ready to run. */
export interface PreparedThought {
  readonly promptText: string;
  readonly promptTokens: number;
  /** Runs the model. `signal` gives it up within one token. */
  run(signal?: AbortSignal): Promise<ThoughtAnswer>;
}

/** What the model said. */
export interface ThoughtAnswer {
  /** The parsed JSON, unchecked; null where it is broken or was given up. */
  readonly json: unknown;
  /** Probability that the model gave its decision, 0–1; undefined where it isn't known. */
  readonly confidence?: number;
  readonly result: GenerateResult;
}

/** Builds the prompt and the schema for one utterance. Errors: PROMPT_TOO_LONG, and MODEL_FAILED when run. */
export function prepareThought(
  model: LanguageModel,
  config: Config,
  scene: Scene,
  dialogue: Dialogue,
  utterance: Utterance,
): PreparedThought {
  const { maxPromptTokens, maxAnswerTokens } = config.thought;
  const prompt = buildPrompt({
    scene,
    dialogue,
    utterance,
    countTokens: (text) => model.countTokens(text),
    maxTokens: maxPromptTokens,
    examples: config.thought.adapter === 'none',
  });
  const schema = proposalSchema(scene, utterance);
  const referents = referentsOf(scene);
  const decisionAt = model.countTokens(BEFORE_DECISION);
  return {
    promptText: prompt.promptText,
    promptTokens: prompt.tokens,
    async run(signal) {
      const result = await model.generate({
        prompt: prompt.segments,
        schema,
        maxTokens: maxAnswerTokens,
        ...(signal === undefined ? {} : { signal }),
      });
      // The grammar forces all before the decision, and the decision's first token tells the four apart.
      const confidence = result.probabilities[decisionAt];
      return {
        json: result.finish === 'stop' ? referents.restored(parseOrNull(result.text)) : null,
        ...(confidence !== undefined && { confidence }),
        result,
      };
    },
  };
}

function parseOrNull(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

/**
 * The latency that lockstep stamps an answer with, in milliseconds: tokens times the
 * configuration's rates, so that two machines write the same bytes. A cached prefix is
 * not deducted, since what is cached depends on what ran before.
 */
export function declaredLatencyMs(config: Config, result: GenerateResult): number {
  const { prefillMsPerToken, decodeMsPerToken } = config.thought.declared;
  return Math.round(
    (result.promptTokens + result.appendedTokens) * prefillMsPerToken +
      result.decodedTokens * decodeMsPerToken,
  );
}
