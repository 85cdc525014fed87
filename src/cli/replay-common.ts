import type { CodriverError, ModelTier, Utterance } from '../domain/index.ts';
import { type LogSpan, readUtteranceScript } from '../io/utterance-script.ts';
import type { ModelFlags } from './model-flags.ts';
import { duration } from './replay-progress.ts';
import type { rangeOf } from './replay-range.ts';
import { printError } from './terminal.ts';
import { tierLines } from './tier-lines.ts';

/** What `codriver replay` was given. */
export interface ReplayFlags extends ModelFlags {
  readonly from?: string;
  readonly to?: string;
  readonly say?: string;
  readonly rate: string;
  readonly report?: string;
  readonly json?: string;
  readonly record?: string;
  readonly config?: string;
  readonly whatIf?: string;
  readonly failOnDifference?: boolean;
  readonly ros?: boolean;
  readonly wait: string;
  readonly plates: boolean;
  readonly quiet?: boolean;
}

/** What a replay of one build and of two have in common. */
export interface CommonReplayOptions {
  readonly logs: readonly string[];
  readonly range: ReturnType<typeof rangeOf>;
  readonly rate?: number;
}

/** How a replay ended. */
export interface ReplayOutcome {
  readonly messages: number;
  readonly logSeconds: number;
  readonly readTopics: number;
  readonly badMessages: number;
  readonly unspoken: number;
  readonly damages: readonly CodriverError[];
}

/** What `--say` speaks into the logs. */
export function scriptOf(
  { say }: ReplayFlags,
  outputs: { speaks(utterances: readonly Utterance[]): void },
): (logs: LogSpan) => Utterance[] {
  return (times) => {
    const utterances = say === undefined ? [] : readUtteranceScript(say, times);
    outputs.speaks(utterances);
    return utterances;
  };
}

/** Prints how it went, and where models, by what they are called, live, to standard error; damage sets exit code 1. */
export function tellOutcome(
  result: ReplayOutcome,
  wallS: number,
  models: Readonly<Record<string, readonly ModelTier[]>>,
): void {
  const { messages, logSeconds, readTopics, badMessages, unspoken, damages } = result;
  const speed = wallS > 0 ? `, ${(logSeconds / wallS).toFixed(1)} × real time` : '';
  const took = wallS < 60 ? `${wallS.toFixed(1)} s` : duration(wallS);
  process.stderr.write(`${messages} messages, ${logSeconds.toFixed(1)} s of log in ${took}${speed}.\n`);
  const told = [
    readTopics === 0 ? 'No topic of these logs is read; `codriver log info` says why, for each.' : '',
    badMessages === 0 ? '' : `Broken messages, left out: ${badMessages}.`,
    unspoken === 0 ? '' : `Utterances of the script outside the range, not spoken: ${unspoken}.`,
  ];
  for (const line of told) if (line !== '') process.stderr.write(`${line}\n`);
  for (const [label, tiers] of Object.entries(models)) process.stderr.write(tierLines(tiers, label));
  for (const damage of damages) {
    printError(damage);
    process.exitCode = 1;
  }
}
