import type { FileHandle } from 'node:fs/promises';
import { crc32 } from 'node:zlib';
import type { DecoderSpec } from '../architectures/spec.ts';
import { readExactlySync } from '../formats/exact-io.ts';
import { WEIGHT_TYPES, type WeightType } from '../formats/ggml-types.ts';
import type { WeightSource, WeightTensor } from '../formats/weight-source.ts';
import {
  damaged,
  type Encoding,
  type Manifest,
  type Section,
  type StoredTensor,
  sectionsOf,
} from './manifest.ts';
import { openStoreData } from './open-store.ts';
import { readStoreSpec } from './store-spec.ts';

/** Bytes that are read at a time to check a tensor. */
const CHECK_BYTES = 1 << 20;

/** A tensor, and where its block begins in the data file. */
interface Located {
  readonly stored: StoredTensor;
  readonly block: string;
  readonly blockOffset: number;
}

/**
 * A block store as a model to run. Groups are given out as blocks (scale, minimum, quants) of a type of their own.
 * Each tensor's checksum is checked when something of it is first read.
 */
export class StoreModel implements WeightSource {
  readonly format = 'store';
  readonly folder: string;
  /** The data file. */
  readonly file: string;
  readonly manifest: Manifest;
  readonly tensors: ReadonlyMap<string, WeightTensor>;
  readonly #handle: FileHandle;
  readonly #located: ReadonlyMap<string, Located>;
  readonly #checked = new Set<string>();

  private constructor(folder: string, file: string, manifest: Manifest, handle: FileHandle) {
    this.folder = folder;
    this.file = file;
    this.manifest = manifest;
    this.#handle = handle;
    const located = manifest.blocks.flatMap(({ name, offset, tensors }) =>
      tensors.map((stored): [string, Located] => [stored.name, { stored, block: name, blockOffset: offset }]),
    );
    this.#located = new Map(located);
    this.tensors = new Map(located.map(([name, { stored }]) => [name, weightTensor(stored)]));
  }

  /** Errors: MODEL_MISSING, MODEL_CORRUPT, MODEL_UNSUPPORTED. */
  static async open(folder: string): Promise<StoreModel> {
    const { manifest, dataFile, handle } = await openStoreData(folder);
    return new StoreModel(folder, dataFile, manifest, handle);
  }

  /** The form of the model. Errors: MODEL_CORRUPT. */
  get spec(): DecoderSpec {
    return readStoreSpec(this.folder, this.manifest);
  }

  async readTensor(tensor: WeightTensor): Promise<Uint8Array> {
    const bytes = new Uint8Array(tensor.bytes);
    this.readTensorPartSync(tensor, 0, bytes);
    return bytes;
  }

  async readTensorPart(tensor: WeightTensor, offset: number, into: Uint8Array): Promise<void> {
    this.readTensorPartSync(tensor, offset, into);
  }

  readTensorPartSync(tensor: WeightTensor, offset: number, into: Uint8Array): void {
    const located = this.#located.get(tensor.name) as Located;
    this.#check(located);
    const { stored } = located;
    if (stored.encoding.type !== 'groups') {
      this.#read(located, stored.data, offset, into);
      return;
    }
    const { blockBytes } = WEIGHT_TYPES[tensor.type];
    const count = into.byteLength / blockBytes;
    const sections = [stored.scales, stored.minima, stored.data].filter((section) => section !== undefined);
    let at = 0;
    for (const section of sections) {
      const share = section.bytes / (tensor.bytes / blockBytes);
      const bytes = new Uint8Array(count * share);
      this.#read(located, section, (offset / blockBytes) * share, bytes);
      for (let i = 0; i < count; i++)
        into.set(bytes.subarray(i * share, (i + 1) * share), i * blockBytes + at);
      at += share;
    }
  }

  async close(): Promise<void> {
    await this.#handle.close();
  }

  #check({ stored, block, blockOffset }: Located): void {
    if (this.#checked.has(stored.name)) return;
    let crc = 0;
    const buffer = new Uint8Array(CHECK_BYTES);
    for (const section of sectionsOf(stored)) {
      for (let done = 0; done < section.bytes; done += CHECK_BYTES) {
        const part = buffer.subarray(0, Math.min(CHECK_BYTES, section.bytes - done));
        this.#read({ stored, block, blockOffset }, section, done, part);
        crc = crc32(part, crc);
      }
    }
    if (crc !== stored.crc32)
      throw damaged(this.folder, `block "${block}": the checksum of tensor "${stored.name}" differs`, {
        block,
        tensors: [stored.name],
      });
    this.#checked.add(stored.name);
  }

  #read({ block, blockOffset }: Located, section: Section, offset: number, into: Uint8Array): void {
    readExactlySync(this.#handle, blockOffset + section.offset + offset, into, () =>
      damaged(this.folder, `block "${block}" ends early`, { block }),
    );
  }
}

function weightTensor({ name, shape, encoding, data, scales, minima }: StoredTensor): WeightTensor {
  const bytes = data.bytes + (scales?.bytes ?? 0) + (minima?.bytes ?? 0);
  return { name, type: typeOf(encoding), shape, bytes };
}

function typeOf(encoding: Encoding): WeightType {
  if (encoding.type === 'f32') return 'F32';
  if (encoding.type === 'f16') return 'F16';
  const { bits, group, symmetric } = encoding;
  return `${symmetric ? 'S' : 'A'}${bits}_${group}`;
}
