import { readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import path from 'node:path';

/** Where Fast DDS keeps its segments. */
const FOLDER = '/dev/shm';

/** `fastdds_…` since Kilted, `fastrtps_…` before; segments, ports, their locks and semaphores. */
const NAME = /^(sem\.)?fast(dds|rtps)_/;

/** Younger ones may belong to a process that has not mapped them yet. */
const YOUNGEST_S = 10;

interface SharedMemoryOptions {
  readonly folder?: string;
  readonly procFolder?: string;
  /** Seconds since 1970. */
  readonly nowS?: number;
}

/**
 * Removes shared memory of ROS processes of this user that were killed, so that it does not fill up and their ports are
 * free: whatever no living process has mapped or open. Nothing is removed where a process of this user can't be looked
 * into.
 *
 * @returns names of what was removed
 */
export function cleanSharedMemory(options: SharedMemoryOptions = {}): string[] {
  const { folder = FOLDER, procFolder = '/proc', nowS = Date.now() / 1000 } = options;
  const mine = ownFiles(folder, nowS);
  if (mine.length === 0) return [];
  const used = usedNames(folder, procFolder);
  if (used === undefined) return [];
  const dead = mine.filter((name) => !used.has(base(name)));
  for (const name of dead) rmSync(path.join(folder, name), { force: true });
  return dead;
}

/** A segment's or port's name, for its lock and its semaphore as well. */
function base(name: string): string {
  return name.replace(/^sem\./, '').replace(/(_el|_sl|_mutex)$/, '');
}

function ownFiles(folder: string, nowS: number): string[] {
  let names: string[];
  try {
    names = readdirSync(folder);
  } catch {
    return [];
  }
  return names.filter((name) => {
    if (!NAME.test(name)) return false;
    const info = statSync(path.join(folder, name), { throwIfNoEntry: false });
    return info !== undefined && info.uid === process.getuid?.() && nowS - info.ctimeMs / 1000 > YOUNGEST_S;
  });
}

/** Names that living processes have mapped; undefined where some of this user's could not be looked into. */
function usedNames(folder: string, procFolder: string): Set<string> | undefined {
  const used = new Set<string>();
  for (const pid of readdirSync(procFolder).filter((name) => /^\d+$/.test(name))) {
    try {
      for (const line of readFileSync(path.join(procFolder, pid, 'maps'), 'utf8').split('\n')) {
        const at = line.indexOf(`${folder}/`);
        if (at >= 0) used.add(base(line.slice(at + folder.length + 1).replace(/ \(deleted\)$/, '')));
      }
    } catch (error) {
      if (isGone(error)) continue;
      if (isMine(path.join(procFolder, pid))) return undefined;
    }
  }
  return used;
}

function isGone(error: unknown): boolean {
  return ['ENOENT', 'ESRCH'].includes((error as NodeJS.ErrnoException).code ?? '');
}

function isMine(folder: string): boolean {
  return statSync(folder, { throwIfNoEntry: false })?.uid === process.getuid?.();
}
