import type { Config } from '../domain/index.ts';
import type { Metrics } from './metrics.ts';
import { notation } from './notation.ts';
import type { CaseResult } from './run.ts';

/** What was evaluated, and how. */
export interface Evaluated {
  readonly model: string;
  readonly sha256: string;
  readonly adapter: string;
  readonly set: string;
  readonly category?: string;
  readonly reflex: boolean;
  /** Utterances that were to be answered; more than the results where the run was interrupted. */
  readonly cases: number;
}

/** An evaluation as `eval.json` has it: what was run, its metrics, and every answer. */
export function accountOf(
  evaluated: Evaluated,
  config: Config,
  metrics: Metrics,
  results: readonly CaseResult[],
): object {
  const { threads, minConfidence, mayAct, maxPromptTokens, maxAnswerTokens } = config.thought;
  return {
    ...evaluated,
    interrupted: results.length < evaluated.cases,
    thought: { threads, minConfidence, mayAct, maxPromptTokens, maxAnswerTokens },
    metrics,
    results: results.map(
      ({ asked, source, given, noAnswer, verdict, score, confidence, latencyMs, tokens }) => ({
        id: asked.id,
        language: asked.utterance.language,
        category: asked.category,
        say: asked.utterance.text,
        expected: asked.accepted.map(notation),
        mustRefuse: asked.mustRefuse,
        source,
        given: given === null ? null : notation(given),
        ...(noAnswer !== undefined && { noAnswer }),
        verdict: verdict?.outcome ?? null,
        reasons: verdict?.reasons.map(({ code }) => code) ?? [],
        score,
        ...(confidence !== undefined && { confidence }),
        latencyMs: Math.round(10 * latencyMs) / 10,
        ...(tokens !== undefined && { tokens }),
      }),
    ),
  };
}
