import { existsSync, realpathSync } from 'node:fs';
import path from 'node:path';
import { CodriverError } from '../domain/index.ts';

/**
 * Refuses to write over what is read: a log's own file, or a file of a log that is a folder.
 *
 * @param outputs files and folders to be written; undefined and `-` are passed over
 * @throws CodriverError BAD_ARGUMENT naming both
 */
export function refuseOverwriting(logs: readonly string[], outputs: readonly (string | undefined)[]): void {
  for (const output of outputs) {
    if (output === undefined || output === '-' || !existsSync(output)) continue;
    const target = realpathSync(output);
    const log = logs.find((name) => existsSync(name) && isWithin(target, realpathSync(name)));
    if (log === undefined) continue;
    throw new CodriverError('BAD_ARGUMENT', `${output} would be written over ${log}, which is being read.`, {
      remedy: 'Give the output another name.',
    });
  }
}

/** `diff.jsonl` as `diff.a.jsonl` for build A, `diff.b.jsonl` for build B; a folder `drive` as `drive.a`. */
export function fileOfBuild(file: string, build: 'a' | 'b'): string {
  const { dir, name, ext } = path.parse(file);
  return path.join(dir, `${name}.${build}${ext}`);
}

const isWithin = (target: string, log: string): boolean =>
  target === log || target.startsWith(log + path.sep);
