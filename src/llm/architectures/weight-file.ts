import { type FileHandle, open } from 'node:fs/promises';
import type { ExternalBytes } from '../../onnx/index.ts';
import { writeExactly } from '../formats/exact-io.ts';

/** Alignment of each tensor, a cache line. */
const ALIGNMENT = 64;

/** The file of external weights beside an ONNX model; tensors are appended one by one and not kept in memory. */
export class WeightFile {
  readonly #handle: FileHandle;
  readonly #location: string;
  #end = 0;

  private constructor(handle: FileHandle, location: string) {
    this.#handle = handle;
    this.#location = location;
  }

  /** Creates `path`; `location` is its name as the model will refer to it. */
  static async create(path: string, location: string): Promise<WeightFile> {
    return new WeightFile(await open(path, 'wx'), location);
  }

  /** Sets room for a tensor aside; {@link write} fills it. */
  reserve(bytes: number): ExternalBytes {
    const offset = Math.ceil(this.#end / ALIGNMENT) * ALIGNMENT;
    this.#end = offset + bytes;
    return { location: this.#location, offset, length: bytes };
  }

  /** Writes raw little-endian bytes into a reserved place, `from` bytes after its start. */
  async write(place: ExternalBytes, from: number, data: ArrayBufferView): Promise<void> {
    await writeExactly(this.#handle.fd, place.offset + from, data);
  }

  /** Reserves and writes a tensor. */
  async append(data: ArrayBufferView): Promise<ExternalBytes> {
    const place = this.reserve(data.byteLength);
    await this.write(place, 0, data);
    return place;
  }

  async close(): Promise<void> {
    await this.#handle.close();
  }
}
