import type { Proposal, Utterance } from '../domain/index.ts';
import { ENGLISH } from './english.ts';
import { REFLEX_RULES, type ReflexRule } from './grammar.ts';
import { JAPANESE } from './japanese.ts';

export { REFLEX_RULES, type ReflexRule } from './grammar.ts';

/** What a rule proposes. A spoken EMERGENCY needs its explicit word, so STOP alone is PROMPT. */
const PROPOSALS: Readonly<Record<ReflexRule, Proposal>> = {
  EMERGENCY_STOP: { decision: 'EXECUTE', actions: [{ kind: 'STOP', urgency: 'EMERGENCY' }] },
  STOP: { decision: 'EXECUTE', actions: [{ kind: 'STOP', urgency: 'PROMPT' }] },
  SLOW_DOWN: { decision: 'EXECUTE', actions: [{ kind: 'SET_SPEED', change: 'SLOWER' }] },
  CANCEL_ALL: { decision: 'EXECUTE', actions: [{ kind: 'CANCEL', which: 'ALL' }] },
  CANCEL_LAST: { decision: 'EXECUTE', actions: [{ kind: 'CANCEL', which: 'LAST' }] },
};

const JAPANESE_SCRIPT = /[\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Han}]/u;

/** Longer utterances are no reflexes. */
const MAX_LENGTH = 120;

/**
 * The few utterances where waiting is wrong: stop, slow down, take it back, in Japanese and English.
 * The whole utterance must fit the grammar — fillers, haste and politeness aside — so that
 * 「バス停で止まって」, "stop talking" or 「止まらないで」 go to the thought path. The script of the text
 * decides the language, since recognisers mislabel short cries.
 * @returns the rule's name and a fresh proposal, or null.
 */
export function matchReflex(utterance: Utterance): { rule: ReflexRule; proposal: Proposal } | null {
  if (utterance.text.length > MAX_LENGTH) return null;
  const { normalize, patterns } = JAPANESE_SCRIPT.test(utterance.text) ? JAPANESE : ENGLISH;
  const text = normalize(utterance.text);
  if (text === null || text === '') return null;
  const rule = REFLEX_RULES.find((name) => patterns[name].test(text));
  return rule ? { rule, proposal: structuredClone(PROPOSALS[rule]) } : null;
}
