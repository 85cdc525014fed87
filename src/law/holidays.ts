/**
 * National holidays of Japan by the Act on National Holidays (国民の祝日に関する法律, Act No. 178
 * of 1948) as amended, for the years {@link FIRST_YEAR}–{@link LAST_YEAR}, including the one-off
 * moves of 2019, 2020 and 2021. Equinoxes follow the usual approximation of the National
 * Astronomical Observatory's announcements.
 */
export const FIRST_YEAR = 2007;
export const LAST_YEAR = 2099;

const fmt = (year: number, month: number, dayOfMonth: number): string =>
  `${year}-${String(month).padStart(2, '0')}-${String(dayOfMonth).padStart(2, '0')}`;

const utc = (date: string): Date => new Date(`${date}T00:00:00Z`);

/** The ISO date `days` after `date`. */
export function addDays(date: string, days: number): string {
  const moved = utc(date);
  moved.setUTCDate(moved.getUTCDate() + days);
  return moved.toISOString().slice(0, 10);
}

const dayOfWeek = (date: string): number => utc(date).getUTCDay();

/** ISO date of the n-th Monday of a month (Happy Monday). */
function nthMonday(year: number, month: number, n: number): string {
  const first = dayOfWeek(fmt(year, month, 1));
  return fmt(year, month, 1 + ((8 - first) % 7) + (n - 1) * 7);
}

function equinox(year: number, base: number): number {
  return Math.floor(base + 0.242194 * (year - 1980) - Math.floor((year - 1980) / 4));
}

/** Holidays by name, before substitutes (article 2). */
function namedHolidays(year: number): string[] {
  const olympic = year === 2020 || year === 2021;
  const days = [
    fmt(year, 1, 1),
    nthMonday(year, 1, 2),
    fmt(year, 2, 11),
    fmt(year, 3, equinox(year, 20.8431)),
    fmt(year, 4, 29),
    fmt(year, 5, 3),
    fmt(year, 5, 4),
    fmt(year, 5, 5),
    nthMonday(year, 9, 3),
    fmt(year, 9, equinox(year, 23.2488)),
    fmt(year, 11, 3),
    fmt(year, 11, 23),
  ];
  if (year === 2020) days.push('2020-07-23', '2020-07-24', '2020-08-10');
  if (year === 2021) days.push('2021-07-22', '2021-07-23', '2021-08-08');
  if (!olympic) {
    days.push(nthMonday(year, 7, 3), nthMonday(year, 10, 2));
    if (year >= 2016) days.push(fmt(year, 8, 11));
  }
  if (year >= 2020) days.push(fmt(year, 2, 23));
  if (year <= 2018) days.push(fmt(year, 12, 23));
  // Accession and enthronement (Act No. 99 of 2018).
  if (year === 2019) days.push('2019-05-01', '2019-10-22');
  return days;
}

const cache = new Map<number, ReadonlySet<string>>();

/** ISO dates of all national holidays of a year, substitutes and sandwiched days included (article 3). */
export function nationalHolidays(year: number): ReadonlySet<string> {
  const cached = cache.get(year);
  if (cached) return cached;
  const named = new Set(namedHolidays(year));
  const all = new Set(named);
  for (const date of named) {
    if (dayOfWeek(date) === 0) {
      // The next day that is no holiday by name takes its place.
      let substitute = addDays(date, 1);
      while (named.has(substitute)) substitute = addDays(substitute, 1);
      all.add(substitute);
    }
    const between = addDays(date, 1);
    if (named.has(addDays(date, 2)) && !named.has(between) && dayOfWeek(between) !== 0) all.add(between);
  }
  cache.set(year, all);
  return all;
}

/** Whether an ISO date is a national holiday of Japan. Outside the years covered: false. */
export function isNationalHoliday(date: string): boolean {
  const year = Number(date.slice(0, 4));
  return year >= FIRST_YEAR && year <= LAST_YEAR && nationalHolidays(year).has(date);
}
