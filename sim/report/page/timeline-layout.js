/** A round step, in the same unit, that divides `span` into at most `most` parts. */
export function niceStep(span, most) {
  const steps = [1, 2, 5, 10, 15, 20, 30, 60, 120, 300, 600, 900, 1800, 3600];
  return steps.find((step) => span / step <= most) ?? Math.ceil(span / most / 3600) * 3600;
}

/** Puts intervals `{x0, x1}` into as few rows as hold them without overlap; sets `row`, returns the count. */
export function stackRows(bars, gap) {
  const ends = [];
  for (const bar of bars) {
    const free = ends.findIndex((end) => end + gap <= bar.x0);
    bar.row = free === -1 ? ends.length : free;
    ends[bar.row] = bar.x1;
  }
  return Math.max(ends.length, 1);
}

/** `words` cut to about `widthPx` at 11 px; empty where hardly anything fits. */
export function fitText(words, widthPx) {
  let used = 0;
  let kept = '';
  for (const character of words.replaceAll('\n', ' ')) {
    used += character.codePointAt(0) > 0x2e7f ? 11 : 6.3;
    if (used > widthPx) return kept.length < 2 ? '' : `${kept.slice(0, -1)}…`;
    kept += character;
  }
  return kept;
}

/** The points of a line, as an SVG path; `steps` holds each value until the next and to `endX`. */
export function linePath(series, toX, toY, { steps = false, endX = 0 } = {}) {
  let path = '';
  series.t.forEach((t, i) => {
    const x = toX(t).toFixed(1);
    const y = toY(series.kmh[i]).toFixed(1);
    if (i === 0) path += `M${x} ${y}`;
    else path += steps ? `H${x}V${y}` : `L${x} ${y}`;
  });
  return steps && path !== '' ? `${path}H${endX.toFixed(1)}` : path;
}
