import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { CodriverError } from '../../domain/index.ts';

const run = promisify(execFile);

/** One of the two programs as found. */
export interface FoundProgram {
  /** What to start: a path from the environment, else the name, looked up on PATH. */
  readonly command: string;
  /** As it names itself: `5.1.9-0+deb12u1`, `n7.1`. */
  readonly version: string;
}

/** Oldest version that reads what we ask of it. */
export const OLDEST_FFMPEG = '5.1';

const INSTALL = 'Install it: apt-get install ffmpeg (5.1 or later), or set FFMPEG_PATH and FFPROBE_PATH.';

/** What to start for a program: FFMPEG_PATH and FFPROBE_PATH, as fluent-ffmpeg reads them, else by name. */
export function programPath(name: 'ffmpeg' | 'ffprobe'): string {
  return process.env[name === 'ffmpeg' ? 'FFMPEG_PATH' : 'FFPROBE_PATH'] || name;
}

/** The program and its version; null where it does not start. */
export async function findProgram(name: 'ffmpeg' | 'ffprobe'): Promise<FoundProgram | null> {
  const command = programPath(name);
  try {
    const { stdout } = await run(command, ['-hide_banner', '-version'], { encoding: 'utf8' });
    return { command, version: /version (\S+)/.exec(stdout)?.[1] ?? 'unknown' };
  } catch {
    return null;
  }
}

/** Whether a version is {@link OLDEST_FFMPEG} or later; builds from git, which have no number, count as new. */
export function isNewEnough(version: string): boolean {
  const [, major, minor] = /^n?(\d+)\.(\d+)/.exec(version) ?? [];
  if (major === undefined || minor === undefined) return true;
  const [oldestMajor = 0, oldestMinor = 0] = OLDEST_FFMPEG.split('.').map(Number);
  return Number(major) > oldestMajor || (Number(major) === oldestMajor && Number(minor) >= oldestMinor);
}

const checked = new Map<string, Promise<string>>();

/**
 * The command to start, once it is known to work.
 *
 * @throws CodriverError NOT_FOUND where it is missing or too old, with the command that installs it
 */
export function requireProgram(name: 'ffmpeg' | 'ffprobe'): Promise<string> {
  const key = `${name} ${programPath(name)}`;
  let command = checked.get(key);
  if (command === undefined) {
    command = check(name);
    checked.set(key, command);
    // What is missing now may be installed by the next call.
    command.catch(() => checked.delete(key));
  }
  return command;
}

async function check(name: 'ffmpeg' | 'ffprobe'): Promise<string> {
  const found = await findProgram(name);
  if (found === null) {
    throw new CodriverError('NOT_FOUND', `Video needs ${name}, and "${programPath(name)}" does not start.`, {
      remedy: INSTALL,
    });
  }
  if (!isNewEnough(found.version)) {
    throw new CodriverError('NOT_FOUND', `${found.command} is version ${found.version}, too old for video.`, {
      remedy: INSTALL,
    });
  }
  return found.command;
}
