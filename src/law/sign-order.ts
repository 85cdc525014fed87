import type { SceneSign, TurnDirection } from '../domain/index.ts';

/** What a regulatory sign orders once it holds. */
export type SignOrder =
  | { readonly type: 'SPEED_LIMIT'; readonly limitMps: number }
  | { readonly type: 'ALLOWED_DIRECTIONS'; readonly directions: readonly TurnDirection[] }
  | { readonly type: PlainOrder };

type PlainOrder =
  | 'NO_STOPPING'
  | 'NO_PARKING'
  | 'NO_OVERTAKING'
  | 'STOP'
  | 'SLOW'
  | 'NO_ENTRY'
  | 'ONE_WAY'
  | 'NO_U_TURN'
  | 'NO_CROSSING'
  | 'NO_LANE_CHANGE'
  | 'CLOSED';

/** Numbers of the Order on Road Signs whose order takes no further value. */
const PLAIN_ORDERS: Readonly<Record<string, PlainOrder>> = {
  '301': 'CLOSED',
  '302': 'CLOSED',
  '303': 'NO_ENTRY',
  '312': 'NO_CROSSING',
  '313': 'NO_U_TURN',
  // Strictly 314 forbids crossing the centre line to overtake, and 508-2 below it all overtaking.
  // codriver cannot tell how the planner would overtake, so it asks for neither.
  '314': 'NO_OVERTAKING',
  '315': 'NO_STOPPING',
  '316': 'NO_PARKING',
  '326': 'ONE_WAY',
  '329': 'SLOW',
  '330': 'STOP',
  '102-2': 'NO_LANE_CHANGE',
};

/**
 * Sign 311 (指定方向外進行禁止) by variant; `-L`/`-R` name the mirror image. B and D show sideways
 * arrows only, so STRAIGHT is out in either; E and F point obliquely past an obstacle and order no
 * way out of a junction.
 */
const DIRECTIONS: Readonly<Record<string, readonly TurnDirection[]>> = {
  A: ['STRAIGHT', 'LEFT'],
  'A-L': ['STRAIGHT', 'LEFT'],
  'A-R': ['STRAIGHT', 'RIGHT'],
  B: ['LEFT', 'RIGHT'],
  'B-L': ['LEFT'],
  'B-R': ['RIGHT'],
  C: ['STRAIGHT'],
  D: ['LEFT', 'RIGHT'],
  'D-L': ['LEFT'],
  'D-R': ['RIGHT'],
};

/** Kilometres an hour as metres a second. */
export function kmhToMps(kmh: number): number {
  return kmh / 3.6;
}

/** The number of a Japanese sign without country and variant (`JP:330-A` → `330`); null for other countries. */
export function signNumber(type: string): string | null {
  const match = /^JP:(\d+(?:-\d+)?)(?:-[A-Z].*)?$/.exec(type);
  return match ? match[1]! : null;
}

/** True for a speed limit sign, whether or not its figure was read. */
export function isLimitSign(sign: Pick<SceneSign, 'type'>): boolean {
  return signNumber(sign.type) === '323';
}

/** The order on the face of a sign, plates left aside; null for warnings and for what has no order here. */
export function orderOf(sign: Pick<SceneSign, 'type' | 'value'>): SignOrder | null {
  const number = signNumber(sign.type);
  if (number === null) return null;
  if (number === '323') {
    return sign.value !== undefined && sign.value > 0
      ? { type: 'SPEED_LIMIT', limitMps: kmhToMps(sign.value) }
      : null;
  }
  if (number === '311') {
    const directions = DIRECTIONS[sign.type.slice('JP:311-'.length)];
    return directions ? { type: 'ALLOWED_DIRECTIONS', directions } : null;
  }
  const plain = PLAIN_ORDERS[number];
  return plain ? { type: plain } : null;
}
