/** A round step, in the same unit, that divides `span` into at most `most` parts. */
export function niceStep(span, most) {
  const steps = [0.1, 0.2, 0.5, 1, 2, 5, 10, 15, 20, 30, 60, 120, 300, 600, 900, 1800, 3600];
  return steps.find((step) => span / step <= most) ?? Math.ceil(span / most / 3600) * 3600;
}

/**
 * Joins marks that would lie on each other: each group is drawn as one mark.
 *
 * @template T
 * @param {T[]} marks In order of `t`.
 * @param {(t: number) => number} toX
 * @param {number} gapPx Marks closer than this to the first of a group belong to it.
 * @returns {{x: number, marks: T[]}[]}
 */
export function groupMarks(marks, toX, gapPx) {
  const groups = [];
  for (const mark of marks) {
    const x = toX(mark.t);
    const last = groups.at(-1);
    if (last !== undefined && x - last.x < gapPx) last.marks.push(mark);
    else groups.push({ x, marks: [mark] });
  }
  return groups;
}

/** Joined bars are no wider than this, so that a long run still has a shape, pixels. */
const JOINED_PX = 26;

/**
 * Puts bars `{x0, x1}` into rows without overlap; sets `row`. Bars too narrow to read that
 * follow each other closely become one, and so does what no row has room for: it says
 * how many in `joined`.
 *
 * @returns {{bars: object[], rows: number}} `rows` is at least 1.
 */
export function stackBars(bars, { gapPx, narrowPx, mostRows }) {
  const ends = [];
  const lastOf = [];
  const placed = [];
  for (const bar of bars) {
    let row = ends.findIndex((end) => end + gapPx <= bar.x0);
    const before = lastOf[0];
    const narrow = bar.x1 - bar.x0 < narrowPx;
    if (narrow && before?.narrow && bar.x0 - before.x1 < gapPx + 3) {
      if (bar.x1 - before.x0 <= JOINED_PX) {
        join(before, bar, ends);
        continue;
      }
      // The next group begins where this one ends, in the same row.
      const x0 = Math.max(bar.x0, before.x1);
      lastOf[0] = { ...bar, x0, x1: Math.max(bar.x1, x0 + 1), row: 0, narrow, joined: [bar] };
      ends[0] = lastOf[0].x1;
      placed.push(lastOf[0]);
      continue;
    }
    if (row === -1 && ends.length < mostRows) row = ends.length;
    if (row === -1) {
      join(lastOf[mostRows - 1], bar, ends);
      continue;
    }
    const own = { ...bar, row, narrow, joined: [bar] };
    placed.push(own);
    ends[row] = own.x1;
    lastOf[row] = own;
  }
  return { bars: placed, rows: Math.max(ends.length, 1) };
}

function join(into, bar, ends) {
  into.joined.push(bar);
  into.x1 = Math.max(into.x1, bar.x1);
  ends[into.row] = into.x1;
}

/** How large a part of a group each kind is, most first: `[kind, from, to]` with shares from 0 to 1. */
export function sharesOf(marks) {
  const counts = new Map();
  for (const { kind } of marks) counts.set(kind, (counts.get(kind) ?? 0) + 1);
  let from = 0;
  return [...counts]
    .sort(([, a], [, b]) => b - a)
    .map(([kind, count]) => {
      const share = [kind, from, from + count / marks.length];
      from = share[2];
      return share;
    });
}

/** `words` cut to about `widthPx` at 11 px; empty where hardly anything fits. */
export function fitText(words, widthPx) {
  let used = 0;
  let kept = '';
  for (const character of words.replaceAll('\n', ' ')) {
    used += character.codePointAt(0) > 0x2e7f ? 11 : 6.3;
    if (used > widthPx) return kept.length < 3 ? '' : `${kept.slice(0, -1)}…`;
    kept += character;
  }
  return kept;
}
