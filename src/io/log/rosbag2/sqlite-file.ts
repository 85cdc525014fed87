import { chmod, constants, copyFile, type FileHandle, open, stat, truncate } from 'node:fs/promises';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import Database from 'libsql';
import { CodriverError } from '../../../domain/index.ts';
import type { Damage } from '../raw-log.ts';
import { makeTemporary, type TemporaryFile, temporaryError } from './temporary-file.ts';

const HEADER_BYTES = 100;
const MAGIC = 'SQLite format 3\0';
const WAL_HEADER_BYTES = 32;
/** A file that was written to this recently may be written to again. */
const LIVE_MS = 2000;

/** What a value of a row can be when integers come as bigint. */
export type SqlValue = bigint | number | string | Uint8Array | null;

/** One connection to a file. Queries run at once and leave nothing open, but for `iterate`. */
export interface SqliteConnection {
  /** All rows of a query, integers as bigint. */
  rows(sql: string, ...parameters: readonly SqlValue[]): SqlValue[][];
  /** A statement without rows; it can change only what is private to the connection. */
  run(sql: string, ...parameters: readonly SqlValue[]): void;
  /** The rows of a query one by one; a hundred at a time are in memory. */
  iterate(sql: string, ...parameters: readonly SqlValue[]): Iterator<SqlValue[]>;
  close(): void;
}

/** A SQLite file that is never written to, and nothing beside it. */
export interface SqliteFile {
  readonly path: string;
  readonly sizeBytes: number;
  /** True where pages that are not yet in the file are taken from its write-ahead log. */
  readonly usesWal: boolean;
  /** True where somebody may be writing to it now. */
  readonly live: boolean;
  /** Found in the header and beside the file, before any row was read. */
  readonly damages: readonly Damage[];
  /** @throws CodriverError LOG_UNREADABLE */
  connect(): SqliteConnection;
  /** Differs from an earlier one where the file was written to in between. */
  fingerprint(): Promise<string>;
  close(): Promise<void>;
}

/**
 * Opens a SQLite file for reading only. Where a write-ahead log lies beside it, its committed pages are read
 * with the file; the index of that log is kept in memory (SQLite, "WAL without shared memory").
 *
 * A file that ends inside a page is copied without that page, which SQLite would fill up with zeros.
 *
 * @throws CodriverError NOT_FOUND; LOG_UNREADABLE for a file that is empty, no SQLite or can't be opened;
 *   DISK_FULL where there is no room for the copy
 */
export async function openSqliteFile(file: string): Promise<SqliteFile> {
  const header = await readHeader(file);
  const walBytes = await sizeOf(`${file}-wal`);
  const journalBytes = await sizeOf(`${file}-journal`);
  const damages: Damage[] = [];
  const cut = cutDamage(header, walBytes);
  if (cut !== null) damages.push(cut);
  if (journalBytes > 0) {
    const why = `${path.basename(file)}-journal lies beside it: a change was broken off, and half of it may be in the file`;
    damages.push({ offset: null, why });
  }
  const usesWal = walBytes > WAL_HEADER_BYTES;
  const copy = cut === null || usesWal ? null : await copyWholePages(file, header);
  return {
    path: file,
    sizeBytes: header.sizeBytes,
    usesWal,
    live: walBytes > 0 || journalBytes > 0 || Date.now() - header.changedMs < LIVE_MS,
    damages,
    connect: () => new OpenConnection(copy?.path ?? file, usesWal, cut !== null),
    fingerprint: () => fingerprint(file, usesWal),
    close: async () => await copy?.remove(),
  };
}

interface Header {
  readonly sizeBytes: number;
  readonly changedMs: number;
  readonly pageBytes: number;
  /** Pages that the header claims; 0 where it leaves them to the file's size. */
  readonly pages: number;
}

async function readHeader(file: string): Promise<Header> {
  let handle: FileHandle | undefined;
  try {
    handle = await open(file, 'r');
    const { size, mtimeMs } = await handle.stat();
    const header = Buffer.alloc(HEADER_BYTES);
    const { bytesRead } = await handle.read(header, 0, HEADER_BYTES, 0);
    if (bytesRead < HEADER_BYTES || header.toString('latin1', 0, MAGIC.length) !== MAGIC) {
      const what = size === 0 ? 'it is empty' : 'it does not begin with a SQLite header';
      throw unreadable(file, `is no SQLite file: ${what} (byte 0)`, { offset: 0, sizeBytes: size });
    }
    const stored = header.readUInt16BE(16);
    const pageBytes = stored === 1 ? 65536 : stored;
    if (pageBytes < 512 || (pageBytes & (pageBytes - 1)) !== 0) {
      throw unreadable(file, `has a broken header: a page of ${pageBytes} bytes (byte 16)`, { offset: 16 });
    }
    // The page count is valid only where it was written by the same change as the change counter (fileformat2, 1.3.7).
    const valid = header.readUInt32BE(24) === header.readUInt32BE(92);
    return { sizeBytes: size, changedMs: mtimeMs, pageBytes, pages: valid ? header.readUInt32BE(28) : 0 };
  } catch (error) {
    if (error instanceof CodriverError) throw error;
    if ((error as { code?: unknown }).code === 'ENOENT') {
      throw new CodriverError('NOT_FOUND', `There is no log at ${file}.`, { cause: error });
    }
    throw unreadable(file, `cannot be opened: ${(error as Error).message}`, {}, error);
  } finally {
    await handle?.close();
  }
}

function cutDamage({ sizeBytes, pageBytes, pages }: Header, walBytes: number): Damage | null {
  // With a write-ahead log the file may lag behind its header.
  if (walBytes > WAL_HEADER_BYTES) return null;
  const claimed = pages * pageBytes;
  if (claimed > sizeBytes) {
    return { offset: sizeBytes, why: `the file ends at byte ${sizeBytes} where its header says ${claimed}` };
  }
  if (sizeBytes % pageBytes === 0) return null;
  return {
    offset: sizeBytes,
    why: `the file ends at byte ${sizeBytes}, inside a page of ${pageBytes} bytes`,
  };
}

/** Null where no page is cut. */
async function copyWholePages(file: string, header: Header): Promise<TemporaryFile | null> {
  const bytes = header.sizeBytes - (header.sizeBytes % header.pageBytes);
  if (bytes === header.sizeBytes) return null;
  const copy = await makeTemporary(file, path.basename(file), header.sizeBytes);
  try {
    await copyFile(file, copy.path, constants.COPYFILE_FICLONE);
    await chmod(copy.path, 0o600);
    await truncate(copy.path, bytes);
    return copy;
  } catch (error) {
    await copy.remove();
    throw temporaryError(file, header.sizeBytes, error);
  }
}

async function sizeOf(file: string): Promise<number> {
  return await stat(file).then(
    ({ size }) => size,
    () => 0,
  );
}

function unreadable(
  file: string,
  what: string,
  details: Readonly<Record<string, unknown>> = {},
  cause?: unknown,
): CodriverError {
  return new CodriverError('LOG_UNREADABLE', `Log ${file} ${what}.`, {
    remedy: 'Copy the log again from where it was recorded; `sqlite3 LOG .recover` may save more of it.',
    details: { path: file, ...details },
    cause,
  });
}

/** Size and time of the last change, and the head of the write-ahead log, which changes when that starts anew. */
async function fingerprint(file: string, usesWal: boolean): Promise<string> {
  const { size, mtimeNs } = await stat(file, { bigint: true });
  const base = `${size} ${mtimeNs}`;
  if (!usesWal) return base;
  const handle = await open(`${file}-wal`, 'r').catch(() => null);
  if (handle === null) return base;
  try {
    const head = Buffer.alloc(WAL_HEADER_BYTES);
    await handle.read(head, 0, WAL_HEADER_BYTES, 0);
    return `${base} ${head.toString('hex')}`;
  } finally {
    await handle.close();
  }
}

class OpenConnection implements SqliteConnection {
  readonly #database: InstanceType<typeof Database>;
  readonly #statements = new Map<string, Database.Statement>();

  constructor(file: string, usesWal: boolean, lenient: boolean) {
    const url = pathToFileURL(path.resolve(file));
    // The second keeps SQLite from looking for a log or a journal and from locking; the first reads the log
    // with its index in memory, where it would else be made beside the file.
    url.search = usesWal ? '?mode=ro&vfs=unix-none' : '?mode=ro&immutable=1';
    try {
      this.#database = new Database(url.href);
      if (usesWal) this.rows('PRAGMA locking_mode = EXCLUSIVE');
      // Else SQLite refuses a file that is shorter than its header says.
      if (lenient) this.run('PRAGMA writable_schema = ON');
    } catch (error) {
      throw unreadable(file, `cannot be opened: ${(error as Error).message}`, {}, error);
    }
  }

  rows(sql: string, ...parameters: readonly SqlValue[]): SqlValue[][] {
    try {
      let statement = this.#statements.get(sql);
      if (statement === undefined) {
        statement = this.#prepare(sql);
        this.#statements.set(sql, statement);
      }
      return [...(statement.iterate(...parameters) as IterableIterator<SqlValue[]>)];
    } catch (error) {
      // A statement that failed half-way is not run again.
      this.#statements.delete(sql);
      throw error;
    }
  }

  run(sql: string, ...parameters: readonly SqlValue[]): void {
    this.#database.prepare<unknown[]>(sql).run(...parameters);
  }

  iterate(sql: string, ...parameters: readonly SqlValue[]): Iterator<SqlValue[]> {
    return this.#prepare(sql).iterate(...parameters) as Iterator<SqlValue[]>;
  }

  close(): void {
    this.#statements.clear();
    if (this.#database.open) this.#database.close();
  }

  #prepare(sql: string): Database.Statement {
    return this.#database.prepare<unknown[]>(sql).raw(true).safeIntegers(true);
  }
}
