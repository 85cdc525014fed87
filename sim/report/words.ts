import type { Bilingual, Reason } from '../../src/domain/index.ts';

/** A reason of the gate in words, in every language. */
export function wordsOfReason(reason: Reason): Bilingual {
  const words = reason.code.toLowerCase().replaceAll('_', ' ');
  return { en: words, ja: words };
}
