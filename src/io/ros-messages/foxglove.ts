import { type Frame, GnssFix } from '../../domain/index.ts';
import type { VideoCodec, VideoPacket } from '../video/video-packet.ts';
import { type CompressedImage, frameFromCompressedImage, frameFromImage } from './camera.ts';
import type { DomainMessage, MessageSource } from './domain-message.ts';
import { type MessageTime, saneStampNs } from './ros-time.ts';

/**
 * Foxglove's schemas (https://docs.foxglove.dev/docs/visualization/message-schemas). The same message comes
 * as CDR, protobuf and JSON, so names are `frame_id` or `frameId`, and bytes may be a base64 string.
 */
interface FoxgloveMessage {
  readonly timestamp: MessageTime;
  readonly frame_id?: string;
  readonly frameId?: string;
}

/** Bytes of a message: as such, or base64 in JSON. */
type Bytes = Uint8Array | string;

/** `foxglove.CompressedImage`. */
export interface FoxgloveCompressedImage extends FoxgloveMessage {
  readonly format: string;
  readonly data: Bytes;
}

/** `foxglove.RawImage`. */
export interface FoxgloveRawImage extends FoxgloveMessage {
  readonly width: number;
  readonly height: number;
  readonly encoding: string;
  readonly step: number;
  readonly data: Bytes;
}

/** `foxglove.LocationFix`. */
export interface FoxgloveLocationFix extends FoxgloveMessage {
  readonly latitude: number;
  readonly longitude: number;
  readonly altitude: number;
}

/** `foxglove.CompressedVideo`. */
export interface FoxgloveCompressedVideo extends FoxgloveMessage {
  readonly format: string;
  readonly data: Bytes;
}

/** The `ros2msg` schema of CompressedVideo, with the type it uses. */
export const COMPRESSED_VIDEO_TEXT = `# One picture of a video stream
builtin_interfaces/Time timestamp
string frame_id
uint8[] data
# h264, h265, vp9 or av1
string format
${'='.repeat(80)}
MSG: builtin_interfaces/Time
int32 sec
uint32 nanosec
`;

/** `ffmpeg_image_transport_msgs/msg/FFMPEGPacket`. */
export interface FfmpegPacket {
  readonly header: { readonly stamp: MessageTime; readonly frame_id: string };
  readonly encoding: string;
  readonly data: Uint8Array;
}

const frameIdOf = (message: FoxgloveMessage): string => message.frame_id ?? message.frameId ?? '';

function headerOf(message: FoxgloveMessage): { stamp: MessageTime; frame_id: string } {
  return { stamp: message.timestamp, frame_id: frameIdOf(message) };
}

function bytesOf(data: Bytes): Uint8Array {
  return typeof data === 'string' ? new Uint8Array(Buffer.from(data, 'base64')) : data;
}

/** A JPEG or PNG; other formats throw. */
export function frameFromFoxgloveImage(message: FoxgloveCompressedImage, source: MessageSource): Frame {
  const { format, data } = message;
  return frameFromCompressedImage({ header: headerOf(message), format, data: bytesOf(data) }, source);
}

/** Raw pixels, little-endian; encodings that are not read throw. */
export function frameFromFoxgloveRaw(message: FoxgloveRawImage, source: MessageSource): Frame {
  return frameFromImage({ ...message, header: headerOf(message), data: bytesOf(message.data) }, source);
}

/** A fix; null without one, which this schema can only say by NaN. */
export function gnssFromLocationFix(
  message: FoxgloveLocationFix,
  source: MessageSource,
): DomainMessage | null {
  const { latitude, longitude, altitude } = message;
  if (Number.isNaN(latitude) || Number.isNaN(longitude)) return null;
  const fix = {
    stampNs: saneStampNs(message.timestamp, source.logTimeNs),
    latitudeDeg: latitude,
    longitudeDeg: longitude,
    ...(Number.isFinite(altitude) ? { altitudeM: altitude } : {}),
  };
  return { kind: 'gnss', gnss: GnssFix.parse(fix) };
}

/** A packet of video; its data is the message's. Throws for another codec. */
export function packetFromCompressedVideo(
  message: FoxgloveCompressedVideo,
  source: MessageSource,
): VideoPacket {
  return {
    logTimeNs: source.logTimeNs,
    stampNs: saneStampNs(message.timestamp, source.logTimeNs),
    frameId: frameIdOf(message),
    codec: videoCodec(message.format),
    data: bytesOf(message.data),
  };
}

/** A packet of video in a `sensor_msgs/msg/CompressedImage`, `format` being the codec. Throws for another format. */
export function packetFromCompressedImage(message: CompressedImage, source: MessageSource): VideoPacket {
  return packetFromFfmpegPacket({ ...message, encoding: message.format }, source);
}

/** A packet of ffmpeg_image_transport; its data is the message's. Throws for another codec. */
export function packetFromFfmpegPacket(message: FfmpegPacket, source: MessageSource): VideoPacket {
  return {
    logTimeNs: source.logTimeNs,
    stampNs: saneStampNs(message.header.stamp, source.logTimeNs),
    frameId: message.header.frame_id,
    codec: videoCodec(message.encoding),
    data: message.data,
  };
}

/** By the codec's name, the encoder's (`hevc_nvenc`), or image_transport's list (`h264;yuv420p;bgr8`). */
function videoCodec(name: string): VideoCodec {
  const codec = name.split(';', 1)[0]!.toLowerCase();
  if (/264/.test(codec)) return 'h264';
  if (/265|hevc/.test(codec)) return 'h265';
  if (/vp9/.test(codec)) return 'vp9';
  if (/av1/.test(codec)) return 'av1';
  throw new Error(`video format "${name}" is not one of h264, h265, vp9, av1`);
}
