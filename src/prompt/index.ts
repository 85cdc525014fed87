export { type BuiltPrompt, buildPrompt, type PromptRequest } from './build-prompt.ts';
export type { PromptSegment } from './prefix.ts';
export { type JsonSchema, proposalSchema } from './proposal-schema.ts';
export { quoteData } from './quote.ts';
export { type Referents, referentsOf } from './referents.ts';
