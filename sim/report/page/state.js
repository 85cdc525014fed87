import { durationS, momentById, moments, pictureOf, picturesOf, run, signById } from './data.js';
import { lastAtOrBefore } from './dom.js';

/** Shortest stretch that the timeline can be zoomed to, seconds. */
const SHORTEST_VIEW_S = 2;

/** What the reader has chosen. Change it through the functions below. */
export const report = {
  language: run.language,
  theme: 'auto',
  cursorS: 0,
  /** Id of the chosen moment or sign; null where the cursor was moved by hand. */
  selected: null,
  camera: [...picturesOf.keys()][0] ?? '',
  playing: false,
  rate: 1,
  viewFromS: 0,
  viewToS: durationS,
};

const listeners = { cursor: [], selection: [], reveal: [], filter: [], zoom: [], view: [] };

/**
 * Calls `listener` when the cursor moves (`cursor`), a moment is chosen (`selection`) or must be
 * brought into the window (`reveal`), the filter or the zoom changes, or when everything
 * must be drawn anew (`view`).
 */
export function on(event, listener) {
  listeners[event].push(listener);
}

/** Tells those who listen. */
export function tell(event) {
  for (const listener of listeners[event]) listener();
}

/** Moves the cursor; nothing is chosen any more. */
export function setCursor(seconds) {
  const next = clampTime(seconds);
  const wasSelected = report.selected;
  report.selected = null;
  if (next === report.cursorS && wasSelected === null) return;
  report.cursorS = next;
  tell('cursor');
}

/** Chooses a moment or a sign by its id, at its own time or at another. */
export function select(id, seconds) {
  const t = seconds ?? momentById.get(id)?.t ?? signById.get(id)?.t;
  if (t === undefined) return;
  report.selected = id;
  report.cursorS = clampTime(t);
  tell('cursor');
  tell('selection');
}

/** Chooses as {@link select} does and brings the card into the window. */
export function reveal(id, seconds) {
  select(id, seconds);
  if (report.selected === id) tell('reveal');
}

function clampTime(seconds) {
  return Math.min(Math.max(Number.isFinite(seconds) ? seconds : 0, 0), durationS);
}

/** Id of the moment that is current: the chosen one, else the latest at the cursor. */
export function currentMomentId() {
  if (report.selected !== null) return report.selected;
  return moments[lastAtOrBefore(moments, report.cursorS)]?.id ?? null;
}

/** Shows a stretch of the timeline, seconds. */
export function setView(fromS, toS) {
  const span = Math.min(Math.max(toS - fromS, Math.min(SHORTEST_VIEW_S, durationS)), durationS);
  const middle = (fromS + toS) / 2;
  const from = Math.min(Math.max(middle - span / 2, 0), durationS - span);
  if (from === report.viewFromS && from + span === report.viewToS) return;
  report.viewFromS = from;
  report.viewToS = from + span;
  tell('zoom');
}

/** Zooms by a factor around a time; above 1 shows more. */
export function zoomBy(factor, aroundS = report.cursorS) {
  const { viewFromS, viewToS } = report;
  const inside = aroundS >= viewFromS && aroundS <= viewToS;
  const centre = inside ? aroundS : (viewFromS + viewToS) / 2;
  setView(centre - (centre - viewFromS) * factor, centre + (viewToS - centre) * factor);
}

/** Whether the timeline shows less than everything. */
export function isZoomed() {
  return report.viewToS - report.viewFromS < durationS - 1e-6;
}

/** Switches the language of the page. */
export function setLanguage(language) {
  report.language = language;
  document.documentElement.lang = language;
  tell('view');
}

/** Light, dark, or as the system likes it (`auto`). */
export function setTheme(theme) {
  report.theme = theme;
  document.documentElement.dataset.theme = theme;
  tell('view');
}

/** Shows another camera. */
export function setCamera(camera) {
  report.camera = camera;
  tell('view');
}

/** The picture of `camera` that was the newest at `seconds`; null without pictures. */
export function pictureAt(seconds, camera = report.camera) {
  return pictureOf(camera, seconds);
}

/** Goes to the picture before (-1) or after (1) the one at the cursor. */
export function stepPicture(by) {
  const pictures = picturesOf.get(report.camera) ?? [];
  if (pictures.length === 0) {
    setCursor(report.cursorS + by);
    return;
  }
  const index = Math.max(lastAtOrBefore(pictures, report.cursorS), 0) + by;
  setCursor(pictures[Math.min(Math.max(index, 0), pictures.length - 1)].t);
}

let lastFrameMs = 0;

function advance(nowMs) {
  if (!report.playing) return;
  setCursor(report.cursorS + ((nowMs - lastFrameMs) / 1000) * report.rate);
  lastFrameMs = nowMs;
  const { cursorS, viewFromS, viewToS } = report;
  if (isZoomed() && (cursorS > viewToS || cursorS < viewFromS)) {
    const span = viewToS - viewFromS;
    setView(cursorS - span * 0.1, cursorS + span * 0.9);
  }
  if (cursorS >= durationS) togglePlay();
  else requestAnimationFrame(advance);
}

/** Plays from the cursor, from the start where it is at the end; or pauses. */
export function togglePlay() {
  report.playing = !report.playing;
  if (report.playing) {
    if (report.cursorS >= durationS) setCursor(0);
    lastFrameMs = performance.now();
    requestAnimationFrame(advance);
  }
  tell('cursor');
}
