import { type Frame, NS_PER_S, type TimeNs } from '../domain/index.ts';

/** A detector says what it found in a picture when newer ones have long come; so far back it is looked for. */
const KEPT_NS = 2n * NS_PER_S;

/** Raw pictures fill this in a third of a second, JPEGs never. */
const KEPT_BYTES = 64e6;

/** The last pictures as they came, of all cameras, by their stamps. */
export class RecentFrames {
  /** Oldest first. */
  readonly #frames: Frame[] = [];
  #bytes = 0;

  add(frame: Frame): void {
    const newest = this.#frames.at(-1);
    // Time that goes back is another drive.
    if (newest !== undefined && frame.stampNs < newest.stampNs - KEPT_NS)
      this.#frames.length = this.#bytes = 0;
    this.#frames.push(frame);
    this.#bytes += frame.data.length;
    while (this.#frames.length > 1 && this.#isOver(frame.stampNs)) {
      this.#bytes -= this.#frames.shift()?.data.length ?? 0;
    }
  }

  /** The picture taken at exactly this time; of several, the one of this camera. */
  at(stampNs: TimeNs, camera: string): Frame | undefined {
    const found = this.#frames.filter((frame) => frame.stampNs === stampNs);
    return found.find((frame) => frame.camera === camera) ?? found[0];
  }

  #isOver(nowNs: TimeNs): boolean {
    return this.#bytes > KEPT_BYTES || (this.#frames[0] as Frame).stampNs < nowNs - KEPT_NS;
  }
}
