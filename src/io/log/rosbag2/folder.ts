import { type Dirent, existsSync } from 'node:fs';
import { readdir, readFile, stat } from 'node:fs/promises';
import path from 'node:path';
import { CodriverError } from '../../../domain/index.ts';
import type { Damage, RawLog } from '../raw-log.ts';
import { type OpenLog, openCompressedFile } from './compressed.ts';
import { withMessagesUnpacked } from './compressed-messages.ts';
import { JoinedLogs } from './joined-logs.ts';
import { type BagInformation, LATEST_VERSION, parseMetadata } from './metadata.ts';

const METADATA = 'metadata.yaml';
const MAX_METADATA_BYTES = 64 * 1024 * 1024;
const PACKED = /\.zstd?$/i;
const BAG_FILE = /\.(db3|mcap|bag)(\.zstd?)?$/i;

/**
 * Opens a rosbag2 folder: the files that its `metadata.yaml` names, as one log by time. Without a usable
 * `metadata.yaml`, the bag files in it by name. What is missing or unreadable is told as damage.
 *
 * @param open opens one file that is not compressed
 * @throws CodriverError NOT_FOUND; LOG_UNREADABLE for a folder with no bag file, or none that can be read;
 *   DISK_FULL where compressed files have no room to be unpacked
 */
export async function openRosbag2Folder(folder: string, open: OpenLog): Promise<RawLog> {
  const present = (await listFolder(folder)).filter((name) => BAG_FILE.test(name));
  const damages: Damage[] = [];
  const metadata = await readMetadata(folder, damages);
  if (present.length === 0) {
    const what =
      metadata === null ? `no .db3 or .mcap file and no ${METADATA}` : `none of the files of its ${METADATA}`;
    throw new CodriverError('LOG_UNREADABLE', `Folder ${folder} is no recording: there is ${what} in it.`, {
      remedy: 'Name the folder that `ros2 bag record` made, or a log file.',
      details: { path: folder },
    });
  }
  const files = metadata === null ? byName(present) : listed(folder, metadata, damages);
  const unpacksMessages = metadata?.compression_mode?.toUpperCase() === 'MESSAGE';
  const logs: RawLog[] = [];
  let firstError: CodriverError | undefined;
  try {
    for (const file of files) {
      const whole = path.join(folder, file);
      try {
        const log = PACKED.test(file) ? await openCompressedFile(whole, open) : await open(whole);
        logs.push(unpacksMessages ? withMessagesUnpacked(log) : log);
      } catch (error) {
        const told = CodriverError.from(error, 'LOG_UNREADABLE');
        if (told.code === 'DISK_FULL') throw told;
        firstError ??= told;
        damages.push({ offset: null, why: told.message, file });
      }
    }
    if (logs.length === 0) {
      throw (
        firstError ??
        new CodriverError(
          'LOG_UNREADABLE',
          `Folder ${folder} has none of the files that its ${METADATA} names.`,
          {
            remedy: 'Copy the whole folder from where it was recorded.',
            details: { path: folder, files: metadata?.relative_file_paths },
          },
        )
      );
    }
    return new JoinedLogs(folder, logs, {
      damages,
      facts: factsOf(metadata, logs.length),
      topics: metadata?.topics_with_message_count ?? [],
      messageCount: metadata?.message_count ?? null,
    });
  } catch (error) {
    await Promise.allSettled(logs.map((log) => log.close()));
    throw error;
  }
}

async function listFolder(folder: string): Promise<string[]> {
  try {
    const entries: Dirent[] = await readdir(folder, { withFileTypes: true });
    return entries.filter((entry) => !entry.isDirectory()).map(({ name }) => name);
  } catch (error) {
    const missing = (error as { code?: unknown }).code === 'ENOENT';
    throw new CodriverError(
      missing ? 'NOT_FOUND' : 'LOG_UNREADABLE',
      missing
        ? `There is no log at ${folder}.`
        : `Folder ${folder} cannot be read: ${(error as Error).message}.`,
      { remedy: 'Name the folder that `ros2 bag record` made, or a log file.', cause: error },
    );
  }
}

/** Null where there is none; one that can't be used is damage. */
async function readMetadata(folder: string, damages: Damage[]): Promise<BagInformation | null> {
  const file = path.join(folder, METADATA);
  if (!existsSync(file)) return null;
  try {
    const { size } = await stat(file);
    if (size > MAX_METADATA_BYTES) throw new Error(`its ${size} bytes are too many`);
    return parseMetadata(await readFile(file, 'utf8'));
  } catch (error) {
    const why = `it can't be used, so that the files are taken by name: ${(error as Error).message}`;
    damages.push({ offset: null, why, file: METADATA });
    return null;
  }
}

/** By name, with numbers in it as numbers; of a file and its compressed twin the first. */
function byName(present: readonly string[]): string[] {
  return present
    .filter((name) => !PACKED.test(name) || !present.includes(name.replace(PACKED, '')))
    .toSorted((a, b) => a.localeCompare(b, 'en', { numeric: true }));
}

/** The files that the metadata names, as they are called now. A name never leads out of the folder. */
function listed(folder: string, metadata: BagInformation, damages: Damage[]): string[] {
  const files: string[] = [];
  for (const named of metadata.relative_file_paths) {
    // Before version 4 the names began with the folder's, which may have been renamed since.
    const name = path.basename(named);
    const inside = path.normalize(named);
    const candidates = [inside, name].filter((file) => !path.isAbsolute(file) && !file.startsWith('..'));
    const twins = candidates.flatMap((file) => [file, `${file}.zstd`, file.replace(PACKED, '')]);
    const found = twins.find((file) => existsSync(path.join(folder, file)));
    if (found !== undefined) files.push(found);
    else damages.push({ offset: null, why: `${METADATA} names it, and it is missing`, file: named });
  }
  return files;
}

function factsOf(metadata: BagInformation | null, files: number): [string, string][] {
  const facts: [string, string][] = [['files', String(files)]];
  if (metadata === null) return [...facts, ['metadata.yaml', 'none; the files are taken by name']];
  const newer = metadata.version > LATEST_VERSION ? `, newer than ${LATEST_VERSION}` : '';
  const distro = metadata.ros_distro ? `, ROS 2 ${metadata.ros_distro}` : '';
  return [...facts, ['metadata.yaml', `version ${metadata.version}${newer}${distro}`]];
}
