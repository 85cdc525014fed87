export { isCautious, saysEmergency } from './caution.ts';
export { explain } from './explain.ts';
export { type GateInput, judge } from './judge.ts';
export { DROP_WORDS, REASON_WORDS, type ReasonCode } from './reason-words.ts';
export { RULES, type Rule } from './rules.ts';
