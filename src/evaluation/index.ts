export { accountOf, type Evaluated } from './account.ts';
export { confusionOf } from './confusion.ts';
export { confusionPicture } from './confusion-picture.ts';
export { EVAL_SET_NAMES, type EvalCase, readEvalSet } from './eval-set.ts';
export { type Metrics, metricsOf } from './metrics.ts';
export { type CaseResult, runEvaluation } from './run.ts';
export { selectCases } from './select-cases.ts';
export { failuresText, metricsTable } from './table.ts';
export { judgeProposal } from './talk.ts';
