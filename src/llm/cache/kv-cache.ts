import { collectGarbage } from '../../onnx/index.ts';
import { type RopeSpec, ropeFrequencies } from '../architectures/rope.ts';

/** What the cache needs to know of a model. */
export interface CacheShape {
  readonly kvHeads: number;
  readonly headSize: number;
  /** How each block rotates its keys; undefined: not at all. */
  readonly ropes: readonly (RopeSpec | undefined)[];
  /** Numbers of one block's row of a token, as a pass gives it out. */
  readonly rowWidth: number;
  /** Where the keys begin in such a row; the values follow them. */
  readonly keyOffset: number;
}

/**
 * Capacity grows in steps of so many tokens. onnxruntime's attention clears and copies the whole capacity in
 * every pass (3.7 µs a token of SmolLM2), so it is kept close to what is used.
 */
export const CAPACITY_STEP = 32;

/** While it grows, old buffers of so many bytes may wait to be collected. */
export const GARBAGE_BYTES = 64e6;

/**
 * The keys and values of one sequence, outside of any session. Buffer 2·b holds the keys of block b, 2·b + 1 its
 * values, each float32 [kvHeads, capacity, headSize], so that a pass can be fed them without a copy.
 */
export class KvCache {
  readonly shape: CacheShape;
  #capacity = CAPACITY_STEP;
  #buffers: Float32Array[];
  #tokens: number[] = [];
  readonly #rotations = new Map<RopeSpec, KeyRotation>();

  constructor(shape: CacheShape) {
    this.shape = shape;
    for (const rope of shape.ropes) {
      if (rope !== undefined && !this.#rotations.has(rope))
        this.#rotations.set(rope, new KeyRotation(shape.headSize, rope));
    }
    this.#buffers = Array.from({ length: 2 * shape.ropes.length }, () => this.#allocate(CAPACITY_STEP));
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
    const held = this.#tokens.length * headSize;
    // Buffer by buffer, so that there are never two of all; another array, by which callers see the change.
    this.#buffers = [...this.#buffers];
    let leftBytes = 0;
    for (let i = 0; i < this.#buffers.length; i++) {
      const old = this.#buffers[i] as Float32Array;
      const buffer = this.#allocate(capacity);
      for (let head = 0; head < kvHeads; head++) {
        const from = head * this.#capacity * headSize;
        buffer.set(old.subarray(from, from + held), head * capacity * headSize);
      }
      this.#buffers[i] = buffer;
      leftBytes += old.byteLength;
      if (leftBytes < GARBAGE_BYTES) continue;
      collectGarbage('full');
      leftBytes = 0;
    }
    this.#capacity = capacity;
  }

  /**
   * Adds the rows of `tokens`: float32 [tokens, blocks · rowWidth], keys and values as they leave the projection.
   * Keys are rotated here, as the attention rotates them.
   */
  append(tokens: readonly number[], rows: Float32Array): void {
    const { ropes, rowWidth } = this.shape;
    const past = this.#tokens.length;
    this.reserve(past + tokens.length);
    for (let token = 0; token < tokens.length; token++) {
      for (const rotation of this.#rotations.values()) rotation.turnTo(past + token);
      for (let block = 0; block < ropes.length; block++)
        this.#write(block, past + token, rows, (token * ropes.length + block) * rowWidth);
    }
    this.#tokens.push(...tokens);
  }

  /**
   * Writes one block's rows of tokens that are added afterwards, once all blocks have theirs, by {@link add}: float32
   * [tokens, rowWidth], for position `past` on. There must be room for them.
   */
  writeBlock(block: number, past: number, rows: Float32Array): void {
    const { ropes, rowWidth } = this.shape;
    const rope = ropes[block];
    const rotation = rope && this.#rotations.get(rope);
    for (let at = 0, position = past; at < rows.length; at += rowWidth, position++) {
      rotation?.turnTo(position);
      this.#write(block, position, rows, at);
    }
  }

  /** Counts tokens as held whose rows every block has. */
  add(tokens: readonly number[]): void {
    this.#tokens.push(...tokens);
  }

  /** Forgets everything after the first `tokens` tokens. */
  truncate(tokens: number): void {
    this.#tokens.length = Math.min(this.#tokens.length, tokens);
  }

  /** Writes the row at `at` of `rows`; rotations are turned to its position. */
  #write(block: number, position: number, rows: Float32Array, at: number): void {
    const { kvHeads, headSize, ropes, keyOffset } = this.shape;
    const keys = this.#buffers[2 * block] as Float32Array;
    const values = this.#buffers[2 * block + 1] as Float32Array;
    const rope = ropes[block];
    const rotation = rope && this.#rotations.get(rope);
    for (let head = 0; head < kvHeads; head++) {
      const to = (head * this.#capacity + position) * headSize;
      const key = at + keyOffset + head * headSize;
      if (rotation === undefined) keys.set(rows.subarray(key, key + headSize), to);
      else rotation.rotate(rows, key, keys, to);
      const value = key + kvHeads * headSize;
      values.set(rows.subarray(value, value + headSize), to);
    }
  }

  #allocate(capacity: number): Float32Array {
    return new Float32Array(this.shape.kvHeads * capacity * this.shape.headSize);
  }
}

/** Turns the keys of one position at a time. */
class KeyRotation {
  readonly #frequencies: readonly number[];
  readonly #cos: Float32Array;
  readonly #sin: Float32Array;
  /** Pair i is the numbers i·step and i·step + distance. */
  readonly #step: number;
  readonly #distance: number;
  #position: number | undefined;

  constructor(headSize: number, rope: RopeSpec) {
    const half = headSize / 2;
    this.#frequencies = ropeFrequencies(headSize, rope);
    this.#cos = new Float32Array(half);
    this.#sin = new Float32Array(half);
    this.#step = rope.interleaved ? 2 : 1;
    this.#distance = rope.interleaved ? 1 : half;
  }

  turnTo(position: number): void {
    if (this.#position === position) return;
    this.#position = position;
    for (const [i, frequency] of this.#frequencies.entries()) {
      this.#cos[i] = Math.cos(position * frequency);
      this.#sin[i] = Math.sin(position * frequency);
    }
  }

  rotate(from: Float32Array, at: number, to: Float32Array, target: number): void {
    for (let i = 0; i < this.#frequencies.length; i++) {
      const c = this.#cos[i] as number;
      const s = this.#sin[i] as number;
      const first = i * this.#step;
      const second = first + this.#distance;
      const x = from[at + first] as number;
      const y = from[at + second] as number;
      to[target + first] = x * c - y * s;
      to[target + second] = x * s + y * c;
    }
  }
}
