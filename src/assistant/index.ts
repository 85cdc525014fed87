export { Assistant, type AssistantOptions } from './assistant.ts';
export type { JournalSink, UnstampedEntry } from './journal.ts';
export { LiveRun, type LiveRunOptions, type NamedModel, type Saying } from './live-run.ts';
export { tierText, watchTiers } from './model-tiers.ts';
export { type Answer, OriginWatch } from './origin-watch.ts';
export type { Delivery, IntentSink } from './ports.ts';
export { verdictReply } from './replies.ts';
