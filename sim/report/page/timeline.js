import { durationS } from './data.js';
import { el, oncePerFrame, svg } from './dom.js';
import { clockText } from './format.js';
import { isZoomed, report, select, setCursor, setView, zoomBy } from './state.js';
import { text } from './strings.js';
import { drawOverview, drawSpeedLines, speedRange } from './timeline-canvas.js';
import {
  differenceMarks,
  groupWords,
  intentBars,
  plannerBars,
  signMarks,
  utteranceMarks,
  verdictMarks,
} from './timeline-lanes.js';
import { fitText, groupMarks, niceStep, sharesOf, stackBars } from './timeline-layout.js';

const LEFT = 38;
const RIGHT = 10;
const LABEL_HEIGHT = 16;
const SPEED_HEIGHT = 96;
const MARK_HEIGHT = 20;
const BAR_HEIGHT = 18;
const OVERVIEW_HEIGHT = 30;

/** Runs longer than this have the whole run in small below, even before anybody zooms, seconds. */
const LONG_RUN_S = 600;

/**
 * Draws the lanes into `host`, as wide as it is, and returns what brings them up to date:
 * `draw` after a change of filter or zoom, `moveCursor` after one of the cursor.
 *
 * @param {HTMLElement} host
 */
export function drawTimeline(host, { withDifferences }) {
  const canvas = el('canvas.speed-lines', { 'aria-hidden': 'true' });
  const overview = el('canvas.overview', { 'aria-hidden': 'true' });
  let width = 0;
  let cursor;
  const toX = (t) =>
    LEFT + ((t - report.viewFromS) / (report.viewToS - report.viewFromS)) * (width - LEFT - RIGHT);
  const toT = (x) =>
    report.viewFromS + ((x - LEFT) / (width - LEFT - RIGHT)) * (report.viewToS - report.viewFromS);

  const draw = () => {
    width = Math.max(host.clientWidth, 280);
    const held = document.activeElement?.closest?.('.timeline [data-key]')?.dataset.key;
    const { drawing, line } = drawLanes({ canvas, width, toX, withDifferences });
    cursor = line;
    overview.hidden = !isZoomed() && durationS < LONG_RUN_S;
    host.replaceChildren(canvas, drawing, overview);
    if (!overview.hidden) drawSmall();
    listen(drawing, toT);
    if (held !== undefined) drawing.querySelector(`[data-key="${CSS.escape(held)}"]`)?.focus();
    moveCursor();
  };
  const drawSmall = () =>
    drawOverview(overview, {
      width: width - LEFT - RIGHT,
      height: OVERVIEW_HEIGHT,
      fromS: report.viewFromS,
      toS: report.viewToS,
    });
  const moveCursor = () => {
    const x = toX(report.cursorS);
    cursor.setAttribute('transform', `translate(${x.toFixed(1)} 0)`);
    cursor.setAttribute('visibility', x < LEFT - 1 || x > width - RIGHT + 1 ? 'hidden' : 'visible');
  };
  overview.addEventListener('pointerdown', (event) => {
    overview.setPointerCapture(event.pointerId);
    pan(overview, event);
  });
  overview.addEventListener('pointermove', (event) => {
    if (overview.hasPointerCapture(event.pointerId)) pan(overview, event);
  });
  return { draw, drawSoon: oncePerFrame(draw), moveCursor };
}

function pan(overview, event) {
  const box = overview.getBoundingClientRect();
  const middle = ((event.clientX - box.left) / box.width) * durationS;
  const span = report.viewToS - report.viewFromS;
  setView(middle - span / 2, middle + span / 2);
}

function listen(drawing, toT) {
  const timeOf = (event) => toT(event.clientX - drawing.getBoundingClientRect().left);
  drawing.addEventListener('pointerdown', (event) => {
    if (event.target.closest('[role=button]') !== null) return;
    drawing.setPointerCapture(event.pointerId);
    setCursor(timeOf(event));
  });
  drawing.addEventListener('pointermove', (event) => {
    if (drawing.hasPointerCapture(event.pointerId)) setCursor(timeOf(event));
  });
  drawing.addEventListener(
    'wheel',
    (event) => {
      const sideways = event.shiftKey ? event.deltaY : event.deltaX;
      if (event.ctrlKey) zoomBy(1.002 ** event.deltaY, timeOf(event));
      else if (sideways !== 0 && isZoomed()) {
        const by = (sideways / drawing.clientWidth) * (report.viewToS - report.viewFromS);
        setView(report.viewFromS + by, report.viewToS + by);
      } else return;
      event.preventDefault();
    },
    { passive: false },
  );
  drawing.addEventListener('keydown', (event) => {
    const by = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    const lane = event.target.closest('g.lane');
    if (by === undefined || lane === null) return;
    const buttons = [...lane.querySelectorAll('[role=button]')];
    const next = buttons[buttons.indexOf(event.target) + by];
    next?.focus();
    event.preventDefault();
    event.stopPropagation();
  });
}

function drawLanes({ canvas, width, toX, withDifferences }) {
  const lanes = [];
  let top = 0;
  const lane = (name, height, parts) => {
    lanes.push(
      svg('line.lane-rule', { x1: 0, x2: width, y1: top, y2: top }),
      svg('text.lane-label', { x: 0, y: top + 12 }, text(name)),
      svg('g.lane', { role: 'group', 'aria-label': text(name) }, ...parts(top + LABEL_HEIGHT)),
    );
    top += LABEL_HEIGHT + height + 6;
  };
  const marks = (name, all) => lane(name, MARK_HEIGHT, (y) => drawMarks(name, y, toX, width, all));
  const bars = (name, all, { gapPx, mostRows }) => {
    const stacked = stackBars(inView(all, toX, width), { gapPx, narrowPx: 6, mostRows });
    lane(name, stacked.rows * (BAR_HEIGHT + 2), (y) =>
      stacked.bars.map((bar, i) => drawBar(`${name} ${i}`, bar, y + bar.row * (BAR_HEIGHT + 2))),
    );
  };

  lane('speed', SPEED_HEIGHT + 8, (y) => drawSpeed(canvas, y + 8, width));
  marks('utterances', utteranceMarks());
  marks('signs', signMarks());
  marks('verdicts', verdictMarks());
  if (withDifferences) marks('differences', differenceMarks());
  bars('intents', intentBars(), { gapPx: 2, mostRows: 5 });
  // What the planner does follows without a gap; rounding may even let it overlap.
  bars('planner', plannerBars(), { gapPx: -0.5, mostRows: 1 });
  const line = svg(
    'g.cursor',
    {},
    svg('line', { x1: 0, x2: 0, y1: 0, y2: top }),
    svg('circle', { cy: 4, r: 4 }),
  );
  const height = top + 18;
  const drawing = svg(
    'svg.timeline',
    { width, height, viewBox: `0 0 ${width} ${height}`, role: 'group', 'aria-label': text('timeline') },
    ...lanes,
    ...drawAxis(top, toX, width),
    line,
  );
  return { drawing, line };
}

function drawSpeed(canvas, y, width) {
  const { lowest, highest, step } = speedRange();
  const toY = (kmh) => y + SPEED_HEIGHT - ((kmh - lowest) / (highest - lowest)) * SPEED_HEIGHT;
  const parts = [];
  for (let kmh = 0; kmh <= highest; kmh += step) {
    parts.push(
      svg('line.grid', { x1: LEFT, x2: width - RIGHT, y1: toY(kmh), y2: toY(kmh) }),
      svg('text.tick', { x: LEFT - 6, y: toY(kmh) + 4, 'text-anchor': 'end' }, String(kmh)),
    );
  }
  canvas.style.left = `${LEFT}px`;
  canvas.style.top = `${y}px`;
  drawSpeedLines(canvas, {
    width: width - LEFT - RIGHT,
    height: SPEED_HEIGHT,
    fromS: report.viewFromS,
    toS: report.viewToS,
    lowest,
    highest,
  });
  return parts;
}

function drawAxis(top, toX, width) {
  const { viewFromS, viewToS } = report;
  const step = niceStep(viewToS - viewFromS, (width - LEFT) / 76);
  const parts = [svg('line.lane-rule', { x1: 0, x2: width, y1: top, y2: top })];
  for (let i = Math.ceil(viewFromS / step - 1e-9); i * step <= viewToS; i++) {
    const x = toX(i * step);
    const anchor = x < LEFT + 12 ? 'start' : x > width - 36 ? 'end' : 'middle';
    const words = clockText(i * step);
    parts.push(
      svg('text.tick', { x, y: top + 14, 'text-anchor': anchor }, step < 1 ? words : words.replace('.0', '')),
    );
  }
  return parts;
}

/** A mark is a button at its time; its words stand beside it as far as the next one. */
function drawMarks(name, y, toX, width, marks) {
  const middle = y + MARK_HEIGHT / 2;
  const visible = marks.filter(({ t }) => t >= report.viewFromS && t <= report.viewToS);
  const groups = groupMarks(visible, toX, 18);
  return groups.map(({ x, marks: joined }, i) => {
    const next = groups[i + 1];
    const room = (next === undefined ? width : next.x - 10) - x - 14;
    const [first] = joined;
    const key = { key: `${name} ${i}`, tabindex: i === 0 ? 0 : -1, joined };
    if (joined.length > 1) {
      return markButton(
        'g.mark.several',
        key,
        ...bands(joined, { x: x - 8, y: middle - 8, width: 18, height: 16 }),
        svg('text.glyph', { x: x + 1, y: middle + 3.5, 'text-anchor': 'middle' }, String(joined.length)),
      );
    }
    const diamond = ['sign', 'difference'].includes(first.kind.split('.')[0]);
    return markButton(
      `g.mark.${first.kind}`,
      key,
      diamond
        ? svg('path', { d: `M${x} ${middle - 9}l9 9l-9 9l-9-9z` })
        : svg('circle', { cx: x, cy: middle, r: first.glyph === '' ? 6 : 8 }),
      svg('text.glyph', { x, y: middle + 3.5, 'text-anchor': 'middle' }, first.glyph),
      svg('text.mark-words', { x: x + 12, y: middle + 4 }, fitText(first.words, room)),
    );
  });
}

/** A group as bands, as high as the share of each kind in it. */
function bands(joined, { x, y, width, height }) {
  return sharesOf(joined).map(([kind, from, to]) =>
    svg(`rect.band.${kind}`, { x, y: y + from * height, width, height: (to - from) * height }),
  );
}

function inView(bars, toX, width) {
  const { viewFromS, viewToS } = report;
  return bars
    .filter(({ t, endT }) => endT >= viewFromS && t <= viewToS)
    .map((bar) => {
      const x0 = Math.max(toX(bar.t), LEFT);
      return { ...bar, x0, x1: Math.min(Math.max(toX(bar.endT), x0 + 2), width - RIGHT) };
    });
}

function drawBar(key, bar, y) {
  const { x0, x1, joined } = bar;
  const width = Math.max(x1 - x0 - 1, 2);
  const place = { x: x0, y, width, height: BAR_HEIGHT };
  const several = joined.length > 1;
  return markButton(
    several ? 'g.bar.several' : `g.bar.${bar.kind}`,
    { key, tabindex: key.endsWith(' 0') ? 0 : -1, joined },
    ...(several ? bands(joined, place) : [svg('rect', { ...place, rx: 3 })]),
    several ? null : svg('text.bar-words', { x: x0 + 5, y: y + 13 }, fitText(bar.words, width - 7)),
  );
}

function markButton(tag, { key, tabindex, joined }, ...shapes) {
  const [first] = joined;
  const several = joined.length > 1;
  const label = several
    ? `${clockText(first.t)}–${clockText(joined.at(-1).t)} · ${groupWords(joined)}`
    : [clockText(first.t), first.words, first.more].filter(Boolean).join(' · ');
  const go = () => {
    const span = joined.at(-1).t - first.t;
    if (several && span > 0 && report.viewToS - report.viewFromS > 5) {
      setView(first.t - Math.max(span * 0.3, 1), joined.at(-1).t + Math.max(span * 0.3, 1));
    } else if (first.id === null) setCursor(first.t);
    else select(first.id, first.t);
  };
  return svg(
    tag,
    {
      role: 'button',
      tabindex,
      'data-key': key,
      'aria-label': label,
      onclick: go,
      onkeydown: (event) => {
        if (event.key !== 'Enter' && event.key !== ' ') return;
        event.preventDefault();
        event.stopPropagation();
        go();
      },
    },
    svg('title', {}, label),
    ...shapes,
  );
}
