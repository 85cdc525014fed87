import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { PassThrough } from 'node:stream';
import ffmpeg from 'fluent-ffmpeg';
import { requireProgram } from './ffmpeg.ts';
import { ivfHeader, ivfPacketHeader, packetIndexOf } from './ivf.ts';
import { PictureSink, readAnnouncement } from './picture-sink.ts';
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

/** ffmpeg at work on one stream. */
export interface DecoderProcess {
  /** The next picture in the order of presentation; undefined after the last. */
  next(): Promise<NumberedPicture | undefined>;
  /** How often the decoder said that data is damaged or missing; whole after the last picture. */
  readonly complaints: number;
  /** Why ffmpeg failed as a whole; undefined where it did not. */
  readonly failure: string | undefined;
  /** Ends the process and waits until it is gone; safe to call twice. */
  stop(): Promise<void>;
}

/** Larger pictures are refused before memory is taken for them. */
const MAX_PIXELS = 64_000_000;

/** Encoded bytes that may wait in front of ffmpeg. */
const INPUT_BUFFER_BYTES = 256 * 1024;

/** ffmpeg's names of its decoders. */
const DECODERS: Readonly<Record<VideoCodec, string>> = {
  h264: 'h264',
  h265: 'hevc',
  vp9: 'vp9',
  av1: 'libdav1d',
};

const COMPLAINT = /^\[[\w-]+ @ 0x[0-9a-f]+\] \[(error|fatal)\] (?!Application provided invalid)/;

/**
 * Starts ffmpeg on a stream of packets, through fluent-ffmpeg.
 *
 * @throws CodriverError NOT_FOUND where ffmpeg is missing or too old
 */
export async function startDecoder(
  codec: VideoCodec,
  payloads: AsyncIterable<Payload>,
  signal: AbortSignal | undefined,
): Promise<DecoderProcess> {
  const command = await requireProgram('ffmpeg');
  return new FluentDecoder(command, codec, payloads, signal);
}

class FluentDecoder implements DecoderProcess {
  complaints = 0;
  failure: string | undefined;
  readonly #sink = new PictureSink();
  readonly #input = new PassThrough({ writableHighWaterMark: INPUT_BUFFER_BYTES });
  readonly #over: Promise<void>;
  readonly #signal: AbortSignal | undefined;
  readonly #onAbort = () => void this.stop();
  #child: ChildProcess | undefined;
  #stopped = false;

  constructor(
    path: string,
    codec: VideoCodec,
    payloads: AsyncIterable<Payload>,
    signal: AbortSignal | undefined,
  ) {
    this.#signal = signal;
    const command = ffmpeg({ source: this.#input })
      .setFfmpegPath(path)
      .inputOptions(inputOptions(codec))
      .videoFilters('showinfo=checksum=0')
      .outputOptions(['-fps_mode passthrough', '-autoscale 0', '-pix_fmt rgb24', '-f rawvideo'])
      .on('stderr', (line: string) => this.#onLine(line));
    this.#over = new Promise((resolve) => {
      command
        .on('start', () => {
          // fluent-ffmpeg keeps the process under this name from before `start` until it has ended.
          this.#child = (command as unknown as { ffmpegProc: ChildProcess }).ffmpegProc;
          if (this.#stopped) this.#child.kill('SIGKILL');
          this.#child.once('close', () => resolve());
        })
        .on('end', () => this.#sink.allAnnounced())
        .on('error', (error: Error) => {
          this.failure = error.message.trim();
          this.#sink.allAnnounced();
          // Where the process never started, nothing will end it.
          if (this.#child === undefined) {
            this.#sink.discard();
            resolve();
          }
        });
    });
    command.output(this.#sink).run();
    void this.#feed(codec, payloads);
    signal?.addEventListener('abort', this.#onAbort, { once: true });
    if (signal?.aborted) void this.stop();
  }

  async next(): Promise<NumberedPicture | undefined> {
    const picture = await this.#sink.next();
    if (picture === undefined) {
      await this.#over;
      return undefined;
    }
    const { presentationTime, widthPx, heightPx, data } = picture;
    return { packetIndex: packetIndexOf(presentationTime), widthPx, heightPx, data };
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    this.#signal?.removeEventListener('abort', this.#onAbort);
    this.#sink.discard();
    this.#input.destroy();
    this.#child?.kill('SIGKILL');
    await this.#over;
  }

  async #feed(codec: VideoCodec, payloads: AsyncIterable<Payload>): Promise<void> {
    const input = this.#input;
    input.write(ivfHeader(codec));
    for await (const { index, data } of payloads) {
      if (this.#stopped) break;
      input.write(ivfPacketHeader(index, data.length));
      // A copy: the source may use its memory again for the next packet.
      if (!input.write(Buffer.from(data)))
        await Promise.race([once(input, 'drain'), this.#over]).catch(() => {});
      if (input.destroyed) break;
    }
    input.end();
  }

  #onLine(line: string): void {
    const announcement = readAnnouncement(line);
    if (announcement !== undefined) this.#sink.announce(announcement);
    else if (COMPLAINT.test(line)) this.complaints += 1;
  }
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
    // Without a number of reordered pictures in the stream, take the largest: pictures come late, not never.
    '-strict strict',
    '-flags -output_corrupt',
    '-threads 1',
    `-c:v ${DECODERS[codec]}`,
    '-f ivf',
  ];
}
