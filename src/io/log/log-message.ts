import type { TimeNs, TopicRole } from '../../domain/index.ts';
import type { DomainMessage } from '../ros-messages/domain-message.ts';

/** One message of a log. */
export interface LogMessage {
  readonly topic: string;
  /** When it was recorded; messages come in this order. */
  readonly logTimeNs: TimeNs;
  readonly role: TopicRole;
  readonly message: DomainMessage;
}

/** Which messages to read; all by default. */
export interface MessageFilter {
  /** First and last log time, both included. */
  readonly fromNs?: TimeNs;
  readonly toNs?: TimeNs;
  readonly topics?: readonly string[];
}
