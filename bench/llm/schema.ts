import { Config, Proposal, Verdict } from '../../src/domain/index.ts';
import { judgeProposal } from '../../src/evaluation/index.ts';
import type { LanguageModel } from '../../src/llm/index.ts';
import { buildPrompt, proposalSchema, quoteData } from '../../src/prompt/index.ts';
import type { BenchRow } from '../row.ts';
import { randomScenes } from './random-scenes.ts';

const COUNT = 200;
const SEED = 3;

/**
 * Random scenes and utterances through prompt, grammar and gate: each answer must be a Proposal and each
 * verdict a Verdict, and each prompt must hold the utterance and every sign. Histograms go to stderr.
 */
export async function schemaRows(model: LanguageModel): Promise<BenchRow[]> {
  const config = Config.parse({});
  const decisions = new Map<string, number>();
  const kinds = new Map<string, number>();
  const counts = { valid: 0, complete: 0 };
  for (const { scene, utterance } of randomScenes(COUNT, SEED)) {
    const { maxPromptTokens, maxAnswerTokens } = config.thought;
    const prompt = buildPrompt({
      scene,
      dialogue: { turns: [] },
      utterance,
      countTokens: (text) => model.countTokens(text),
      maxTokens: maxPromptTokens,
      examples: true,
    });
    const signs = scene.signs.map((sign) => `sign ${sign.type}`);
    const text = prompt.promptText;
    const holds = text.includes(quoteData(utterance.text)) && count(text, signs) >= signs.length;
    if (holds) counts.complete++;
    const answer = await model.generate({
      prompt: prompt.segments,
      schema: proposalSchema(scene, utterance),
      maxTokens: maxAnswerTokens,
    });
    const proposal = Proposal.safeParse(parseOrNull(answer.text));
    const verdict = judgeProposal(proposal.data ?? null, utterance, scene, config);
    if (proposal.success && answer.finish === 'stop' && Verdict.safeParse(verdict).success) counts.valid++;
    else process.stderr.write(`not valid: ${JSON.stringify(utterance.text)} → ${answer.text}\n`);
    if (!proposal.success) continue;
    add(decisions, proposal.data.decision);
    if (proposal.data.decision === 'EXECUTE') for (const { kind } of proposal.data.actions) add(kinds, kind);
  }
  process.stderr.write(`decisions: ${histogram(decisions)}\nkinds: ${histogram(kinds)}\n`);
  const row = (metric: string, value: number): BenchRow => ({
    bench: 'llm',
    case: 'schema',
    metric,
    value: value / COUNT,
    unit: 'fraction',
    peer: 'all',
    ratio: value / COUNT,
    rounds: COUNT,
  });
  return [row('valid', counts.valid), row('prompt_complete', counts.complete)];
}

const add = (counts: Map<string, number>, key: string): unknown =>
  counts.set(key, (counts.get(key) ?? 0) + 1);

const histogram = (counts: Map<string, number>): string =>
  [...counts]
    .sort((a, b) => b[1] - a[1])
    .map(([key, value]) => `${key} ${value}`)
    .join(', ');

/** How many of `wanted`, each counted as often as it is wanted, stand in `text`. */
function count(text: string, wanted: readonly string[]): number {
  let found = 0;
  for (const one of new Set(wanted)) {
    const times = text.split(one).length - 1;
    found += Math.min(times, wanted.filter((other) => other === one).length);
  }
  return found;
}

function parseOrNull(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
