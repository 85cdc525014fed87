import { readFileSync } from 'node:fs';
import { parse, YAMLParseError } from 'yaml';
import { z } from 'zod';
import {
  Authority,
  CodriverError,
  Language,
  NS_PER_MS,
  Seat,
  secondsToNs,
  type TimeNs,
  Utterance,
} from '../domain/index.ts';
import { detectLanguage } from './language.ts';

/** The times that a log covers. */
export interface LogSpan {
  readonly startNs: TimeNs;
  readonly endNs: TimeNs;
}

const Entry = z.strictObject({
  at: z
    .union([z.number().finite().min(0), z.iso.datetime({ offset: true })], {
      error: 'must be seconds from the start, or an ISO 8601 time with offset',
    })
    .describe("Seconds from the log's start, or an ISO 8601 time with its offset."),
  text: z.string().min(1).max(2000).describe('What is said, as a speech recogniser would write it.'),
  language: Language.optional().describe('Left out: ja where the text has kana or kanji, else en.'),
  seat: Seat.default('FRONT_RIGHT').describe('Where the voice comes from.'),
  authority: Authority.default('DRIVER_OR_OWNER').describe('Who speaks.'),
  confidence: z.number().min(0).max(1).default(1).describe("The speech recogniser's confidence."),
  live: z
    .boolean()
    .default(true)
    .describe('False where the voice seems to come from a loudspeaker (radio, telephone).'),
});

/** A script of what is said during a replay, as its file holds it. */
export const UtteranceScript = z.array(Entry).describe('What is said during a replay of a drive log.');

/**
 * Reads a script of what is said during a replay: YAML, a list of
 * `{at, text, language?, seat?, authority?, confidence?, live?}`. Left out, it is
 * the driver speaking, heard without doubt. Sorted by time; equal times keep the
 * order of the file.
 *
 * @throws CodriverError NOT_FOUND; BAD_SCRIPT naming entry (from 1) and field
 */
export function readUtteranceScript(path: string, log: LogSpan): Utterance[] {
  const entries = parseYaml(path);
  if (!Array.isArray(entries))
    throw badScript(path, 'it is no list of entries like `- {at: 2.5, text: 止まって}`');
  const utterances = entries.map((raw, index) => toUtterance(path, raw, index, log));
  return utterances.toSorted((a, b) => (a.stampNs < b.stampNs ? -1 : a.stampNs > b.stampNs ? 1 : 0));
}

function parseYaml(path: string): unknown {
  try {
    return parse(readFileSync(path, 'utf8'));
  } catch (error) {
    if (error instanceof YAMLParseError)
      throw badScript(path, `it is no YAML: ${error.message.split('\n')[0]}`, error);
    throw new CodriverError('NOT_FOUND', `Script ${path} cannot be read: ${(error as Error).message}.`, {
      remedy: 'Name a YAML file after --say.',
      cause: error,
    });
  }
}

function toUtterance(path: string, raw: unknown, index: number, log: LogSpan): Utterance {
  const parsed = Entry.safeParse(raw);
  if (!parsed.success) {
    const problems = parsed.error.issues.map(
      (issue) => `${issue.path.join('.') || 'entry'}: ${issue.message}`,
    );
    throw badScript(path, `entry ${index + 1}, ${problems.join('; ')}`);
  }
  const { at, language, ...entry } = parsed.data;
  const stampNs = typeof at === 'number' ? log.startNs + secondsToNs(at) : BigInt(Date.parse(at)) * NS_PER_MS;
  if (stampNs < log.startNs || stampNs > log.endNs) {
    const seconds = Number(log.endNs - log.startNs) / 1e9;
    throw badScript(
      path,
      `entry ${index + 1}, at: ${at} lies outside the log, which lasts ${seconds.toFixed(3)} s`,
    );
  }
  return Utterance.parse({
    id: `say-${index + 1}`,
    stampNs,
    language: language ?? detectLanguage(entry.text),
    ...entry,
  });
}

function badScript(path: string, why: string, cause?: unknown): CodriverError {
  return new CodriverError('BAD_SCRIPT', `Script ${path} is not usable: ${why}.`, {
    remedy:
      'An entry is {at: seconds, text: words}, and may have language, seat, authority, confidence and live.',
    cause,
  });
}
