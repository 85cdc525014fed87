/** A closed or open interval of numbers. */
export interface NumberRange {
  readonly low: number;
  readonly high: number;
  readonly lowOpen: boolean;
  readonly highOpen: boolean;
}

/** Longest number text; doubles have 17 significant digits. */
const MAX_LENGTH = 20;

const NUMBER_PREFIX = /^(-?)(\d*)(?:(\.)(\d*))?$/;

/** Whether a finished number lies in the range. */
export function inRange(text: string, range: NumberRange): boolean {
  const value = Number(text);
  const aboveLow = range.lowOpen ? value > range.low : value >= range.low;
  const belowHigh = range.highOpen ? value < range.high : value <= range.high;
  return aboveLow && belowHigh;
}

/**
 * Whether a number that begins with `prefix` can still end inside the range. Numbers in exponent form are
 * refused: 1e999 is JSON and not a number anyone can use.
 */
export function canReach(prefix: string, range: NumberRange): boolean {
  const match = NUMBER_PREFIX.exec(prefix);
  if (match === null || prefix.length > MAX_LENGTH) return false;
  const [, sign, whole = '', point, fraction = ''] = match;
  const mirrored = sign === '-' ? { low: -range.high, high: -range.low } : range;
  if (whole === '') return mirrored.high > 0;
  const overlaps = (from: number, to: number) =>
    from <= mirrored.high && (to > mirrored.low || from >= mirrored.low);
  const value = Number(`${whole}.${fraction === '' ? '0' : fraction}`);
  if (point !== undefined) return overlaps(value, value + 10 ** -fraction.length);
  if (overlaps(value, value + 1)) return true;
  if (value === 0) return false;
  for (let digits = whole.length + 1, scale = 10; digits < MAX_LENGTH; digits++, scale *= 10) {
    if (overlaps(value * scale, (value + 1) * scale)) return true;
  }
  return false;
}
