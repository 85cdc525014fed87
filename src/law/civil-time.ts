import { type CivilTime, CodriverError } from '../domain/index.ts';
import { isNationalHoliday } from './holidays.ts';
import { WEEKDAYS } from './plate.ts';

const formats = new Map<string, Intl.DateTimeFormat>();

function formatFor(timeZone: string): Intl.DateTimeFormat {
  const known = formats.get(timeZone);
  if (known) return known;
  try {
    const format = new Intl.DateTimeFormat('en-US', {
      timeZone,
      calendar: 'gregory',
      numberingSystem: 'latn',
      hourCycle: 'h23',
      year: 'numeric',
      month: '2-digit',
      day: '2-digit',
      hour: '2-digit',
      minute: '2-digit',
    });
    formats.set(timeZone, format);
    return format;
  } catch (error) {
    throw new CodriverError('BAD_CONFIG', `"${timeZone}" is not a time zone.`, {
      remedy: 'Set region.timeZone to an IANA name such as Asia/Tokyo.',
      cause: error,
    });
  }
}

/**
 * Local civil time of a stamp in nanoseconds since 1970, with Japan's national holidays.
 * @throws CodriverError `BAD_CONFIG` for an unknown time zone.
 */
export function civilTime(stampNs: bigint, timeZone: string): CivilTime {
  const format = formatFor(timeZone);
  const parts = new Map(
    format.formatToParts(Number(stampNs / 1_000_000n)).map((part) => [part.type, part.value]),
  );
  const date = `${parts.get('year')!.padStart(4, '0')}-${parts.get('month')}-${parts.get('day')}`;
  const sundayFirst = new Date(`${date}T00:00:00Z`).getUTCDay();
  return {
    date,
    minuteOfDay: Number(parts.get('hour')) * 60 + Number(parts.get('minute')),
    weekday: WEEKDAYS[(sundayFirst + 6) % 7]!,
    holiday: isNationalHoliday(date),
  };
}

/**
 * How far local time is ahead of UTC at a stamp, minutes.
 * @throws CodriverError `BAD_CONFIG` for an unknown time zone.
 */
export function utcOffsetMin(stampNs: bigint, timeZone: string): number {
  const { date, minuteOfDay } = civilTime(stampNs, timeZone);
  const localMin = Date.parse(`${date}T00:00:00Z`) / 60_000 + minuteOfDay;
  return localMin - Math.floor(Number(stampNs / 1_000_000n) / 60_000);
}
