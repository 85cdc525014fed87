import { loadLanguageModel, parsePercentages } from '../../src/llm/index.ts';
import type { BenchRow } from '../row.ts';

/** Percent of the weights in memory; undefined: all of it as one session, which the others are compared with. */
const PLACEMENTS = [undefined, 0, 10, 20, 30, 40, 50, 60, 70, 80, 90, 100];

/** Twelve placements of these make 10,080 tokens. */
const ANSWERS = 7;
const TOKENS = 120;

/** Greedy tokens that differ between placements, position by position. */
export async function exactRow(model: string, nvmeDir: string): Promise<BenchRow> {
  let expected: number[] | undefined;
  let [mismatches, compared] = [0, 0];
  for (const percent of PLACEMENTS) {
    const offload = percent !== undefined && {
      nvmeDir,
      percentages: parsePercentages([0, percent, 0, 100, 0, 100], 0),
    };
    const loaded = await loadLanguageModel({ file: model, ...(offload && { offload }) });
    const found: number[] = [];
    for (let answer = 0; answer < ANSWERS; answer++) {
      const prompt = `Chapter ${answer + 1}. The car stopped at the corner, and the passenger said`;
      const { tokens } = await loaded.generate({ prompt, maxTokens: TOKENS });
      found.push(...tokens);
    }
    await loaded.close();
    expected ??= found;
    compared += found.length;
    mismatches += expected.filter((token, i) => token !== found[i]).length;
    if (found.length !== expected.length) mismatches += Math.abs(found.length - expected.length);
  }
  return {
    bench: 'offload',
    case: 'exact',
    metric: 'mismatches',
    value: mismatches,
    unit: `of ${compared} tokens`,
    peer: `${PLACEMENTS.length} placements among each other`,
    ratio: Number.NaN,
    rounds: 1,
  };
}
