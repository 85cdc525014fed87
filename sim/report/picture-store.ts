import { readdir, rename, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { CodriverError } from '../../src/domain/index.ts';
import { makeFolder } from '../../src/io/folders.ts';

/** Up to this many bytes of JPEG the pictures are inside the page, and the report is one file. */
export const INLINE_LIMIT_BYTES = 8_000_000;

const OWN_FILE = /^\d+\.jpg$/;

/** How the page finds its pictures; one index for all of the arrays. */
export interface PictureIndex {
  readonly cameras: readonly string[];
  /** Seconds since the run began. */
  readonly t: readonly number[];
  /** Index in `cameras`. */
  readonly camera: readonly number[];
  /** Folder beside the page that holds `0.jpg`, `1.jpg` …, percent-encoded; null where they are inside. */
  readonly folder: string | null;
}

/**
 * Takes pictures one after another and holds no more than {@link INLINE_LIMIT_BYTES} of
 * them: what goes beyond that is written to files beside the report.
 */
export class PictureStore {
  readonly #folder: string;
  readonly #temporary: string;
  readonly #limitBytes: number;
  readonly #cameras: string[] = [];
  readonly #t: number[] = [];
  readonly #camera: number[] = [];
  #inside: Uint8Array[] = [];
  #insideBytes = 0;
  #beside = false;

  /** @param reportPath The HTML file; the folder is named after it. */
  constructor(reportPath: string, limitBytes = INLINE_LIMIT_BYTES) {
    this.#folder = `${reportPath.replace(/\.html?$/i, '')}.files`;
    this.#temporary = `${this.#folder}.${process.pid}.tmp`;
    this.#limitBytes = limitBytes;
  }

  /** Takes the next picture; `t` in seconds. */
  async add(t: number, camera: string, jpeg: Uint8Array): Promise<void> {
    let cameraIndex = this.#cameras.indexOf(camera);
    if (cameraIndex < 0) cameraIndex = this.#cameras.push(camera) - 1;
    const index = this.#t.push(t) - 1;
    this.#camera.push(cameraIndex);
    if (!this.#beside) {
      this.#inside.push(jpeg);
      this.#insideBytes += jpeg.byteLength;
      if (this.#insideBytes <= this.#limitBytes) return;
      await this.#moveOut();
    } else await writeFile(this.#file(index), jpeg);
  }

  /** Where the page finds the pictures taken so far. */
  index(): PictureIndex {
    return {
      cameras: this.#cameras,
      t: this.#t,
      camera: this.#camera,
      folder: this.#beside ? encodeURIComponent(path.basename(this.#folder)) : null,
    };
  }

  /** The pictures that go inside the page, as base64, in order; none where they are beside it. */
  *inside(): Iterable<string> {
    for (const jpeg of this.#inside) {
      yield Buffer.from(jpeg.buffer, jpeg.byteOffset, jpeg.byteLength).toString('base64');
    }
  }

  /**
   * Puts the files where the page looks for them, in place of those of an older report.
   *
   * @throws CodriverError LOG_WRITE_FAILED where the folder holds anything that no report wrote.
   */
  async commit(): Promise<void> {
    const strangers = (await filesIn(this.#folder)).filter((name) => !OWN_FILE.test(name));
    if (strangers.length > 0) {
      if (!this.#beside) return;
      throw new CodriverError(
        'LOG_WRITE_FAILED',
        `The pictures can't be put in ${this.#folder}: it holds "${strangers[0]}", which no report wrote.`,
        { remedy: 'Move that folder away, or give the report another name.' },
      );
    }
    await rm(this.#folder, { recursive: true, force: true });
    if (this.#beside) await rename(this.#temporary, this.#folder);
  }

  /** Removes what was written so far; the files of an older report stay. */
  async discard(): Promise<void> {
    if (this.#beside) await rm(this.#temporary, { recursive: true, force: true });
  }

  #file(index: number): string {
    return path.join(this.#temporary, `${index}.jpg`);
  }

  async #moveOut(): Promise<void> {
    this.#beside = true;
    await rm(this.#temporary, { recursive: true, force: true });
    await makeFolder(this.#temporary);
    for (const [index, jpeg] of this.#inside.entries()) await writeFile(this.#file(index), jpeg);
    this.#inside = [];
  }
}

async function filesIn(folder: string): Promise<string[]> {
  try {
    return await readdir(folder);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
}
