import { type FileHandle, open as openFile } from 'node:fs/promises';
import path from 'node:path';
import { CodriverError } from '../../../domain/index.ts';
import type { Damage, RawFilter, RawLog, RawMessage } from '../raw-log.ts';
import { makeTemporary, type TemporaryFile, temporaryError } from './temporary-file.ts';
import { readZstdHeader, unpackZstdFile } from './zstd-file.ts';

/** Opens one file, whatever its format. */
export type OpenLog = (file: string) => Promise<RawLog>;

/**
 * Opens a log that was compressed as a whole (`.db3.zstd`, `.mcap.zstd`). It is unpacked to a temporary file,
 * which is deleted when the log is closed, when opening fails, and when the process exits.
 *
 * @param open opens what was unpacked
 * @throws CodriverError NOT_FOUND; LOG_UNREADABLE where nothing can be unpacked; DISK_FULL where the temporary
 *   folder has no room for what comes out
 */
export async function openCompressedFile(file: string, open: OpenLog): Promise<RawLog> {
  const packed = await openPacked(file);
  let temporary: TemporaryFile | undefined;
  try {
    const { size } = await packed.stat();
    const header = await readZstdHeader(packed).catch((error: Error) => {
      throw unreadable(file, `can't be unpacked: ${error.message} (byte 0)`, 0);
    });
    const needed = header.contentBytes;
    temporary = await makeTemporary(file, path.basename(file).replace(/\.zstd?$/i, ''), needed);
    const unpacked = temporary.path;
    const { bytes, damage } = await unpackZstdFile(packed, unpacked, header).catch((error: unknown) => {
      throw temporaryError(file, needed, error);
    });
    if (bytes === 0 && damage !== null) {
      throw unreadable(file, `can't be unpacked: ${damage.why} (byte ${damage.offset})`, damage.offset);
    }
    const log = await open(unpacked).catch((error: unknown) => {
      throw renamed(CodriverError.from(error, 'LOG_UNREADABLE'), unpacked, file);
    });
    return new UnpackedLog(log, { file, temporary, sizeBytes: size, unpackedBytes: bytes, damage });
  } catch (error) {
    await temporary?.remove();
    throw error;
  } finally {
    await packed.close();
  }
}

async function openPacked(file: string): Promise<FileHandle> {
  try {
    return await openFile(file, 'r');
  } catch (error) {
    if ((error as { code?: unknown }).code === 'ENOENT') {
      throw new CodriverError('NOT_FOUND', `There is no log at ${file}.`, { cause: error });
    }
    throw unreadable(file, `cannot be opened: ${(error as Error).message}`, null, error);
  }
}

function unreadable(file: string, what: string, offset: number | null, cause?: unknown): CodriverError {
  return new CodriverError('LOG_UNREADABLE', `Log ${file} ${what}.`, {
    remedy: 'Copy the log again from where it was recorded.',
    details: { path: file, offset },
    cause,
  });
}

/** The same error with the name that the user knows. */
function renamed(error: CodriverError, from: string, to: string): CodriverError {
  return new CodriverError(error.code, error.message.replaceAll(from, to), {
    ...(error.remedy === undefined ? {} : { remedy: error.remedy }),
    details: { ...error.details, path: to },
    cause: error,
  });
}

interface UnpackedFile {
  readonly file: string;
  readonly temporary: TemporaryFile;
  readonly sizeBytes: number;
  readonly unpackedBytes: number;
  readonly damage: Damage | null;
}

class UnpackedLog implements RawLog {
  readonly path: string;
  readonly format: RawLog['format'];
  readonly sizeBytes: number;
  readonly startNs: bigint;
  readonly endNs: bigint;
  readonly channels: RawLog['channels'];
  readonly damages: readonly Damage[];
  readonly facts: RawLog['facts'];
  readonly #log: RawLog;
  readonly #temporary: TemporaryFile;

  constructor(log: RawLog, unpacked: UnpackedFile) {
    this.#log = log;
    this.#temporary = unpacked.temporary;
    this.path = unpacked.file;
    this.format = log.format;
    this.sizeBytes = unpacked.sizeBytes;
    this.startNs = log.startNs;
    this.endNs = log.endNs;
    this.channels = log.channels;
    this.damages = unpacked.damage === null ? log.damages : [unpacked.damage, ...log.damages];
    this.facts = [
      ['compression', `zstd, the whole file: ${unpacked.unpackedBytes} bytes unpacked`],
      ...log.facts,
    ];
  }

  messages(filter?: RawFilter): AsyncIterable<RawMessage> {
    return this.#log.messages(filter);
  }

  async close(): Promise<void> {
    await this.#log.close();
    await this.#temporary.remove();
  }
}
