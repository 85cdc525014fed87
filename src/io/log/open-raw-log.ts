import { stat } from 'node:fs/promises';
import { CodriverError } from '../../domain/index.ts';
import { FileSource } from './file-source.ts';
import { HttpSource } from './http-source.ts';
import { type FileKind, HEAD_BYTES, KIND_NAMES, sniffKind } from './magic.ts';
import type { ByteSource, RawLog } from './raw-log.ts';

export interface OpenRawLogOptions {
  /** Ends requests to a server. */
  readonly signal?: AbortSignal;
}

const READ_KINDS =
  'MCAP, rosbag2 (a folder with metadata.yaml, .db3, either of them zstd-compressed), rosbag1 .bag and video files';

/**
 * Opens a log of any format, told by its bytes and never by its name: an MCAP, `.db3`, `.bag` or video
 * file, a zstd-compressed one, a rosbag2 folder, or an MCAP or `.bag` at an http(s) address.
 *
 * @throws CodriverError NOT_FOUND; LOG_UNREADABLE for a file of another kind or one that is broken
 */
export async function openRawLog(location: string, options: OpenRawLogOptions = {}): Promise<RawLog> {
  if (isUrl(location)) return await openRemote(location, options);
  const info = await stat(location).catch(() => null);
  if (info?.isDirectory() === true) {
    const { openRosbag2Folder } = await import('./rosbag2/folder.ts');
    return await openRosbag2Folder(location, (file) => openRawLog(file, options));
  }
  const source = await FileSource.open(location);
  const kind = await kindOf(source);
  if (kind === 'mcap' || kind === 'rosbag1') return await openSource(kind, source);
  await source.close();
  switch (kind) {
    case 'sqlite': {
      const { openRosbag2Sqlite } = await import('./rosbag2/sqlite.ts');
      return await openRosbag2Sqlite(location);
    }
    case 'zstd': {
      const { openCompressedFile } = await import('./rosbag2/compressed.ts');
      return await openCompressedFile(location, (file) => openRawLog(file, options));
    }
    case 'video': {
      const { openVideoFile } = await import('./video-file.ts');
      return await openVideoFile(location);
    }
    default:
      throw unknownKind(source, kind);
  }
}

/** True for a log that is read from a server. */
export function isUrl(location: string): boolean {
  return /^https?:\/\//i.test(location);
}

async function openRemote(url: string, options: OpenRawLogOptions): Promise<RawLog> {
  const source = await HttpSource.open(url, options);
  const kind = await kindOf(source);
  if (kind === 'mcap' || kind === 'rosbag1') return await openSource(kind, source);
  await source.close();
  if (kind === 'empty' || kind === null) throw unknownKind(source, kind);
  throw new CodriverError(
    'LOG_UNREADABLE',
    `Log ${url} is ${KIND_NAMES[kind]}, which is not read from a server.`,
    {
      remedy: 'Download it and open the file, or convert it to MCAP with `codriver log convert`.',
      details: { url, kind },
    },
  );
}

async function openSource(kind: 'mcap' | 'rosbag1', source: ByteSource): Promise<RawLog> {
  if (kind === 'mcap') {
    const { openMcap } = await import('./mcap/mcap-log.ts');
    return await openMcap(source);
  }
  const { openRosbag1 } = await import('./rosbag1/rosbag1.ts');
  return await openRosbag1(source);
}

async function kindOf(source: ByteSource): Promise<FileKind | 'empty' | null> {
  try {
    if (source.sizeBytes === 0) return 'empty';
    return sniffKind(await source.read(0, HEAD_BYTES));
  } catch (error) {
    await source.close();
    throw error;
  }
}

function unknownKind(source: ByteSource, kind: 'empty' | null): CodriverError {
  const what =
    kind === 'empty'
      ? 'it is empty (byte 0)'
      : 'its first bytes are those of no format that is read (byte 0)';
  return new CodriverError('LOG_UNREADABLE', `Log ${source.name} cannot be opened: ${what}.`, {
    remedy: `Name a log of one of these kinds: ${READ_KINDS}.`,
    details: { path: source.name, offset: 0, sizeBytes: source.sizeBytes },
  });
}
