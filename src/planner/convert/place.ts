import type { IntentPlace } from '../../domain/index.ts';
import type * as wire from '../../generated/codriver/planner/v1/planner.ts';
import { present } from './check.ts';

/** A place as it goes over the wire. */
export function placeToWire(place: IntentPlace): wire.Place {
  switch (place.type) {
    case 'JUNCTION': {
      const value = { junctionId: place.junctionId, distanceM: place.distanceM };
      return { place: { $case: 'junction', value } };
    }
    case 'POI':
      return { place: { $case: 'poi', value: { poiId: place.poiId, distanceM: place.distanceM } } };
    case 'DISTANCE':
      return { place: { $case: 'distance', value: { distanceM: place.distanceM } } };
    case 'DESTINATION':
      return { place: { $case: 'destination', value: {} } };
  }
}

/** A place as it came; one without a variant is BAD_MESSAGE. Ranges are checked with the intent. */
export function placeFromWire(message: wire.Place): IntentPlace {
  const place = present('Place.place', message.place);
  switch (place.$case) {
    case 'junction':
      return { type: 'JUNCTION', junctionId: place.value.junctionId, distanceM: place.value.distanceM };
    case 'poi':
      return { type: 'POI', poiId: place.value.poiId, distanceM: place.value.distanceM };
    case 'distance':
      return { type: 'DISTANCE', distanceM: place.value.distanceM };
    case 'destination':
      return { type: 'DESTINATION' };
  }
}
