import type { Calibration } from './calibration.ts';
import type { Metrics, Rightness } from './metrics.ts';
import { notation } from './notation.ts';
import type { CaseResult } from './run.ts';
import type { Share } from './statistics.ts';

const percent = (share: number): string => (Number.isNaN(share) ? '–' : `${(100 * share).toFixed(1)}`);

/** `87.5 [81.2–92.0]`, in percent; a dash of none. */
export function shareText({ share, low, high, n }: Share): string {
  return n === 0 ? '–' : `${percent(share)} [${percent(low)}–${percent(high)}]`;
}

const counted = (share: Share): string =>
  share.n === 0 ? '–' : `${share.right}/${share.n} (${percent(share.share)} %)`;

const whole = (value: number): string => (Number.isNaN(value) ? '–' : value.toFixed(0));

/** Rows with their columns under each other: names to the left, figures to the right. */
function columns(rows: readonly (readonly string[])[]): string {
  const widths = (rows[0] ?? []).map((_, i) => Math.max(...rows.map((row) => (row[i] ?? '').length)));
  return rows
    .map((row) =>
      row
        .map((cell, i) => (i === 0 ? cell.padEnd(widths[i] ?? 0) : cell.padStart(widths[i] ?? 0)))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}

/** Metrics as a page of text. Shares are in percent, with their 95 % intervals. */
export function metricsTable(metrics: Metrics): string {
  const { n, reflexes, cost, mustRefuse, calibration, noAnswers } = metrics;
  const noAnswer = Object.entries(noAnswers).map(([code, times]) => `${code} ${times}`);
  return [
    'Right in percent [95 % interval]',
    rightnessRows('language', metrics.languages),
    rightnessRows('category', metrics.categories),
    columns([
      ['must not be done, but is', 'by the model', 'past the gate'],
      ...mustRefuse.map(({ name, byModel, withGate }) => [name, counted(byModel), counted(withGate)]),
    ]),
    ...(calibration === null ? [] : [calibrationText(calibration)]),
    columns([
      ['cost', 'p50 ms', 'p95 ms', 'prompt', 'decoded', 'appended tokens (medians)'],
      ...cost.map(({ name, p50Ms, p95Ms, promptTokens, decodedTokens, appendedTokens }) => [
        name,
        ...[p50Ms, p95Ms, promptTokens, decodedTokens, appendedTokens].map(whole),
      ]),
    ]),
    ...(reflexes === 0 ? [] : [`answered by the reflex: ${reflexes} of ${n}`]),
    ...(noAnswer.length === 0 ? [] : [`no answer: ${noAnswer.join(', ')}`]),
  ].join('\n\n');
}

function rightnessRows(what: string, rows: readonly Rightness[]): string {
  return columns([
    [what, 'n', 'decision', 'kinds', 'full', 'full of right kinds', 'referents'],
    ...rows.map(({ name, decision, kinds, full, parameters, referents }) => [
      name,
      String(full.n),
      ...[decision, kinds, full].map(shareText),
      counted(parameters),
      counted(referents),
    ]),
  ]);
}

function calibrationText({ n, bins, expectedError, thresholds }: Calibration): string {
  return [
    `Confidence of ${n} answers; expected calibration error ${percent(expectedError)} %`,
    columns([
      ['confidence', 'n', 'mean', 'right decisions %'],
      ...bins
        .filter((bin) => bin.n > 0)
        .map((bin) => [
          `${bin.from.toFixed(1)}–${bin.to.toFixed(1)}`,
          String(bin.n),
          percent(bin.meanConfidence),
          percent(bin.rightDecision),
        ]),
    ]),
    columns([
      ['asked below', 'wrong caught', 'wrongly acted caught', 'right asked about'],
      ...thresholds.map(({ threshold, wrongCaught, wrongDecisionCaught, rightAsked }) => [
        threshold.toFixed(2),
        counted(wrongCaught),
        counted(wrongDecisionCaught),
        counted(rightAsked),
      ]),
    ]),
  ].join('\n');
}

/** One answer that is not fully right: what was said, what was expected, what came, what the gate said. */
export function failureText({ asked, given, noAnswer, verdict }: CaseResult): string {
  const { id, category, utterance, accepted, mustRefuse } = asked;
  const reasons = verdict?.reasons.map(({ code }) => code).join(', ');
  return [
    `${id}  ${category}  “${utterance.text}”${mustRefuse ? '  must not be done' : ''}`,
    `  expected  ${accepted.map(notation).join('  |  ')}`,
    `  got       ${given === null ? noAnswer : notation(given)}`,
    `  verdict   ${verdict === null ? 'none' : `${verdict.outcome}: ${reasons}`}`,
  ].join('\n');
}

/** Every answer that is not fully right, in the order of the set; '' where there is none. */
export function failuresText(results: readonly CaseResult[]): string {
  return results
    .filter(({ score }) => !score.full)
    .map((result) => `${failureText(result)}\n`)
    .join('');
}
