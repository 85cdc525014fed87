import { tierText } from '../assistant/index.ts';
import type { ModelTier } from '../domain/index.ts';

/** Where a model lives, a line each tier, beside the other lines that begin with a word of at most nine letters. */
export function tierLines(tiers: readonly ModelTier[], label = 'model'): string {
  return tiers.map((tier, i) => `${(i === 0 ? label : '').padEnd(10)}${tierText(tier)}\n`).join('');
}
