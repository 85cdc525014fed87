import { type FileHandle, open, rename, rm } from 'node:fs/promises';
import path from 'node:path';
import { CodriverError, type JournalEntry, type ModelTier } from '../../src/domain/index.ts';
import { makeFolder } from '../../src/io/folders.ts';
import { ReportCollector } from './collector.ts';
import { addNotes, compareRuns, type Difference } from './compare.ts';
import { pageParts, toScriptJson } from './html.ts';
import type { Moment } from './moment.ts';
import type { PictureSource } from './picture-source.ts';
import { INLINE_LIMIT_BYTES, PictureStore } from './picture-store.ts';
import type { ReportData } from './report-data.ts';

export {
  CHANGE_KINDS,
  type Change,
  type ChangeKind,
  compareRuns,
  type Difference,
  differenceId,
} from './compare.ts';
export type { PictureSource } from './picture-source.ts';
export type { ReportData } from './report-data.ts';
export { makeThumbnail } from './thumbnail.ts';

type Entries = AsyncIterable<JournalEntry> | Iterable<JournalEntry>;

/** What {@link writeReport} needs. */
export interface ReportOptions {
  /** The HTML file to write; its folder is made. */
  readonly path: string;
  /** The journal, in order; one cut off anywhere gives a report of what there is. */
  readonly entries: Entries;
  readonly pictures: PictureSource;
  /**
   * The journal of another build over the same input. Both builds' verdicts and intents
   * are paired by the ids of utterances and signs; `#diff=ID` opens the page at one that differs.
   */
  readonly against?: {
    readonly title: string;
    readonly entries: Entries;
    /** Sentences that explain differences, by the ids of utterances and signs; shown beside what changed. */
    readonly notes?: ReadonlyMap<string, string>;
  };
  /** What the report's own build is called beside the other. Default "this build". */
  readonly ownTitle?: string;
  /** Wall times measured apart from the journal, milliseconds. */
  readonly timings?: { reflexMs?: number[]; thoughtMs?: number[] };
  /** Where the model of the report's own build lives and what was read of it, measured apart from the journal too. */
  readonly tiers?: readonly ModelTier[];
  /** Language the page opens in; its reader can switch. Default `en`. */
  readonly language?: 'en' | 'ja';
  /** Beyond this many bytes the pictures go beside the page. Default {@link INLINE_LIMIT_BYTES}. */
  readonly inlineLimitBytes?: number;
}

/** What was written. */
export interface ReportResult {
  /** How the builds differ, in order of time; empty without `against`. */
  readonly differences: readonly Difference[];
}

/**
 * Writes an HTML file that shows a run: pictures, timeline, map, what was said, read,
 * proposed, judged and driven. Pictures of long runs lie beside it, in `NAME.files/`;
 * all else is in the one file. Both are written beside their places and renamed.
 *
 * @throws CodriverError LOG_WRITE_FAILED or DISK_FULL where the files cannot be written;
 *   whatever `entries` or `pictures` throw passes through. An older report stays as it was.
 */
export async function writeReport(options: ReportOptions): Promise<ReportResult> {
  const { language = 'en' } = options;
  const { data, collector } = await collect(options.entries, options);
  const other = options.against && (await collect(options.against.entries, options)).data;
  const notes = options.against?.notes ?? new Map<string, string>();
  const differences = other === undefined ? [] : addNotes(compareRuns(other, data), notes, data);

  const temporary = `${options.path}.${process.pid}.tmp`;
  const store = new PictureStore(options.path, options.inlineLimitBytes ?? INLINE_LIMIT_BYTES);
  const file = await attempt(options.path, async () => {
    await makeFolder(path.dirname(options.path));
    return open(temporary, 'w');
  });
  const page = new PageWriter(file, options.path);
  try {
    for await (const { stampNs, camera, jpeg } of options.pictures.pictures()) {
      await attempt(options.path, () => store.add(collector.seconds(stampNs), camera, jpeg));
    }
    const { head, tail } = await pageParts({ language, picturesBeside: store.index().folder !== null });
    const { moments, ...rest } = data;
    await page.write(head);
    await page.json('data', rest);
    await page.list('moments', moments);
    if (options.against !== undefined && other !== undefined) {
      const { title } = options.against;
      const own = new Set(data.signs.map(({ id }) => id));
      await page.json('against', {
        title,
        ownTitle: options.ownTitle ?? null,
        differences,
        signs: other.signs.filter(({ id }) => !own.has(id)),
      });
      await page.list('other-moments', changed(other, differences));
    }
    await page.json('pictures', store.index());
    await page.list('jpegs', store.inside());
    await page.write(tail);
    await attempt(options.path, async () => {
      await file.close();
      await store.commit();
      await rename(temporary, options.path);
    });
  } catch (error) {
    await file.close().catch(() => {});
    await store.discard();
    await rm(temporary, { force: true });
    throw error;
  }
  return { differences };
}

/** Of the other build the page shows only what differs. */
function changed({ moments }: ReportData, differences: readonly Difference[]): Moment[] {
  const ids = new Set(differences.map(({ id }) => id));
  return moments.filter(({ id }) => ids.has(id));
}

async function collect(
  entries: Entries,
  { language = 'en', timings = {}, tiers = [] }: ReportOptions,
): Promise<{ data: ReportData; collector: ReportCollector }> {
  const collector = new ReportCollector();
  for await (const entry of entries) collector.add(entry);
  const { reflexMs = [], thoughtMs = [] } = timings;
  return { collector, data: collector.build({ language, reflexMs, thoughtMs, tiers }) };
}

/** Writes a page in parts: lists an item a line, so that no text of the whole is ever made. */
class PageWriter {
  readonly #file: FileHandle;
  readonly #path: string;
  #pending: string[] = [];
  #pendingLength = 0;

  constructor(file: FileHandle, reportPath: string) {
    this.#file = file;
    this.#path = reportPath;
  }

  /** Writes text, and what lists have left. */
  async write(text: string): Promise<void> {
    const whole = this.#pending.join('') + text;
    this.#pending = [];
    this.#pendingLength = 0;
    await attempt(this.#path, () => this.#file.writeFile(whole));
  }

  /** Writes a value as a script element of JSON. */
  json(id: string, value: unknown): Promise<void> {
    return this.write(`${scriptStart(id)}${toScriptJson(value)}</script>\n`);
  }

  /** Writes items as a script element with a JSON array. */
  async list(id: string, items: Iterable<unknown>): Promise<void> {
    this.#pending.push(`${scriptStart(id)}[`);
    let separator = '\n';
    for (const item of items) {
      const text = separator + toScriptJson(item);
      separator = ',\n';
      this.#pending.push(text);
      this.#pendingLength += text.length;
      if (this.#pendingLength > 1 << 18) await this.write('');
    }
    await this.write(']</script>\n');
  }
}

const scriptStart = (id: string): string => `<script type="application/json" id="${id}">`;

/** Runs a file operation; its failure becomes one error that names the report. */
async function attempt<T>(file: string, operation: () => Promise<T>): Promise<T> {
  try {
    return await operation();
  } catch (error) {
    const known = CodriverError.from(error);
    if (known.code === 'DISK_FULL') throw known;
    throw new CodriverError('LOG_WRITE_FAILED', `The report ${file} cannot be written: ${known.message}`, {
      remedy: known.remedy ?? 'Name a file in a folder that can be written to.',
      cause: error,
    });
  }
}
