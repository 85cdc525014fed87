import type { Frame, JournalEntry, ModelTier } from '../../src/domain/index.ts';
import { writeReport } from '../report/index.ts';
import { JournalFile } from './journal-file.ts';
import { prepareFile } from './line-file.ts';
import { PictureFile } from './picture-file.ts';

/** Where a run's files go; each is optional. */
export interface RecorderOptions {
  /** JSON lines, one journal entry each; `-` is standard output. */
  readonly jsonPath?: string;
  readonly reportPath?: string;
  readonly onEntry?: (entry: JournalEntry) => void;
}

/** Keeps what happened, on disk and not in memory: the JSONL as it happens, the report at the end. */
export class RunRecorder {
  readonly #reportPath: string | undefined;
  readonly #journal: JournalFile;
  readonly #pictures: PictureFile | null;
  /** Takes one journal entry. */
  readonly write: (entry: JournalEntry) => void;
  /** Resolves when the disk has caught up. Errors: DISK_FULL, LOG_WRITE_FAILED. */
  readonly ready: () => Promise<void>;

  private constructor(reportPath: string | undefined, journal: JournalFile) {
    this.#reportPath = reportPath;
    this.#journal = journal;
    this.#pictures = reportPath === undefined ? null : new PictureFile(spillBeside(reportPath, 'pictures'));
    this.write = journal.write;
    this.ready = journal.ready;
  }

  /** Opens the files. Errors: LOG_WRITE_FAILED naming the path. */
  static async create(options: RecorderOptions): Promise<RunRecorder> {
    const { reportPath, ...journal } = options;
    if (reportPath !== undefined) await prepareFile(reportPath);
    const spill = reportPath === undefined ? {} : { spillPath: spillBeside(reportPath, 'journal') };
    return new RunRecorder(reportPath, await JournalFile.create({ ...journal, ...spill }));
  }

  /** Keeps a thumbnail of a picture for the report. Errors: DISK_FULL, LOG_WRITE_FAILED. */
  async picture(frame: Frame): Promise<void> {
    await this.#pictures?.take(frame);
  }

  /**
   * Ends the JSONL and writes the report, in it where the model lives: measured, hence no part of the journal. Errors:
   * DISK_FULL, LOG_WRITE_FAILED.
   */
  async close(tiers: readonly ModelTier[] = []): Promise<void> {
    try {
      await this.#journal.end();
      if (this.#reportPath === undefined || this.#pictures === null) return;
      await writeReport({
        path: this.#reportPath,
        entries: this.#journal.entries(),
        pictures: this.#pictures,
        tiers,
      });
    } finally {
      await this.#pictures?.remove();
      await this.#journal.remove();
    }
  }
}

/** A file beside the report that lives as long as the run. */
export function spillBeside(reportPath: string, what: string): string {
  return `${reportPath}.${what}.${process.pid}.tmp`;
}
