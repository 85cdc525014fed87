export { Assistant, type AssistantOptions } from './assistant.ts';
export type { JournalSink, UnstampedEntry } from './journal.ts';
export { tierText, watchTiers } from './model-tiers.ts';
export type { Delivery, IntentSink } from './ports.ts';
export { verdictReply } from './replies.ts';
