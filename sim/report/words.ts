import type { Bilingual, Reason } from '../../src/domain/index.ts';
import { explain } from '../../src/gate/explain.ts';

/** A reason of the gate in words, in every language. */
export function wordsOfReason(reason: Reason): Bilingual {
  return { en: explain(reason, 'en'), ja: explain(reason, 'ja') };
}
