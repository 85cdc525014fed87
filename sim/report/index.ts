import { mkdir, open, rename, rm } from 'node:fs/promises';
import path from 'node:path';
import { CodriverError, type JournalEntry } from '../../src/domain/index.ts';
import { ReportCollector } from './collector.ts';
import { pageParts, toScriptJson } from './html.ts';

export type { ReportData } from './report-data.ts';
export { makeThumbnail } from './thumbnail.ts';

/** Where the report's camera pictures come from: already small, such as 480×270, and in order of time. */
export interface PictureSource {
  /** JPEG files with the stamp of the frame they were made from. Called once. */
  pictures(): AsyncIterable<{ stampNs: bigint; camera: string; jpeg: Uint8Array }>;
}

/** What {@link writeReport} needs. */
export interface ReportOptions {
  /** The HTML file to write; its folder is made. */
  readonly path: string;
  /** The journal, in order; one cut off anywhere gives a report of what there is. */
  readonly entries: AsyncIterable<JournalEntry> | Iterable<JournalEntry>;
  readonly pictures: PictureSource;
  /** Wall times measured apart from the journal, milliseconds. */
  readonly timings?: { reflexMs?: number[]; thoughtMs?: number[] };
  /** Language the page opens in; its reader can switch. Default `en`. */
  readonly language?: 'en' | 'ja';
}

/**
 * Writes one self-contained HTML file that shows a run: pictures, timeline, what was
 * said, read, proposed, judged and driven. It is written beside its place and renamed,
 * so the file there is always whole.
 *
 * @throws CodriverError LOG_WRITE_FAILED or DISK_FULL where the file cannot be written;
 *   whatever `entries` or `pictures` throw passes through. An older file stays as it was.
 */
export async function writeReport(options: ReportOptions): Promise<void> {
  const { language = 'en', timings = {} } = options;
  const collector = new ReportCollector();
  for await (const entry of options.entries) collector.add(entry);
  const data = collector.build({
    language,
    reflexMs: timings.reflexMs ?? [],
    thoughtMs: timings.thoughtMs ?? [],
  });
  const { head, tail } = await pageParts(language);

  const temporary = `${options.path}.${process.pid}.tmp`;
  const file = await attempt(options.path, async () => {
    await mkdir(path.dirname(options.path), { recursive: true });
    return open(temporary, 'w');
  });
  const write = (text: string) => attempt(options.path, () => file.writeFile(text));
  try {
    await write(`${head}<script type="application/json" id="data">${toScriptJson(data)}</script>\n`);
    await write('<script type="application/json" id="pictures">[');
    let separator = '\n';
    for await (const { stampNs, camera, jpeg } of options.pictures.pictures()) {
      const base64 = Buffer.from(jpeg.buffer, jpeg.byteOffset, jpeg.byteLength).toString('base64');
      await write(separator + toScriptJson({ t: collector.seconds(stampNs), camera, jpeg: base64 }));
      separator = ',\n';
    }
    await write(`]</script>\n${tail}`);
    await attempt(options.path, async () => {
      await file.close();
      await rename(temporary, options.path);
    });
  } catch (error) {
    await file.close().catch(() => {});
    await rm(temporary, { force: true });
    throw error;
  }
}

/** Runs a file operation; its failure becomes one error that names the report. */
async function attempt<T>(file: string, operation: () => Promise<T>): Promise<T> {
  try {
    return await operation();
  } catch (error) {
    const known = CodriverError.from(error);
    if (known.code === 'DISK_FULL') throw known;
    throw new CodriverError('LOG_WRITE_FAILED', `The report ${file} cannot be written: ${known.message}`, {
      remedy: 'Name a file in a folder that can be written to.',
      cause: error,
    });
  }
}
