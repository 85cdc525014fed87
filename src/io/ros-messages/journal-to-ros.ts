import { IntentStatus, type JournalEntry, toJsonLine } from '../../domain/index.ts';
import { nsToRosTime } from './ros-time.ts';
import { toRosMessage } from './schema-mapping.ts';
import type { RosMessageOut } from './to-ros.ts';

/** Entries that have a message type of their own, beside the journal's. */
export type TypedOutput = 'verdict' | 'intent' | 'intentStatus' | 'reply';

/** A journal entry as the message of its own type, and which output it belongs to; null where it has none. */
export function typedEntry(entry: JournalEntry): (RosMessageOut & { readonly output: TypedOutput }) | null {
  const header = { stamp: nsToRosTime(entry.stampNs), frame_id: '' };
  switch (entry.type) {
    case 'verdict': {
      const { proposalId, source, originId, outcome } = entry.verdict;
      const json = toJsonLine(entry.verdict);
      const message = { header, proposal_id: proposalId, source, origin_id: originId, outcome, json };
      return { output: 'verdict', type: 'codriver_msgs/msg/Verdict', message };
    }
    case 'intent': {
      const { intent } = entry;
      return {
        output: 'intent',
        type: 'codriver_msgs/msg/Intent',
        message: {
          header: { stamp: nsToRosTime(intent.stampNs), frame_id: 'base_link' },
          id: intent.id,
          sequence: intent.sequence,
          valid_until: nsToRosTime(intent.validUntilNs),
          source: intent.source,
          authority: intent.authority,
          origin_id: intent.originId,
          kind: intent.maneuver.kind,
          trigger_json: toJsonLine(intent.trigger),
          maneuver_json: toJsonLine(intent.maneuver),
        },
      };
    }
    case 'status':
      return {
        output: 'intentStatus',
        type: 'codriver_msgs/msg/IntentStatus',
        message: toRosMessage(IntentStatus, entry.status, ''),
      };
    case 'reply': {
      const { originId, language, stage, text } = entry;
      const message = { header, origin_id: originId, language, stage, text };
      return { output: 'reply', type: 'codriver_msgs/msg/Reply', message };
    }
    default:
      return null;
  }
}
