import { spawnSync } from 'node:child_process';
import { readdirSync, statSync } from 'node:fs';
import path from 'node:path';

/** Where Fast DDS keeps its segments. */
const FOLDER = '/dev/shm';

/** Locks of segments and ports; `fastdds_…` since Kilted, `fastrtps_…` before. */
const LOCK = /^fast(dds|rtps)_\w+_(el|sl)$/;

/** Younger ones may belong to a process that has not locked them yet. */
const YOUNGEST_S = 2;

/** Removes what the lock `$1` stands for, where nobody holds it: the name, all its locks, and its semaphore. */
const REMOVE = `
base=\${1%_[es]l}; folder=\${1%/*}; name=\${base##*/}
for lock in "\${base}_el" "\${base}_sl"; do
  [ ! -e "$lock" ] || flock -n "$lock" true || exit 1
done
exec flock -n "$1" rm -f "$base" "\${base}_el" "\${base}_sl" "$folder/sem.\${name}_mutex"
`;

/**
 * Removes shared memory of Fast DDS whose process was killed, so that memory does not fill up and ports are free. Who
 * lives holds a lock on it (flock(2)), whatever user or container it is in; the others do not any more. Without
 * util-linux's `flock` nothing is removed.
 *
 * @returns names of what was removed
 */
export function cleanSharedMemory(folder = FOLDER, nowS = Date.now() / 1000): string[] {
  return oldLocks(folder, nowS).filter((name) => {
    const { status } = spawnSync('sh', ['-c', REMOVE, 'sh', path.join(folder, name)], { stdio: 'ignore' });
    return status === 0;
  });
}

function oldLocks(folder: string, nowS: number): string[] {
  let names: string[];
  try {
    names = readdirSync(folder);
  } catch {
    return [];
  }
  return names.filter((name) => {
    if (!LOCK.test(name)) return false;
    const info = statSync(path.join(folder, name), { throwIfNoEntry: false });
    return info !== undefined && nowS - info.ctimeMs / 1000 > YOUNGEST_S;
  });
}
