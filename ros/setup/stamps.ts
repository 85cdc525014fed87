import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';

/** What a step was made from: names and values, such as versions and checksums. */
export type Inputs = Readonly<Record<string, string>>;

/**
 * Remembers what each step was made from. A stamp is taken away before its step runs and put back when it has ended,
 * so a step that was interrupted runs again.
 */
export class Stamps {
  readonly #folder: string;

  /** `folder` need not exist. */
  constructor(folder: string) {
    this.#folder = folder;
  }

  /** True where the step ended with the same inputs and all it made is still there. */
  isDone(step: string, inputs: Inputs, products: readonly string[]): boolean {
    try {
      return readFileSync(this.#file(step), 'utf8') === textOf(inputs) && products.every(existsSync);
    } catch {
      return false;
    }
  }

  /** Forgets a step. */
  clear(step: string): void {
    rmSync(this.#file(step), { force: true });
  }

  /** Remembers that a step has ended. */
  set(step: string, inputs: Inputs): void {
    mkdirSync(this.#folder, { recursive: true });
    writeFileSync(this.#file(step), textOf(inputs));
  }

  #file(step: string): string {
    return path.join(this.#folder, `${step}.json`);
  }
}

const textOf = (inputs: Inputs): string =>
  `${JSON.stringify(Object.fromEntries(Object.entries(inputs).sort()), null, 2)}\n`;

/** SHA-256 (hex) over the names and contents of every file in `folder`, whatever order the disk lists them in. */
export function hashFolder(folder: string): string {
  const hash = createHash('sha256');
  const names = readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => path.relative(folder, path.join(entry.parentPath, entry.name)))
    .sort();
  for (const name of names) {
    const content = readFileSync(path.join(folder, name));
    hash.update(`${name}\0${content.length}\0`).update(content);
  }
  return hash.digest('hex');
}

/** SHA-256 (hex) of a file's content. */
export function hashFile(file: string): string {
  return createHash('sha256').update(readFileSync(file)).digest('hex');
}
