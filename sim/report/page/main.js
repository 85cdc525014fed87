import { followAddress, keepAddress } from './address.js';
import { drawComparison, stepDifference, stepMoment } from './changes.js';
import { against, durationS, run, track } from './data.js';
import { el } from './dom.js';
import { drawFilterBar } from './filter-bar.js';
import { clearFilter } from './filters.js';
import { clockText } from './format.js';
import { copyLink, drawHeader, nextTheme } from './header.js';
import { openHelp } from './help.js';
import { drawLatencies } from './latencies.js';
import { drawMap } from './map.js';
import { drawMoments, markCurrentMoment } from './moments.js';
import { drawPlayer } from './player.js';
import { drawSigns } from './signs.js';
import {
  isZoomed,
  on,
  report,
  setCursor,
  setLanguage,
  setTheme,
  setView,
  stepPicture,
  togglePlay,
  zoomBy,
} from './state.js';
import { text } from './strings.js';
import { drawTiers } from './tiers.js';
import { drawTimeline } from './timeline.js';
import { virtualList } from './virtual-list.js';
import { word } from './words.js';

const header = document.getElementById('header');
const player = document.getElementById('player');
const story = document.getElementById('story');

/** What is drawn now: its parts know how to bring themselves up to date. */
let page = null;

function section(id, ...children) {
  return el(
    'section',
    { id, 'aria-labelledby': `${id}-title` },
    el('h2', { id: `${id}-title` }, text(id)),
    ...children,
  );
}

function drawLegend() {
  const keys = ['speed', 'target', 'limit'].map((key) => el('span', {}, el(`i.key.${key}`), text(key)));
  const outcomes = ['EXECUTE', 'CONFIRM', 'CLARIFY', 'REFUSE', 'INFORM', 'DROPPED'].map((outcome) =>
    el('span', {}, el(`i.dot.${outcome}`), word('outcome', outcome)),
  );
  const zoom = (key, glyph, act) =>
    el('button', { type: 'button', 'aria-label': text(key), title: text(key), onclick: act }, glyph);
  return el(
    'div.legend-line',
    {},
    el('p.legend', {}, ...keys, ...outcomes),
    el(
      'span.buttons',
      {},
      zoom('zoomOut', '−', () => zoomBy(2)),
      zoom('zoomIn', '+', () => zoomBy(0.5)),
      zoom('zoomAll', '⤢', () => setView(0, durationS)),
    ),
  );
}

function drawHealth() {
  if (run.health.length === 0) return { element: null, list: null };
  const list = virtualList({
    count: run.health.length,
    label: text('health'),
    guessPx: 26,
    draw: (index) => healthRow(run.health[index]),
  });
  return { element: section('health', list.element), list };
}

function healthRow({ t, component, state, code, text: words }) {
  return el(
    'div.health',
    {},
    el('button.jump.time', { type: 'button', onclick: () => setCursor(t) }, clockText(t)),
    el(`span.chip.${state}`, {}, `${component} ${state}`),
    el('span', {}, words),
    el('code', {}, code),
  );
}

function drawNavigation() {
  const isThere = { map: track !== null, tiers: run.tiers.length > 0, health: run.health.length > 0 };
  const ids = ['map', 'moments', 'signs', 'latencies', 'tiers', 'health'].filter((id) => isThere[id] ?? true);
  return el(
    'nav.sections',
    { 'aria-label': text('sections') },
    ...ids.map((id) =>
      el(
        'button',
        {
          type: 'button',
          onclick: () => goToSection(id),
        },
        text(id),
      ),
    ),
  );
}

function goToSection(id) {
  const title = document.getElementById(`${id}-title`);
  title.tabIndex = -1;
  title.scrollIntoView({ block: 'start' });
  title.focus({ preventScroll: true });
}

function drawAll() {
  page?.moments.list?.close();
  page?.signs.list?.close();
  page?.health.list?.close();
  page?.resizes.disconnect();
  document.getElementById('skip').textContent = text('skip');
  drawHeader(header);
  const host = el('div.timeline-host');
  const timeline = drawTimeline(host, { withDifferences: against !== null });
  const map = drawMap();
  const comparison = el('div');
  const filterBar = drawFilterBar();
  const health = drawHealth();
  const momentsHost = el('div');
  const signsHost = el('div');
  story.replaceChildren(
    ...[
      drawNavigation(),
      el('section.timeline-section', { 'aria-label': text('timeline') }, host, drawLegend()),
      map === null ? null : section('map', map.element),
      section('moments', comparison, filterBar.element, momentsHost),
      section('signs', signsHost),
      section('latencies', drawLatencies()),
      run.tiers.length === 0 ? null : section('tiers', drawTiers()),
      health.element,
    ].filter((part) => part !== null),
  );
  const updatePlayer = drawPlayer(player);
  page = { host, timeline, map, comparison, filterBar, momentsHost, signsHost, health, updatePlayer };
  page.resizes = new ResizeObserver(redrawForWidth);
  drawLists();
  timeline.draw();
  map?.draw();
  page.width = host.clientWidth;
  page.resizes.observe(host);
  update();
}

function redrawForWidth() {
  if (page.host.clientWidth === page.width) return;
  page.width = page.host.clientWidth;
  page.timeline.draw();
  page.map?.draw();
  drawSignList();
}

function drawLists() {
  page.moments?.list?.close();
  page.moments = drawMoments();
  page.momentsHost.replaceChildren(page.moments.element);
  page.comparison.replaceChildren(...[drawComparison()].filter((part) => part !== null));
  page.moments.list?.render();
  drawSignList();
  page.health.list?.render();
}

function drawSignList() {
  page.signs?.list?.close();
  page.signs = drawSigns(page.signsHost.clientWidth);
  page.signsHost.replaceChildren(page.signs.element);
  page.signs.list?.render();
}

function update() {
  page.updatePlayer();
  page.timeline.moveCursor();
  page.map?.moveCursor();
  markCurrentMoment(page.moments);
}

/** Brings the chosen card below the top of the window and gives it the focus. */
function revealSelected() {
  const { moments, signs } = page;
  const index = moments.shown.findIndex(({ id }) => id === report.selected);
  const card =
    index >= 0
      ? moments.list.scrollTo(index, 12)
      : signs.list
          ?.scrollTo(Math.max(signs.rowOf(report.selected), 0), 12)
          ?.querySelector(`[data-sign="${CSS.escape(report.selected)}"]`);
  card?.focus({ preventScroll: true });
}

function onFilter() {
  drawLists();
  page.filterBar.update();
  page.timeline.draw();
  page.map?.draw();
  update();
}

/** What each key does; see `help.js`. */
const ACTIONS = {
  ArrowLeft: (event) => (event.shiftKey ? panTimeline(-0.25) : stepPicture(-1)),
  ArrowRight: (event) => (event.shiftKey ? panTimeline(0.25) : stepPicture(1)),
  ' ': togglePlay,
  j: () => stepMoment(1),
  k: () => stepMoment(-1),
  n: () => stepDifference(1),
  p: () => stepDifference(-1),
  '+': () => zoomBy(0.5),
  '-': () => zoomBy(2),
  0: () => setView(0, durationS),
  Home: () => setCursor(0),
  End: () => setCursor(durationS),
  '/': () => document.getElementById('search').focus(),
  x: clearFilter,
  c: copyLink,
  l: () => setLanguage(report.language === 'en' ? 'ja' : 'en'),
  d: nextTheme,
  '?': openHelp,
};

function panTimeline(share) {
  if (!isZoomed()) return;
  const by = (report.viewToS - report.viewFromS) * share;
  setView(report.viewFromS + by, report.viewToS + by);
}

document.addEventListener('keydown', (event) => {
  if (event.altKey || event.ctrlKey || event.metaKey) return;
  const { target, key } = event;
  if (target.closest('dialog') !== null) return;
  if (key === 'Escape' && target.closest('input') !== null) target.blur();
  const writes = target.closest('input:not([type=range]), select, textarea') !== null;
  const presses = key === ' ' && target.closest('button, summary, [role=button]') !== null;
  if (writes || presses || !Object.hasOwn(ACTIONS, key)) return;
  event.preventDefault();
  ACTIONS[key](event);
});

document.getElementById('skip').addEventListener('click', (event) => {
  // The address is the page's own; it says more than a section.
  event.preventDefault();
  goToSection('moments');
});

on('cursor', update);
on('reveal', revealSelected);
on('zoom', () => page.timeline.drawSoon());
on('filter', onFilter);
on('view', drawAll);
let themeOnScreen = report.theme;

window.addEventListener('beforeprint', () => {
  themeOnScreen = report.theme;
  // Canvases keep the colours that they were drawn in, and paper is white.
  setTheme('light');
  for (const { list } of [page.moments, page.signs, page.health]) list?.drawAll();
});
window.addEventListener('afterprint', () => setTheme(themeOnScreen));
document.documentElement.lang = report.language;
drawAll();
followAddress();
keepAddress();
