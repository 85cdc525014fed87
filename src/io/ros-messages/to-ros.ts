import {
  type JournalEntry,
  PlannerStatus,
  RouteContext,
  SignDetections,
  TrackedObjects,
  toJsonLine,
  Utterance,
  VehicleState,
} from '../../domain/index.ts';
import type { DomainMessage } from './domain-message.ts';
import { nsToRosTime } from './ros-time.ts';
import { toRosMessage } from './schema-mapping.ts';

/** A message ready to be encoded: its type, `package/msg/Name`, and its fields. */
export interface RosMessageOut {
  readonly type: string;
  readonly message: Readonly<Record<string, unknown>>;
}

const BASE_LINK = 'base_link';

/** A domain message or a journal entry as the ROS 2 message that carries it. */
export function toRos(value: DomainMessage | JournalEntry): RosMessageOut {
  if (!('kind' in value)) {
    return ours('Journal', {
      header: { stamp: nsToRosTime(value.stampNs), frame_id: '' },
      type: value.type,
      json: toJsonLine(value),
    });
  }
  switch (value.kind) {
    case 'frame':
      return frameToRos(value.frame);
    case 'utterance':
      return ours('Utterance', toRosMessage(Utterance, value.utterance, ''));
    case 'signs':
      return ours('SignDetectionArray', toRosMessage(SignDetections, value.signs, ''));
    case 'objects':
      return ours('TrackedObjectArray', toRosMessage(TrackedObjects, value.objects, BASE_LINK));
    case 'vehicle':
      return ours('VehicleState', toRosMessage(VehicleState, value.vehicle, BASE_LINK));
    case 'route':
      return ours('RouteContext', toRosMessage(RouteContext, value.route, BASE_LINK));
    case 'planner':
      return ours('PlannerStatus', toRosMessage(PlannerStatus, value.planner, BASE_LINK));
    case 'gnss':
      return gnssToRos(value.gnss);
  }
}

function ours(name: string, message: Readonly<Record<string, unknown>>): RosMessageOut {
  return { type: `codriver_msgs/msg/${name}`, message };
}

function frameToRos(frame: Extract<DomainMessage, { kind: 'frame' }>['frame']): RosMessageOut {
  const header = { stamp: nsToRosTime(frame.stampNs), frame_id: frame.frameId };
  if (frame.encoding !== 'rgb8') {
    return {
      type: 'sensor_msgs/msg/CompressedImage',
      message: { header, format: frame.encoding, data: frame.data },
    };
  }
  return {
    type: 'sensor_msgs/msg/Image',
    message: {
      header,
      height: frame.heightPx,
      width: frame.widthPx,
      encoding: 'rgb8',
      is_bigendian: 0,
      step: frame.widthPx * 3,
      data: frame.data,
    },
  };
}

function gnssToRos(gnss: Extract<DomainMessage, { kind: 'gnss' }>['gnss']): RosMessageOut {
  return {
    type: 'sensor_msgs/msg/NavSatFix',
    message: {
      header: { stamp: nsToRosTime(gnss.stampNs), frame_id: 'gnss' },
      status: { status: 0, service: 1 },
      latitude: gnss.latitudeDeg,
      longitude: gnss.longitudeDeg,
      altitude: gnss.altitudeM ?? Number.NaN,
    },
  };
}
