import { Writable } from 'node:stream';

/** What ffmpeg says about a piece of its output before it comes. */
export interface Announcement {
  /** How many bytes the piece has. */
  readonly bytes: number;
}

/** A piece of output: what was said about it, and its bytes. */
export interface Piece<T extends Announcement> {
  readonly about: T;
  readonly data: Uint8Array;
}

/** Bytes that may wait to be cut. With the default of 16 KiB, less than a pipe gives at once, each is a pause. */
const WAITING_BYTES = 1024 * 1024;

/** Bytes of finished pieces that may wait for the consumer, beside the first one. ffmpeg waits meanwhile. */
const READY_BYTES = 4 * 1024 * 1024;

/**
 * Cuts ffmpeg's output, which has no marks, into pieces whose sizes come on another way. A piece waits for
 * its announcement; back-pressure reaches ffmpeg through the stream.
 */
export class AnnouncedSink<T extends Announcement> extends Writable {
  readonly #announced: T[] = [];
  readonly #ready: Piece<T>[] = [];
  #readyBytes = 0;
  #current: Piece<T> | undefined;
  #filled = 0;
  #chunk: Uint8Array = new Uint8Array(0);
  #done: (() => void) | undefined;
  #ended = false;
  #allAnnounced = false;
  #discarding = false;
  #wake: (() => void) | undefined;

  constructor() {
    super({ highWaterMark: WAITING_BYTES });
  }

  /** This is the next piece. */
  announce(about: T): void {
    this.#announced.push(about);
    this.#fill();
  }

  /** No piece is announced any more: bytes that nothing was said about belong to none. */
  allAnnounced(): void {
    this.#allAnnounced = true;
    this.#fill();
  }

  /** True while bytes wait to be told what they are. */
  get inTheDark(): boolean {
    return this.#chunk.length > 0 && this.#current === undefined && this.#announced.length === 0;
  }

  /** The next whole piece; undefined once the output has ended. */
  async next(): Promise<Piece<T> | undefined> {
    while (this.#ready.length === 0) {
      if (this.#ended) return undefined;
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
    const piece = this.#ready.shift();
    this.#readyBytes -= piece?.data.length ?? 0;
    this.#fill();
    return piece;
  }

  /** Nothing more is wanted: whatever comes is dropped, and `next()` gives undefined. */
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
      const piece = this.#current ?? this.#begin();
      if (piece === undefined) {
        if (this.#allAnnounced && this.#announced.length === 0) break;
        return;
      }
      const part = this.#chunk.subarray(0, piece.data.length - this.#filled);
      piece.data.set(part, this.#filled);
      this.#filled += part.length;
      this.#chunk = this.#chunk.subarray(part.length);
      if (this.#filled === piece.data.length) this.#finish(piece);
    }
    const done = this.#done;
    this.#done = undefined;
    done?.();
  }

  #begin(): Piece<T> | undefined {
    if (this.#readyBytes >= READY_BYTES) return undefined;
    const about = this.#announced.shift();
    if (about === undefined) return undefined;
    // Not zeroed first: every byte is written before anyone sees it.
    const { buffer } = Buffer.allocUnsafeSlow(about.bytes);
    this.#current = { about, data: new Uint8Array(buffer) };
    this.#filled = 0;
    return this.#current;
  }

  #finish(piece: Piece<T>): void {
    this.#ready.push(piece);
    this.#readyBytes += piece.data.length;
    this.#current = undefined;
    this.#notify();
  }

  #notify(): void {
    this.#wake?.();
    this.#wake = undefined;
  }
}
