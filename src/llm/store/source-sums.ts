import { readFile, stat } from 'node:fs/promises';
import path from 'node:path';
import { z } from 'zod';
import { sha256OfFile } from '../../models/index.ts';
import { writeDurably } from './durable-write.ts';

/** Remembers the sums of source files between runs of one conversion. */
export const SUMS_FILE = 'convert.sources.json';

const SumSchema = z.object({
  file: z.string(),
  bytes: z.number(),
  modifiedMs: z.number(),
  sha256: z.string(),
});
type Sum = z.infer<typeof SumSchema>;

/** A file that was converted, as the manifest names it. */
export interface SourceFile {
  readonly name: string;
  readonly bytes: number;
  readonly sha256: string;
}

/**
 * SHA-256 of every source file. They are kept in the store's folder, so that a conversion that goes on after
 * an interruption doesn't read unchanged files (same size and time of change) again for them.
 */
export async function sumSources(
  files: readonly string[],
  folder: string,
  onProgress: (doneBytes: number, totalBytes: number) => void,
): Promise<SourceFile[]> {
  const known = await readSums(path.join(folder, SUMS_FILE));
  const facts = await Promise.all(files.map((file) => stat(file)));
  const total = facts.reduce((sum, { size }) => sum + size, 0);
  let done = 0;
  const sums: Sum[] = [];
  for (const [i, name] of files.entries()) {
    const file = path.resolve(name);
    const { size: bytes, mtimeMs: modifiedMs } = facts[i] as (typeof facts)[number];
    const before = known.find(
      (sum) => sum.file === file && sum.bytes === bytes && sum.modifiedMs === modifiedMs,
    );
    const onBytes = (count: number): void => {
      done += count;
      onProgress(done, total);
    };
    const sha256 = before?.sha256 ?? (await sha256OfFile(file, onBytes));
    if (before !== undefined) onBytes(bytes);
    sums.push({ file, bytes, modifiedMs, sha256 });
  }
  await writeDurably(path.join(folder, SUMS_FILE), JSON.stringify(sums));
  return sums.map(({ file, bytes, sha256 }) => ({ name: path.basename(file), bytes, sha256 }));
}

async function readSums(file: string): Promise<readonly Sum[]> {
  try {
    return z.array(SumSchema).parse(JSON.parse(await readFile(file, 'utf8')));
  } catch {
    return [];
  }
}
