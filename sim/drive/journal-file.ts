import { createReadStream } from 'node:fs';
import { rm } from 'node:fs/promises';
import { createInterface } from 'node:readline';
import { JournalEntry, toJsonLine } from '../../src/domain/index.ts';
import { LineFile } from './line-file.ts';

/** Where a journal goes. */
export interface JournalFileOptions {
  /** JSON lines, one entry each; `-` is standard output. Left out, no such file is written. */
  readonly jsonPath?: string;
  /** A file for `entries` to be read back from, where `jsonPath` can't be; removed by `remove`. */
  readonly spillPath?: string;
  readonly onEntry?: (entry: JournalEntry) => void;
}

/** A journal on its way to disk: memory holds none of it, however long the run. */
export class JournalFile {
  readonly #onEntry: (entry: JournalEntry) => void;
  readonly #outputs: readonly LineFile[];
  /** What `entries` reads, and what of it goes with `remove`. */
  readonly #source: string | undefined;
  readonly #spill: string | undefined;
  readonly #counts: Record<string, number> = {};
  #lastStampNs = 0n;

  private constructor(
    outputs: readonly LineFile[],
    files: { readonly source: string | undefined; readonly spill: string | undefined },
    onEntry: (entry: JournalEntry) => void = () => {},
  ) {
    this.#outputs = outputs;
    this.#source = files.source;
    this.#spill = files.spill;
    this.#onEntry = onEntry;
  }

  /** Opens the files. Errors: LOG_WRITE_FAILED naming the path. */
  static async create({ jsonPath, spillPath, onEntry }: JournalFileOptions): Promise<JournalFile> {
    const json = jsonPath === undefined ? [] : [await LineFile.create(jsonPath)];
    if (json[0]?.readable || spillPath === undefined) {
      return new JournalFile(json, { source: jsonPath, spill: undefined }, onEntry);
    }
    const outputs = [...json, await LineFile.create(spillPath)];
    return new JournalFile(outputs, { source: spillPath, spill: spillPath }, onEntry);
  }

  /** Takes one entry. */
  readonly write = (entry: JournalEntry): void => {
    this.#counts[entry.type] = (this.#counts[entry.type] ?? 0) + 1;
    this.#lastStampNs = entry.stampNs;
    if (this.#outputs.length > 0) {
      const line = toJsonLine(entry);
      for (const output of this.#outputs) output.write(line);
    }
    this.#onEntry(entry);
  };

  /** Resolves when the disk has caught up. Errors: DISK_FULL, LOG_WRITE_FAILED. */
  readonly ready = async (): Promise<void> => {
    for (const output of this.#outputs) await output.ready();
  };

  /** Writes the `end` entry and closes. Errors: DISK_FULL, LOG_WRITE_FAILED. */
  async end(): Promise<void> {
    this.write({ type: 'end', stampNs: this.#lastStampNs, counts: { ...this.#counts } });
    for (const output of this.#outputs) await output.end();
  }

  /** After `end`: the entries, read back from disk. */
  async *entries(): AsyncGenerator<JournalEntry> {
    if (this.#source === undefined) return;
    for await (const line of createInterface({ input: createReadStream(this.#source) })) {
      if (line !== '') yield JournalEntry.parse(JSON.parse(line));
    }
  }

  /** Takes the spill file away; what the user asked for stays. */
  async remove(): Promise<void> {
    if (this.#spill !== undefined) await rm(this.#spill, { force: true });
  }
}
