import { svg } from './dom.js';
import { clockText, maneuverText, momentTitle, signTitle } from './format.js';
import { durationS, report, run, setCursor } from './state.js';
import { text, word } from './strings.js';
import { fitText, linePath, niceStep, stackRows } from './timeline-layout.js';

const LEFT = 38;
const RIGHT = 10;
const LABEL_HEIGHT = 16;
const SPEED_HEIGHT = 96;
const MARK_HEIGHT = 20;
const BAR_HEIGHT = 18;

/** Signs of outcomes that do not depend on colour. */
export const OUTCOME_GLYPHS = {
  EXECUTE: '✓',
  CONFIRM: '?',
  CLARIFY: '?',
  REFUSE: '✕',
  INFORM: 'i',
  DROPPED: '–',
};

/**
 * Draws the lanes into `host`, as wide as it is, and returns what moves the cursor's line.
 *
 * @param {HTMLElement} host
 */
export function drawTimeline(host) {
  const width = Math.max(host.clientWidth, 280);
  const toX = (t) => LEFT + (t / durationS) * (width - LEFT - RIGHT);
  const lanes = [];
  let top = 0;
  const lane = (name, height, draw) => {
    const y = top + LABEL_HEIGHT;
    lanes.push(
      svg('line.lane-rule', { x1: 0, x2: width, y1: top, y2: top }),
      svg('text.lane-label', { x: 0, y: top + 12 }, text(name)),
      ...draw(y),
    );
    top = y + height + 6;
  };

  lane('speed', SPEED_HEIGHT + 8, (y) => drawSpeed(y + 8, toX, width));
  lane('utterances', MARK_HEIGHT, (y) =>
    drawMarks(y, toX, width, run.moments.filter(({ utterance }) => utterance !== null).map(utteranceMark)),
  );
  lane('signs', MARK_HEIGHT, (y) => drawMarks(y, toX, width, run.signs.map(signMark)));
  const verdicts = run.moments.flatMap((moment) =>
    moment.verdicts.map((verdict) => verdictMark(moment, verdict)),
  );
  lane('verdicts', MARK_HEIGHT, (y) => drawMarks(y, toX, width, verdicts));
  const bars = intentBars(toX, width);
  const rows = stackRows(bars, 2);
  lane('intents', rows * (BAR_HEIGHT + 2), (y) =>
    bars.map((bar) => drawBar(bar, y + bar.row * (BAR_HEIGHT + 2))),
  );
  lane('planner', BAR_HEIGHT, (y) => plannerBars(toX).map((bar) => drawBar(bar, y)));

  const cursor = svg(
    'g.cursor',
    {},
    svg('line', { x1: 0, x2: 0, y1: 0, y2: top }),
    svg('circle', { cy: 4, r: 4 }),
  );
  const drawing = svg(
    'svg.timeline',
    { width, height: top + 18, viewBox: `0 0 ${width} ${top + 18}` },
    ...lanes,
    ...drawAxis(top, toX, width),
    cursor,
  );
  const seek = (event) => {
    const x = event.clientX - drawing.getBoundingClientRect().left;
    setCursor(((x - LEFT) / (width - LEFT - RIGHT)) * durationS);
  };
  drawing.addEventListener('pointerdown', (event) => {
    if (event.target.closest('[role=button]') !== null) return;
    drawing.setPointerCapture(event.pointerId);
    seek(event);
  });
  drawing.addEventListener('pointermove', (event) => {
    if (drawing.hasPointerCapture(event.pointerId)) seek(event);
  });
  host.replaceChildren(drawing);
  return () => cursor.setAttribute('transform', `translate(${toX(report.cursorS).toFixed(1)} 0)`);
}

function drawSpeed(y, toX, width) {
  const { speed, target, limit } = run;
  const highest = Math.max(20, ...speed.kmh, ...target.kmh, ...limit.kmh);
  const step = [10, 20, 50, 100].find((candidate) => highest / candidate <= 4) ?? 100;
  const top = Math.ceil(highest / step) * step;
  const lowest = Math.min(0, ...speed.kmh);
  const toY = (kmh) => y + SPEED_HEIGHT - ((kmh - lowest) / (top - lowest)) * SPEED_HEIGHT;
  const parts = [];
  for (let kmh = 0; kmh <= top; kmh += step) {
    parts.push(
      svg('line.grid', { x1: LEFT, x2: width - RIGHT, y1: toY(kmh), y2: toY(kmh) }),
      svg('text.tick', { x: LEFT - 6, y: toY(kmh) + 4, 'text-anchor': 'end' }, String(kmh)),
    );
  }
  const endX = width - RIGHT;
  if (speed.t.length > 1) {
    const line = linePath(speed, toX, toY);
    const area = `${line}V${toY(0).toFixed(1)}H${toX(speed.t[0]).toFixed(1)}Z`;
    parts.push(svg('path.speed-area', { d: area }), svg('path.speed-line', { d: line }));
  }
  parts.push(
    svg('path.target-line', { d: linePath(target, toX, toY, { steps: true, endX }) }),
    svg('path.limit-line', { d: linePath(limit, toX, toY, { steps: true, endX }) }),
  );
  return parts;
}

function drawAxis(top, toX, width) {
  const step = niceStep(durationS, (width - LEFT) / 70);
  const parts = [svg('line.lane-rule', { x1: 0, x2: width, y1: top, y2: top })];
  for (let t = 0; t <= durationS; t += step) {
    const anchor = t === 0 ? 'start' : toX(t) > width - 30 ? 'end' : 'middle';
    parts.push(
      svg('text.tick', { x: toX(t), y: top + 14, 'text-anchor': anchor }, clockText(t).replace('.0', '')),
    );
  }
  return parts;
}

const utteranceMark = (moment) => ({ t: moment.t, kind: 'said', glyph: '', words: momentTitle(moment) });

const signMark = (sign) => ({
  t: sign.t,
  kind: `sign.${sign.applies}`,
  glyph: sign.value === undefined ? '' : String(sign.value),
  words: signTitle(sign),
  more: `${word('applies', sign.applies)}: ${sign.reading[report.language]}`,
});

const verdictMark = (moment, verdict) => ({
  t: verdict.t,
  kind: `verdict.${verdict.outcome}`,
  glyph: OUTCOME_GLYPHS[verdict.outcome] ?? '',
  words: word('outcome', verdict.outcome),
  more: `${momentTitle(moment)}\n${verdict.reasons.map(({ words }) => words[report.language]).join('\n')}`,
});

/** A mark is a button at its time; its words stand beside it as far as the next one. */
function drawMarks(y, toX, width, marks) {
  const middle = y + MARK_HEIGHT / 2;
  const sorted = marks.toSorted((a, b) => a.t - b.t);
  return sorted.map((mark, i) => {
    const x = toX(mark.t);
    const room = (i + 1 < sorted.length ? toX(sorted[i + 1].t) - 10 : width) - x - 14;
    return markButton(
      `g.mark.${mark.kind}`,
      mark,
      mark.kind.startsWith('sign')
        ? svg('path', { d: `M${x} ${middle - 9}l9 9l-9 9l-9-9z` })
        : svg('circle', { cx: x, cy: middle, r: mark.glyph === '' ? 6 : 8 }),
      svg('text.glyph', { x, y: middle + 3.5, 'text-anchor': 'middle' }, mark.glyph),
      svg('text.mark-words', { x: x + 12, y: middle + 4 }, fitText(mark.words, room)),
    );
  });
}

function intentBars(toX, width) {
  const intents = run.moments.flatMap((moment) => moment.intents).sort((a, b) => a.t - b.t);
  return intents.map((intent) => {
    const last = intent.phases.at(-1);
    const over = last !== undefined && !['ACCEPTED', 'EXECUTING'].includes(last.phase);
    const endT = over ? last.t : last === undefined ? intent.t : durationS;
    const x0 = toX(intent.t);
    const state = last?.phase ?? intent.delivery;
    const what = maneuverText(intent.maneuver);
    return {
      x0,
      x1: Math.min(Math.max(toX(endT), x0 + 14), width - 2),
      t: intent.t,
      kind: `intent.${state}`,
      words: what,
      more: last === undefined ? word('delivery', state) : word('phase', state),
    };
  });
}

function plannerBars(toX) {
  return run.planner.map((span, i) => ({
    x0: toX(span.t),
    x1: toX(run.planner[i + 1]?.t ?? durationS),
    t: span.t,
    kind: `motion.${span.motion}`,
    words: word('behavior', span.behavior),
    more: word('motion', span.motion),
  }));
}

function drawBar(bar, y) {
  return markButton(
    `g.bar.${bar.kind}`,
    bar,
    svg('rect', { x: bar.x0, y, width: Math.max(bar.x1 - bar.x0 - 1, 2), height: BAR_HEIGHT, rx: 3 }),
    svg('text.bar-words', { x: bar.x0 + 5, y: y + 13 }, fitText(bar.words, bar.x1 - bar.x0 - 10)),
  );
}

function markButton(tag, { t, words, more }, ...shapes) {
  const label = [clockText(t), words, more].filter(Boolean).join(' · ');
  return svg(
    tag,
    {
      role: 'button',
      tabindex: 0,
      'aria-label': label,
      onclick: () => setCursor(t),
      onkeydown: (event) => {
        if (event.key === 'Enter') setCursor(t);
      },
    },
    svg('title', {}, label),
    ...shapes,
  );
}
