import { CodriverError, NS_PER_S, type TimeNs } from '../domain/index.ts';

const SECONDS = /^(\d+)(?:\.(\d{1,9}))?\s*s?$/;
const CLOCK = /^(?:(\d+):)?(\d{1,2}):(\d{2})(?:\.(\d{1,9}))?$/;
const ISO = /^\d{4}-\d{2}-\d{2}(?:[T ]\d{2}:\d{2}(?::\d{2}(?:\.(\d{1,9}))?)?(?:Z|[+-]\d{2}:?\d{2})?)?$/i;

/**
 * A moment of a log as a person writes it: seconds from its start (`12.5`), minutes and hours from its start
 * (`1:30`, `1:02:03`), or a date and time in ISO 8601, local where it names no zone.
 *
 * @param flag names the option in errors
 * @throws CodriverError BAD_ARGUMENT
 */
export function parseLogTime(text: string, flag: string, startNs: TimeNs): TimeNs {
  const seconds = SECONDS.exec(text);
  if (seconds !== null) return startNs + BigInt(seconds[1]!) * NS_PER_S + fraction(seconds[2]);
  const clock = CLOCK.exec(text);
  if (clock !== null) {
    const [, hours = '0', minutes = '0', rest = '0', part] = clock;
    return (
      startNs + (BigInt(hours) * 3600n + BigInt(minutes) * 60n + BigInt(rest)) * NS_PER_S + fraction(part)
    );
  }
  const iso = ISO.exec(text);
  // Digits below the second are added exactly; a Date has milliseconds.
  const wholeMs = iso === null ? Number.NaN : Date.parse(text.replace(/\.\d+/, ''));
  if (Number.isNaN(wholeMs)) {
    throw new CodriverError('BAD_ARGUMENT', `${flag} ${text} is no time.`, {
      remedy:
        'Give seconds from the start (12.5), minutes (1:30), or a date such as 2026-05-01T09:30:00+09:00.',
    });
  }
  return BigInt(wholeMs) * 1_000_000n + fraction(iso![1]);
}

function fraction(digits: string | undefined): TimeNs {
  return BigInt((digits ?? '').padEnd(9, '0'));
}

/** Seconds such as `600`, `10m` or `1h` as nanoseconds. Errors: BAD_ARGUMENT. */
export function parseDuration(text: string, flag: string): TimeNs {
  const match = /^(\d+(?:\.\d{1,3})?)\s*(s|m|min|h)?$/i.exec(text);
  const factor = { s: 1, m: 60, min: 60, h: 3600 }[(match?.[2] ?? 's').toLowerCase()];
  const milliseconds = Math.round(Number(match?.[1]) * 1000 * (factor ?? Number.NaN));
  if (!(milliseconds > 0)) {
    throw new CodriverError('BAD_ARGUMENT', `${flag} ${text} is no duration.`, {
      remedy: 'Give seconds above 0, or minutes or hours with their letter: 600, 10m, 1h.',
    });
  }
  return BigInt(milliseconds) * 1_000_000n;
}

/** Bytes such as `500000`, `500MB` or `2GiB`. Errors: BAD_ARGUMENT. */
export function parseSize(text: string, flag: string): number {
  const match = /^(\d+(?:\.\d+)?)\s*(?:([kmgt]?)(i?)b?)$/i.exec(text);
  const power = ['', 'k', 'm', 'g', 't'].indexOf((match?.[2] ?? '').toLowerCase());
  const bytes = Math.round(Number(match?.[1]) * (match?.[3] ? 1024 : 1000) ** power);
  if (!(bytes > 0)) {
    throw new CodriverError('BAD_ARGUMENT', `${flag} ${text} is no size.`, {
      remedy: 'Give bytes above 0, or a unit with them: 500MB, 2GiB.',
    });
  }
  return bytes;
}
