import { packetKind } from '../video/packet-kind.ts';
import type { VideoPacket } from '../video/video-packet.ts';

/** What decoding needs of the packets before a moment: those since the last picture that it can start at. */
export class PacketsSinceKey {
  #parameters: VideoPacket[] = [];
  #packets: VideoPacket[] = [];

  add(packet: VideoPacket): void {
    const kind = packetKind(packet.codec, packet.data);
    if (kind === 'key') {
      this.#packets = [...this.#parameters, packet];
      this.#parameters = [];
    } else if (kind === 'parameters') {
      this.#parameters.push(packet);
    } else if (this.#packets.length > 0) {
      this.#packets.push(...this.#parameters, packet);
      this.#parameters = [];
    }
  }

  /** In the order they were added, from the key picture on; empty where there was none. */
  take(): VideoPacket[] {
    return [...this.#packets, ...this.#parameters];
  }
}
