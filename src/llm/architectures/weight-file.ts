import { type FileHandle, open } from 'node:fs/promises';
import type { ExternalBytes } from '../../onnx/index.ts';

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

  /** Appends raw little-endian bytes and says where they lie. */
  async append(data: ArrayBufferView): Promise<ExternalBytes> {
    const offset = Math.ceil(this.#end / ALIGNMENT) * ALIGNMENT;
    let done = 0;
    while (done < data.byteLength) {
      const { bytesWritten } = await this.#handle.write(
        new Uint8Array(data.buffer, data.byteOffset + done, data.byteLength - done),
        0,
        data.byteLength - done,
        offset + done,
      );
      done += bytesWritten;
    }
    this.#end = offset + data.byteLength;
    return { location: this.#location, offset, length: data.byteLength };
  }

  async close(): Promise<void> {
    await this.#handle.close();
  }
}
