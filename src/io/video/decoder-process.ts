import { once } from 'node:events';
import { PassThrough } from 'node:stream';
import ffmpeg from 'fluent-ffmpeg';
import type { Announcement } from './announced-sink.ts';
import { requireProgram } from './ffmpeg.ts';
import { FfmpegRun } from './ffmpeg-run.ts';
import { ivfHeader, ivfPacketHeader, packetIndexOf } from './ivf.ts';
import type { VideoCodec } from './video-packet.ts';

/** One encoded picture and its number. */
export interface Payload {
  readonly index: number;
  readonly data: Uint8Array;
}

/** A decoded picture, packed RGB, and the number of the packet it came in. */
export interface NumberedPicture {
  readonly packetIndex: number;
  readonly widthPx: number;
  readonly heightPx: number;
  readonly data: Uint8Array;
}

interface PictureAnnouncement extends Announcement {
  readonly presentationTime: number;
  readonly widthPx: number;
  readonly heightPx: number;
}

/** What ffmpeg has said so far of what is wrong. */
interface Said {
  complaints: number;
  lastWords: string;
}

/** Larger pictures are refused before memory is taken for them. */
const MAX_PIXELS = 64_000_000;

/** Encoded bytes that may wait in front of ffmpeg. */
const INPUT_BUFFER_BYTES = 256 * 1024;

/** What ffmpeg finds wrong: by the decoder, which it names, or as a whole. That numbers fall is no news. */
const COMPLAINT = /^(\[[\w-]+ @ 0x[0-9a-f]+\] )?\[(?:error|fatal)\] (?!Application provided invalid)(.+)/;

/** How fluent-ffmpeg says that the process ended by itself with an error, as it does where nothing was decodable. */
const EXITED = 'ffmpeg exited with code';

/** ffmpeg, decoding one stream of packets. `stop()` must be called, whatever happens. */
export class DecoderProcess {
  readonly #run: FfmpegRun<PictureAnnouncement>;
  readonly #input: PassThrough;
  readonly #said: Said;

  private constructor(run: FfmpegRun<PictureAnnouncement>, input: PassThrough, said: Said) {
    this.#run = run;
    this.#input = input;
    this.#said = said;
  }

  /** @throws CodriverError NOT_FOUND where ffmpeg is missing or too old, or no pipe can be made */
  static async start(
    codec: VideoCodec,
    payloads: AsyncIterable<Payload>,
    signal: AbortSignal | undefined,
  ): Promise<DecoderProcess> {
    const input = new PassThrough({ writableHighWaterMark: INPUT_BUFFER_BYTES });
    const command = ffmpeg({ source: input })
      .setFfmpegPath(await requireProgram('ffmpeg'))
      .inputOptions(inputOptions(codec))
      .videoFilters('showinfo=checksum=0');
    const said: Said = { complaints: 0, lastWords: '' };
    const run = await FfmpegRun.start(command, OUTPUT_OPTIONS, {
      announcementIn: pictureIn,
      onLine: (line) => listen(line, said),
      signal,
    });
    const decoder = new DecoderProcess(run, input, said);
    void decoder.#feed(codec, payloads);
    return decoder;
  }

  /** How often the decoder said that data is damaged or missing; whole after the last picture. */
  get complaints(): number {
    return this.#said.complaints;
  }

  /** Why ffmpeg failed as a whole; undefined where it did not, or only because nothing could be decoded. */
  get failure(): string | undefined {
    const { failure } = this.#run;
    if (failure === undefined || (this.complaints > 0 && failure.startsWith(EXITED))) return undefined;
    return `${failure.replace(/:$/, '')}${this.#said.lastWords === '' ? '' : `: ${this.#said.lastWords}`}`;
  }

  /** The next picture in the order of presentation; undefined after the last. */
  async next(): Promise<NumberedPicture | undefined> {
    const piece = await this.#run.next();
    if (piece === undefined) return undefined;
    const { presentationTime, widthPx, heightPx } = piece.about;
    return { packetIndex: packetIndexOf(presentationTime), widthPx, heightPx, data: piece.data };
  }

  async stop(): Promise<void> {
    this.#input.destroy();
    await this.#run.stop();
  }

  async #feed(codec: VideoCodec, payloads: AsyncIterable<Payload>): Promise<void> {
    const input = this.#input;
    input.write(ivfHeader(codec));
    for await (const { index, data } of payloads) {
      if (this.#run.stopped || input.destroyed) return;
      input.write(ivfPacketHeader(index, data.length));
      // A copy: the source may use its memory again for the next packet.
      const room = input.write(Buffer.from(data));
      if (!room) await Promise.race([once(input, 'drain').catch(() => undefined), this.#run.over]);
    }
    input.end();
  }
}

function listen(line: string, said: Said): void {
  const [, decoder, words] = COMPLAINT.exec(line) ?? [];
  if (decoder !== undefined) said.complaints += 1;
  else if (words !== undefined) said.lastWords = words;
}

/**
 * The picture that a line of the `showinfo` filter speaks of:
 * `… n:  12 pts: 40960 pts_time:0.32 … fmt:yuv420p … s:1280x720 …`.
 */
function pictureIn(line: string): PictureAnnouncement | undefined {
  const found = /\bn: *\d+ pts: *(-?\d+) .* s:(\d+)x(\d+) /.exec(line);
  if (found === null) return undefined;
  const [presentationTime, widthPx, heightPx] = [Number(found[1]), Number(found[2]), Number(found[3])];
  return { bytes: widthPx * heightPx * 3, presentationTime, widthPx, heightPx };
}

function inputOptions(codec: VideoCodec): string[] {
  return [
    '-hide_banner',
    '-nostdin',
    '-nostats',
    '-loglevel level+info',
    // Damage is counted and told, and no reason to stop; without this ffmpeg 6 and later exit with an error.
    '-max_error_rate 1',
    `-max_pixels ${MAX_PIXELS}`,
    // Numbers in place of times stay as they are, and nothing is read ahead to guess a frame rate.
    '-copyts',
    '-probesize 32',
    '-analyzeduration 0',
    // Where the stream does not say how far pictures are reordered, take the most: late, but none is dropped.
    '-strict strict',
    '-flags -output_corrupt',
    // With more threads, what is seen of a damaged picture depends on which is quicker.
    '-threads 1',
    // IVF has no four characters for H.265 that every version of ffmpeg knows.
    ...(codec === 'h265' ? ['-c:v hevc'] : []),
    '-f ivf',
  ];
}

/**
 * Every picture once, in its own size, however sizes change. A pipe holds 64 KiB and a picture 40 times that: through
 * `fifo` a thread of its own writes, and decoding does not wait for the reader (a third faster on two cores). That
 * muxer wants times that rise, which mean nothing here.
 */
const OUTPUT_OPTIONS = [
  '-fps_mode passthrough',
  '-noautoscale',
  '-map 0:v',
  '-c:v rawvideo',
  '-pix_fmt rgb24',
  '-bsf:v setts=ts=N',
  '-f fifo',
  '-fifo_format rawvideo',
  '-queue_size 4',
];
