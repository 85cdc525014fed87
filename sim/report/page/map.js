import { colour, contextOf } from './colours.js';
import { durationS, lines, track } from './data.js';
import { el } from './dom.js';
import { filteredMoments } from './filters.js';
import { momentOutcome } from './format.js';
import { indexAtOrBefore } from './lod.js';
import { report, setCursor } from './state.js';
import { text } from './strings.js';

const HEIGHT = 260;
const MARGIN = 26;
/** Moments closer together than this share a dot, so that the trace stays in sight. */
const DOT_GAP_PX = 26;
/** Colours from standing to the fastest; told apart in both themes and by most who see few colours. */
const SHADES = ['#7b3294', '#a35bb5', '#5a78c8', '#2f9ab0', '#3aa66b', '#86b531', '#d9a514'];
const OUTCOME_TONES = {
  EXECUTE: '--good',
  CONFIRM: '--info',
  CLARIFY: '--ask',
  REFUSE: '--bad',
  INFORM: '--tell',
  DROPPED: '--drop',
};

/** Where the car was, without a map under it: the trace, coloured by speed. `null` where nothing says. */
export function drawMap() {
  if (track === null) return null;
  const base = el('canvas');
  const over = el('canvas.map-over');
  const host = el(
    'div.map-host',
    { role: 'img', 'aria-label': `${text(track.kind === 'GNSS' ? 'mapGnss' : 'mapPose')}` },
    base,
    over,
  );
  const bounds = boundsOf(track);
  let place = null;
  let zoom = 1;

  const draw = () => {
    const width = host.clientWidth;
    if (width === 0) return;
    place = placing(bounds, width, zoom);
    drawTrace(contextOf(base, width, HEIGHT), place, width);
    contextOf(over, width, HEIGHT);
    moveCursor();
  };
  const moveCursor = () => {
    if (place === null) return;
    if (zoom > 1) {
      const at = pointAt(report.cursorS);
      const { x, y } = place.toPx(at.eastM, at.northM);
      const width = host.clientWidth;
      if (x < MARGIN || y < MARGIN || x > width - MARGIN || y > HEIGHT - MARGIN) {
        place = placing(bounds, width, zoom);
        drawTrace(contextOf(base, width, HEIGHT), place, width);
      }
    }
    drawMarker(over.getContext('2d'), place, host.clientWidth);
  };
  const zoomTo = (next) => {
    zoom = Math.min(Math.max(next, 1), 64);
    draw();
  };
  over.addEventListener('click', (event) => {
    const box = over.getBoundingClientRect();
    setCursor(nearestTime(place, event.clientX - box.left, event.clientY - box.top));
  });
  const button = (key, glyph, act) =>
    el('button', { type: 'button', 'aria-label': text(key), title: text(key), onclick: act }, glyph);
  const element = el(
    'div.map',
    {},
    host,
    el(
      'p.map-foot',
      {},
      speedLegend(),
      el('span.hint', {}, `${text(track.kind === 'GNSS' ? 'mapGnss' : 'mapPose')} · ${text('mapHint')}`),
      el(
        'span.buttons',
        {},
        button('zoomOut', '−', () => zoomTo(zoom / 2)),
        button('zoomIn', '+', () => zoomTo(zoom * 2)),
        button('zoomAll', '⤢', () => zoomTo(1)),
      ),
    ),
  );
  return { element, draw, moveCursor };
}

function boundsOf({ eastM, northM }) {
  let [west, east, south, north] = [0, 0, 0, 0];
  for (let i = 0; i < eastM.length; i++) {
    west = Math.min(west, eastM[i]);
    east = Math.max(east, eastM[i]);
    south = Math.min(south, northM[i]);
    north = Math.max(north, northM[i]);
  }
  return { west, east, south, north };
}

/** Scale and place: the whole trace, or closer about the cursor. */
function placing({ west, east, south, north }, width, zoom) {
  const fit = Math.min(
    (width - 2 * MARGIN) / Math.max(east - west, 1),
    (HEIGHT - 2 * MARGIN) / Math.max(north - south, 1),
  );
  const centre =
    zoom > 1 ? pointAt(report.cursorS) : { eastM: (west + east) / 2, northM: (south + north) / 2 };
  const pxPerM = fit * zoom;
  return {
    pxPerM,
    toPx: (eastM, northM) => ({
      x: width / 2 + (eastM - centre.eastM) * pxPerM,
      y: HEIGHT / 2 - (northM - centre.northM) * pxPerM,
    }),
  };
}

/** The place at a time, between the points before and after. */
function pointAt(seconds) {
  const { t, eastM, northM } = track;
  const i = Math.max(indexAtOrBefore(t, seconds), 0);
  const j = Math.min(i + 1, t.length - 1);
  const share = t[j] > t[i] ? Math.min(Math.max((seconds - t[i]) / (t[j] - t[i]), 0), 1) : 0;
  return {
    eastM: eastM[i] + (eastM[j] - eastM[i]) * share,
    northM: northM[i] + (northM[j] - northM[i]) * share,
    headingRad: headingAt(Math.min(i, t.length - 2)),
  };
}

/** The way from a point of the trace to the next. */
function headingAt(i) {
  const { eastM, northM } = track;
  return Math.atan2(northM[i + 1] - northM[i], eastM[i + 1] - eastM[i]);
}

const fastestKmh = lines.speed.kmh.reduce((most, kmh) => Math.max(most, kmh), 1);

function shadeAt(seconds) {
  const kmh = lines.speed.kmh[Math.max(indexAtOrBefore(lines.speed.t, seconds), 0)] ?? 0;
  const share = Math.min(Math.max(Math.abs(kmh) / fastestKmh, 0), 0.999);
  return SHADES[Math.floor(share * SHADES.length)];
}

function drawTrace(context, { toPx, pxPerM }, width) {
  context.clearRect(0, 0, width, HEIGHT);
  context.lineWidth = 4;
  context.lineCap = 'round';
  context.lineJoin = 'round';
  let from = toPx(track.eastM[0], track.northM[0]);
  let shade = null;
  for (let i = 1; i < track.t.length; i++) {
    const to = toPx(track.eastM[i], track.northM[i]);
    // Steps shorter than a pixel are passed over, so that an hour draws as quickly as a minute.
    if (Math.abs(to.x - from.x) < 1 && Math.abs(to.y - from.y) < 1 && i < track.t.length - 1) continue;
    const next = shadeAt(track.t[i]);
    if (next !== shade) {
      if (shade !== null) context.stroke();
      shade = next;
      context.strokeStyle = shade;
      context.beginPath();
      context.moveTo(from.x, from.y);
    }
    context.lineTo(to.x, to.y);
    from = to;
  }
  if (shade !== null) context.stroke();
  drawMomentDots(context, toPx, width);
  drawScale(context, pxPerM);
  drawNorth(context, width);
}

function drawMomentDots(context, toPx, width) {
  let last = { x: -99, y: -99 };
  for (const moment of filteredMoments()) {
    const at = pointAt(moment.t);
    const { x, y } = toPx(at.eastM, at.northM);
    if (x < 0 || y < 0 || x > width || y > HEIGHT || Math.hypot(x - last.x, y - last.y) < DOT_GAP_PX)
      continue;
    last = { x, y };
    context.beginPath();
    context.arc(x, y, 4.5, 0, 7);
    context.fillStyle = colour(OUTCOME_TONES[momentOutcome(moment)] ?? '--soft');
    context.fill();
    context.lineWidth = 1.5;
    context.strokeStyle = colour('--surface');
    context.stroke();
  }
}

function drawScale(context, pxPerM) {
  const powers = [1, 2, 5].flatMap((digit) => [0, 1, 2, 3, 4, 5].map((power) => digit * 10 ** power));
  const metres = powers.sort((a, b) => b - a).find((length) => length * pxPerM <= 120) ?? 1;
  const length = metres * pxPerM;
  context.strokeStyle = colour('--ink');
  context.lineWidth = 1.5;
  context.beginPath();
  context.moveTo(12, HEIGHT - 16);
  context.lineTo(12, HEIGHT - 11);
  context.lineTo(12 + length, HEIGHT - 11);
  context.lineTo(12 + length, HEIGHT - 16);
  context.stroke();
  context.fillStyle = colour('--ink');
  context.font = '11px system-ui, sans-serif';
  context.textAlign = 'left';
  context.fillText(metres >= 1000 ? `${metres / 1000} km` : `${metres} m`, 14, HEIGHT - 18);
}

function drawNorth(context, width) {
  const x = width - 20;
  context.fillStyle = colour('--ink');
  context.beginPath();
  context.moveTo(x, 10);
  context.lineTo(x + 6, 26);
  context.lineTo(x, 22);
  context.lineTo(x - 6, 26);
  context.fill();
  context.font = '600 11px system-ui, sans-serif';
  context.textAlign = 'center';
  context.fillText(text('north'), x, 39);
}

function drawMarker(context, { toPx }, width) {
  context.clearRect(0, 0, width, HEIGHT);
  const at = pointAt(report.cursorS);
  const { x, y } = toPx(at.eastM, at.northM);
  context.save();
  context.translate(x, y);
  context.rotate(-at.headingRad);
  context.beginPath();
  context.moveTo(11, 0);
  context.lineTo(-7, 7);
  context.lineTo(-3, 0);
  context.lineTo(-7, -7);
  context.closePath();
  context.fillStyle = colour('--ink');
  context.strokeStyle = colour('--surface');
  context.lineWidth = 2;
  context.stroke();
  context.fill();
  context.restore();
}

/** Time of the point of the trace that is nearest to a place on the canvas. */
function nearestTime({ toPx }, x, y) {
  let best = 0;
  let bestPx = Number.POSITIVE_INFINITY;
  for (let i = 0; i < track.t.length; i++) {
    const point = toPx(track.eastM[i], track.northM[i]);
    const px = Math.hypot(point.x - x, point.y - y);
    if (px < bestPx) {
      bestPx = px;
      best = i;
    }
  }
  return Math.min(track.t[best], durationS);
}

function speedLegend() {
  return el(
    'span.speeds',
    {},
    '0',
    ...SHADES.map((_, i) => el(`i.shade.shade-${i}`)),
    `${Math.round(fastestKmh)} km/h`,
  );
}
