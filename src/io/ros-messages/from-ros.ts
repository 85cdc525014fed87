import {
  type Frame,
  GnssFix,
  PlannerStatus,
  RouteContext,
  SignDetections,
  type TimeNs,
  type TopicRole,
  TrackedObjects,
  Utterance,
  VehicleState,
} from '../../domain/index.ts';
import { detectLanguage } from '../language.ts';
import type { VideoPacket } from '../video/video-packet.ts';
import { frameFromCompressedImage, frameFromImage } from './camera.ts';
import type { DomainMessage, MessageSource } from './domain-message.ts';
import {
  frameFromFoxgloveImage,
  frameFromFoxgloveRaw,
  gnssFromLocationFix,
  packetFromCompressedImage,
  packetFromCompressedVideo,
  packetFromFfmpegPacket,
} from './foxglove.ts';
import { type MessageTime, saneStampNs } from './ros-time.ts';
import { fromRosMessage } from './schema-mapping.ts';
import { type Detection2DArray, signsFromDetections } from './vision.ts';

/**
 * How one ROS type becomes a domain message. `convert` gives null for a message
 * that says nothing (a GNSS receiver without a fix) and throws, a ZodError or any
 * other, for one that is broken.
 */
export interface Conversion {
  readonly role: TopicRole;
  readonly video?: false;
  readonly convert: (message: never, source: MessageSource) => DomainMessage | null;
}

/**
 * How a message of a type becomes a packet of video, whose picture only a decoder that has seen the packets
 * before it can give (`decodeVideo`). `packetOf` throws for a codec that is not read; the packet's data is
 * the message's.
 */
export interface VideoConversion {
  readonly role: 'camera';
  readonly video: true;
  readonly packetOf: (message: never, source: MessageSource) => VideoPacket;
}

interface Stamped {
  readonly header: { readonly stamp: MessageTime; readonly frame_id: string };
}
interface Vector3 {
  readonly x: number;
  readonly y: number;
  readonly z: number;
}
interface TwistStamped extends Stamped {
  readonly twist: { readonly linear: Vector3 };
}
interface TwistWithCovarianceStamped extends Stamped {
  readonly twist: { readonly twist: { readonly linear: Vector3 } };
}
interface Odometry extends Stamped {
  readonly pose: {
    readonly pose: { readonly position: Vector3; readonly orientation: Vector3 & { readonly w: number } };
  };
  readonly twist: { readonly twist: { readonly linear: Vector3 } };
}
interface VelocityReport extends Stamped {
  readonly longitudinal_velocity: number;
}
interface NavSatFix extends Stamped {
  readonly status: { readonly status: number };
  readonly latitude: number;
  readonly longitude: number;
  readonly altitude: number;
}

const stampOf = (message: Stamped, source: MessageSource): TimeNs =>
  saneStampNs(message.header.stamp, source.logTimeNs);

const vehicleAt = (message: Stamped, source: MessageSource, speedMps: number): DomainMessage => ({
  kind: 'vehicle',
  vehicle: VehicleState.parse({ stampNs: stampOf(message, source), speedMps }),
});

function fromOdometry(message: Odometry, source: MessageSource): DomainMessage {
  const state = { stampNs: stampOf(message, source), speedMps: message.twist.twist.linear.x };
  const { position, orientation: q } = message.pose.pose;
  // REP-105: only the map frame is the domain's; odom drifts, and ECEF is no plane.
  const pose =
    message.header.frame_id === 'map'
      ? {
          xM: position.x,
          yM: position.y,
          yawRad: Math.atan2(2 * (q.w * q.z + q.x * q.y), 1 - 2 * (q.y * q.y + q.z * q.z)),
        }
      : undefined;
  return { kind: 'vehicle', vehicle: VehicleState.parse(pose ? { ...state, pose } : state) };
}

function fromNavSatFix(message: NavSatFix, source: MessageSource): DomainMessage | null {
  if (message.status.status < 0) return null;
  const fix = {
    stampNs: stampOf(message, source),
    latitudeDeg: message.latitude,
    longitudeDeg: message.longitude,
    ...(Number.isFinite(message.altitude) ? { altitudeM: message.altitude } : {}),
  };
  return { kind: 'gnss', gnss: GnssFix.parse(fix) };
}

/** A bare string tells neither who spoke nor how sure the recogniser is: as little as possible is assumed. */
function fromString(message: { readonly data: string }, source: MessageSource): DomainMessage {
  return {
    kind: 'utterance',
    utterance: Utterance.parse({
      id: `${source.topic}@${source.logTimeNs}`,
      stampNs: source.logTimeNs,
      text: message.data,
      language: detectLanguage(message.data ?? ''),
      confidence: 0,
      seat: 'UNKNOWN',
      authority: 'UNKNOWN',
    }),
  };
}

const frame = (value: Frame): DomainMessage => ({ kind: 'frame', frame: value });

/** `sensor_msgs/msg/CompressedImage` where it carries a codec's packets, which its type does not tell. */
export const COMPRESSED_IMAGE_VIDEO: VideoConversion = {
  role: 'camera',
  video: true,
  packetOf: packetFromCompressedImage,
};

/** Every type that can be read, by its ROS 2 name (`foxglove.RawImage` is `foxglove_msgs/msg/RawImage`), best first within a role where only one topic may serve it. */
export const CONVERSIONS: Readonly<Record<string, Conversion | VideoConversion>> = {
  'codriver_msgs/msg/Utterance': {
    role: 'speech',
    convert: (m) => ({ kind: 'utterance', utterance: Utterance.parse(fromRosMessage(Utterance, m)) }),
  },
  'codriver_msgs/msg/SignDetectionArray': {
    role: 'signs',
    convert: (m) => ({ kind: 'signs', signs: SignDetections.parse(fromRosMessage(SignDetections, m)) }),
  },
  'vision_msgs/msg/Detection2DArray': {
    role: 'signs',
    convert: (m: Detection2DArray, source) => ({ kind: 'signs', signs: signsFromDetections(m, source) }),
  },
  'codriver_msgs/msg/TrackedObjectArray': {
    role: 'objects',
    convert: (m) => ({ kind: 'objects', objects: TrackedObjects.parse(fromRosMessage(TrackedObjects, m)) }),
  },
  'codriver_msgs/msg/RouteContext': {
    role: 'route',
    convert: (m) => ({ kind: 'route', route: RouteContext.parse(fromRosMessage(RouteContext, m)) }),
  },
  'codriver_msgs/msg/PlannerStatus': {
    role: 'planner',
    convert: (m) => ({ kind: 'planner', planner: PlannerStatus.parse(fromRosMessage(PlannerStatus, m)) }),
  },
  'codriver_msgs/msg/VehicleState': {
    role: 'vehicle',
    convert: (m) => ({ kind: 'vehicle', vehicle: VehicleState.parse(fromRosMessage(VehicleState, m)) }),
  },
  'autoware_vehicle_msgs/msg/VelocityReport': {
    role: 'vehicle',
    convert: (m: VelocityReport, source) => vehicleAt(m, source, m.longitudinal_velocity),
  },
  'geometry_msgs/msg/TwistStamped': {
    role: 'vehicle',
    convert: (m: TwistStamped, source) => vehicleAt(m, source, m.twist.linear.x),
  },
  'geometry_msgs/msg/TwistWithCovarianceStamped': {
    role: 'vehicle',
    convert: (m: TwistWithCovarianceStamped, source) => vehicleAt(m, source, m.twist.twist.linear.x),
  },
  'nav_msgs/msg/Odometry': { role: 'vehicle', convert: fromOdometry },
  'sensor_msgs/msg/CompressedImage': {
    role: 'camera',
    convert: (m, source) => frame(frameFromCompressedImage(m, source)),
  },
  'sensor_msgs/msg/Image': { role: 'camera', convert: (m, source) => frame(frameFromImage(m, source)) },
  'foxglove_msgs/msg/CompressedImage': {
    role: 'camera',
    convert: (m, source) => frame(frameFromFoxgloveImage(m, source)),
  },
  'foxglove_msgs/msg/RawImage': {
    role: 'camera',
    convert: (m, source) => frame(frameFromFoxgloveRaw(m, source)),
  },
  'foxglove_msgs/msg/CompressedVideo': { role: 'camera', video: true, packetOf: packetFromCompressedVideo },
  'ffmpeg_image_transport_msgs/msg/FFMPEGPacket': {
    role: 'camera',
    video: true,
    packetOf: packetFromFfmpegPacket,
  },
  'sensor_msgs/msg/NavSatFix': { role: 'gnss', convert: fromNavSatFix },
  'foxglove_msgs/msg/LocationFix': { role: 'gnss', convert: gnssFromLocationFix },
  'std_msgs/msg/String': { role: 'speech', convert: fromString },
};
