import type { JournalEntry, ModelTier, Utterance } from '../../src/domain/index.ts';
import type { LogMessage } from '../../src/io/log/drive-log.ts';
import { openRecording, RECORDING_TOPICS, type Recording } from '../../src/io/log/recording.ts';
import { JournalFile } from '../drive/journal-file.ts';
import { LineFile, prepareFile } from '../drive/line-file.ts';
import { PictureFile } from '../drive/picture-file.ts';
import { spillBeside } from '../drive/run-recorder.ts';
import { writeReport } from '../report/index.ts';

/** Where the results of one build go; each is optional. */
export interface BuildFiles {
  /** What the build is called in a report beside another. */
  readonly title: string;
  /** JSON lines; `-` is standard output. */
  readonly jsonPath?: string;
  /** An `.mcap` file or a new folder: everything heard, decided and said. */
  readonly recordPath?: string;
  readonly onEntry?: (entry: JournalEntry) => void;
}

/** Files beside those of the builds; each is optional. */
export interface CommonFiles {
  readonly reportPath?: string;
  /** For lines of any kind; `-` is standard output. */
  readonly linesPath?: string;
}

interface Output {
  readonly title: string;
  readonly journal: JournalFile;
  readonly recording: Recording | null;
}

/**
 * The files of a replay of one or two builds. What is written is on disk as it happens: a replay that is broken
 * off leaves files that end where it ended.
 */
export class ReplayOutputs {
  readonly #builds: readonly BuildFiles[];
  readonly #files: CommonFiles;
  readonly #pictures: PictureFile | null;
  readonly #outputs: Output[] = [];
  #lines: LineFile | null = null;
  /** Ids of what is spoken into the log: it is not among the log's messages, so it is recorded from the journal. */
  readonly #notes = new Map<string, string>();
  #spoken: ReadonlySet<string> = new Set();

  constructor(builds: readonly BuildFiles[], files: CommonFiles) {
    this.#builds = builds;
    this.#files = files;
    const { reportPath } = files;
    this.#pictures = reportPath === undefined ? null : new PictureFile(spillBeside(reportPath, 'pictures'));
  }

  /** Opens the files, and empties what is there. Errors: LOG_WRITE_FAILED naming the path, and a recording's. */
  async open(): Promise<void> {
    const { reportPath, linesPath } = this.#files;
    if (reportPath !== undefined) await prepareFile(reportPath);
    for (const [index, { title, jsonPath, recordPath, onEntry }] of this.#builds.entries()) {
      const journal = await JournalFile.create({
        ...(jsonPath === undefined ? {} : { jsonPath }),
        ...(reportPath === undefined ? {} : { spillPath: spillBeside(reportPath, `journal-${index}`) }),
        ...(onEntry === undefined ? {} : { onEntry }),
      });
      const recording = recordPath === undefined ? null : await openRecording(recordPath);
      this.#outputs.push({ title, journal, recording });
    }
    if (linesPath !== undefined) this.#lines = await LineFile.create(linesPath);
  }

  /** Adds a line. */
  line(text: string): void {
    this.#lines?.write(text);
  }

  /** Keeps the sentence that explains a difference, for the report. */
  explain(originId: string, sentence: string): void {
    this.#notes.set(originId, sentence);
  }

  /** Takes a build's next journal entry. */
  write(build: number, entry: JournalEntry): void {
    const output = this.#outputs[build];
    output?.journal.write(entry);
    if (!output?.recording) return;
    // A failed write is told again by `end`.
    void output.recording.write(RECORDING_TOPICS.journal, entry, entry.stampNs).catch(() => {});
    if (entry.type !== 'utterance' || !this.#spoken.has(entry.utterance.id)) return;
    const heard = { kind: 'utterance', utterance: entry.utterance } as const;
    void output.recording.write(RECORDING_TOPICS.utterance, heard, entry.stampNs).catch(() => {});
  }

  /** Says what will be spoken into the log. */
  speaks(utterances: readonly Utterance[]): void {
    this.#spoken = new Set(utterances.map(({ id }) => id));
  }

  /** Takes a message of the log: pictures for the report, everything for the recordings. */
  async take({ topic, message, logTimeNs }: LogMessage): Promise<void> {
    if (message.kind === 'frame') await this.#pictures?.take(message.frame);
    for (const { recording } of this.#outputs) await recording?.write(topic, message, logTimeNs);
  }

  /** Resolves when the disk has caught up. Errors: DISK_FULL, LOG_WRITE_FAILED. */
  async ready(): Promise<void> {
    for (const { journal } of this.#outputs) await journal.ready();
    await this.#lines?.ready();
  }

  /**
   * Ends every file and writes the report: the last build's, against the first where there are two. Does nothing
   * where nothing was opened.
   *
   * @param tiers where the model of the report's build lives, measured; empty without a model
   * @throws CodriverError DISK_FULL, LOG_WRITE_FAILED: the first, after all that can be ended was
   */
  async end(tiers: readonly ModelTier[] = []): Promise<void> {
    const ends = [
      ...this.#outputs.map(({ journal }) => journal.end()),
      ...this.#outputs.map(({ recording }) => recording?.close()),
      this.#lines?.end(),
    ];
    try {
      for (const { reason } of (await Promise.allSettled(ends)).filter((end) => end.status === 'rejected')) {
        throw reason;
      }
      await this.#report(tiers);
    } finally {
      await this.#pictures?.remove();
      for (const { journal } of this.#outputs) await journal.remove();
    }
  }

  async #report(tiers: readonly ModelTier[]): Promise<void> {
    const [first, second] = this.#outputs;
    const { reportPath } = this.#files;
    if (reportPath === undefined || this.#pictures === null || first === undefined) return;
    await writeReport({
      path: reportPath,
      entries: (second ?? first).journal.entries(),
      pictures: this.#pictures,
      tiers,
      ...(second === undefined
        ? {}
        : {
            ownTitle: second.title,
            against: { title: first.title, entries: first.journal.entries(), notes: this.#notes },
          }),
    });
  }
}
