import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { z } from 'zod';
import { CodriverError } from '../../domain/index.ts';
import { requireProgram } from './ffmpeg.ts';

/** A time base or rate as ffprobe prints it: `1/90000`. */
const Ratio = z
  .string()
  .regex(/^\d+\/\d+$/)
  .transform((text) => {
    const [numerator = 0, denominator = 0] = text.split('/').map(Number);
    return { numerator, denominator };
  });
export type Ratio = z.infer<typeof Ratio>;

const Tags = z.record(z.string(), z.string()).default({});

const Probe = z.object({
  streams: z
    .array(
      z.object({
        codec_name: z.string().default('unknown'),
        width: z.int().default(0),
        height: z.int().default(0),
        has_b_frames: z.int().default(0),
        time_base: Ratio,
        avg_frame_rate: z.string().default(''),
        nb_frames: z.coerce.number().int().positive().optional(),
        tags: Tags,
        side_data_list: z.array(z.looseObject({ rotation: z.number().optional() })).default([]),
      }),
    )
    .min(1),
  format: z.object({
    format_name: z.string(),
    start_time: z.coerce.number().default(0),
    duration: z.coerce.number().positive().optional(),
    tags: Tags,
  }),
});

/** What ffprobe says of a file's first video stream. */
export interface VideoProbe {
  /** ffmpeg's name of the codec: `h264`, `hevc`, `mjpeg` … */
  readonly codec: string;
  /** ffmpeg's name of the container: `mov,mp4,m4a,3gp,3g2,mj2`, `hevc` for a bare stream … */
  readonly container: string;
  readonly widthPx: number;
  readonly heightPx: number;
  /** Seconds a tick of its times, as a fraction. */
  readonly timeBase: Ratio;
  /** `25/1`; empty where there is none. */
  readonly averageRate: string;
  /** Whether pictures are stored in another order than they are shown. */
  readonly reordered: boolean;
  /** Second of the file's own time at which it ends; undefined where the container does not say. */
  readonly endS: number | undefined;
  /** How many pictures the container says there are. */
  readonly count: number | undefined;
  /** By how many degrees a player turns the picture. */
  readonly rotationDeg: number;
  /** The container's and the stream's tags, by name. */
  readonly tags: Readonly<Record<string, string>>;
}

/** Times of one packet, in ticks; null where the container has none. */
export interface PacketTimes {
  readonly presentation: number | null;
  readonly decoding: number | null;
}

/**
 * Reads the facts of a video file.
 *
 * @param inputOptions for ffprobe, before the file
 * @throws CodriverError NOT_FOUND without ffprobe; LOG_UNREADABLE for a file with no video that can be read
 */
export async function probeVideo(path: string, inputOptions: readonly string[]): Promise<VideoProbe> {
  const json: string[] = [];
  const options = ['-show_streams', '-show_format', '-of', 'json'];
  await ffprobe(path, inputOptions, options, (line) => json.push(line));
  const parsed = Probe.safeParse(parseJson(json.join('\n')));
  if (!parsed.success) throw unreadable(path, 'it has no video stream');
  const { format } = parsed.data;
  const stream = parsed.data.streams[0]!;
  return {
    codec: stream.codec_name,
    container: format.format_name,
    widthPx: stream.width,
    heightPx: stream.height,
    timeBase: stream.time_base,
    averageRate: stream.avg_frame_rate === '0/0' ? '' : stream.avg_frame_rate,
    reordered: stream.has_b_frames > 0,
    endS: format.duration === undefined ? undefined : format.start_time + format.duration,
    // AVI counts empty chunks as well.
    count: format.format_name === 'avi' ? undefined : stream.nb_frames,
    rotationDeg: stream.side_data_list.find((data) => data.rotation !== undefined)?.rotation ?? 0,
    tags: { ...stream.tags, ...format.tags },
  };
}

/**
 * Times of the packets of a file's first video stream, in their order in the file.
 *
 * @param intervals which, as ffprobe's `-read_intervals` says it; all by default
 * @param onPacket told of each
 * @throws CodriverError like {@link probeVideo}
 */
export async function scanPackets(
  path: string,
  inputOptions: readonly string[],
  onPacket: (times: PacketTimes) => void,
  intervals?: string,
): Promise<void> {
  const part = intervals === undefined ? [] : ['-read_intervals', intervals];
  const options = [...part, '-show_entries', 'packet=pts,dts', '-of', 'csv=p=0'];
  await ffprobe(path, inputOptions, options, (line) => {
    const found = /^(-?\d+|N\/A),(-?\d+|N\/A)/.exec(line);
    if (found === null) return;
    const [presentation, decoding] = [found[1], found[2]].map((text) =>
      text === 'N/A' ? null : Number(text),
    );
    onPacket({ presentation: presentation ?? null, decoding: decoding ?? null });
  });
}

async function ffprobe(
  path: string,
  inputOptions: readonly string[],
  options: readonly string[],
  onLine: (line: string) => void,
): Promise<void> {
  const args = ['-v', 'error', ...inputOptions, '-select_streams', 'v:0', ...options, `file:${path}`];
  const child = spawn(await requireProgram('ffprobe'), args, { stdio: ['ignore', 'pipe', 'pipe'] });
  let complaint = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    complaint = (complaint + text).slice(0, 1000);
  });
  const closed = once(child, 'close');
  try {
    for await (const line of createInterface(child.stdout)) onLine(line);
  } finally {
    child.kill('SIGKILL');
  }
  const [code] = (await closed) as [number | null];
  if (code !== 0) throw unreadable(path, complaint.trim().split('\n')[0] ?? `ffprobe ended with ${code}`);
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function unreadable(path: string, why: string): CodriverError {
  return new CodriverError('LOG_UNREADABLE', `Video ${path} cannot be read: ${why.replace(/[.\s]*$/, '')}.`, {
    remedy: 'Play it with `ffplay` to see whether it is whole; copy it again from where it was recorded.',
    details: { path },
  });
}
