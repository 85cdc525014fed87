import { Config, type Proposal } from '../../src/domain/index.ts';
import type { EvalCase } from '../../src/evaluation/eval-set.ts';
import { parseNotation } from '../../src/evaluation/notation.ts';
import type { CaseResult } from '../../src/evaluation/run.ts';
import { score } from '../../src/evaluation/score.ts';
import { judgeProposal } from '../../src/evaluation/talk.ts';
import type { GenerateResult, LanguageModel } from '../../src/llm/index.ts';
import { exampleScene } from '../../src/scene/index.ts';

/** The example street, with a model that may act. */
export const config = Config.parse({ thought: { minConfidence: 0.5 } });
export const scene = exampleScene();

/** A case with these accepted answers. */
export function madeCase(
  accepted: readonly string[],
  more: Partial<EvalCase> & { say?: string } = {},
): EvalCase {
  const { say = 'x', ...rest } = more;
  return {
    id: 'c1',
    category: 'turn',
    scene,
    dialogue: { turns: [] },
    utterance: {
      id: 'c1',
      stampNs: scene.stampNs,
      text: say,
      language: 'en',
      confidence: 1,
      alternatives: [],
      seat: 'FRONT_RIGHT',
      authority: 'DRIVER_OR_OWNER',
      live: true,
    },
    accepted: accepted.map(parseNotation),
    mustRefuse: false,
    ...rest,
  };
}

/** The result of a case that was answered so; null: not at all. */
export function madeResult(
  asked: EvalCase,
  given: string | null,
  more: Partial<CaseResult> = {},
): CaseResult {
  const proposal: Proposal | null = given === null ? null : parseNotation(given);
  return {
    asked,
    source: 'THOUGHT',
    given: proposal,
    ...(proposal === null && { noAnswer: 'ANSWER_CUT' as const }),
    verdict: proposal && judgeProposal(proposal, asked.utterance, asked.scene, config, more.confidence),
    score: score(proposal, asked.accepted),
    latencyMs: 10,
    ...more,
  };
}

/** The same case in Japanese. */
export function inJapanese(asked: EvalCase): EvalCase {
  return { ...asked, utterance: { ...asked.utterance, language: 'ja' } };
}

/** A model that answers what it is told to; an Error is thrown, a text is what it writes. */
export function scriptedModel(answers: readonly (string | Error)[]): LanguageModel {
  const left = [...answers];
  return {
    generate: async (): Promise<GenerateResult> => {
      const answer = left.shift() ?? '';
      if (answer instanceof Error) throw answer;
      return {
        text: answer,
        probabilities: [1, 1, 1, 0.9],
        promptTokens: 100,
        decodedTokens: 5,
        appendedTokens: 20,
        cachedTokens: 0,
        finish: answer === '' ? 'length' : 'stop',
        prefillMs: 1,
        decodeMs: 1,
        grammarMs: 1,
      } as GenerateResult;
    },
    countTokens: (text: string) => text.length / 4,
    statistics: async () => undefined,
    close: async () => {},
  } as unknown as LanguageModel;
}
