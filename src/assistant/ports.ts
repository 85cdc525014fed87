import type { Intent, IntentPhase, PlanningBehavior } from '../domain/index.ts';

/** What became of an intent at the planner's door. */
export interface Delivery {
  readonly intentId: string;
  readonly delivered: boolean;
  readonly phase?: IntentPhase;
  readonly reason?: PlanningBehavior;
  /** For engineers: the planner's word, or why it did not arrive. */
  readonly detail: string;
}

/** Where the gate's intents go: the gRPC link, or a labelled shadow in open-loop replay. */
export interface IntentSink {
  /** Never throws for a dead peer; says so in the delivery. */
  submit(intent: Intent): Promise<Delivery>;
}
