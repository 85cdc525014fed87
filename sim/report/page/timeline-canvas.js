import { colour, contextOf } from './colours.js';
import { durationS, lines } from './data.js';
import { columnsOf, extremes, indexAtOrBefore, pyramidOf } from './lod.js';

const drawn = Object.fromEntries(
  Object.entries(lines).map(([name, { t, kmh }]) => [name, { t, kmh, pyramid: pyramidOf(kmh) }]),
);

/** Lowest and highest speed of the run in km/h, with 0 and a little room; the highest is round. */
export function speedRange() {
  let lowest = 0;
  let highest = 20;
  for (const { kmh, pyramid } of Object.values(drawn)) {
    const [least, most] = extremes(pyramid, 0, kmh.length);
    if (least < lowest) lowest = least;
    if (most > highest) highest = most;
  }
  const step = [10, 20, 50, 100].find((candidate) => highest / candidate <= 4) ?? 100;
  return { lowest, highest: Math.ceil(highest / step) * step, step };
}

/**
 * Draws the three lines of speed between two times over the whole canvas. However long
 * the run, the work is one step for each pixel: the line keeps its extremes.
 */
export function drawSpeedLines(canvas, { width, height, fromS, toS, lowest, highest }) {
  const context = contextOf(canvas, width, height);
  const toX = (t) => ((t - fromS) / (toS - fromS)) * width;
  const toY = (kmh) => height - ((kmh - lowest) / (highest - lowest)) * height;
  context.clearRect(0, 0, width, height);
  context.lineJoin = 'round';
  context.lineWidth = 1.8;
  const { speed, target, limit } = drawn;
  const outline = tracePath(speed, { toX, toY, width, fromS, toS, steps: false });
  if (outline !== null) {
    const area = new Path2D(outline);
    area.lineTo(toX(Math.min(speed.t.at(-1), toS)), toY(0));
    area.lineTo(toX(Math.max(speed.t[0], fromS)), toY(0));
    area.closePath();
    context.globalAlpha = 0.12;
    context.fillStyle = colour('--speed');
    context.fill(area);
    context.globalAlpha = 1;
  }
  strokeLine(context, outline, '--speed', []);
  const end = { toX, toY, width, fromS, toS, steps: true };
  strokeLine(context, tracePath(target, end), '--target', [5, 3]);
  strokeLine(context, tracePath(limit, end), '--limit', []);
}

function strokeLine(context, path, name, dash) {
  if (path === null) return;
  context.strokeStyle = colour(name);
  context.setLineDash(dash);
  context.stroke(path);
  context.setLineDash([]);
}

/** The line as a path: point by point where there are few, else its extremes in every column. */
function tracePath(line, { toX, toY, width, fromS, toS, steps }) {
  const { t, kmh } = line;
  if (t.length === 0 || (t.length < 2 && !steps)) return null;
  const first = Math.max(indexAtOrBefore(t, fromS), 0);
  const last = Math.min(indexAtOrBefore(t, toS) + 1, t.length - 1);
  const path = new Path2D();
  let pen = false;
  const go = (x, y) => {
    if (Number.isNaN(y)) pen = false;
    else if (pen) path.lineTo(x, y);
    else {
      path.moveTo(x, y);
      pen = true;
    }
  };
  if (last - first <= width) {
    for (let i = first; i <= last; i++) {
      const x = toX(Math.max(t[i], steps ? fromS : t[i]));
      if (steps && pen) path.lineTo(x, toY(kmh[i - 1]));
      go(x, toY(kmh[i]));
    }
    if (steps && pen) path.lineTo(toX(Math.min(toS, durationS)), toY(kmh[last]));
    return path;
  }
  const { low, high } = columnsOf(line, fromS, toS, Math.round(width));
  const from = Math.max(0, Math.floor(toX(t[0])));
  const to = Math.min(low.length, Math.ceil(toX(steps ? durationS : t.at(-1))));
  for (let x = from; x < to; x++) {
    go(x, toY(high[x]));
    if (high[x] !== low[x]) go(x, toY(low[x]));
  }
  return path;
}

/** The whole run in small, and the stretch that the timeline shows. */
export function drawOverview(canvas, { width, height, fromS, toS }) {
  const { lowest, highest } = speedRange();
  const context = contextOf(canvas, width, height);
  const { low, high } = columnsOf(drawn.speed, 0, durationS, Math.max(Math.round(width), 1));
  const toY = (kmh) => height - 2 - ((kmh - lowest) / (highest - lowest)) * (height - 4);
  context.clearRect(0, 0, width, height);
  context.fillStyle = colour('--speed');
  context.globalAlpha = 0.45;
  for (let x = 0; x < low.length; x++) {
    if (!Number.isNaN(high[x])) context.fillRect(x, toY(high[x]), 1, Math.max(toY(0) - toY(high[x]), 1));
  }
  context.globalAlpha = 1;
  const x0 = (fromS / durationS) * width;
  const x1 = Math.max((toS / durationS) * width, x0 + 3);
  context.fillStyle = colour('--accent-soft');
  context.globalAlpha = 0.5;
  context.fillRect(x0, 0, x1 - x0, height);
  context.globalAlpha = 1;
  context.strokeStyle = colour('--accent');
  context.lineWidth = 1.5;
  context.strokeRect(x0 + 0.75, 0.75, x1 - x0 - 1.5, height - 1.5);
}
