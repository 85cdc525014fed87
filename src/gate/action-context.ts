import type { Action, Config, Maneuver, Scene } from '../domain/index.ts';
import type { ActiveLaw } from '../law/index.ts';

/** Everything an action is judged by. */
export interface ActionContext {
  readonly action: Action;
  /** Position among the proposal's actions, and those before it. */
  readonly index: number;
  readonly earlier: readonly Action[];
  readonly scene: Scene;
  readonly config: Config;
  readonly law: ActiveLaw;
  readonly liveIntents: readonly { readonly id: string; readonly maneuver: Maneuver }[];
  readonly lastSetSpeedMps: number | null;
  /** Whether an emergency stop was asked for in so many words. */
  readonly emergencyAsked: boolean;
  /** Whether a model's action follows words that ask for something unlawful or dangerous. */
  readonly forbiddenAsked: boolean;
}
