import { prepareThought } from '../assistant/thought.ts';
import { CodriverError, type Config, type ErrorCode, Proposal, type Verdict } from '../domain/index.ts';
import type { LanguageModel } from '../llm/index.ts';
import { matchReflex } from '../reflex/index.ts';
import type { EvalCase } from './eval-set.ts';
import { type Score, score } from './score.ts';
import { judgeProposal } from './talk.ts';

/** Why there is no answer: an error's code, or how the model's text ended. */
export type NoAnswer = ErrorCode | 'ANSWER_CUT' | 'ANSWER_BROKEN';

/** What became of one utterance. */
export interface CaseResult {
  readonly asked: EvalCase;
  readonly source: 'REFLEX' | 'THOUGHT';
  /** Null where there is no answer of the vocabulary. */
  readonly given: Proposal | null;
  readonly noAnswer?: NoAnswer;
  /** The gate's; null where there was nothing to judge. */
  readonly verdict: Verdict | null;
  readonly score: Score;
  /** Probability of the decision, where the model gives it. */
  readonly confidence?: number;
  /** From the utterance to the proposal. */
  readonly latencyMs: number;
  /** Undefined where no model ran to an end. */
  readonly tokens?: { readonly prompt: number; readonly decoded: number; readonly appended: number };
}

/** How an evaluation is run. */
export interface RunOptions {
  /** Lets the reflex answer first, as the product does. */
  readonly reflex?: boolean;
  /** Ends the run after the tokens of the case at hand; what was done is kept. */
  readonly signal?: AbortSignal;
  readonly onResult?: (result: CaseResult, done: number) => void;
}

/**
 * Each utterance through prompt, model and gate, as the product takes it. What goes wrong with one (PROMPT_TOO_LONG,
 * an answer that is cut) is a failure of that one and never ends the run.
 */
export async function runEvaluation(
  model: LanguageModel,
  cases: readonly EvalCase[],
  config: Config,
  { reflex = false, signal, onResult }: RunOptions = {},
): Promise<CaseResult[]> {
  const results: CaseResult[] = [];
  for (const asked of cases) {
    if (signal?.aborted) break;
    const result =
      (reflex && reflexResult(asked, config)) || (await thoughtResult(model, asked, config, signal));
    // An answer that was given up says nothing of the model.
    if (signal?.aborted && result.given === null) break;
    results.push(result);
    onResult?.(result, results.length);
  }
  return results;
}

function reflexResult(asked: EvalCase, config: Config): CaseResult | null {
  const startedMs = performance.now();
  const given = matchReflex(asked.utterance)?.proposal;
  if (given === undefined) return null;
  const latencyMs = performance.now() - startedMs;
  const verdict = judgeProposal(given, asked.utterance, asked.scene, config, undefined, 'REFLEX');
  return { asked, source: 'REFLEX', given, verdict, score: score(given, asked.accepted), latencyMs };
}

async function thoughtResult(
  model: LanguageModel,
  asked: EvalCase,
  config: Config,
  signal?: AbortSignal,
): Promise<CaseResult> {
  const { scene, dialogue, utterance, accepted } = asked;
  const startedMs = performance.now();
  const failed = (noAnswer: NoAnswer): CaseResult => ({
    asked,
    source: 'THOUGHT',
    given: null,
    noAnswer,
    verdict: null,
    score: score(null, accepted),
    latencyMs: performance.now() - startedMs,
  });
  try {
    const answer = await prepareThought(model, config, scene, dialogue, utterance).run(signal);
    const latencyMs = performance.now() - startedMs;
    const { finish, promptTokens, decodedTokens, appendedTokens } = answer.result;
    const given = Proposal.safeParse(answer.json).data ?? null;
    return {
      asked,
      source: 'THOUGHT',
      given,
      ...(given === null && { noAnswer: finish === 'stop' ? 'ANSWER_BROKEN' : 'ANSWER_CUT' }),
      verdict: judgeProposal(answer.json, utterance, scene, config, answer.confidence),
      score: score(given, accepted),
      ...(answer.confidence !== undefined && { confidence: answer.confidence }),
      latencyMs,
      tokens: { prompt: promptTokens, decoded: decodedTokens, appended: appendedTokens },
    };
  } catch (error) {
    return failed(CodriverError.from(error).code);
  }
}
