import { CodriverError, type Frame } from '../../domain/index.ts';
import { DecoderProcess } from './decoder-process.ts';
import { hasParameters, packetKind } from './packet-kind.ts';
import type { VideoPacket } from './video-packet.ts';

export type { VideoPacket } from './video-packet.ts';

/** A picture of a video topic, decoded, with the times of the packet it came in. */
export interface DecodedFrame {
  readonly logTimeNs: bigint;
  /** Packed `rgb8`, with the packet's stamp. */
  readonly frame: Frame;
}

export interface DecodeOptions {
  /** Which camera; the topic. */
  readonly camera: string;
  /** Ends decoding, with ABORTED. */
  readonly signal?: AbortSignal;
  /**
   * Told once for each, while it goes on: pictures before the first key picture, packets of another codec,
   * pictures that could not be decoded or only in part (all BAD_IMAGE). Default: nobody is told.
   */
  readonly onError?: (error: CodriverError) => void;
}

/**
 * A picture comes at most so many packets after the one it is in: decoders keep 16 pictures back to put them in
 * order. Behind that, a packet's picture does not come any more.
 */
const MAX_REORDER = 64;

/**
 * Decodes one stream of video packets with the system's ffmpeg, in one process. Pictures come in the order
 * of presentation, each with the stamp of its own packet, also where packets before it are missing or
 * broken. Few packets and pictures are in memory: the source is asked for more as pictures are taken. The
 * process has ended when the generator has, however it ends.
 *
 * @param packets in the order of decoding; all of the codec of the first
 * @throws CodriverError NOT_FOUND where ffmpeg is missing or too old; ABORTED by the signal; LOG_UNREADABLE
 *   where ffmpeg itself fails; whatever the source throws, after the pictures before it
 */
export async function* decodeVideo(
  packets: AsyncIterable<VideoPacket>,
  options: DecodeOptions,
): AsyncGenerator<DecodedFrame> {
  const { camera, signal } = options;
  const stream = new PacketStream(packets, options);
  const first = await stream.start();
  if (first === null) return;
  let decoder: DecoderProcess | undefined;
  try {
    if (signal?.aborted) throw aborted(camera);
    decoder = await DecoderProcess.start(first.codec, stream.payloads(), signal);
    for (;;) {
      const picture = await decoder.next();
      if (signal?.aborted) throw aborted(camera);
      if (picture === undefined) break;
      const packet = stream.take(picture.packetIndex);
      if (packet === undefined) continue;
      const { widthPx, heightPx, data } = picture;
      const { stampNs, frameId } = packet;
      const frame: Frame = { stampNs, frameId, camera, encoding: 'rgb8', widthPx, heightPx, data };
      yield { logTimeNs: packet.logTimeNs, frame };
    }
    stream.finish(decoder.complaints);
    if (stream.failure !== undefined) throw stream.failure.error;
    if (decoder.failure !== undefined) throw failed(camera, decoder.failure);
  } finally {
    await decoder?.stop();
    await stream.close();
  }
}

type Sent = Pick<VideoPacket, 'logTimeNs' | 'stampNs' | 'frameId'>;

/** The packets on their way to the decoder, and the times that wait there for their pictures. */
class PacketStream {
  /** What the source threw. */
  failure: { readonly error: unknown } | undefined;
  readonly #source: AsyncIterator<VideoPacket>;
  readonly #options: DecodeOptions;
  readonly #outstanding = new Map<number, Sent>();
  #first: VideoPacket | undefined;
  #parameters: VideoPacket[] = [];
  #sent = 0;
  #undecoded = 0;
  #firstUndecodedNs: bigint | undefined;
  #otherCodec = 0;
  #reading = false;
  #closed = false;

  constructor(packets: AsyncIterable<VideoPacket>, options: DecodeOptions) {
    this.#source = packets[Symbol.asyncIterator]();
    this.#options = options;
  }

  /** Reads up to the first packet that decoding can start at; null where there is none. */
  async start(): Promise<VideoPacket | null> {
    let skipped = 0;
    for (;;) {
      if (this.#options.signal?.aborted) {
        await this.close();
        throw aborted(this.#options.camera);
      }
      const packet = await this.#read();
      if (packet !== undefined) {
        const { codec, data } = packet;
        const kind = packetKind(codec, data);
        if (kind === 'parameters') this.#parameters = [...this.#parameters.slice(-3), packet];
        else if (kind === 'key' && (this.#parameters.length > 0 || hasParameters(codec, data)))
          this.#first = packet;
        else skipped += 1;
      }
      if (packet !== undefined && this.#first === undefined) continue;
      if (skipped > 0)
        this.#tell(`${count(skipped, 'picture')} before the first key picture left out`, packet);
      if (packet === undefined && this.failure !== undefined) throw this.failure.error;
      return packet ?? null;
    }
  }

  /** What to send to the decoder: each packet's bytes, by its number. */
  async *payloads(): AsyncGenerator<{ readonly index: number; readonly data: Uint8Array }> {
    const first = this.#first!;
    for (const packet of this.#parameters) yield this.#send(packet);
    yield this.#send(first);
    for (;;) {
      const packet = await this.#read();
      if (packet === undefined) return;
      if (packet.codec === first.codec) yield this.#send(packet);
      else this.#otherCodec += 1;
    }
  }

  /** The times of the packet that a picture came in; undefined where it has already given one. */
  take(index: number): Sent | undefined {
    const packet = this.#outstanding.get(index);
    this.#outstanding.delete(index);
    for (const waiting of this.#outstanding.keys()) {
      if (waiting >= index - MAX_REORDER) break;
      this.#giveUp(waiting);
    }
    return packet;
  }

  /** Tells what the whole stream lacked. */
  finish(complaints: number): void {
    for (const index of [...this.#outstanding.keys()]) this.#giveUp(index);
    if (this.#undecoded > 0) {
      this.#tell(
        `${count(this.#undecoded, 'picture')} could not be decoded`,
        undefined,
        this.#firstUndecodedNs,
      );
    }
    if (complaints > 0) {
      this.#tell(
        `the decoder complained ${count(complaints, 'time')} of damaged or missing data, so pictures may be wrong in part`,
      );
    }
    if (this.#otherCodec > 0) {
      this.#tell(`${count(this.#otherCodec, 'packet')} of another codec than ${this.#first!.codec} left out`);
    }
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    const returned = this.#source.return?.();
    // A source that is asked for a packet answers that first, and a live one may have none.
    if (this.#reading) void returned?.catch(() => undefined);
    else await returned;
  }

  async #read(): Promise<VideoPacket | undefined> {
    this.#reading = true;
    try {
      const { done, value } = await this.#source.next();
      return done === true ? undefined : value;
    } catch (error) {
      this.failure = { error };
      return undefined;
    } finally {
      this.#reading = false;
    }
  }

  #send(packet: VideoPacket): { index: number; data: Uint8Array } {
    const { logTimeNs, stampNs, frameId } = packet;
    const index = this.#sent++;
    this.#outstanding.set(index, { logTimeNs, stampNs, frameId });
    return { index, data: packet.data };
  }

  #giveUp(index: number): void {
    this.#firstUndecodedNs ??= this.#outstanding.get(index)?.logTimeNs;
    this.#outstanding.delete(index);
    this.#undecoded += 1;
  }

  #tell(what: string, at?: VideoPacket, atNs: bigint | undefined = at?.logTimeNs): void {
    const { camera, onError } = this.#options;
    const when = atNs === undefined ? '' : `, at ${atNs} ns`;
    onError?.(
      new CodriverError('BAD_IMAGE', `Video ${camera}: ${what}${when}.`, {
        remedy:
          'The other pictures are used, each with its own time; start where a key picture is, or record again.',
        details: { camera },
      }),
    );
  }
}

function count(number: number, what: string): string {
  return `${number} ${what}${number === 1 ? '' : 's'}`;
}

function aborted(camera: string): CodriverError {
  return new CodriverError('ABORTED', `Decoding of video ${camera} was stopped.`);
}

function failed(camera: string, why: string): CodriverError {
  return new CodriverError('LOG_UNREADABLE', `ffmpeg failed on video ${camera}: ${why}`, {
    remedy: 'Check the recording with `ffprobe`, and that the version of ffmpeg decodes its codec.',
  });
}
