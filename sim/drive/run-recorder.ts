import { createWriteStream, type WriteStream } from 'node:fs';
import { mkdir, open } from 'node:fs/promises';
import path from 'node:path';
import { finished } from 'node:stream/promises';
import { CodriverError, type Frame, type JournalEntry, toJsonLine } from '../../src/domain/index.ts';
import { type PictureSource, writeReport } from '../report/index.ts';
import { makeThumbnail } from '../report/thumbnail.ts';

/** Pictures in the report: one a second, this wide. */
const THUMBNAIL_EVERY_NS = 1_000_000_000n;
const THUMBNAIL_WIDTH_PX = 480;

interface Picture {
  readonly stampNs: bigint;
  readonly camera: string;
  readonly jpeg: Uint8Array;
}

/** Where a run's files go; each is optional. */
export interface RecorderOptions {
  /** JSON lines, one journal entry each; `-` is standard output. */
  readonly jsonPath?: string;
  readonly reportPath?: string;
  readonly onEntry?: (entry: JournalEntry) => void;
}

/** Keeps what happened: the JSONL as it happens, the report at the end. */
export class RunRecorder {
  readonly entries: JournalEntry[] = [];
  readonly #options: RecorderOptions;
  readonly #pictures: Picture[] = [];
  readonly #stream: WriteStream | NodeJS.WriteStream | null;
  readonly #lastThumbnailNs = new Map<string, bigint>();
  #streamError: Error | null = null;

  private constructor(options: RecorderOptions, stream: WriteStream | NodeJS.WriteStream | null) {
    this.#options = options;
    this.#stream = stream;
    stream?.on('error', (error: Error) => {
      this.#streamError = error;
    });
  }

  /** Opens the files. Errors: LOG_WRITE_FAILED naming the path. */
  static async create(options: RecorderOptions): Promise<RunRecorder> {
    for (const file of [options.jsonPath, options.reportPath]) {
      if (file === undefined || file === '-') continue;
      try {
        await mkdir(path.dirname(path.resolve(file)), { recursive: true });
        // Opened once here so that a path that can't be written is known before the drive, not after it.
        await (await open(file, 'a')).close();
      } catch (error) {
        throw new CodriverError(
          'LOG_WRITE_FAILED',
          `${file} can't be written: ${CodriverError.from(error).message}`,
          {
            remedy: 'Give a path in a folder that exists and that you may write to.',
            cause: error,
          },
        );
      }
    }
    const { jsonPath } = options;
    const stream =
      jsonPath === undefined ? null : jsonPath === '-' ? process.stdout : createWriteStream(jsonPath);
    return new RunRecorder(options, stream);
  }

  /** Takes one journal entry. */
  readonly write = (entry: JournalEntry): void => {
    this.entries.push(entry);
    this.#stream?.write(`${toJsonLine(entry)}\n`);
    this.#options.onEntry?.(entry);
  };

  /** Keeps a thumbnail of a picture, one a second for each camera; a broken picture is left out. */
  async picture(frame: Frame): Promise<void> {
    if (this.#options.reportPath === undefined) return;
    const last = this.#lastThumbnailNs.get(frame.camera);
    if (last !== undefined && frame.stampNs - last < THUMBNAIL_EVERY_NS) return;
    this.#lastThumbnailNs.set(frame.camera, frame.stampNs);
    try {
      const jpeg = await makeThumbnail(frame, THUMBNAIL_WIDTH_PX);
      this.#pictures.push({ stampNs: frame.stampNs, camera: frame.camera, jpeg });
    } catch {
      // The assistant has reported the broken picture already.
    }
  }

  /** Ends the JSONL and writes the report. Errors: DISK_FULL, LOG_WRITE_FAILED. */
  async close(): Promise<void> {
    const counts: Record<string, number> = {};
    for (const entry of this.entries) counts[entry.type] = (counts[entry.type] ?? 0) + 1;
    const stampNs = this.entries.at(-1)?.stampNs ?? 0n;
    this.write({ type: 'end', stampNs, counts });
    if (this.#stream !== null && this.#stream !== process.stdout) {
      this.#stream.end();
      await finished(this.#stream).catch((error: unknown) => {
        throw CodriverError.from(error, 'LOG_WRITE_FAILED');
      });
    }
    if (this.#streamError !== null) throw CodriverError.from(this.#streamError, 'LOG_WRITE_FAILED');
    const { reportPath } = this.#options;
    if (reportPath === undefined) return;
    const pictures = this.#pictures;
    const source: PictureSource = {
      async *pictures() {
        yield* pictures;
      },
    };
    await writeReport({ path: reportPath, entries: this.entries, pictures: source });
  }
}
