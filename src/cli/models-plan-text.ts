import {
  type Budgets,
  type CostSetting,
  type Percentages,
  type Plan,
  secondsText,
  sharesOf,
  sizeText,
} from '../llm/policy/index.ts';

interface Planned {
  /** What was planned, in words. */
  readonly subject: string;
  readonly budgets: Budgets;
  readonly percentages: Percentages | undefined;
  readonly setting: CostSetting;
  readonly plan: Plan;
}

/** What `codriver models plan` prints: as JSON, or in words. */
export type PlanFacts = ReturnType<typeof planFacts>;

/** The facts of a plan. Shares are percent. */
export function planFacts({ subject, budgets, percentages, setting, plan }: Planned) {
  const { costs, tiers, workload, profile } = setting;
  const { placement, prediction, reading, shares } = plan;
  const percent = (share = 0): number => Math.round(1e4 * share) / 100;
  const asked = (kind: keyof Percentages, t: number) =>
    percentages === undefined ? undefined : percent(sharesOf(tiers, percentages[kind])[t]);
  const { memory, ...times } = prediction;
  return {
    subject,
    chosenBy: percentages === undefined ? 'planner' : 'percentages',
    budgets,
    measuredIn: profile.disk.directory,
    workload,
    weightBytes: costs.weightBytes,
    parameters: costs.parameters,
    lookupBytes: costs.lookupBytes,
    reading,
    prediction: times,
    tiers: memory.map((use, t) => ({
      ...use,
      weightPercent: percent(shares.weights.get(use.tier)),
      kvPercent: percent(shares.kv.get(use.tier)),
      activationPercent: percent(shares.activations.get(use.tier)),
      ...(percentages !== undefined && {
        askedWeightPercent: asked('weights', t),
        askedKvPercent: asked('kv', t),
        askedActivationPercent: asked('activations', t),
      }),
    })),
    secondsPerGigabyte: Object.fromEntries(
      [...plan.secondsPerByte].map(([tier, perByte]) => [tier, 1e9 * perByte]),
    ),
    reasons: plan.reasons,
    parts: costs.parts.map(({ name, bytes }, i) => ({
      name,
      bytes,
      weights: placement.weights[i],
      kv: placement.kv[i],
      activations: placement.activations[i],
    })),
  };
}

/** A plan for a terminal. */
export function planText(facts: PlanFacts): string {
  const { prediction, workload, budgets, measuredIn } = facts;
  const elsewhere =
    budgets.nvmeDir === measuredIn ? '' : ` (the profile was measured in ${measuredIn}, not there)`;
  return [
    facts.subject,
    `  weights  ${sizeText(facts.weightBytes)}, ${(facts.parameters / 1e9).toFixed(2)} billion, and ${sizeText(facts.lookupBytes)} looked up row by row`,
    `  NVMe     ${budgets.nvmeDir}${elsewhere}`,
    '',
    ...tierTable(facts),
    '',
    `  one token         ${secondsText(prediction.passS).padStart(9)}   ${rateText(prediction.tokensPerS)}`,
    `  first token       ${secondsText(prediction.timeToFirstTokenS).padStart(9)}   after a prompt of ${workload.promptTokens} tokens`,
    `  whole answer      ${secondsText(prediction.requestS).padStart(9)}   of ${workload.newTokens} tokens`,
    `  loading           ${secondsText(prediction.loadS).padStart(9)}`,
    '',
    'Why',
    ...facts.reasons.map((reason) => `  - ${reason}`),
    '',
  ].join('\n');
}

function rateText(tokensPerS: number): string {
  return tokensPerS >= 1
    ? `${tokensPerS.toPrecision(3)} tokens/s`
    : `${(60 * tokensPerS).toPrecision(3)} tokens/min`;
}

function tierTable({ tiers }: PlanFacts): string[] {
  const header = [
    'tier',
    'weights',
    'of W',
    'asked',
    'buffers',
    'KV',
    'KV at',
    'activations',
    'process',
    'total',
    'budget',
  ];
  const rows = tiers.map((use) => [
    use.tier,
    sizeText(use.weightBytes),
    `${use.weightPercent.toFixed(1)} %`,
    use.askedWeightPercent === undefined ? 'best' : `${use.askedWeightPercent} %`,
    sizeText(use.ringBytes),
    sizeText(use.kvBytes),
    `${use.kvPercent.toFixed(0)} %`,
    sizeText(use.activationBytes),
    sizeText(use.processBytes + use.sessionBytes),
    sizeText(use.totalBytes),
    use.budgetBytes === undefined ? '–' : sizeText(use.budgetBytes),
  ]);
  const widths = header.map((title, i) =>
    Math.max(title.length, ...rows.map((row) => (row[i] as string).length)),
  );
  return [header, ...rows].map((row) =>
    `  ${row.map((cell, i) => (i === 0 ? cell.padEnd(widths[i] as number) : cell.padStart(widths[i] as number))).join('  ')}`.trimEnd(),
  );
}
