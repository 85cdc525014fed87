/** What the cache needs to know of a model. */
export interface CacheShape {
  readonly blocks: number;
  readonly kvHeads: number;
  readonly headSize: number;
}

/** First capacity, in tokens; it doubles when it is used up. */
const FIRST_CAPACITY = 256;

/**
 * The keys and values of one sequence, outside of any session. Buffer 2·b holds the keys of block b, 2·b + 1 its
 * values, each float32 [kvHeads, capacity, headSize], so that a pass can be fed them without a copy.
 */
export class KvCache {
  readonly shape: CacheShape;
  #capacity = FIRST_CAPACITY;
  #buffers: Float32Array[];
  #tokens: number[] = [];

  constructor(shape: CacheShape) {
    this.shape = shape;
    this.#buffers = this.#allocate(FIRST_CAPACITY);
  }

  /** Tokens whose keys and values are held, in order. */
  get tokens(): readonly number[] {
    return this.#tokens;
  }

  get capacity(): number {
    return this.#capacity;
  }

  get buffers(): readonly Float32Array[] {
    return this.#buffers;
  }

  /** Makes room for `tokens` tokens in all; what is held stays. */
  reserve(tokens: number): void {
    if (tokens <= this.#capacity) return;
    let capacity = this.#capacity;
    while (capacity < tokens) capacity *= 2;
    const { kvHeads, headSize } = this.shape;
    const buffers = this.#allocate(capacity);
    const held = this.#tokens.length * headSize;
    for (const [i, buffer] of buffers.entries()) {
      const old = this.#buffers[i] as Float32Array;
      for (let head = 0; head < kvHeads; head++) {
        const from = head * this.#capacity * headSize;
        buffer.set(old.subarray(from, from + held), head * capacity * headSize);
      }
    }
    this.#buffers = buffers;
    this.#capacity = capacity;
  }

  /** Adds the rows of `tokens`; `rows` is float32 [2·blocks, kvHeads, tokens, headSize]. */
  append(tokens: readonly number[], rows: Float32Array): void {
    const past = this.#tokens.length;
    this.reserve(past + tokens.length);
    const { kvHeads, headSize } = this.shape;
    const row = tokens.length * headSize;
    let from = 0;
    for (const buffer of this.#buffers) {
      for (let head = 0; head < kvHeads; head++) {
        buffer.set(rows.subarray(from, from + row), (head * this.#capacity + past) * headSize);
        from += row;
      }
    }
    this.#tokens.push(...tokens);
  }

  /** Forgets everything after the first `tokens` tokens. */
  truncate(tokens: number): void {
    this.#tokens.length = Math.min(this.#tokens.length, tokens);
  }

  #allocate(capacity: number): Float32Array[] {
    const { blocks, kvHeads, headSize } = this.shape;
    return Array.from({ length: 2 * blocks }, () => new Float32Array(kvHeads * capacity * headSize));
  }
}
