import type { IntentPlace, Maneuver } from '../../domain/index.ts';
import * as wire from '../../generated/codriver/planner/v1/planner.ts';
import { defined, present } from './check.ts';
import { placeFromWire, placeToWire } from './place.ts';
import { wordsOf } from './words.ts';

const side = wordsOf('Side', wire.Side);
const turn = wordsOf('Turn.direction', wire.TurnDirection);
const urgency = wordsOf('Stop.urgency', wire.Urgency);
const category = wordsOf('RouteTo.category', wire.PoiCategory);
const feature = wordsOf('Avoid.feature', wire.RoadFeature);
const signal = wordsOf('Signal.signal', wire.SignalKind);
const phrase = wordsOf('Tell.phrase', wire.Phrase);

/** A maneuver as it goes over the wire. */
export function maneuverToWire(maneuver: Maneuver): wire.Maneuver {
  return { kind: kindToWire(maneuver) };
}

function kindToWire(m: Maneuver): NonNullable<wire.Maneuver['kind']> {
  switch (m.kind) {
    case 'SET_SPEED':
      return { $case: 'setSpeed', value: { speedMps: m.speedMps ?? undefined } };
    case 'KEEP_DISTANCE': {
      const value = { timeGapS: m.timeGapS, distanceM: m.distanceM, referentId: m.referentId };
      return { $case: 'keepDistance', value };
    }
    case 'CHANGE_LANE':
      return { $case: 'changeLane', value: { direction: side.toWire(m.direction), count: m.count } };
    case 'TURN':
      return { $case: 'turn', value: { direction: turn.toWire(m.direction), junctionId: m.junctionId } };
    case 'OVERTAKE':
      return { $case: 'overtake', value: { referentId: m.referentId } };
    case 'FOLLOW':
      return { $case: 'follow', value: { referentId: m.referentId } };
    case 'YIELD':
      return { $case: 'yield', value: { referentId: m.referentId } };
    case 'PULL_OVER':
      return { $case: 'pullOver', value: { side: side.toWire(m.side), place: optionalPlace(m.place) } };
    case 'STOP':
      return { $case: 'stop', value: { urgency: urgency.toWire(m.urgency), place: optionalPlace(m.place) } };
    case 'RESUME':
      return { $case: 'resume', value: {} };
    case 'PARK':
      return { $case: 'park', value: { place: optionalPlace(m.place) } };
    case 'ROUTE_TO': {
      const value = {
        destination: m.destination,
        poiId: m.poiId,
        category: category.toWireOptional(m.category),
      };
      return { $case: 'routeTo', value };
    }
    case 'AVOID':
      return { $case: 'avoid', value: { road: m.road, feature: feature.toWireOptional(m.feature) } };
    case 'SIGNAL':
      return { $case: 'signal', value: { signal: signal.toWire(m.signal) } };
    case 'TELL':
      return { $case: 'tell', value: { phrase: phrase.toWire(m.phrase), referentId: m.referentId } };
    case 'CANCEL':
      return { $case: 'cancel', value: { intentIds: m.intentIds } };
  }
}

/** A maneuver as it came. Unknown words are BAD_MESSAGE; ranges are checked with the intent. */
export function maneuverFromWire(message: wire.Maneuver): Maneuver {
  return defined(kindFromWire(present('Maneuver.kind', message.kind)));
}

function kindFromWire(m: NonNullable<wire.Maneuver['kind']>): Maneuver {
  switch (m.$case) {
    case 'setSpeed':
      return { kind: 'SET_SPEED', speedMps: m.value.speedMps ?? null };
    case 'keepDistance':
      return { kind: 'KEEP_DISTANCE', ...m.value };
    case 'changeLane':
      return { kind: 'CHANGE_LANE', direction: side.fromWire(m.value.direction), count: m.value.count };
    case 'turn':
      return { kind: 'TURN', direction: turn.fromWire(m.value.direction), junctionId: m.value.junctionId };
    case 'overtake':
      return { kind: 'OVERTAKE', referentId: m.value.referentId };
    case 'follow':
      return { kind: 'FOLLOW', referentId: m.value.referentId };
    case 'yield':
      return { kind: 'YIELD', referentId: m.value.referentId };
    case 'pullOver':
      return { kind: 'PULL_OVER', side: side.fromWire(m.value.side), place: placeIfAny(m.value.place) };
    case 'stop':
      return { kind: 'STOP', urgency: urgency.fromWire(m.value.urgency), place: placeIfAny(m.value.place) };
    case 'resume':
      return { kind: 'RESUME' };
    case 'park':
      return { kind: 'PARK', place: placeIfAny(m.value.place) };
    case 'routeTo': {
      const { destination, poiId } = m.value;
      return { kind: 'ROUTE_TO', destination, poiId, category: category.fromWireOptional(m.value.category) };
    }
    case 'avoid':
      return { kind: 'AVOID', road: m.value.road, feature: feature.fromWireOptional(m.value.feature) };
    case 'signal':
      return { kind: 'SIGNAL', signal: signal.fromWire(m.value.signal) };
    case 'tell':
      return { kind: 'TELL', phrase: phrase.fromWire(m.value.phrase), referentId: m.value.referentId };
    case 'cancel':
      return { kind: 'CANCEL', intentIds: m.value.intentIds };
  }
}

function optionalPlace(place: IntentPlace | undefined): wire.Place | undefined {
  return place === undefined ? undefined : placeToWire(place);
}

function placeIfAny(place: wire.Place | undefined): IntentPlace | undefined {
  return place === undefined ? undefined : placeFromWire(place);
}
