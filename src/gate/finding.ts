import type { Reason } from '../domain/index.ts';
import type { ReasonCode } from './reason-words.ts';

/** What a rule found; the gate adds the action's index and makes it a Reason. */
export interface Finding {
  readonly code: ReasonCode;
  readonly effect: Reason['effect'];
  readonly causeId?: string;
  readonly slots?: Reason['slots'];
}
