import type { BoxPx, RgbImage } from '../domain/index.ts';
import { type GreyImage, toGrey } from './resample.ts';

/** A share of ink above which a row or column belongs to the plate's frame, not to its text. */
const FRAME_SHARE = 0.8;
/** A share of ink below which a row or column is empty. */
const EMPTY_SHARE = 0.015;
/** Runs lower than this part of the tallest are pieces of a line (dots, dashes), not lines. */
const LEAST_LINE = 0.45;

interface Run {
  start: number;
  end: number;
}

/** Otsu's threshold: splits the grey levels into two classes with the least variance within them. */
export function otsuThreshold(image: GreyImage): number {
  const counts = new Float64Array(256);
  for (const value of image.data) {
    const level = Math.min(255, Math.round(value));
    counts[level] = (counts[level] as number) + 1;
  }
  const total = image.data.length;
  let sum = 0;
  for (let level = 0; level < 256; level++) sum += level * (counts[level] as number);
  let best = { between: -1, level: 127 };
  let below = 0;
  let sumBelow = 0;
  for (let level = 0; level < 255; level++) {
    below += counts[level] as number;
    sumBelow += level * (counts[level] as number);
    const above = total - below;
    if (below === 0 || above === 0) continue;
    const between = below * above * (sumBelow / below - (sum - sumBelow) / above) ** 2;
    if (between > best.between) best = { between, level };
  }
  return best.level;
}

/**
 * 1 where a pixel is ink, else 0. Ink is whichever class is rarer in the middle of the plate: dark on
 * white, white on blue.
 */
function inkMap(grey: GreyImage): Float32Array {
  const threshold = otsuThreshold(grey);
  let dark = 0;
  let all = 0;
  for (let y = Math.floor(grey.heightPx * 0.15); y < grey.heightPx * 0.85; y++) {
    for (let x = Math.floor(grey.widthPx * 0.1); x < grey.widthPx * 0.9; x++) {
      if ((grey.data[y * grey.widthPx + x] as number) <= threshold) dark++;
      all++;
    }
  }
  const darkIsInk = dark * 2 <= all;
  return grey.data.map((value) => (value <= threshold === darkIsInk ? 1 : 0));
}

function profile(ink: Float32Array, widthPx: number, area: BoxPx, axis: 'rows' | 'columns'): Float32Array {
  const along = axis === 'rows' ? area.heightPx : area.widthPx;
  const across = axis === 'rows' ? area.widthPx : area.heightPx;
  const shares = new Float32Array(along);
  for (let i = 0; i < along; i++) {
    let sum = 0;
    for (let k = 0; k < across; k++) {
      const x = area.xPx + (axis === 'rows' ? k : i);
      const y = area.yPx + (axis === 'rows' ? i : k);
      sum += ink[y * widthPx + x] as number;
    }
    shares[i] = sum / across;
  }
  return shares;
}

/** First and last entry inside the frame: what lies outside of solid rows in the outer quarters is cut off. */
function inside(shares: Float32Array): Run {
  const quarter = Math.floor(shares.length / 4);
  let start = 0;
  let end = shares.length;
  for (let i = 0; i < quarter; i++) {
    if ((shares[i] as number) > FRAME_SHARE) start = i + 1;
    if ((shares[shares.length - 1 - i] as number) > FRAME_SHARE) end = shares.length - 1 - i;
  }
  return { start, end };
}

function runs(shares: Float32Array): Run[] {
  const found: Run[] = [];
  for (let i = 0; i < shares.length; i++) {
    if ((shares[i] as number) <= EMPTY_SHARE) continue;
    const last = found.at(-1);
    if (last !== undefined && last.end === i) last.end = i + 1;
    else found.push({ start: i, end: i + 1 });
  }
  return found;
}

/** Joins runs that are too low to be lines to the nearer neighbour; what touches the edge is frame and goes. */
function joinPieces(found: Run[], length: number): Run[] {
  const tallest = Math.max(0, ...found.map((run) => run.end - run.start));
  const isPiece = (run: Run) => run.end - run.start < tallest * LEAST_LINE;
  const kept = found.filter(
    (run) => !(isPiece(run) && (run.start <= length * 0.03 || run.end >= length * 0.97)),
  );
  const lines = kept.filter((run) => !isPiece(run)).map((run) => ({ ...run }));
  for (const piece of kept.filter(isPiece)) {
    const gap = (line: Run) => Math.max(line.start - piece.end, piece.start - line.end);
    const nearest = lines.reduce((best, line) => (gap(line) < gap(best) ? line : best), lines[0] as Run);
    if (gap(nearest) > tallest * 0.35) continue;
    nearest.start = Math.min(nearest.start, piece.start);
    nearest.end = Math.max(nearest.end, piece.end);
  }
  return lines;
}

/**
 * The lines of text on a plate, top first, as rectangles in `plate`: rows with ink between rows without
 * (horizontal projection), each cut to its own ink with a margin. Empty when nothing is written on it.
 */
export function textRows(plate: RgbImage): BoxPx[] {
  const { widthPx, heightPx } = plate;
  const ink = inkMap(toGrey(plate));
  const whole = { xPx: 0, yPx: 0, widthPx, heightPx };
  const rows = inside(profile(ink, widthPx, whole, 'rows'));
  const columns = inside(profile(ink, widthPx, whole, 'columns'));
  const area = {
    xPx: columns.start,
    yPx: rows.start,
    widthPx: columns.end - columns.start,
    heightPx: rows.end - rows.start,
  };
  if (area.widthPx < 2 || area.heightPx < 2) return [];
  const lines = joinPieces(runs(profile(ink, widthPx, area, 'rows')), area.heightPx);
  return lines.flatMap((line) => {
    const height = line.end - line.start;
    const band = { ...area, yPx: area.yPx + line.start, heightPx: height };
    const inked = runs(profile(ink, widthPx, band, 'columns'));
    const first = inked[0];
    const last = inked.at(-1);
    if (first === undefined || last === undefined) return [];
    const margin = Math.max(1, Math.round(height * 0.12));
    const side = Math.round(height * 0.25);
    const left = Math.max(area.xPx, area.xPx + first.start - side);
    const right = Math.min(area.xPx + area.widthPx, area.xPx + last.end + side);
    const top = Math.max(area.yPx, band.yPx - margin);
    const bottom = Math.min(area.yPx + area.heightPx, band.yPx + height + margin);
    return [{ xPx: left, yPx: top, widthPx: right - left, heightPx: bottom - top }];
  });
}
