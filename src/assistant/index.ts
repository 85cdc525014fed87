export { Assistant, type AssistantOptions } from './assistant.ts';
export type { JournalSink, UnstampedEntry } from './journal.ts';
export { LiveRun } from './live-run.ts';
export { tierText, watchTiers } from './model-tiers.ts';
export type { Delivery, IntentSink } from './ports.ts';
export { verdictReply } from './replies.ts';
export { type NamedModel, runEntry } from './run-entry.ts';
