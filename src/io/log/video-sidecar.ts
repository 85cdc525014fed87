import { readFile, stat } from 'node:fs/promises';
import path from 'node:path';
import { parseDocument } from 'yaml';
import { z } from 'zod';
import { CodriverError, type TimeNs } from '../../domain/index.ts';
import { isoToNs } from '../ros-messages/ros-time.ts';

/** A moment: nanoseconds since 1970 as an integer, or ISO 8601 with an offset. */
const Moment = z.union([z.bigint(), z.string()]).transform((value, context): TimeNs => {
  const ns = typeof value === 'bigint' ? value : /^\d+$/.test(value) ? BigInt(value) : isoToNs(value);
  if (ns !== undefined && ns >= 0n) return ns;
  context.addIssue({
    code: 'custom',
    message: `"${value}" is neither ISO 8601 with an offset (2026-11-24T09:00:00.5+09:00) nor nanoseconds`,
  });
  return z.NEVER;
});

/**
 * What a video file doesn't say about itself, in a YAML file beside it: `drive.yaml` or `drive.mp4.yaml` for
 * `drive.mp4`. Every field may be left out.
 *
 * ```yaml
 * start: 2026-11-24T09:00:00.250+09:00  # of the first picture
 * fps: 20                               # where the file's own times are wrong or missing
 * frameTimes: drive.csv                 # or a list; instead of start and fps
 * topic: /camera/front
 * frameId: camera_front
 * ```
 */
export const VideoSidecar = z
  .strictObject({
    /** When the first picture was taken. */
    start: Moment.optional(),
    /** Pictures a second, evenly, whatever the file's own times. */
    fps: z
      .union([z.number(), z.bigint().transform(Number)])
      .pipe(z.number().positive().max(1000))
      .optional(),
    /**
     * When each picture was taken, in the order of showing: a list, or a CSV file beside this one whose
     * first column has them, with or without a line of names.
     */
    frameTimes: z.union([z.array(Moment).min(1), z.string().min(1)]).optional(),
    topic: z.string().startsWith('/').default('/camera'),
    /** REP-105 frame of the camera's optical centre. */
    frameId: z.string().default('camera'),
  })
  .refine(
    ({ start, fps, frameTimes }) => frameTimes === undefined || (start === undefined && fps === undefined),
    {
      message: 'frameTimes says it all: leave start and fps out',
    },
  );

/** A sidecar as it is used. */
export interface LoadedSidecar {
  /** Where it was found; null for none. */
  readonly path: string | null;
  readonly startNs: TimeNs | undefined;
  readonly fps: number | undefined;
  readonly frameTimesNs: readonly TimeNs[] | undefined;
  readonly topic: string;
  readonly frameId: string;
}

/** A day of pictures at 100 a second, a line each, is a third of this. */
const MAX_BYTES = 512 * 1024 * 1024;

/**
 * The sidecar of a video file; the defaults where it has none.
 *
 * @throws CodriverError BAD_CONFIG naming the file and field
 */
export async function loadSidecar(videoPath: string): Promise<LoadedSidecar> {
  const bare = videoPath.slice(0, videoPath.length - path.extname(videoPath).length);
  for (const candidate of [`${videoPath}.yaml`, `${bare}.yaml`]) {
    const text = await readBounded(candidate);
    if (text !== null) return await parseSidecar(candidate, text);
  }
  const { topic, frameId } = VideoSidecar.parse({});
  return { path: null, startNs: undefined, fps: undefined, frameTimesNs: undefined, topic, frameId };
}

async function parseSidecar(file: string, text: string): Promise<LoadedSidecar> {
  const document = parseDocument(text, { intAsBigInt: true });
  const [error] = document.errors;
  if (error !== undefined) throw badSidecar(file, error.message.split('\n')[0]!);
  const parsed = VideoSidecar.safeParse(document.toJS() ?? {});
  if (!parsed.success) {
    const issues = parsed.error.issues.map(
      ({ path: at, message }) => `${at.join('.') || 'file'}: ${message}`,
    );
    throw badSidecar(file, issues.join('; '));
  }
  const { start, fps, frameTimes, topic, frameId } = parsed.data;
  const times = typeof frameTimes === 'string' ? await readTimes(file, frameTimes) : frameTimes;
  const unsorted = times?.findIndex((time, index) => index > 0 && time <= times[index - 1]!) ?? -1;
  if (unsorted >= 0)
    throw badSidecar(file, `frameTimes: number ${unsorted + 1} is not later than the one before`);
  return { path: file, startNs: start, fps, frameTimesNs: times, topic, frameId };
}

async function readTimes(sidecar: string, name: string): Promise<TimeNs[]> {
  const file = path.resolve(path.dirname(sidecar), name);
  const text = await readBounded(file);
  if (text === null) throw badSidecar(sidecar, `frameTimes: there is no file ${file}`);
  const times: TimeNs[] = [];
  for (const [index, line] of text.split(/\r?\n/).entries()) {
    const first = line
      .split(/[,;\t]/, 1)[0]!
      .trim()
      .replace(/^"(.*)"$/, '$1');
    if (first === '') continue;
    const time = Moment.safeParse(first);
    if (time.success) times.push(time.data);
    // The first line may name the columns.
    else if (index > 0) throw badSidecar(file, `line ${index + 1}: ${time.error.issues[0]?.message}`);
  }
  if (times.length === 0) throw badSidecar(file, 'it has no times');
  return times;
}

async function readBounded(file: string): Promise<string | null> {
  const info = await stat(file).catch(() => null);
  if (info === null || !info.isFile()) return null;
  if (info.size > MAX_BYTES) throw badSidecar(file, `${info.size} bytes are too many`);
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    throw badSidecar(file, (error as Error).message);
  }
}

function badSidecar(file: string, why: string): CodriverError {
  return new CodriverError('BAD_CONFIG', `Sidecar ${file} of a video is not usable: ${why}.`, {
    remedy: 'Correct it, or take it away to read the video with its own times. docs/logs.md has the fields.',
    details: { path: file },
  });
}
