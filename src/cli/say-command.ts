import type { Command } from 'commander';
import { verdictReply, watchTiers } from '../assistant/index.ts';
import { prepareThought } from '../assistant/thought.ts';
import {
  CodriverError,
  type Language,
  type ModelTier,
  type Scene,
  toJsonLine,
  type Utterance,
  type Verdict,
} from '../domain/index.ts';
import { judgeProposal } from '../evaluation/index.ts';
import { detectLanguage } from '../io/language.ts';
import { activeLaw } from '../law/index.ts';
import { matchReflex } from '../reflex/index.ts';
import { exampleScene, parseSceneFile } from '../scene/index.ts';
import { readConfig } from './config-file.ts';
import { addModelFlags, type ModelFlags, withModelFlags } from './model-flags.ts';
import { loadModel } from './parts.ts';
import { tierLines } from './tier-lines.ts';

interface SayOptions extends ModelFlags {
  readonly scene?: string;
  readonly config?: string;
  readonly language?: Language;
  readonly json?: boolean;
  readonly prompt?: boolean;
  readonly reflex: boolean;
}

/** `codriver say`. */
export function addSay(program: Command): void {
  const command = program
    .command('say')
    .description(
      'Say something to the car: one utterance through reflex or model, then the gate. Nothing is sent.',
    )
    .argument('<text>', 'what the passenger says, in Japanese or English')
    .option('--scene <file>', 'scene as JSON or YAML; default: a built-in street')
    .option('--language <ja|en>', 'default: Japanese where the text has kana or kanji')
    .option('--config <file>', 'configuration; default: config/codriver.yaml')
    .option('--json', 'print {proposal, verdict, timings, tiers} as one line of JSON')
    .option('--prompt', 'print the prompt too')
    .option('--no-reflex', 'ask the model even where a reflex matches')
    .addHelpText(
      'after',
      `\nExamples:\n  codriver say "次の信号を左に曲がって" --json\n  codriver say "slow down a bit, please"\n  codriver say "go 80" --scene my-scene.yaml --prompt`,
    )
    .action(async (text: string, options: SayOptions) => say(text, options));
  addModelFlags(command);
}

async function say(text: string, options: SayOptions): Promise<void> {
  if (text.trim() === '') {
    throw new CodriverError('BAD_ARGUMENT', 'The text is empty.', {
      remedy: 'Say something: codriver say "slow down".',
    });
  }
  const config = withModelFlags(readConfig(options.config), options);
  const scene = options.scene === undefined ? exampleScene() : parseSceneFile(options.scene);
  const utterance: Utterance = {
    id: 'u1',
    stampNs: scene.stampNs,
    text,
    language: options.language ?? detectLanguage(text),
    confidence: 1,
    alternatives: [],
    seat: 'FRONT_RIGHT',
    authority: config.seats.FRONT_RIGHT ?? 'UNKNOWN',
    live: true,
  };
  const reflex = options.reflex ? matchReflex(utterance) : null;
  const startedMs = performance.now();
  const judged = (proposal: unknown, source: 'REFLEX' | 'THOUGHT', confidence?: number): Verdict =>
    judgeProposal(proposal, utterance, scene, config, confidence, source);
  if (reflex !== null) {
    const verdict = judged(reflex.proposal, 'REFLEX');
    const totalMs = performance.now() - startedMs;
    print(options, scene, config, utterance, verdict, { source: 'REFLEX', rule: reflex.rule, totalMs });
    return;
  }
  const { model } = await loadModel(config, false);
  try {
    const loadMs = performance.now() - startedMs;
    const thought = prepareThought(model, config, scene, { turns: [] }, utterance);
    if (options.prompt) process.stderr.write(`${thought.promptText}\n`);
    const tiersOfRun = watchTiers(model, config);
    const { json, confidence, result } = await thought.run();
    const verdict = judged(json, 'THOUGHT', confidence);
    const { promptTokens, decodedTokens, appendedTokens, prefillMs, decodeMs, grammarMs } = result;
    const timings = {
      source: 'THOUGHT',
      ...(confidence !== undefined && { confidence }),
      loadMs,
      prefillMs,
      decodeMs,
      grammarMs,
      totalMs: performance.now() - startedMs,
      promptTokens,
      decodedTokens,
      appendedTokens,
    };
    print(options, scene, config, utterance, verdict, timings, await tiersOfRun());
  } finally {
    await model.close();
  }
}

function print(
  options: SayOptions,
  scene: Scene,
  config: ReturnType<typeof readConfig>,
  utterance: Utterance,
  verdict: Verdict,
  timings: Record<string, string | number>,
  tiers?: readonly ModelTier[],
): void {
  if (options.json) {
    process.stdout.write(`${toJsonLine({ proposal: verdict.proposal, verdict, timings, tiers })}\n`);
    return;
  }
  const limitMps = activeLaw(scene, config).limitMps;
  const reasons = verdict.reasons.map((reason) => `${reason.code} (${reason.effect})`).join(', ');
  process.stdout.write(`proposal  ${JSON.stringify(verdict.proposal)}
verdict   ${verdict.outcome}: ${reasons}
intents   ${verdict.intents.map((intent) => JSON.stringify(intent.maneuver)).join(' ') || 'none'}
reply     ${verdictReply(verdict, scene, limitMps, utterance.language)}
timings   ${Object.entries(timings)
    .map(([name, value]) => `${name} ${typeof value === 'number' ? Math.round(value * 10) / 10 : value}`)
    .join(', ')}
${tierLines(tiers ?? [])}`);
}
