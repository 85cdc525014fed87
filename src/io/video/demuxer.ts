import ffmpeg from 'fluent-ffmpeg';
import type { Announcement } from './announced-sink.ts';
import { requireProgram } from './ffmpeg.ts';
import { FfmpegRun } from './ffmpeg-run.ts';
import type { PacketTimes, Ratio } from './probe.ts';

/** One packet of a video file. */
export interface DemuxedPacket extends PacketTimes {
  readonly data: Uint8Array;
}

export interface DemuxOptions {
  /** For ffmpeg, before the file. */
  readonly inputOptions: readonly string[];
  /** How the stream is stored: copied, or encoded anew; options of ffmpeg. */
  readonly codecOptions: readonly string[];
  /** Ticks that the times are counted in. */
  readonly timeBase: Ratio;
  /** Starts at the last key picture before this second of the file's own time, or earlier. */
  readonly fromS?: number;
  /** Told of what ffmpeg finds damaged. */
  readonly onComplaint: (what: string) => void;
}

interface PacketAnnouncement extends Announcement {
  readonly presentation: number | null;
  readonly decoding: number | null;
}

/** What ffmpeg finds damaged; of packets that a transport stream lacks parts of it only warns. */
const COMPLAINT = /\[(?:error|fatal)\] (.+)|\[warning\] (.*corrupt.*)/i;

const NO_TIME = '-9223372036854775808';

/**
 * The packets of a file's first video stream, one by one, from ffmpeg: their bytes one after another on one
 * pipe, and their sizes and times (the `framecrc` format) on the other. `stop()` must be called.
 */
export class Demuxer {
  readonly #run: FfmpegRun<PacketAnnouncement>;

  private constructor(run: FfmpegRun<PacketAnnouncement>) {
    this.#run = run;
  }

  /** @throws CodriverError NOT_FOUND where ffmpeg is missing or too old, or no pipe can be made */
  static async start(path: string, options: DemuxOptions): Promise<Demuxer> {
    const program = await requireProgram('ffmpeg');
    const { inputOptions, codecOptions, timeBase, fromS, onComplaint } = options;
    const { numerator, denominator } = timeBase;
    // One stream into two outputs; `-flush_packets` keeps a packet's line from coming after its bytes.
    const stream = ['-map', '0:v:0', '-copyinkf', ...codecOptions];
    const seek = fromS === undefined ? [] : ['-seek_timestamp', '1', '-noaccurate_seek', '-ss', `${fromS}`];
    const command = ffmpeg(`file:${path}`)
      .setFfmpegPath(program)
      .inputOptions(['-hide_banner', '-nostdin', '-nostats', '-loglevel', 'level+warning'])
      .inputOptions(['-copyts', ...seek, ...inputOptions])
      .output('pipe:2')
      .outputOptions([...stream, '-flush_packets', '1', '-f', 'framecrc']);
    let scale: Ratio = timeBase;
    const run = await FfmpegRun.start(command, [...stream, '-flush_packets', '1', '-f', 'data'], {
      announcementIn: (line) => packetIn(line, (ticks) => rescale(ticks, scale, numerator, denominator)),
      onLine: (line) => {
        const base = /^#tb 0: (\d+)\/(\d+)/.exec(line);
        if (base !== null) scale = { numerator: Number(base[1]), denominator: Number(base[2]) };
        const complaint = COMPLAINT.exec(line);
        if (complaint !== null) onComplaint((complaint[1] ?? complaint[2])!.trim());
      },
    });
    return new Demuxer(run);
  }

  /** Why ffmpeg failed as a whole; undefined where it did not. */
  get failure(): string | undefined {
    return this.#run.failure;
  }

  /** The next packet in the order of the file; undefined after the last. */
  async next(): Promise<DemuxedPacket | undefined> {
    const piece = await this.#run.next();
    if (piece === undefined) return undefined;
    const { presentation, decoding } = piece.about;
    return { presentation, decoding, data: piece.data };
  }

  async stop(): Promise<void> {
    await this.#run.stop();
  }
}

/** The packet that a line of `framecrc` speaks of: `0, dts, pts, duration, bytes, 0xchecksum`. */
function packetIn(line: string, toTicks: (ticks: number) => number): PacketAnnouncement | undefined {
  const found = /(?:^|\s)0, +(-?\d+), +(-?\d+), +-?\d+, +(\d+), 0x[0-9a-f]{8}/.exec(line);
  if (found === null) return undefined;
  const [, decoding, presentation, bytes] = found;
  return {
    bytes: Number(bytes),
    decoding: decoding === NO_TIME ? null : toTicks(Number(decoding)),
    presentation: presentation === NO_TIME ? null : toTicks(Number(presentation)),
  };
}

/** Ticks of one base in another; encoders count in their own. */
function rescale(ticks: number, from: Ratio, numerator: number, denominator: number): number {
  if (from.numerator === numerator && from.denominator === denominator) return ticks;
  return Math.round((ticks * from.numerator * denominator) / (from.denominator * numerator));
}
