/**
 * What the thread that reads and the thread that computes tell each other, in shared memory: neither can answer
 * messages while it works. Use `q` of the ring is the q-th segment read since the start; it is in slot q mod N.
 */
export class StreamControl {
  readonly buffer: SharedArrayBuffer;
  readonly #flags: Int32Array;
  readonly #sums: Float64Array;
  readonly #slots: number;

  constructor(slots: number, buffer = new SharedArrayBuffer(SUMS_BYTES + 4 * (FIRST_SLOT + 2 * slots))) {
    this.buffer = buffer;
    this.#slots = slots;
    this.#sums = new Float64Array(buffer, 0, 2);
    this.#flags = new Int32Array(buffer, SUMS_BYTES);
  }

  get stopped(): boolean {
    return Atomics.load(this.#flags, STOP) !== 0;
  }

  stop(): void {
    Atomics.store(this.#flags, STOP, 1);
    for (let slot = 0; slot < this.#slots; slot++) Atomics.notify(this.#flags, released(slot));
  }

  get failed(): boolean {
    return Atomics.load(this.#flags, FAILED) !== 0;
  }

  fail(): void {
    Atomics.store(this.#flags, FAILED, 1);
    for (let slot = 0; slot < this.#slots; slot++) Atomics.notify(this.#flags, filled(slot));
  }

  /** Reader: use `q` is in its slot. */
  markFilled(q: number): void {
    const slot = q % this.#slots;
    Atomics.store(this.#flags, filled(slot), q + 1);
    Atomics.notify(this.#flags, filled(slot));
  }

  /** Computer: use `q` is over. */
  release(q: number): void {
    const slot = q % this.#slots;
    Atomics.store(this.#flags, released(slot), q + 1);
    Atomics.notify(this.#flags, released(slot));
  }

  /** Reader: whether the slot of use `q` is free; `waitMs` blocks the thread so long where it isn't. */
  isFree(q: number, waitMs = 0): boolean {
    return this.#reached(released(q % this.#slots), q - this.#slots + 1, waitMs);
  }

  /** Computer: whether use `q` is there; `waitMs` blocks the thread so long where it isn't. */
  isFilled(q: number, waitMs = 0): boolean {
    return this.#reached(filled(q % this.#slots), q + 1, waitMs);
  }

  /** Bytes read so far. Written by the reader only. */
  get readBytes(): number {
    return this.#sums[0] as number;
  }

  set readBytes(bytes: number) {
    this.#sums[0] = bytes;
  }

  /** Milliseconds in which something was being read. Written by the reader only. */
  get readMs(): number {
    return this.#sums[1] as number;
  }

  set readMs(ms: number) {
    this.#sums[1] = ms;
  }

  #reached(index: number, value: number, waitMs: number): boolean {
    const seen = Atomics.load(this.#flags, index);
    if (seen >= value) return true;
    if (waitMs > 0) Atomics.wait(this.#flags, index, seen, waitMs);
    return Atomics.load(this.#flags, index) >= value;
  }
}

const SUMS_BYTES = 16;
const STOP = 0;
const FAILED = 1;
const FIRST_SLOT = 2;
const filled = (slot: number): number => FIRST_SLOT + 2 * slot;
const released = (slot: number): number => FIRST_SLOT + 2 * slot + 1;
