import type { Bilingual, SceneSign, TurnDirection } from '../domain/index.ts';
import type { PlateMeaning, Weekday } from './plate.ts';
import { isLimitSign, orderOf, type SignOrder } from './sign-order.ts';
import { VEHICLE_CLASSES } from './vehicle-classes.ts';

const DAY_WORDS: Readonly<Record<Weekday, readonly [string, string]>> = {
  MON: ['月', 'Mon'],
  TUE: ['火', 'Tue'],
  WED: ['水', 'Wed'],
  THU: ['木', 'Thu'],
  FRI: ['金', 'Fri'],
  SAT: ['土', 'Sat'],
  SUN: ['日', 'Sun'],
};

const KIND_WORDS: Readonly<Record<PlateMeaning['kind'], readonly [string, string] | null>> = {
  CONDITION: null,
  BEGIN: ['ここから', 'from here'],
  WITHIN: ['区間内', 'within the section'],
  END: ['ここまで', 'until here'],
  AHEAD: ['この先', 'ahead'],
  SCHOOL_ROUTE: ['通学路', 'school route'],
  NO_OVERTAKING: ['追越し禁止', 'no overtaking'],
};

const DIRECTION_WORDS: Readonly<Record<TurnDirection, readonly [string, string]>> = {
  LEFT: ['左折', 'left'],
  RIGHT: ['右折', 'right'],
  STRAIGHT: ['直進', 'straight on'],
  U_TURN: ['転回', 'U-turn'],
};

const ORDER_WORDS: Readonly<
  Record<Exclude<SignOrder['type'], 'SPEED_LIMIT' | 'ALLOWED_DIRECTIONS'>, readonly [string, string]>
> = {
  NO_STOPPING: ['駐停車禁止', 'No stopping or parking'],
  NO_PARKING: ['駐車禁止', 'No parking'],
  NO_OVERTAKING: ['追越し禁止', 'No overtaking'],
  STOP: ['一時停止', 'Stop'],
  SLOW: ['徐行', 'Drive slowly'],
  NO_ENTRY: ['車両進入禁止', 'No entry'],
  ONE_WAY: ['一方通行', 'One way'],
  NO_U_TURN: ['転回禁止', 'No U-turn'],
  NO_CROSSING: ['車両横断禁止', 'No crossing'],
  NO_LANE_CHANGE: ['進路変更禁止', 'No lane change'],
  CLOSED: ['通行止め', 'Closed to vehicles'],
};

const clock = (minute: number): string =>
  `${Math.floor(minute / 60)}:${String(minute % 60).padStart(2, '0')}`;

/** A sign's face in words. */
export function signWords(sign: Pick<SceneSign, 'type' | 'value'>): Bilingual {
  const order = orderOf(sign);
  if (!order) {
    return isLimitSign(sign)
      ? { ja: '最高速度（数字を読めません）', en: 'Speed limit (figure not read)' }
      : { ja: `標識 ${sign.type}`, en: `Sign ${sign.type}` };
  }
  if (order.type === 'SPEED_LIMIT') {
    return { ja: `最高速度 ${sign.value} km/h`, en: `Speed limit ${sign.value} km/h` };
  }
  if (order.type === 'ALLOWED_DIRECTIONS') {
    const words = order.directions.map((direction) => DIRECTION_WORDS[direction]);
    return {
      ja: `指定方向外進行禁止（${words.map((word) => word[0]).join('・')}のみ）`,
      en: `Only ${words.map((word) => word[1]).join(' or ')}`,
    };
  }
  const [ja, en] = ORDER_WORDS[order.type];
  return { ja, en };
}

function dayWords(plate: PlateMeaning): [string, string] | null {
  const ja = (plate.days ?? []).map((name) => DAY_WORDS[name][0]);
  const en = (plate.days ?? []).map((name) => DAY_WORDS[name][1]);
  if (plate.includesHolidays) {
    ja.push('休日');
    en.push('holidays');
  }
  const exempt = plate.excludesHolidays;
  if (ja.length === 0) return exempt ? ['休日を除く', 'except holidays'] : null;
  return [
    `${ja.join('・')}${exempt ? '（休日を除く）' : ''}`,
    `${en.join(', ')}${exempt ? ' except holidays' : ''}`,
  ];
}

/** An understood plate in words, e.g. 「8:00～20:00、月・火」 / "8:00–20:00, Mon, Tue". */
export function plateWords(plate: PlateMeaning): Bilingual {
  const parts: (readonly [string, string])[] = [];
  const kind = KIND_WORDS[plate.kind];
  if (kind) {
    const extent = plate.distanceM === undefined ? '' : `${plate.distanceM} m`;
    parts.push([`${kind[0]}${extent}`, extent === '' ? kind[1] : `${extent} ${kind[1]}`]);
  }
  for (const range of plate.timeRanges) {
    const [from, to] = [clock(range.fromMin), clock(range.toMin)];
    parts.push(
      range.toMin - range.fromMin === 24 * 60 ? ['終日', 'all day'] : [`${from}～${to}`, `${from}–${to}`],
    );
  }
  const days = dayWords(plate);
  if (days) parts.push(days);
  if (plate.vehicleClasses.length > 0) {
    const ja = plate.vehicleClasses.join('・');
    const en = plate.vehicleClasses.map((name) => VEHICLE_CLASSES[name]?.en ?? name).join(', ');
    parts.push(plate.vehicleExcept ? [`${ja}を除く`, `except ${en}`] : [ja, en]);
  }
  return { ja: parts.map((part) => part[0]).join('、'), en: parts.map((part) => part[1]).join(', ') };
}
