/** The rules of the reflex, in the order in which they are tried. */
export const REFLEX_RULES = ['EMERGENCY_STOP', 'STOP', 'SLOW_DOWN', 'CANCEL_ALL', 'CANCEL_LAST'] as const;
export type ReflexRule = (typeof REFLEX_RULES)[number];

/** One language: how text is brought to one spelling, and what a whole utterance must look like. */
export interface ReflexGrammar {
  /** One spelling for the patterns; null where the utterance is a quotation or another kind of question. */
  readonly normalize: (text: string) => string | null;
  readonly patterns: Readonly<Record<ReflexRule, RegExp>>;
}

/** Quotation marks: what is quoted is not ordered. An apostrophe is none. */
export const QUOTES = /[「」『』"“”«»‟„]/;

/** Joins alternatives into one group. */
export const anyOf = (...alternatives: readonly string[]): string => `(?:${alternatives.join('|')})`;
