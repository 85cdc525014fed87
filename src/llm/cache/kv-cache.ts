import { ropeFrequency } from '../architectures/rope.ts';

/** What the cache needs to know of a model. */
export interface CacheShape {
  readonly blocks: number;
  readonly heads: number;
  readonly kvHeads: number;
  readonly headSize: number;
  readonly ropeBase: number;
}

/**
 * Capacity grows in steps of so many tokens. onnxruntime's attention clears and copies the whole capacity in
 * every pass (3.7 µs a token of SmolLM2), so it is kept close to what is used.
 */
const CAPACITY_STEP = 32;

/**
 * The keys and values of one sequence, outside of any session. Buffer 2·b holds the keys of block b, 2·b + 1 its
 * values, each float32 [kvHeads, capacity, headSize], so that a pass can be fed them without a copy.
 */
export class KvCache {
  readonly shape: CacheShape;
  #capacity = CAPACITY_STEP;
  #buffers: Float32Array[];
  #tokens: number[] = [];
  readonly #frequencies: readonly number[];
  /** Cosines and sines of one position. */
  readonly #cos: Float32Array;
  readonly #sin: Float32Array;

  constructor(shape: CacheShape) {
    this.shape = shape;
    const half = shape.headSize / 2;
    this.#frequencies = Array.from({ length: half }, (_, i) =>
      ropeFrequency(i, shape.headSize, shape.ropeBase),
    );
    this.#cos = new Float32Array(half);
    this.#sin = new Float32Array(half);
    this.#buffers = this.#allocate(CAPACITY_STEP);
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

  /** Makes room for `tokens` tokens in all, and little more; what is held stays. */
  reserve(tokens: number): void {
    if (tokens <= this.#capacity && this.#capacity <= tokens + 2 * CAPACITY_STEP) return;
    const capacity = Math.ceil(tokens / CAPACITY_STEP) * CAPACITY_STEP;
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

  /**
   * Adds the rows of `tokens`: float32 [tokens, blocks, (heads + 2·kvHeads) · headSize], queries, keys and
   * values as they leave the projection. Keys are rotated here, as the attention rotates them.
   */
  append(tokens: readonly number[], rows: Float32Array): void {
    const past = this.#tokens.length;
    this.reserve(past + tokens.length);
    const { blocks, heads, kvHeads, headSize } = this.shape;
    const width = (heads + 2 * kvHeads) * headSize;
    for (let token = 0; token < tokens.length; token++) {
      this.#turnTo(past + token);
      for (let block = 0; block < blocks; block++) {
        const keys = this.#buffers[2 * block] as Float32Array;
        const values = this.#buffers[2 * block + 1] as Float32Array;
        const from = (token * blocks + block) * width + heads * headSize;
        for (let head = 0; head < kvHeads; head++) {
          const to = (head * this.#capacity + past + token) * headSize;
          this.#rotate(rows, from + head * headSize, keys, to);
          const value = from + (kvHeads + head) * headSize;
          values.set(rows.subarray(value, value + headSize), to);
        }
      }
    }
    this.#tokens.push(...tokens);
  }

  /** Forgets everything after the first `tokens` tokens. */
  truncate(tokens: number): void {
    this.#tokens.length = Math.min(this.#tokens.length, tokens);
  }

  #turnTo(position: number): void {
    for (const [i, frequency] of this.#frequencies.entries()) {
      this.#cos[i] = Math.cos(position * frequency);
      this.#sin[i] = Math.sin(position * frequency);
    }
  }

  /** Rotates neighbouring pairs (the interleaved form that GGUF files use). */
  #rotate(from: Float32Array, at: number, to: Float32Array, target: number): void {
    for (let i = 0; i < this.#frequencies.length; i++) {
      const c = this.#cos[i] as number;
      const s = this.#sin[i] as number;
      const x = from[at + 2 * i] as number;
      const y = from[at + 2 * i + 1] as number;
      to[target + 2 * i] = x * c - y * s;
      to[target + 2 * i + 1] = x * s + y * c;
    }
  }

  #allocate(capacity: number): Float32Array[] {
    const { blocks, kvHeads, headSize } = this.shape;
    return Array.from({ length: 2 * blocks }, () => new Float32Array(kvHeads * capacity * headSize));
  }
}
