/** Values a block of the next level stands for. */
const FACTOR = 16;

/** Index of the last time that is not after `t`; -1 where all are. */
export function indexAtOrBefore(times, t) {
  let low = 0;
  let high = times.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (times[middle] <= t) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}

/**
 * Lowest and highest value of every block of 16, of 256 and so on, so that the extremes
 * of any stretch of a long line are found in a few steps. NaN counts as no value.
 *
 * @param {ArrayLike<number>} values
 */
export function pyramidOf(values) {
  const levels = [{ low: values, high: values }];
  while (levels.at(-1).low.length > FACTOR) {
    const { low, high } = levels.at(-1);
    const length = Math.ceil(low.length / FACTOR);
    const next = { low: new Float32Array(length), high: new Float32Array(length) };
    for (let block = 0; block < length; block++) {
      const [least, most] = scan(low, high, block * FACTOR, Math.min((block + 1) * FACTOR, low.length));
      next.low[block] = least;
      next.high[block] = most;
    }
    levels.push(next);
  }
  return levels;
}

function scan(low, high, from, to) {
  let least = Number.NaN;
  let most = Number.NaN;
  for (let i = from; i < to; i++) {
    if (!(low[i] >= least)) least = Number.isNaN(low[i]) ? least : low[i];
    if (!(high[i] <= most)) most = Number.isNaN(high[i]) ? most : high[i];
  }
  return [least, most];
}

/** Lowest and highest value of the indices `from` … `to - 1`; NaN where there is none. */
export function extremes(pyramid, from, to, level = pyramid.length - 1) {
  if (from >= to) return [Number.NaN, Number.NaN];
  const { low, high } = pyramid[level];
  if (level === 0) return scan(low, high, from, to);
  const size = FACTOR ** level;
  const first = Math.ceil(from / size);
  const last = Math.floor(to / size);
  if (first >= last) return extremes(pyramid, from, to, level - 1);
  const [least, most] = scan(low, high, first, last);
  const [leastBefore, mostBefore] = extremes(pyramid, from, first * size, level - 1);
  const [leastAfter, mostAfter] = extremes(pyramid, last * size, to, level - 1);
  return [lowest(least, leastBefore, leastAfter), highest(most, mostBefore, mostAfter)];
}

const lowest = (...values) => pickValue(values, (a, b) => a < b);
const highest = (...values) => pickValue(values, (a, b) => a > b);

function pickValue(values, better) {
  let best = Number.NaN;
  for (const value of values) {
    if (!Number.isNaN(value) && (Number.isNaN(best) || better(value, best))) best = value;
  }
  return best;
}

/**
 * Lowest and highest value of a line in each of `width` columns between two times. A
 * column between two points has the value of the point before it.
 *
 * @param {{t: ArrayLike<number>, pyramid: ReturnType<typeof pyramidOf>}} line
 */
export function columnsOf({ t, pyramid }, fromS, toS, width) {
  const low = new Float32Array(width);
  const high = new Float32Array(width);
  let before = indexAtOrBefore(t, fromS);
  for (let x = 0; x < width; x++) {
    const last = indexAtOrBefore(t, fromS + ((x + 1) / width) * (toS - fromS));
    const [least, most] = extremes(pyramid, Math.max(before, 0), last + 1);
    low[x] = least;
    high[x] = most;
    before = last;
  }
  return { low, high };
}
