import type { CodriverError, TimeNs } from '../../domain/index.ts';
import type { RawChannel } from '../log/raw-log.ts';
import { TopicDecoder } from '../log/topic-decoder.ts';
import type { DomainMessage } from '../ros-messages/domain-message.ts';
import { COMPRESSED_IMAGE_VIDEO } from '../ros-messages/from-ros.ts';
import { messageText } from '../ros-messages/message-texts.ts';
import { decodeVideo } from '../video/video-decoder.ts';
import type { VideoPacket } from '../video/video-packet.ts';
import type { InputTopic } from './topics.ts';

/** Packets that wait for the decoder at most: two seconds of pictures. */
const PACKETS = 60;

/** Turns one input's messages, as they come over the wire, into domain messages: the same way as a log's. */
export class LiveDecoder {
  readonly #decoder: TopicDecoder;
  readonly #video: LiveVideo;

  /**
   * @param topic resolved; the camera's name
   * @param onPicture each picture of a video
   * @throws CodriverError INTERNAL for a type without a known definition
   */
  constructor(
    input: InputTopic,
    topic: string,
    onPicture: (message: DomainMessage) => void,
    onError: (error: CodriverError) => void,
  ) {
    const channel: RawChannel = {
      id: 0,
      topic,
      messageEncoding: 'cdr',
      schemaName: input.type,
      schemaEncoding: 'ros2msg',
      schemaData: new TextEncoder().encode(messageText(input.type)),
      metadata: new Map(),
      count: null,
    };
    this.#decoder = new TopicDecoder(
      channel,
      input.role,
      input.video === true ? COMPRESSED_IMAGE_VIDEO : undefined,
    );
    this.#video = new LiveVideo(topic, onPicture, onError);
  }

  /** Messages that may wait: of a video all are needed, of anything else the newest. */
  depth(newest: number): number {
    return this.#decoder.isVideo ? PACKETS : newest;
  }

  /** null: it says nothing, or is a packet of a video, whose picture comes later. Errors: BAD_MESSAGE. */
  decode(cdr: Uint8Array, atNs: TimeNs): DomainMessage | null {
    const isOwn = cdr.byteLength === cdr.buffer.byteLength;
    const found = this.#decoder.decode(
      { logTimeNs: atNs, publishTimeNs: atNs, sequence: 0, data: cdr },
      isOwn,
    );
    if (found === null || 'kind' in found) return found;
    this.#video.push(found);
    return null;
  }

  close(): void {
    this.#video.close();
  }
}

/** One decoder process for a topic, begun with its first packet. */
class LiveVideo {
  readonly #camera: string;
  readonly #onPicture: (message: DomainMessage) => void;
  readonly #onError: (error: CodriverError) => void;
  readonly #ending = new AbortController();
  #packets: PacketQueue | undefined;

  constructor(
    camera: string,
    onPicture: (message: DomainMessage) => void,
    onError: (error: CodriverError) => void,
  ) {
    this.#camera = camera;
    this.#onPicture = onPicture;
    this.#onError = onError;
  }

  push(packet: VideoPacket): void {
    if (this.#packets === undefined) {
      this.#packets = new PacketQueue();
      void this.#decode(this.#packets);
    }
    this.#packets.push(packet);
  }

  close(): void {
    this.#packets?.end();
    this.#ending.abort();
  }

  async #decode(packets: PacketQueue): Promise<void> {
    const options = { camera: this.#camera, signal: this.#ending.signal, onError: this.#onError };
    try {
      for await (const { frame } of decodeVideo(packets, options)) this.#onPicture({ kind: 'frame', frame });
    } catch (error) {
      if (!this.#ending.signal.aborted) this.#onError(error as CodriverError);
    }
  }
}

/** Packets as they come, for whoever asks; where nobody keeps up the oldest are let go. */
class PacketQueue implements AsyncIterable<VideoPacket> {
  readonly #waiting: VideoPacket[] = [];
  #wake: () => void = () => {};
  #ended = false;

  push(packet: VideoPacket): void {
    this.#waiting.push(packet);
    if (this.#waiting.length > PACKETS) this.#waiting.shift();
    this.#wake();
  }

  end(): void {
    this.#ended = true;
    this.#wake();
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<VideoPacket> {
    for (;;) {
      const packet = this.#waiting.shift();
      if (packet !== undefined) yield packet;
      else if (this.#ended) return;
      else {
        await new Promise<void>((resolve) => {
          this.#wake = resolve;
        });
      }
    }
  }
}
