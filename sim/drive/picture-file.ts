import { type FileHandle, open, rm } from 'node:fs/promises';
import { CodriverError, type Frame } from '../../src/domain/index.ts';
import { makeThumbnail, type PictureSource } from '../report/index.ts';

/** Pictures in the report: one a second, this wide. */
const THUMBNAIL_EVERY_NS = 1_000_000_000n;
const THUMBNAIL_WIDTH_PX = 480;

interface Place {
  readonly stampNs: bigint;
  readonly camera: string;
  readonly offset: number;
  readonly length: number;
}

/** The report's pictures until the report is written: thumbnails in one file, in memory only where they lie. */
export class PictureFile implements PictureSource {
  readonly #path: string;
  readonly #places: Place[] = [];
  readonly #lastNs = new Map<string, bigint>();
  #handle: FileHandle | null = null;
  #sizeBytes = 0;

  /** The file is made with the first picture. */
  constructor(path: string) {
    this.#path = path;
  }

  /**
   * Keeps a thumbnail, one a second for each camera; a broken picture is left out, the assistant has reported it.
   *
   * @throws CodriverError DISK_FULL, LOG_WRITE_FAILED
   */
  async take(frame: Frame): Promise<void> {
    const last = this.#lastNs.get(frame.camera);
    if (last !== undefined && frame.stampNs - last < THUMBNAIL_EVERY_NS) return;
    this.#lastNs.set(frame.camera, frame.stampNs);
    let jpeg: Uint8Array;
    try {
      jpeg = await makeThumbnail(frame, THUMBNAIL_WIDTH_PX);
    } catch {
      return;
    }
    try {
      this.#handle ??= await open(this.#path, 'w+');
      await this.#handle.write(jpeg, 0, jpeg.length, this.#sizeBytes);
    } catch (error) {
      throw CodriverError.from(error, 'LOG_WRITE_FAILED');
    }
    const { stampNs, camera } = frame;
    this.#places.push({ stampNs, camera, offset: this.#sizeBytes, length: jpeg.length });
    this.#sizeBytes += jpeg.length;
  }

  async *pictures(): AsyncGenerator<{ stampNs: bigint; camera: string; jpeg: Uint8Array }> {
    for (const { stampNs, camera, offset, length } of this.#places) {
      const jpeg = new Uint8Array(length);
      await this.#handle?.read(jpeg, 0, length, offset);
      yield { stampNs, camera, jpeg };
    }
  }

  /** Takes the file away. */
  async remove(): Promise<void> {
    await this.#handle?.close();
    this.#handle = null;
    await rm(this.#path, { force: true });
  }
}
