import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { CodriverError } from '../../src/domain/index.ts';

const ROOT = '/sys/fs/cgroup';

/** What became of a process that ran in its own memory group. */
export interface LimitedRun {
  /** The complete lines it printed, also those before it was killed. */
  readonly lines: readonly string[];
  readonly stderr: string;
  readonly exitCode: number | null;
  /** The kernel killed it because the group reached its limit. */
  readonly outOfMemory: boolean;
  /** It was ended because `timeoutMs` had passed. */
  readonly timedOut: boolean;
  /** Peak memory of the group, file pages charged to it included; NaN where the kernel doesn't tell. */
  readonly peakBytes: number;
  /** The most that was seen of it, without file pages, which give way; looked at ten times a second. */
  readonly peakHeldBytes: number;
  /** Page faults of the group that had to wait for storage. */
  readonly majorFaults: number;
}

/** Which files of a memory group say what; version 1 and version 2 of Linux's control groups differ. */
interface GroupFiles {
  readonly parent: string;
  readonly limits: (bytes: number) => ReadonlyArray<readonly [name: string, value: string]>;
  readonly usage: string;
  readonly peak: string;
  readonly kills: string;
}

/** The reason why {@link runLimited} can't work here, or undefined when it can. */
export function limitedUnavailable(): string | undefined {
  if (process.platform !== 'linux') return 'memory groups (cgroups) exist on Linux only';
  if (process.getuid?.() !== 0) return 'memory groups (cgroups) can be made by root only';
  const files = groupFiles();
  if (files === undefined) return `there is no memory controller below ${ROOT}`;
  try {
    const group = path.join(files.parent, `codriver-try-${process.pid}`);
    mkdirSync(group);
    for (const [name, value] of files.limits(1 << 30)) writeFileSync(path.join(group, name), value);
    rmdirSync(group);
    return undefined;
  } catch (error) {
    return `no memory group can be made here (${(error as Error).message})`;
  }
}

/**
 * Runs Node with `args` in a memory group of its own inside this process's group, so that outer limits hold as well.
 * The child joins the group before Node starts. `limitBytes` undefined measures without a limit; swap counts as
 * memory. With `dropCaches` the machine's page cache is emptied before, so that the file pages the child reads
 * are charged to it and not to whoever read them earlier. Throws BAD_ARGUMENT where groups can't be made.
 */
export async function runLimited(
  args: readonly string[],
  options: { limitBytes?: number; dropCaches?: boolean; timeoutMs?: number } = {},
): Promise<LimitedRun> {
  const files = groupFiles();
  const reason = limitedUnavailable();
  if (reason !== undefined || files === undefined) {
    throw new CodriverError('BAD_ARGUMENT', `A process can't be limited here: ${reason}.`, {
      remedy: 'Run it as root on Linux with the memory controller of cgroups mounted.',
    });
  }
  if (options.dropCaches) dropPageCache();
  const group = path.join(files.parent, `codriver-bench-${process.pid}-${process.hrtime.bigint()}`);
  mkdirSync(group);
  try {
    for (const [name, value] of options.limitBytes === undefined ? [] : files.limits(options.limitBytes)) {
      if (existsSync(path.join(group, name))) writeFileSync(path.join(group, name), value);
    }
    let peakHeldBytes = 0;
    const watch = setInterval(() => {
      peakHeldBytes = Math.max(peakHeldBytes, heldBytes(group, files));
    }, 100);
    const outcome = await runInside(group, args, options.timeoutMs).finally(() => clearInterval(watch));
    const kills = Number(/^oom_kill (\d+)/m.exec(textOf(path.join(group, files.kills)))?.[1] ?? 0);
    const faults = /^pgmajfault (\d+)/m.exec(textOf(path.join(group, 'memory.stat')))?.[1];
    const peakBytes = Number.parseInt(textOf(path.join(group, files.peak)), 10);
    return { ...outcome, outOfMemory: kills > 0, peakBytes, peakHeldBytes, majorFaults: Number(faults) };
  } finally {
    await removeGroup(group);
  }
}

async function runInside(
  group: string,
  args: readonly string[],
  timeoutMs = 300_000,
): Promise<Pick<LimitedRun, 'lines' | 'stderr' | 'exitCode' | 'timedOut'>> {
  const join = 'echo $$ > "$0" && exec "$@"';
  const procs = path.join(group, 'cgroup.procs');
  const child = spawn('/bin/sh', ['-c', join, procs, process.execPath, ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const lines: string[] = [];
  let stderr = '';
  let timedOut = false;
  createInterface({ input: child.stdout }).on('line', (line) => lines.push(line));
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr = (stderr + text).slice(-4000);
  });
  const timer = setTimeout(() => {
    timedOut = true;
    child.kill('SIGKILL');
  }, timeoutMs);
  try {
    const exitCode = await new Promise<number | null>((resolve, reject) => {
      child.on('error', reject).on('close', resolve);
    });
    return { lines, stderr, exitCode, timedOut };
  } finally {
    clearTimeout(timer);
  }
}

/** What a group holds beside file pages. */
function heldBytes(group: string, { usage }: GroupFiles): number {
  const stat = textOf(path.join(group, 'memory.stat'));
  const filePages = [...stat.matchAll(/^(?:in)?active_file (\d+)/gm)].reduce(
    (sum, [, n]) => sum + Number(n),
    0,
  );
  return Number.parseInt(textOf(path.join(group, usage)), 10) - filePages;
}

/** Empties the page cache; throws BAD_ARGUMENT where that is not allowed, as figures would then be wrong. */
function dropPageCache(): void {
  try {
    writeFileSync('/proc/sys/vm/drop_caches', '1');
  } catch (cause) {
    throw new CodriverError('BAD_ARGUMENT', 'The page cache of this machine may not be dropped.', {
      remedy: 'Run it as root, outside a container that mounts /proc/sys read-only.',
      cause,
    });
  }
}

function groupFiles(): GroupFiles | undefined {
  const own = textOf('/proc/self/cgroup');
  const version1 = /^\d+:(?:[^:]*,)?memory(?:,[^:]*)?:(.*)$/m.exec(own)?.[1];
  if (version1 !== undefined) {
    const parent = [version1, '/']
      .map((name) => path.join(ROOT, 'memory', name))
      .find((folder) => existsSync(path.join(folder, 'memory.limit_in_bytes')));
    if (parent === undefined) return undefined;
    return {
      parent,
      // In this order: memory with swap must not be below memory alone.
      limits: (bytes) => [
        ['memory.limit_in_bytes', String(bytes)],
        ['memory.memsw.limit_in_bytes', String(bytes)],
      ],
      usage: 'memory.usage_in_bytes',
      peak: 'memory.max_usage_in_bytes',
      kills: 'memory.oom_control',
    };
  }
  // A version 2 group that holds processes can't limit groups inside it: the nearest one above that does.
  let name = /^0::(.*)$/m.exec(own)?.[1] ?? '/';
  while (!/\bmemory\b/.test(textOf(path.join(ROOT, name, 'cgroup.subtree_control')))) {
    if (name === '/') return undefined;
    name = path.dirname(name);
  }
  return {
    parent: path.join(ROOT, name),
    limits: (bytes) => [
      ['memory.max', String(bytes)],
      ['memory.swap.max', '0'],
    ],
    usage: 'memory.current',
    peak: 'memory.peak',
    kills: 'memory.events',
  };
}

function textOf(file: string): string {
  return existsSync(file) ? readFileSync(file, 'utf8') : '';
}

/** The kernel lets go of a group a moment after its last process. */
async function removeGroup(group: string): Promise<void> {
  for (let attempt = 0; ; attempt++) {
    try {
      rmdirSync(group);
      return;
    } catch (cause) {
      if (attempt === 50) throw CodriverError.from(cause);
      await sleep(20);
    }
  }
}
