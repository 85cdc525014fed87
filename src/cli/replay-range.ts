import { CodriverError, NS_PER_MS, nsToSeconds, secondsToNs, type TimeNs } from '../domain/index.ts';
import { isoToNs } from '../io/ros-messages/ros-time.ts';

/** The first and the last moment of logs. */
interface Span {
  readonly startNs: TimeNs;
  readonly endNs: TimeNs;
}

/** First and last moment of logs together. */
export function spanOf(logs: readonly Span[]): Span {
  const filled = logs.filter((log) => log.endNs > 0n);
  let startNs = filled[0]?.startNs ?? 0n;
  let endNs = 0n;
  for (const log of filled) {
    if (log.startNs < startNs) startNs = log.startNs;
    if (log.endNs > endNs) endNs = log.endNs;
  }
  return { startNs, endNs };
}

/** What `--from` and `--to` were given. */
export interface RangeFlags {
  readonly from?: string;
  readonly to?: string;
}

const REMEDY =
  'Give seconds from the start (12.5), a time from the start (00:01:30), or ISO 8601 with its offset (2026-11-24T09:30:00+09:00).';

/** `[HH:]MM:SS`, with a fraction of the second or without. */
const CLOCK = /^(?:(\d{1,4}):)?([0-5]?\d):([0-5]\d(?:\.\d+)?)$/;

/** A moment as it was given, found in logs. */
type Moment = (logs: Span) => TimeNs;

/**
 * The part of the logs that `--from` and `--to` name. What reaches beyond the logs is cut; the flags are read at
 * once, so that a mistake is found before a log is opened.
 *
 * @throws CodriverError BAD_ARGUMENT for what is no time, here; for a range that is empty or outside of the logs, there
 */
export function rangeOf(flags: RangeFlags): (logs: Span) => Span {
  const from = flags.from === undefined ? null : parseMoment('--from', flags.from);
  const to = flags.to === undefined ? null : parseMoment('--to', flags.to);
  return (logs) => {
    const startNs = from?.(logs) ?? logs.startNs;
    const endNs = to?.(logs) ?? logs.endNs;
    const lasts = `the logs last ${nsToSeconds(logs.endNs - logs.startNs).toFixed(3)} s, from ${isoOf(logs.startNs)} to ${isoOf(logs.endNs)}`;
    if (from !== null && to !== null && startNs > endNs) {
      throw badRange(`--from ${flags.from} lies behind --to ${flags.to}`, lasts);
    }
    if (startNs > logs.endNs) throw badRange(`--from ${flags.from} lies behind the end`, lasts);
    if (endNs < logs.startNs) throw badRange(`--to ${flags.to} lies before the start`, lasts);
    const within = (ns: TimeNs): TimeNs => {
      if (ns < logs.startNs) return logs.startNs;
      return ns > logs.endNs ? logs.endNs : ns;
    };
    return { startNs: within(startNs), endNs: within(endNs) };
  };
}

function parseMoment(flag: string, text: string): Moment {
  const seconds = secondsOf(text);
  if (seconds !== null) return ({ startNs }) => startNs + secondsToNs(seconds);
  const ns = isoToNs(text);
  if (ns === undefined) {
    throw new CodriverError('BAD_ARGUMENT', `${flag} ${text} is no time.`, { remedy: REMEDY });
  }
  return () => ns;
}

/** Seconds from the start; null where the text says no such thing. */
function secondsOf(text: string): number | null {
  const clock = CLOCK.exec(text);
  if (clock !== null) return Number(clock[1] ?? 0) * 3600 + Number(clock[2]) * 60 + Number(clock[3]);
  return /^\d{1,9}(?:\.\d+)?$/.test(text) ? Number(text) : null;
}

function badRange(what: string, lasts: string): CodriverError {
  return new CodriverError('BAD_ARGUMENT', `${what}: ${lasts}.`, { remedy: REMEDY });
}

const isoOf = (ns: TimeNs): string => new Date(Number(ns / NS_PER_MS)).toISOString();
