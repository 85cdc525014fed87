import { existsSync, realpathSync } from 'node:fs';
import { open, readdir, rename, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import { CodriverError } from '../domain/index.ts';
import { makeFolder } from '../io/folders.ts';
import { isPlainFile } from '../io/log/mcap-recording.ts';
import { isUrl } from '../io/log/open-raw-log.ts';

/**
 * Where a log is written: under another name beside the place that was asked for, which it gets when it is
 * whole. An interrupted one keeps the other name.
 */
export interface LogOutput {
  readonly path: string;
  /** `NAME.partial.mcap`, or the folder `NAME.partial`. */
  readonly partialPath: string;
  /** Of the files in a folder. */
  readonly name: string;
  /** Puts the whole log at its place; with force in place of the one that was there. */
  finish(): Promise<void>;
  /** Takes an empty beginning away. */
  discard(): Promise<void>;
}

/**
 * Checks the place before anything is read or written.
 *
 * @throws CodriverError BAD_ARGUMENT where something is there already and `force` is not given, where what
 *   is there is no recording, and where the output lies in an input or the other way round;
 *   LOG_WRITE_FAILED where the folder above can't be made
 */
export async function prepareOutput(
  inputs: readonly string[],
  out: string,
  force: boolean,
): Promise<LogOutput> {
  const isDevice = out.startsWith('/dev/');
  const plain = isPlainFile(out);
  const target = path.resolve(out);
  const name = path.basename(target).replace(/\.mcap$/, '');
  const partialPath = isDevice
    ? out
    : path.join(path.dirname(target), plain ? `${name}.partial.mcap` : `${name}.partial`);
  refuseOverlap(inputs, target);
  if (!isDevice) {
    await makeFolder(path.dirname(target));
    await refuseExisting(target, force, plain);
    await refuseExisting(partialPath, force, plain);
    if (force) await rm(partialPath, { recursive: true, force: true });
  }
  return {
    path: out,
    partialPath,
    name,
    async finish() {
      if (isDevice) return;
      if (force) await rm(target, { recursive: true, force: true });
      await rename(partialPath, target);
      const folder = await open(path.dirname(target), 'r');
      await folder.sync().catch(() => {});
      await folder.close();
    },
    async discard() {
      if (!isDevice) await rm(partialPath, { recursive: true, force: true });
    },
  };
}

function refuseOverlap(inputs: readonly string[], target: string): void {
  const real = realOf(target);
  for (const input of inputs) {
    if (isUrl(input)) continue;
    const from = realOf(path.resolve(input));
    if (!isWithin(real, from) && !isWithin(from, real)) continue;
    throw new CodriverError(
      'BAD_ARGUMENT',
      `The output ${target} and the input ${input} lie in one another.`,
      {
        remedy: 'Name a place outside the inputs.',
      },
    );
  }
}

/** With links followed as far as the path exists. */
function realOf(location: string): string {
  if (existsSync(location)) return realpathSync(location);
  const above = path.dirname(location);
  return above === location ? location : path.join(realOf(above), path.basename(location));
}

function isWithin(inner: string, outer: string): boolean {
  const relative = path.relative(outer, inner);
  return (
    relative === '' ||
    (!relative.startsWith(`..${path.sep}`) && relative !== '..' && !path.isAbsolute(relative))
  );
}

async function refuseExisting(location: string, force: boolean, plain: boolean): Promise<void> {
  const info = await stat(location).catch(() => null);
  if (info === null) return;
  if (!force) {
    throw new CodriverError('BAD_ARGUMENT', `${location} exists already and is not overwritten.`, {
      remedy: 'Name another place, or give --force to replace it.',
    });
  }
  const replaceable = plain ? info.isFile() : info.isDirectory() && (await isRecordingFolder(location));
  if (replaceable) return;
  throw new CodriverError(
    'BAD_ARGUMENT',
    `${location} is no recording and is not replaced, not even with --force.`,
    {
      remedy: 'Name another place, or move what is there away yourself.',
    },
  );
}

/** Nothing but files of a recording: a wrong name must not cost anybody's folder. */
async function isRecordingFolder(folder: string): Promise<boolean> {
  const names = await readdir(folder);
  return names.every((name) => name === 'metadata.yaml' || /\.(mcap|db3)$/.test(name));
}
