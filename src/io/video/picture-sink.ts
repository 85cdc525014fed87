import { Writable } from 'node:stream';

/** A picture that ffmpeg announced, and then its pixels. */
export interface Picture {
  readonly presentationTime: number;
  readonly widthPx: number;
  readonly heightPx: number;
  /** Packed RGB. */
  readonly data: Uint8Array;
}

/** What ffmpeg says about a picture before it comes. */
export type Announcement = Omit<Picture, 'data'>;

/**
 * The picture that a line of ffmpeg's `showinfo` filter speaks of; undefined for any other line.
 * The line: `… n:  12 pts: 40960 pts_time:0.32 … fmt:yuv420p … s:1280x720 …`.
 */
export function readAnnouncement(line: string): Announcement | undefined {
  const found = /\bn: *\d+ pts: *(-?\d+) .* s:(\d+)x(\d+) /.exec(line);
  if (found === null) return undefined;
  return {
    presentationTime: Number(found[1]),
    widthPx: Number(found[2]),
    heightPx: Number(found[3]),
  };
}

/** Pictures that may wait for the consumer; ffmpeg waits while there are so many. */
const MAX_WAITING = 2;

/**
 * Cuts ffmpeg's raw output into pictures. Their sizes come on another way, so a picture waits for its
 * announcement; back-pressure reaches ffmpeg through the stream.
 */
export class PictureSink extends Writable {
  readonly #announced: Announcement[] = [];
  readonly #ready: Picture[] = [];
  #current: Picture | undefined;
  #filled = 0;
  #chunk: Uint8Array = new Uint8Array(0);
  #done: (() => void) | undefined;
  #ended = false;
  #allAnnounced = false;
  #discarding = false;
  #wake: (() => void) | undefined;

  /** ffmpeg is about to write this picture. */
  announce(announcement: Announcement): void {
    this.#announced.push(announcement);
    this.#fill();
  }

  /** ffmpeg announces no more: bytes that nothing was said about are no picture. */
  allAnnounced(): void {
    this.#allAnnounced = true;
    this.#fill();
  }

  /** The next whole picture; undefined once the output has ended. */
  async next(): Promise<Picture | undefined> {
    while (this.#ready.length === 0) {
      if (this.#ended) return undefined;
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
    const picture = this.#ready.shift();
    this.#fill();
    return picture;
  }

  /** No more pictures come, whatever ffmpeg writes; `next()` gives undefined. Nothing is waited for any more. */
  discard(): void {
    this.#discarding = true;
    this.#ended = true;
    this.#ready.length = 0;
    this.#fill();
    this.#notify();
  }

  override _write(chunk: Uint8Array, _encoding: BufferEncoding, done: () => void): void {
    this.#chunk = chunk;
    this.#done = done;
    this.#fill();
  }

  override _final(done: () => void): void {
    this.#ended = true;
    this.#notify();
    done();
  }

  #fill(): void {
    if (this.#discarding) this.#chunk = new Uint8Array(0);
    while (this.#chunk.length > 0) {
      if (this.#current === undefined) {
        if (this.#ready.length >= MAX_WAITING) return;
        const next = this.#announced.shift();
        if (next === undefined) {
          if (!this.#allAnnounced) return;
          break;
        }
        // Not zeroed first: every byte is written before anyone sees it.
        const data = Buffer.allocUnsafeSlow(next.widthPx * next.heightPx * 3);
        this.#current = { ...next, data: new Uint8Array(data.buffer, data.byteOffset, data.length) };
        this.#filled = 0;
      }
      const { data } = this.#current;
      const part = this.#chunk.subarray(0, data.length - this.#filled);
      data.set(part, this.#filled);
      this.#filled += part.length;
      this.#chunk = this.#chunk.subarray(part.length);
      if (this.#filled === data.length) {
        this.#ready.push(this.#current);
        this.#current = undefined;
        this.#notify();
      }
    }
    const done = this.#done;
    this.#done = undefined;
    done?.();
  }

  #notify(): void {
    this.#wake?.();
    this.#wake = undefined;
  }
}
