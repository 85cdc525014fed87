import { embeddedJson, lastAtOrBefore } from './dom.js';

/** The run (see `report-data.ts`), and its pictures in order of time. */
export const run = embeddedJson('data');
export const pictures = embeddedJson('pictures').sort((a, b) => a.t - b.t);

/** Seconds that the timeline covers; never 0. */
export const durationS = Math.max(run.run.durationS, pictures.at(-1)?.t ?? 0, 0.1);

/** What the reader has chosen. Change it through the functions below. */
export const report = {
  language: run.language,
  cursorS: 0,
  camera: pictures[0]?.camera ?? '',
  playing: false,
  rate: 1,
};

const listeners = { cursor: [], view: [] };

/** Calls `listener` when the cursor moves (`cursor`) or when everything must be drawn anew (`view`). */
export function on(event, listener) {
  listeners[event].push(listener);
}

function tell(event) {
  for (const listener of listeners[event]) listener();
}

let hashTimer = 0;

/** Moves the cursor; the address follows a moment later, so that it can be sent to a colleague. */
export function setCursor(seconds) {
  const next = Math.min(Math.max(Number.isFinite(seconds) ? seconds : 0, 0), durationS);
  if (next === report.cursorS) return;
  report.cursorS = next;
  tell('cursor');
  clearTimeout(hashTimer);
  hashTimer = setTimeout(() => history.replaceState(null, '', `#t=${report.cursorS.toFixed(1)}`), 250);
}

/** Moves the cursor to what the address says (`#t=12.3`), where it says anything. */
export function followAddress() {
  const match = /^#t=(\d+(?:\.\d+)?)$/.exec(location.hash);
  if (match !== null) setCursor(Number(match[1]));
}

/** Switches the language of the page. */
export function setLanguage(language) {
  report.language = language;
  document.documentElement.lang = language;
  tell('view');
}

/** Shows another camera. */
export function setCamera(camera) {
  report.camera = camera;
  tell('view');
}

/** Pictures of the chosen camera. */
export function cameraPictures() {
  return pictures.filter((picture) => picture.camera === report.camera);
}

/** The picture of `camera` that was the newest at `seconds`, else the first after; null without pictures. */
export function pictureAt(seconds, camera = report.camera) {
  const own = pictures.filter((picture) => picture.camera === camera);
  return own[Math.max(lastAtOrBefore(own, seconds), 0)] ?? null;
}

/** Goes to the picture before (-1) or after (1) the one at the cursor. */
export function stepPicture(by) {
  const own = cameraPictures();
  if (own.length === 0) {
    setCursor(report.cursorS + by);
    return;
  }
  const index = Math.max(lastAtOrBefore(own, report.cursorS), 0) + by;
  const target = own[Math.min(Math.max(index, 0), own.length - 1)];
  setCursor(target.t);
}

let lastFrameMs = 0;

function advance(nowMs) {
  if (!report.playing) return;
  setCursor(report.cursorS + ((nowMs - lastFrameMs) / 1000) * report.rate);
  lastFrameMs = nowMs;
  if (report.cursorS >= durationS) togglePlay();
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
