import { stat } from 'node:fs/promises';
import { parse } from '@foxglove/rosmsg';
import { CodriverError, type TimeNs } from '../../domain/index.ts';
import { CdrEncoder } from '../ros-messages/cdr-writer.ts';
import { COMPRESSED_VIDEO_TEXT } from '../ros-messages/foxglove.ts';
import { messageText } from '../ros-messages/message-texts.ts';
import { nsToRosTime } from '../ros-messages/ros-time.ts';
import { Demuxer } from '../video/demuxer.ts';
import { probeVideo, type VideoProbe } from '../video/probe.ts';
import type { Damage, RawChannel, RawFilter, RawLog, RawMessage } from './raw-log.ts';
import { type LoadedSidecar, loadSidecar } from './video-sidecar.ts';
import { isBareStream, type VideoTimeline, videoTimeline } from './video-timeline.ts';

/** How a codec of a file becomes messages. */
interface Carriage {
  readonly type: 'foxglove_msgs/msg/CompressedVideo' | 'sensor_msgs/msg/CompressedImage';
  /** `format` of the messages. */
  readonly format: string;
  /** Options of ffmpeg. */
  readonly codecOptions: readonly string[];
}

const copied = (format: string, filters: string): Carriage => ({
  type: 'foxglove_msgs/msg/CompressedVideo',
  format,
  codecOptions: ['-c', 'copy', ...(filters === '' ? [] : ['-bsf:v', filters])],
});

const JPEG: Omit<Carriage, 'codecOptions'> = { type: 'sensor_msgs/msg/CompressedImage', format: 'jpeg' };

function carriageOf({ codec }: VideoProbe): Carriage {
  // CompressedVideo wants parameter sets before every key picture; files often keep them apart.
  const parameters = 'dump_extra=freq=keyframe';
  switch (codec) {
    case 'h264':
      return copied('h264', `h264_mp4toannexb,${parameters}`);
    case 'hevc':
      return copied('h265', `hevc_mp4toannexb,${parameters}`);
    case 'vp9':
    case 'av1':
      return copied(codec, '');
    case 'mjpeg':
      return { ...JPEG, codecOptions: ['-c', 'copy'] };
    default:
      // CompressedVideo has no other codecs, so their pictures are stored one by one.
      return {
        ...JPEG,
        codecOptions: ['-c:v', 'mjpeg', '-q:v', '2', '-pix_fmt', 'yuvj420p', '-fps_mode', 'passthrough'],
      };
  }
}

/**
 * Opens a video file that ffmpeg can read (MP4, MOV, MKV, AVI, TS, bare H.264 and H.265) as a log with one
 * topic. H.264, H.265, VP9 and AV1 come packet by packet as `foxglove_msgs/msg/CompressedVideo`, unchanged but
 * for their form (Annex B); other codecs as JPEGs in `sensor_msgs/msg/CompressedImage`.
 *
 * Stamps are the pictures' true times, by the sidecar (`VideoSidecar`) or the file. Packets come in the order of
 * decoding; where that is not the order of showing, a packet's log time is the latest stamp up to it.
 *
 * @throws CodriverError NOT_FOUND for no such file, or without ffmpeg; LOG_UNREADABLE for a file without video;
 *   BAD_CONFIG for a sidecar that is wrong
 */
export async function openVideoFile(path: string): Promise<RawLog> {
  const info = await stat(path).catch(() => null);
  if (info === null || !info.isFile()) {
    throw new CodriverError('NOT_FOUND', `There is no video file at ${path}.`, {
      remedy: 'Check the path.',
      details: { path },
    });
  }
  const sidecar = await loadSidecar(path);
  const probe = await probeVideo(path, []);
  const timeline = await videoTimeline(path, probe, sidecar);
  return new VideoLog(path, info.size, probe, sidecar, timeline);
}

class VideoLog implements RawLog {
  readonly path: string;
  readonly format = 'video';
  readonly sizeBytes: number;
  readonly startNs: TimeNs;
  readonly endNs: TimeNs;
  readonly channels: readonly [RawChannel];
  readonly damages: readonly Damage[] = [];
  readonly facts: readonly (readonly [string, string])[];
  readonly #probe: VideoProbe;
  readonly #timeline: VideoTimeline;
  readonly #frameId: string;
  readonly #carriage: Carriage;
  readonly #running = new Set<Demuxer>();
  #closed = false;

  constructor(
    path: string,
    sizeBytes: number,
    probe: VideoProbe,
    sidecar: LoadedSidecar,
    timeline: VideoTimeline,
  ) {
    this.path = path;
    this.sizeBytes = sizeBytes;
    this.startNs = timeline.startNs;
    this.endNs = timeline.endNs;
    this.#probe = probe;
    this.#timeline = timeline;
    this.#frameId = sidecar.frameId;
    this.#carriage = carriageOf(probe);
    this.channels = [
      {
        id: 1,
        topic: sidecar.topic,
        messageEncoding: 'cdr',
        schemaName: this.#carriage.type,
        schemaEncoding: 'ros2msg',
        schemaData: new TextEncoder().encode(schemaText(this.#carriage.type)),
        metadata: new Map(),
        count: timeline.count ?? probe.count ?? null,
      },
    ];
    this.facts = factsOf(probe, timeline, sidecar, this.#carriage);
  }

  async *messages(filter: RawFilter = {}): AsyncGenerator<RawMessage> {
    const { fromNs = this.startNs, toNs = this.endNs, channelIds, onDamage } = filter;
    const [channel] = this.channels;
    if (channelIds?.has(channel.id) === false || this.#closed) return;
    const fromS = this.#timeline.seekSecond(fromNs);
    const toMessage = messageWriter(this.#carriage, this.#frameId);
    const demuxer = await Demuxer.start(this.path, {
      inputOptions: [],
      codecOptions: this.#carriage.codecOptions,
      timeBase: this.#probe.timeBase,
      onComplaint: (why) => onDamage?.(damageOf(this.path, why)),
      ...(fromS === undefined ? {} : { fromS }),
    });
    this.#running.add(demuxer);
    try {
      let logTimeNs = this.startNs;
      for (let index = 0; ; index++) {
        const packet = await demuxer.next();
        if (packet === undefined) break;
        const stampNs = this.#timeline.stampOf(packet, index);
        if (stampNs > logTimeNs) logTimeNs = stampNs;
        if (logTimeNs > toNs) return;
        if (logTimeNs < fromNs) continue;
        const data = toMessage(stampNs, packet.data);
        yield { channel, logTimeNs, publishTimeNs: stampNs, sequence: 0, data };
      }
      if (demuxer.failure !== undefined && !this.#closed) onDamage?.(damageOf(this.path, demuxer.failure));
    } finally {
      this.#running.delete(demuxer);
      await demuxer.stop();
    }
  }

  async close(): Promise<void> {
    this.#closed = true;
    await Promise.all([...this.#running].map((demuxer) => demuxer.stop()));
  }
}

function schemaText(type: Carriage['type']): string {
  return type === 'foxglove_msgs/msg/CompressedVideo' ? COMPRESSED_VIDEO_TEXT : messageText(type);
}

function messageWriter(
  { type, format }: Carriage,
  frameId: string,
): (stampNs: TimeNs, data: Uint8Array) => Uint8Array {
  const encoder = new CdrEncoder(parse(schemaText(type), { ros2: true }));
  if (type === 'foxglove_msgs/msg/CompressedVideo') {
    return (stampNs, data) =>
      encoder.encode({ timestamp: nsToRosTime(stampNs), frame_id: frameId, data, format });
  }
  return (stampNs, data) =>
    encoder.encode({ header: { stamp: nsToRosTime(stampNs), frame_id: frameId }, format, data });
}

/** ffmpeg's words; some name the byte (`offset 0x1f40`, `at pos 8000`). */
function damageOf(file: string, why: string): Damage {
  const offset = /\b(?:offset|pos) (0x[0-9a-f]+|\d+)/.exec(why)?.[1];
  return { offset: offset === undefined ? null : Number(offset), why: `ffmpeg says: ${why}`, file };
}

function factsOf(
  probe: VideoProbe,
  timeline: VideoTimeline,
  sidecar: LoadedSidecar,
  carriage: Carriage,
): (readonly [string, string])[] {
  const { codec, container, widthPx, heightPx, averageRate, rotationDeg } = probe;
  const facts: (readonly [string, string])[] = [
    ['container', container],
    [
      'codec',
      `${codec}, ${widthPx} × ${heightPx}${averageRate === '' ? '' : `, ${averageRate} pictures a second`}`,
    ],
    ['times', timeline.source],
  ];
  if (sidecar.path !== null) facts.push(['sidecar', sidecar.path]);
  if (carriage.codecOptions[1] !== 'copy')
    facts.push(['read as', `JPEG, because no message carries ${codec}`]);
  if (probe.reordered && (isBareStream(probe) || container === 'avi')) {
    facts.push(['order', 'B-frames without times of showing: neighbouring stamps may be exchanged']);
  }
  if (rotationDeg !== 0)
    facts.push(['rotation', `a player turns it by ${rotationDeg}°; it is read unturned`]);
  return facts;
}
