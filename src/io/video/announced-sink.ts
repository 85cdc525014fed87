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

const NOTHING = new Uint8Array(0);

/** Bytes of finished pieces that may wait for the consumer, beside the first one. ffmpeg waits meanwhile. */
const READY_BYTES = 4 * 1024 * 1024;

/**
 * Cuts ffmpeg's output, which has no marks, into pieces whose sizes come on another way. A piece waits for
 * its announcement. Where `write()` says that there is no more room, nothing more may come until `onRoom` is called.
 */
export class AnnouncedSink<T extends Announcement> {
  readonly #announced: T[] = [];
  readonly #ready: Piece<T>[] = [];
  #readyBytes = 0;
  #current: Piece<T> | undefined;
  #filled = 0;
  #waiting: Uint8Array = NOTHING;
  readonly #onRoom: () => void;
  #ended = false;
  #allAnnounced = false;
  #discarding = false;
  #wake: (() => void) | undefined;

  constructor(onRoom: () => void) {
    this.#onRoom = onRoom;
  }

  /** This is the next piece. */
  announce(about: T): void {
    this.#announced.push(about);
    this.#goOn();
  }

  /** No piece is announced any more: bytes that nothing was said about belong to none. */
  allAnnounced(): void {
    this.#allAnnounced = true;
    this.#goOn();
  }

  /** True while bytes wait to be told what they are. */
  get inTheDark(): boolean {
    return this.#waiting.length > 0 && this.#current === undefined && this.#announced.length === 0;
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
    this.#goOn();
    return piece;
  }

  /** Nothing more is wanted: whatever comes is dropped, and `next()` gives undefined. */
  discard(): void {
    this.#discarding = true;
    this.#ended = true;
    this.#ready.length = 0;
    this.#goOn();
    this.#notify();
  }

  /** The next bytes, which may be used anew afterwards. False: no more room. */
  write(chunk: Uint8Array): boolean {
    const left = this.#fill(chunk);
    // What nothing is known of yet is at most a chunk, and a copy of it is rare.
    this.#waiting = left.length === 0 ? NOTHING : left.slice();
    return left.length === 0;
  }

  /** No bytes come any more. */
  end(): void {
    this.#ended = true;
    this.#notify();
  }

  #goOn(): void {
    if (this.#waiting.length === 0) return;
    this.#waiting = this.#fill(this.#waiting);
    if (this.#waiting.length === 0) this.#onRoom();
  }

  /** What is left of a chunk for want of room, or of a word on what it is. */
  #fill(chunk: Uint8Array): Uint8Array {
    let left = chunk;
    while (left.length > 0 && !this.#discarding) {
      const piece = this.#current ?? this.#begin();
      if (piece === undefined) {
        if (this.#allAnnounced && this.#announced.length === 0) return NOTHING;
        return left;
      }
      const part = left.subarray(0, piece.data.length - this.#filled);
      piece.data.set(part, this.#filled);
      this.#filled += part.length;
      left = left.subarray(part.length);
      if (this.#filled === piece.data.length) this.#finish(piece);
    }
    return NOTHING;
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
