import type { Bilingual, CivilTime, SceneSign, SupplementarySign } from '../domain/index.ts';
import { addDays, isNationalHoliday } from './holidays.ts';
import { type PlateKind, type PlateMeaning, parsePlate, WEEKDAYS } from './plate.ts';
import { plateWords, signWords } from './plate-words.ts';
import { isLimitSign, orderOf, type SignOrder, signNumber } from './sign-order.ts';

/** Why a sign holds or not; the closed list behind {@link SignEffect.why}. */
export const SIGN_WHY_CODES = [
  'NO_PLATE',
  'PLATE_UNREAD',
  'PLATE_NOT_UNDERSTOOD',
  'VALUE_UNREAD',
  'TIME_INSIDE',
  'TIME_OUTSIDE',
  'DAY_MEANT',
  'DAY_EXCLUDED',
  'CLASS_MEANT',
  'CLASS_NOT_MEANT',
  'SECTION_BEGINS',
  'SECTION_WITHIN',
  'SECTION_ENDS',
  'SECTION_ENDED',
  'ADVANCE_NOTICE',
  'SCHOOL_ROUTE',
  'NO_ORDER',
] as const;
export type SignWhy = (typeof SIGN_WHY_CODES)[number];

/** Whether a sign holds for this vehicle now. */
export interface SignEffect {
  /** UNKNOWN is to be treated as APPLIES: a plate can only narrow what the sign above it forbids. */
  readonly applies: 'APPLIES' | 'DOES_NOT_APPLY' | 'UNKNOWN';
  readonly why: SignWhy[];
  /** Sign and plates in words. */
  readonly reading: Bilingual;
  /** What it orders when it holds; null for warnings and for limits whose figure was not read. */
  readonly order: SignOrder | null;
}

const KIND_OF_PLATE: Readonly<Record<string, PlateKind>> = {
  '505': 'BEGIN',
  '506': 'WITHIN',
  '506-2': 'WITHIN',
  '507': 'END',
  '508': 'SCHOOL_ROUTE',
  '508-2': 'NO_OVERTAKING',
};

const KIND_WHY: Readonly<Record<PlateKind, SignWhy | null>> = {
  CONDITION: null,
  BEGIN: 'SECTION_BEGINS',
  WITHIN: 'SECTION_WITHIN',
  END: 'SECTION_ENDS',
  AHEAD: 'ADVANCE_NOTICE',
  SCHOOL_ROUTE: 'SCHOOL_ROUTE',
  NO_OVERTAKING: null,
};

/** The plate's meaning; 'UNREAD' where the camera has not read it well enough. */
function readPlate(plate: SupplementarySign, minConfidence: number): PlateMeaning | 'UNREAD' {
  if (plate.text !== undefined) {
    const confidence = plate.textConfidence ?? plate.confidence;
    return confidence >= minConfidence ? parsePlate(plate.text) : 'UNREAD';
  }
  const kind = plate.type === undefined ? undefined : KIND_OF_PLATE[signNumber(plate.type) ?? ''];
  if (kind === undefined || plate.confidence < minConfidence) return 'UNREAD';
  return { ...parsePlate('終日'), kind, timeRanges: [] };
}

function dayHolds(plate: PlateMeaning, weekday: CivilTime['weekday'], holiday: boolean): boolean {
  if (holiday && plate.excludesHolidays) return false;
  if (holiday && plate.includesHolidays) return true;
  if (plate.days === null) return !plate.includesHolidays;
  return plate.days.includes(weekday);
}

/** Whether the plate's hours and days include a time; hours after midnight belong to either day. */
function timeWhy(plate: PlateMeaning, civil: CivilTime): SignWhy[] {
  const today = dayHolds(plate, civil.weekday, civil.holiday);
  const dayLimited = plate.days !== null || plate.includesHolidays || plate.excludesHolidays;
  if (plate.timeRanges.length === 0) {
    if (!dayLimited) return [];
    return [today ? 'DAY_MEANT' : 'DAY_EXCLUDED'];
  }
  const yesterday = dayHolds(
    plate,
    WEEKDAYS[(WEEKDAYS.indexOf(civil.weekday) + 6) % 7]!,
    isNationalHoliday(addDays(civil.date, -1)),
  );
  const minute = civil.minuteOfDay;
  let inHours = false;
  for (const { fromMin, toMin } of plate.timeRanges) {
    const overnight = toMin <= fromMin;
    const evening = minute >= fromMin && (overnight || minute < toMin);
    const morning = overnight && minute < toMin;
    inHours ||= evening || morning;
    if ((evening && today) || (morning && (today || yesterday))) {
      return dayLimited ? ['TIME_INSIDE', 'DAY_MEANT'] : ['TIME_INSIDE'];
    }
  }
  return [inHours ? 'DAY_EXCLUDED' : 'TIME_OUTSIDE'];
}

function classWhy(plate: PlateMeaning, vehicleClasses: readonly string[]): SignWhy[] {
  if (plate.vehicleClasses.length === 0) return [];
  const named = plate.vehicleClasses.some((name) => vehicleClasses.includes(name));
  return [named === plate.vehicleExcept ? 'CLASS_NOT_MEANT' : 'CLASS_MEANT'];
}

/** Codes that take a sign out of force. */
const LIFTS: readonly SignWhy[] = ['TIME_OUTSIDE', 'DAY_EXCLUDED', 'CLASS_NOT_MEANT', 'SECTION_ENDED'];

function plateWhy(
  plate: PlateMeaning,
  sign: SceneSign,
  civil: CivilTime,
  classes: readonly string[],
): SignWhy[] {
  const kind = KIND_WHY[plate.kind];
  return [
    ...timeWhy(plate, civil),
    ...classWhy(plate, classes),
    // What ends ahead holds until there.
    ...(plate.kind === 'END' && sign.state === 'PASSED' ? (['SECTION_ENDED'] as const) : kind ? [kind] : []),
  ];
}

/**
 * Whether a sign with its plates holds now, for a vehicle of these classes, and what it orders.
 * All plates must allow it (each narrows the sign). A plate that was not read, read with less than
 * `minPlateConfidence`, or not understood gives UNKNOWN, unless another plate of the sign already
 * lifts it.
 * @param civil local time, see `civilTime`
 * @param vehicleClasses abbreviations of the Order on Road Signs that the vehicle falls under
 */
export function signEffect(
  sign: SceneSign,
  civil: CivilTime,
  vehicleClasses: readonly string[],
  minPlateConfidence: number,
): SignEffect {
  const order = orderOf(sign);
  const why = new Set<SignWhy>();
  const face = signWords(sign);
  const ja: string[] = [];
  const en: string[] = [];
  let unknown = false;
  for (const supplementary of sign.supplementary) {
    const plate = readPlate(supplementary, minPlateConfidence);
    if (plate === 'UNREAD' || !plate.understood) {
      unknown = true;
      why.add(plate === 'UNREAD' ? 'PLATE_UNREAD' : 'PLATE_NOT_UNDERSTOOD');
      ja.push('補助標識を読み取れません');
      en.push('plate not read');
      continue;
    }
    for (const code of plateWhy(plate, sign, civil, vehicleClasses)) why.add(code);
    const words = plateWords(plate);
    if (words.ja !== '') {
      ja.push(words.ja);
      en.push(words.en);
    }
  }
  if (sign.supplementary.length === 0) why.add('NO_PLATE');
  if (order === null) why.add(isLimitSign(sign) ? 'VALUE_UNREAD' : 'NO_ORDER');
  const lifted = LIFTS.some((code) => why.has(code));
  return {
    applies: lifted ? 'DOES_NOT_APPLY' : unknown ? 'UNKNOWN' : 'APPLIES',
    why: [...why],
    reading: {
      ja: ja.length === 0 ? face.ja : `${face.ja}（${ja.join('、')}）`,
      en: en.length === 0 ? face.en : `${face.en} (${en.join('; ')})`,
    },
    order,
  };
}
