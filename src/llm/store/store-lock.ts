import { randomUUID } from 'node:crypto';
import { link, readFile, rename, unlink, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { z } from 'zod';
import { CodriverError } from '../../domain/errors.ts';

const LOCK_FILE = 'convert.lock';

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
   * Takes the lock; one whose process is gone is taken over. A process is told from a later one with the same
   * number by the time it was started. Errors: BAD_ARGUMENT, naming the process that holds it.
   */
  static async take(folder: string): Promise<StoreLock> {
    const file = path.join(folder, LOCK_FILE);
    const token = randomUUID();
    const mine = `${file}.${token}`;
    const holder: Holder = { pid: process.pid, started: await startOf(process.pid), token };
    await writeFile(mine, JSON.stringify(holder));
    try {
      for (;;) {
        if (await linked(mine, file)) return new StoreLock(file, token);
        const current = await readHolder(file);
        if (current !== undefined && (await isRunning(current))) throw held(folder, current.pid);
        await removeStale(file, current?.token);
      }
    } finally {
      await unlink(mine);
    }
  }

  /** Throws when another process took the lock meanwhile. */
  async check(): Promise<void> {
    const holder = await readHolder(this.#file);
    if (holder?.token !== this.#token) throw held(path.dirname(this.#file), holder?.pid);
  }

  async release(): Promise<void> {
    if ((await readHolder(this.#file))?.token === this.#token) await unlink(this.#file);
  }
}

/** Makes `to` a name of the file `from`, which either happens whole or not at all; false where `to` exists. */
async function linked(from: string, to: string): Promise<boolean> {
  try {
    await link(from, to);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}

/** Removes a stale lock, and only that one: it is moved aside and looked at again before it goes. */
async function removeStale(file: string, token: string | undefined): Promise<void> {
  const aside = `${file}.stale-${randomUUID()}`;
  try {
    await rename(file, aside);
  } catch (error) {
    // Somebody else removed it.
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return;
    throw error;
  }
  if ((await readHolder(aside))?.token !== token) await linked(aside, file);
  await unlink(aside);
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
