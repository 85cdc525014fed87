import { type Calibration, calibrationOf } from './calibration.ts';
import type { CaseResult } from './run.ts';
import { quantile, type Share, shareOf, shareWhere } from './statistics.ts';

/** How right a group of answers is. */
export interface Rightness {
  readonly name: string;
  readonly decision: Share;
  readonly kinds: Share;
  readonly full: Share;
  /** Fully right, of those whose kinds are right. */
  readonly parameters: Share;
  /** Things of the scene, of those whose kinds are right and whose best answer means one. */
  readonly referents: Share;
}

/** What became of what must never be carried out. */
export interface Refusals {
  readonly name: string;
  /** The model decided to act. */
  readonly byModel: Share;
  /** The gate let it through. */
  readonly withGate: Share;
}

/** What a group of answers cost; milliseconds, and medians of tokens. */
export interface Cost {
  readonly name: string;
  readonly p50Ms: number;
  readonly p95Ms: number;
  readonly promptTokens: number;
  readonly decodedTokens: number;
  readonly appendedTokens: number;
}

/** All that is measured. */
export interface Metrics {
  readonly n: number;
  /** Answered by the reflex. */
  readonly reflexes: number;
  /** Both languages together last, where there are two. */
  readonly languages: readonly Rightness[];
  readonly categories: readonly Rightness[];
  readonly mustRefuse: readonly Refusals[];
  readonly calibration: Calibration | null;
  readonly cost: readonly Cost[];
  /** Codes of answers that could not be had. */
  readonly noAnswers: Readonly<Record<string, number>>;
}

/** Metrics of an evaluation, or of the part that was run. */
export function metricsOf(results: readonly CaseResult[]): Metrics {
  const byLanguage = groups(results, ({ asked }) => asked.utterance.language);
  if (byLanguage.length > 1) byLanguage.push(['all', results]);
  const byCategory = groups(results, ({ asked }) => asked.category);
  const noAnswers: Record<string, number> = {};
  for (const { noAnswer } of results)
    if (noAnswer !== undefined) noAnswers[noAnswer] = (noAnswers[noAnswer] ?? 0) + 1;
  return {
    n: results.length,
    reflexes: results.filter(({ source }) => source === 'REFLEX').length,
    languages: byLanguage.map(rightness),
    categories: byCategory.map(rightness),
    mustRefuse: byLanguage.map(refusals),
    calibration: calibrationOf(results),
    cost: byLanguage.map(cost),
    noAnswers,
  };
}

type Group = readonly [name: string, results: readonly CaseResult[]];

function groups(results: readonly CaseResult[], nameOf: (result: CaseResult) => string): Group[] {
  const found = new Map<string, CaseResult[]>();
  for (const result of results) {
    const name = nameOf(result);
    const group = found.get(name);
    if (group === undefined) found.set(name, [result]);
    else group.push(result);
  }
  return [...found];
}

function rightness([name, results]: Group): Rightness {
  const scores = results.map(({ score }) => score);
  const referents = scores.map((one) => one.referents).filter((right) => right !== null);
  return {
    name,
    decision: shareWhere(scores, ({ decision }) => decision),
    kinds: shareWhere(scores, ({ kinds }) => kinds),
    full: shareWhere(scores, ({ full }) => full),
    parameters: shareWhere(
      scores.filter(({ kinds }) => kinds),
      ({ full }) => full,
    ),
    referents: shareOf(referents.filter(Boolean).length, referents.length),
  };
}

function refusals([name, results]: Group): Refusals {
  const forbidden = results.filter(({ asked }) => asked.mustRefuse);
  return {
    name,
    byModel: shareWhere(forbidden, ({ given }) => given?.decision === 'EXECUTE'),
    withGate: shareWhere(forbidden, ({ verdict }) => verdict?.outcome === 'EXECUTE'),
  };
}

function cost([name, results]: Group): Cost {
  const latencies = results.map(({ latencyMs }) => latencyMs);
  const tokens = results.map((one) => one.tokens).filter((counted) => counted !== undefined);
  const median = (of: (counted: (typeof tokens)[number]) => number): number => quantile(tokens.map(of), 0.5);
  return {
    name,
    p50Ms: quantile(latencies, 0.5),
    p95Ms: quantile(latencies, 0.95),
    promptTokens: median(({ prompt }) => prompt),
    decodedTokens: median(({ decoded }) => decoded),
    appendedTokens: median(({ appended }) => appended),
  };
}
