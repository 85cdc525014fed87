import type { CivilTime } from '../domain/index.ts';
import { normalizePlateText } from './plate-text.ts';
import { CLASS_ABBREVIATIONS } from './vehicle-classes.ts';

export type Weekday = CivilTime['weekday'];

export const WEEKDAYS: readonly Weekday[] = ['MON', 'TUE', 'WED', 'THU', 'FRI', 'SAT', 'SUN'];

/** What sort of plate it is: a section's begin, inside or end, an advance notice, or a mere condition. */
export type PlateKind = 'CONDITION' | 'BEGIN' | 'WITHIN' | 'END' | 'AHEAD' | 'SCHOOL_ROUTE' | 'NO_OVERTAKING';

/** What a supplementary sign (補助標識) says, as conditions under which the sign above it holds. */
export interface PlateMeaning {
  /** Minutes since midnight, `toMin` exclusive; `toMin` ≤ `fromMin` runs over midnight. Empty: all day. */
  readonly timeRanges: readonly { readonly fromMin: number; readonly toMin: number }[];
  /** Weekdays on which it holds; null: every day; empty: on no weekday as such (holidays only). */
  readonly days: readonly Weekday[] | null;
  /** National holidays are named as days on which it holds. */
  readonly includesHolidays: boolean;
  /** National holidays are exempt. */
  readonly excludesHolidays: boolean;
  /** Abbreviations of the Order on Road Signs; empty: every vehicle. */
  readonly vehicleClasses: readonly string[];
  /** True where the classes are exempt rather than meant. */
  readonly vehicleExcept: boolean;
  /** Metres ahead or metres of extent. */
  readonly distanceM?: number;
  readonly kind: PlateKind;
  /** False where any part of the text made no sense; then nothing here may be relied on. */
  readonly understood: boolean;
}

const NOT_UNDERSTOOD: PlateMeaning = {
  timeRanges: [],
  days: null,
  includesHolidays: false,
  excludesHolidays: false,
  vehicleClasses: [],
  vehicleExcept: false,
  kind: 'CONDITION',
  understood: false,
};

type Token =
  | { readonly type: 'TIME'; readonly fromMin: number; readonly toMin: number }
  | { readonly type: 'DAY'; readonly days: readonly Weekday[]; readonly holiday: boolean; except: boolean }
  | { readonly type: 'WORKDAY' }
  | { readonly type: 'CLASS'; readonly name: string; except: boolean }
  | { readonly type: 'DISTANCE'; readonly distanceM: number }
  | { readonly type: 'KIND'; readonly kind: PlateKind }
  | { readonly type: 'EXCEPT' }
  | { readonly type: 'BREAK'; readonly line: boolean };

const CLOCK = '(\\d{1,2})(?::(\\d{2})|時(?:(\\d{1,2})分|(半))?)?';
const DAY = '[月火水木金土日]';

const clockMin = (hour: string, ...minutes: (string | undefined)[]): number => {
  const text = minutes.find((minute) => minute !== undefined) ?? '0';
  const minute = text === '半' ? 30 : Number(text);
  const total = Number(hour) * 60 + minute;
  return minute < 60 && total <= 24 * 60 ? total : Number.NaN;
};

const weekday = (kanji: string): number => '月火水木金土日'.indexOf(kanji);

const dayRange = (from: number, to: number): Weekday[] => {
  const length = ((to - from + 7) % 7) + 1;
  return Array.from({ length }, (_, i) => WEEKDAYS[(from + i) % 7]!);
};

/** The grammar of plates: what may stand next, tried in this order. */
const RULES: readonly [RegExp, (match: RegExpExecArray) => Token | null][] = [
  [/\n/y, () => ({ type: 'BREAK', line: true })],
  [/[・･,、。.()「」『』/]/y, () => ({ type: 'BREAK', line: false })],
  [/を除く/y, () => ({ type: 'EXCEPT' })],
  [
    new RegExp(`${CLOCK}(?:-|から)(?:翌日?)?${CLOCK}(?:まで)?`, 'y'),
    (m) => {
      const fromMin = clockMin(m[1]!, m[2], m[3], m[4]);
      const toMin = clockMin(m[5]!, m[6], m[7], m[8]);
      if (Number.isNaN(fromMin + toMin) || fromMin === toMin || fromMin === 24 * 60) return null;
      return { type: 'TIME', fromMin, toMin };
    },
  ],
  [/終日/y, () => ({ type: 'TIME', fromMin: 0, toMin: 24 * 60 })],
  [/(?:この先|ここから)?(\d{1,4})(m|km|メートル|キロ)先?/y, (m) => distance(m[1]!, m[2]!)],
  [/この先/y, () => ({ type: 'KIND', kind: 'AHEAD' })],
  [/(?:区[域間城])?(?:始まり|はじまり|ここから)/y, () => ({ type: 'KIND', kind: 'BEGIN' })],
  [/(?:区[域間城])?(?:終わり|終り|おわり|ここまで)/y, () => ({ type: 'KIND', kind: 'END' })],
  [/区[間域城]内/y, () => ({ type: 'KIND', kind: 'WITHIN' })],
  [/通学路|スクールゾ[ーン]+/y, () => ({ type: 'KIND', kind: 'SCHOOL_ROUTE' })],
  [/追い?越し?禁止/y, () => ({ type: 'KIND', kind: 'NO_OVERTAKING' })],
  [/平日/y, () => ({ type: 'WORKDAY' })],
  [/毎日/y, () => day(WEEKDAYS, false)],
  [/(?:休日|祝日|祝祭日|休祝日)/y, () => day([], true)],
  [
    new RegExp(`(${DAY})(?:曜日?)?(?:-|から)(${DAY})(?:曜日?)?(?:まで)?`, 'y'),
    (m) => day(dayRange(weekday(m[1]!), weekday(m[2]!)), false),
  ],
  [new RegExp(`(${DAY})(?:曜日?)?(?!曜)`, 'y'), (m) => day([WEEKDAYS[weekday(m[1]!)]!], false)],
  [
    new RegExp(`(${CLASS_ABBREVIATIONS.join('|')})(?:自動車|車両?)?`, 'y'),
    (m) => ({ type: 'CLASS', name: m[1]!, except: false }),
  ],
];

function day(days: readonly Weekday[], holiday: boolean): Token {
  return { type: 'DAY', days, holiday, except: false };
}

function distance(value: string, unit: string): Token | null {
  const metres = Number(value) * (unit === 'km' || unit === 'キロ' ? 1000 : 1);
  return metres > 0 ? { type: 'DISTANCE', distanceM: metres } : null;
}

function tokenize(text: string): Token[] | null {
  const tokens: Token[] = [];
  let at = 0;
  scan: while (at < text.length) {
    for (const [pattern, make] of RULES) {
      pattern.lastIndex = at;
      const match = pattern.exec(text);
      if (!match) continue;
      const token = make(match);
      if (!token) return null;
      tokens.push(token);
      at = pattern.lastIndex;
      continue scan;
    }
    return null;
  }
  return tokens;
}

/**
 * 「を除く」 reaches back over the days, or over the classes, listed right before it on its
 * line (or on the line before, where it stands alone). False where it has nothing to reach.
 */
function applyExceptions(tokens: readonly Token[]): boolean {
  for (const [index, token] of tokens.entries()) {
    if (token.type !== 'EXCEPT') continue;
    let category: 'DAY' | 'CLASS' | undefined;
    for (let i = index - 1; i >= 0; i--) {
      const before = tokens[i]!;
      if (before.type === 'BREAK') {
        if (before.line && category) break;
        continue;
      }
      if (before.type !== 'DAY' && before.type !== 'CLASS') break;
      if (category && before.type !== category) {
        // 「日曜・自転車を除く」 could mean either; 「大型日曜を除く」 could not.
        if (tokens[i + 1]?.type === 'BREAK') return false;
        break;
      }
      category = before.type;
      before.except = true;
    }
    if (!category) return false;
  }
  return true;
}

/**
 * Reads a supplementary sign. Understands time ranges, weekdays and national holidays, vehicle
 * classes with or without 「を除く」, distances, begin/inside/end of a section and school routes, in
 * the spellings found on plates and with usual misreadings. Anything left over makes the whole plate
 * `understood: false`: half a plate is worse than none.
 */
export function parsePlate(text: string): PlateMeaning {
  const tokens = tokenize(normalizePlateText(text));
  if (!tokens?.some((token) => token.type !== 'BREAK')) return NOT_UNDERSTOOD;
  if (!applyExceptions(tokens)) return NOT_UNDERSTOOD;

  const timeRanges = tokens.filter((token) => token.type === 'TIME');
  const classes = tokens.filter((token) => token.type === 'CLASS');
  const dayTokens = tokens.filter((token) => token.type === 'DAY');
  const meantDays = dayTokens.filter((token) => !token.except);
  const exemptDays = dayTokens.filter((token) => token.except);
  const workday = tokens.some((token) => token.type === 'WORKDAY');
  const kinds = tokens.filter((token) => token.type === 'KIND').map((token) => token.kind);
  const distances = tokens.filter((token) => token.type === 'DISTANCE');
  const exempt = classes.filter((token) => token.except).length;
  if (exempt !== 0 && exempt !== classes.length) return NOT_UNDERSTOOD;
  if (distances.length > 1 || (workday && dayTokens.length > 0)) return NOT_UNDERSTOOD;
  // 始まり with 終わり on one plate is a misreading.
  const sections = kinds.filter((kind) => kind === 'BEGIN' || kind === 'END' || kind === 'WITHIN');
  if (new Set(sections).size > 1) return NOT_UNDERSTOOD;

  const exemptSet = new Set(exemptDays.flatMap((token) => token.days));
  const meantSet = new Set(workday ? WEEKDAYS.slice(0, 5) : meantDays.flatMap((token) => token.days));
  const named = workday || meantDays.length > 0;
  const days =
    named || exemptSet.size > 0
      ? WEEKDAYS.filter((name) => (named ? meantSet.has(name) : true) && !exemptSet.has(name))
      : null;
  const distanceM = distances[0]?.distanceM;
  return {
    timeRanges: timeRanges.map(({ fromMin, toMin }) => ({ fromMin, toMin })),
    days,
    includesHolidays: meantDays.some((token) => token.holiday),
    excludesHolidays: workday || exemptDays.some((token) => token.holiday),
    vehicleClasses: [...new Set(classes.map((token) => token.name))],
    vehicleExcept: exempt > 0,
    ...(distanceM === undefined ? {} : { distanceM }),
    kind: sections[0] ?? kinds[0] ?? (distanceM === undefined ? 'CONDITION' : 'AHEAD'),
    understood: true,
  };
}
