import type { PlanningBehavior } from '../../src/domain/index.ts';

/** A maneuver under way, or why it cannot begin. */
export type Begun =
  | {
      readonly ok: true;
      /** True once it is done; asked every tick, so it may also move a waiting maneuver on. */
      readonly done: () => boolean;
      /** Takes back what can still be taken back. */
      readonly undo: () => void;
    }
  | { readonly ok: false; readonly reason: PlanningBehavior; readonly detail: string };
