import type { CaseResult } from './run.ts';
import { type Share, shareWhere } from './statistics.ts';

/** Answers whose confidence is within [from, to), the last bin's end included. */
export interface ReliabilityBin {
  readonly from: number;
  readonly to: number;
  readonly n: number;
  readonly meanConfidence: number;
  /** Share of right decisions; the confidence is that of the decision. */
  readonly rightDecision: number;
}

/** What asking below a confidence would do to answers that act. */
export interface ThresholdEffect {
  readonly threshold: number;
  /** Of those that are not fully right, asked about. */
  readonly wrongCaught: Share;
  /** Of those that should not have acted at all, asked about. */
  readonly wrongDecisionCaught: Share;
  /** Of those that are fully right, asked about. */
  readonly rightAsked: Share;
}

/** How well the confidence of an answer tells whether it is right. */
export interface Calibration {
  readonly n: number;
  readonly bins: readonly ReliabilityBin[];
  /** Mean distance of confidence and right decisions, weighted by the bins' sizes (ECE; Naeini et al., AAAI 2015). */
  readonly expectedError: number;
  readonly thresholds: readonly ThresholdEffect[];
}

const BINS = 10;

/** Confidences below which an answer would be asked about. */
export const THRESHOLDS: readonly number[] = [0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.99];

type Sure = CaseResult & { readonly confidence: number };

/** Calibration over the answers that have a confidence; null where none has. */
export function calibrationOf(results: readonly CaseResult[]): Calibration | null {
  const sure = results.filter(
    (one): one is Sure =>
      one.given !== null && one.confidence !== undefined && Number.isFinite(one.confidence),
  );
  if (sure.length === 0) return null;
  const bins = Array.from({ length: BINS }, (_, index): ReliabilityBin => {
    const inside = sure.filter(({ confidence }) => binOf(confidence) === index);
    return {
      from: index / BINS,
      to: (index + 1) / BINS,
      n: inside.length,
      meanConfidence: inside.reduce((sum, one) => sum + one.confidence, 0) / inside.length,
      rightDecision: shareWhere(inside, ({ score }) => score.decision).share,
    };
  });
  const gaps = bins.map(({ n, meanConfidence, rightDecision }) =>
    n === 0 ? 0 : (n / sure.length) * Math.abs(meanConfidence - rightDecision),
  );
  return {
    n: sure.length,
    bins,
    expectedError: gaps.reduce((sum, gap) => sum + gap, 0),
    thresholds: THRESHOLDS.map((threshold) => effectOf(threshold, sure)),
  };
}

const binOf = (confidence: number): number => Math.min(BINS - 1, Math.max(0, Math.floor(confidence * BINS)));

function effectOf(threshold: number, sure: readonly Sure[]): ThresholdEffect {
  const acting = sure.filter(({ given }) => given?.decision === 'EXECUTE');
  // As the gate has it: what is sure enough goes through.
  const asked = ({ confidence }: Sure): boolean => !(confidence >= threshold);
  return {
    threshold,
    wrongCaught: shareWhere(
      acting.filter(({ score }) => !score.full),
      asked,
    ),
    wrongDecisionCaught: shareWhere(
      acting.filter(({ score }) => !score.decision),
      asked,
    ),
    rightAsked: shareWhere(
      acting.filter(({ score }) => score.full),
      asked,
    ),
  };
}
