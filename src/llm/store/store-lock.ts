import { randomUUID } from 'node:crypto';
import { link, readdir, readFile, unlink, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { z } from 'zod';
import { CodriverError } from '../../domain/errors.ts';

/** Name of a lock, followed by its number. */
const LOCK_PREFIX = 'convert.lock.';

const HolderSchema = z.object({ pid: z.int().positive(), started: z.string(), token: z.string() });
type Holder = z.infer<typeof HolderSchema>;

/** The right to write to a store's folder, held by one process at a time. */
export class StoreLock {
  readonly #file: string;
  readonly #token: string;

  private constructor(file: string, token: string) {
    this.#file = file;
    this.#token = token;
  }

  /**
   * Takes the lock. One whose process is gone is taken over by putting the next number beside it, so that of
   * several who try, one succeeds; it is only removed afterwards. A process is told from a later one of the
   * same id by the time it was started. Errors: BAD_ARGUMENT, naming the process that holds it.
   */
  static async take(folder: string): Promise<StoreLock> {
    const token = randomUUID();
    const mine = path.join(folder, `convert.new-lock-${token}`);
    const holder: Holder = { pid: process.pid, started: await startOf(process.pid), token };
    await writeFile(mine, JSON.stringify(holder));
    try {
      for (;;) {
        const stale = await staleLocks(folder, undefined);
        const number = Math.max(0, ...stale) + 1;
        const file = lockFile(folder, number);
        if (!(await linked(mine, file))) continue;
        // Whoever looked before and took another number than this one is there now: both may step back.
        const others = await staleLocks(folder, number).catch(async (error: unknown) => {
          await unlink(file);
          throw error;
        });
        for (const other of others) await removeIfThere(lockFile(folder, other));
        return new StoreLock(file, token);
      }
    } finally {
      await unlink(mine);
    }
  }

  /** Throws when the lock was lost, as by somebody's removing it. */
  async check(): Promise<void> {
    const holder = await readHolder(this.#file);
    if (holder?.token !== this.#token) throw held(path.dirname(this.#file), holder?.pid);
  }

  async release(): Promise<void> {
    if ((await readHolder(this.#file))?.token === this.#token) await unlink(this.#file);
  }
}

function lockFile(folder: string, number: number): string {
  return path.join(folder, `${LOCK_PREFIX}${number}`);
}

/** Numbers of the locks whose processes are gone, but for `mine`. Errors: BAD_ARGUMENT where one isn't gone. */
async function staleLocks(folder: string, mine: number | undefined): Promise<number[]> {
  const numbers: number[] = [];
  for (const name of await readdir(folder)) {
    const number = name.startsWith(LOCK_PREFIX) ? Number(name.slice(LOCK_PREFIX.length)) : Number.NaN;
    if (!Number.isSafeInteger(number) || number === mine) continue;
    const holder = await readHolder(path.join(folder, name));
    if (holder !== undefined && (await isRunning(holder))) throw held(folder, holder.pid);
    numbers.push(number);
  }
  return numbers;
}

/** Makes `to` a name of the file `from`, which happens whole or not at all; false where `to` exists. */
async function linked(from: string, to: string): Promise<boolean> {
  try {
    await link(from, to);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}

async function removeIfThere(file: string): Promise<void> {
  await unlink(file).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'ENOENT') throw error;
  });
}

async function readHolder(file: string): Promise<Holder | undefined> {
  try {
    return HolderSchema.parse(JSON.parse(await readFile(file, 'utf8')));
  } catch {
    return undefined;
  }
}

async function isRunning({ pid, started }: Holder): Promise<boolean> {
  try {
    process.kill(pid, 0);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EPERM') return false;
  }
  const now = await startOf(pid);
  return now === '' || started === '' || now === started;
}

/** When a process was started, in ticks since boot; empty where the system doesn't say. */
async function startOf(pid: number): Promise<string> {
  const text = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '');
  // The name, second and in brackets, may hold anything; the start is the 20th field after it.
  return text.slice(text.lastIndexOf(')') + 2).split(' ')[19] ?? '';
}

function held(folder: string, pid: number | undefined): CodriverError {
  const by = pid === undefined ? 'another process' : `process ${pid}`;
  return new CodriverError('BAD_ARGUMENT', `The store ${folder} is being written by ${by}.`, {
    remedy: 'Wait until it is done, or choose another folder.',
    details: { store: folder, pid },
  });
}
