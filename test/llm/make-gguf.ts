import { writeFileSync } from 'node:fs';

/** A metadata value to write: text, whole number (uint32), float, boolean, or an array of one kind. */
export type MetaValue =
  | string
  | number
  | boolean
  | { readonly float: number }
  | readonly string[]
  | readonly number[];

/** A tensor to write; `shape` row-major, as the runtime shows it. */
export interface MadeTensor {
  readonly name: string;
  readonly type: number;
  readonly shape: readonly number[];
  readonly data: Uint8Array;
}

/** A tensor as the header names it: what {@link MadeTensor} is without its bytes. */
export interface TensorEntry {
  readonly name: string;
  readonly type: number;
  readonly shape: readonly number[];
  readonly byteLength: number;
}

/** Writes a small GGUF v3 file for tests. */
export function makeGguf(
  file: string,
  metadata: Readonly<Record<string, MetaValue>>,
  tensors: readonly MadeTensor[],
): void {
  const entries = tensors.map(({ data, ...about }) => ({ ...about, byteLength: data.length }));
  const bodies = tensors.map(({ data }) => {
    const body = Buffer.alloc(aligned(data.length));
    body.set(data);
    return body;
  });
  writeFileSync(file, Buffer.concat([ggufHeader(metadata, entries), ...bodies]));
}

/**
 * All that stands before the tensors' bytes in a GGUF v3 file, padding included. The bytes follow in the order of
 * `tensors`, each filled up to a multiple of 32 bytes.
 */
export function ggufHeader(
  metadata: Readonly<Record<string, MetaValue>>,
  tensors: readonly TensorEntry[],
): Buffer {
  const head: Buffer[] = [
    Buffer.from('GGUF'),
    u32(3),
    u64(tensors.length),
    u64(Object.keys(metadata).length),
  ];
  for (const [key, value] of Object.entries(metadata)) head.push(text(key), typed(value));
  let offset = 0;
  for (const tensor of tensors) {
    head.push(text(tensor.name), u32(tensor.shape.length));
    for (const dimension of [...tensor.shape].reverse()) head.push(u64(dimension));
    head.push(u32(tensor.type), u64(offset));
    offset += aligned(tensor.byteLength);
  }
  const header = Buffer.concat(head);
  return Buffer.concat([header, Buffer.alloc(aligned(header.length) - header.length)]);
}

const aligned = (bytes: number): number => Math.ceil(bytes / 32) * 32;

function typed(value: MetaValue): Buffer {
  if (typeof value === 'string') return Buffer.concat([u32(8), text(value)]);
  if (typeof value === 'boolean') return Buffer.concat([u32(7), Buffer.from([value ? 1 : 0])]);
  if (typeof value === 'number') return Buffer.concat([u32(4), u32(value)]);
  if ('float' in value) return Buffer.concat([u32(6), f32(value.float)]);
  const isText = typeof value[0] === 'string';
  const items = value.map((item) => (typeof item === 'string' ? text(item) : u32(item)));
  return Buffer.concat([u32(9), u32(isText ? 8 : 4), u64(value.length), ...items]);
}

function u32(value: number): Buffer {
  const buffer = Buffer.alloc(4);
  buffer.writeUInt32LE(value);
  return buffer;
}

function u64(value: number): Buffer {
  const buffer = Buffer.alloc(8);
  buffer.writeBigUInt64LE(BigInt(value));
  return buffer;
}

function f32(value: number): Buffer {
  const buffer = Buffer.alloc(4);
  buffer.writeFloatLE(value);
  return buffer;
}

function text(value: string): Buffer {
  const bytes = Buffer.from(value, 'utf8');
  return Buffer.concat([u64(bytes.length), bytes]);
}

/** Reproducible noise: a 32-bit linear congruential generator, numbers in [0, 1). */
export function noise(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}

/**
 * ggml type code → elements and bytes of a block, where its half-precision numbers stand, and their lowest
 * exponent in {@link randomBlocks}, such that weights stay below about 4.
 */
const BLOCKS: Readonly<Record<number, readonly [number, number, readonly number[], number]>> = {
  1: [1, 2, [0], 10],
  2: [32, 18, [0], 10],
  3: [32, 20, [0, 2], 10],
  6: [32, 22, [0], 9],
  7: [32, 24, [0, 2], 9],
  8: [32, 34, [0], 6],
  10: [256, 84, [80, 82], 7],
  11: [256, 110, [108], 6],
  12: [256, 144, [0, 2], 3],
  13: [256, 176, [0, 2], 2],
  14: [256, 210, [208], 1],
};

/** Random but sound bytes of a matrix: half-precision scales are kept small and finite. */
export function randomBlocks(type: number, elements: number, seed: number): Uint8Array {
  const next = noise(seed);
  if (type === 0 || type === 30) {
    const floats = Float32Array.from({ length: elements }, () => next() - 0.5);
    if (type === 0) return Buffer.from(floats.buffer);
    // bfloat16: the upper half of each.
    return Buffer.from(new Uint16Array(floats.buffer).filter((_, i) => i % 2 === 1).buffer);
  }
  const [blockElements, blockBytes, halves, lowest] = BLOCKS[type] as (typeof BLOCKS)[number];
  const bytes = Buffer.alloc((elements / blockElements) * blockBytes);
  for (let at = 0; at < bytes.length; at += blockBytes) {
    for (let i = 0; i < blockBytes; i++) bytes[at + i] = Math.floor(next() * 256);
    for (const half of halves) {
      // Sign and fraction random; exponents such that weights are small, whatever the bits.
      const sign = next() < 0.5 ? 0x8000 : 0;
      const exponent = lowest + Math.floor(next() * 4);
      bytes.writeUInt16LE(sign | (exponent << 10) | Math.floor(next() * 1024), at + half);
    }
  }
  return bytes;
}
