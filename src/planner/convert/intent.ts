import { Intent, type IntentTrigger } from '../../domain/index.ts';
import * as wire from '../../generated/codriver/planner/v1/planner.ts';
import { checked, present } from './check.ts';
import { maneuverFromWire, maneuverToWire } from './maneuver.ts';
import { placeFromWire, placeToWire } from './place.ts';
import { wordsOf } from './words.ts';

const source = wordsOf('Intent.source', wire.ProposalSource);
const authority = wordsOf('Intent.authority', wire.Authority);
const event = wordsOf('AfterTrigger.event', wire.TriggerEvent);
const condition = wordsOf('WhenTrigger.condition', wire.TriggerCondition);

/** An intent as it goes over the wire. One that breaks the schema is BAD_MESSAGE. */
export function intentToWire(input: Intent): wire.Intent {
  const intent = checked(Intent, 'Intent', input);
  return {
    id: intent.id,
    sequence: BigInt(intent.sequence),
    stampNs: intent.stampNs,
    validUntilNs: intent.validUntilNs,
    source: source.toWire(intent.source),
    authority: authority.toWire(intent.authority),
    originId: intent.originId,
    trigger: triggerToWire(intent.trigger),
    maneuver: maneuverToWire(intent.maneuver),
  };
}

/** An intent as it came; anything unknown, missing or out of range is BAD_MESSAGE. */
export function intentFromWire(message: wire.Intent | undefined): Intent {
  const intent = present('Intent', message);
  return checked(Intent, 'Intent', {
    id: intent.id,
    sequence: Number(intent.sequence),
    stampNs: intent.stampNs,
    validUntilNs: intent.validUntilNs,
    source: source.fromWire(intent.source),
    authority: authority.fromWire(intent.authority),
    originId: intent.originId,
    trigger: triggerFromWire(present('Intent.trigger', intent.trigger)),
    maneuver: maneuverFromWire(present('Intent.maneuver', intent.maneuver)),
  });
}

function triggerToWire(trigger: IntentTrigger): wire.Trigger {
  switch (trigger.type) {
    case 'NOW':
      return { trigger: { $case: 'now', value: {} } };
    case 'AFTER':
      return { trigger: { $case: 'after', value: { event: event.toWire(trigger.event) } } };
    case 'AT':
      return { trigger: { $case: 'at', value: { place: placeToWire(trigger.place) } } };
    case 'WHEN':
      return { trigger: { $case: 'when', value: { condition: condition.toWire(trigger.condition) } } };
  }
}

function triggerFromWire(message: wire.Trigger): IntentTrigger {
  const trigger = present('Trigger.trigger', message.trigger);
  switch (trigger.$case) {
    case 'now':
      return { type: 'NOW' };
    case 'after':
      return { type: 'AFTER', event: event.fromWire(trigger.value.event) };
    case 'at':
      return { type: 'AT', place: placeFromWire(present('AtTrigger.place', trigger.value.place)) };
    case 'when':
      return { type: 'WHEN', condition: condition.fromWire(trigger.value.condition) };
  }
}
