import { durationS, lines, moments, picturesOf, run } from './data.js';
import { el, lastAtOrBefore } from './dom.js';
import { clockText, localTimeText, momentOutcome, momentTitle } from './format.js';
import { indexAtOrBefore } from './lod.js';
import { fetchAhead, pictureView } from './picture.js';
import { pictureAt, report, reveal, setCamera, setCursor, stepPicture, togglePlay } from './state.js';
import { text } from './strings.js';
import { word } from './words.js';

const RATES = [0.5, 1, 2, 4];

/** Builds picture, controls and what holds at the cursor into `host`; returns what brings them up to date. */
export function drawPlayer(host) {
  const screen = el('div.screen');
  const slider = el('input', {
    type: 'range',
    id: 'position',
    min: 0,
    max: durationS,
    step: 0.1,
    'aria-label': text('position'),
    oninput: () => setCursor(Number(slider.value)),
  });
  const play = el('button.play', { type: 'button', onclick: togglePlay });
  const time = el('output.time', { for: 'position' });
  const now = el('div.now', { 'aria-live': 'off' });
  const controls = el(
    'div.controls',
    {},
    iconButton('previous', '‹', () => stepPicture(-1)),
    play,
    iconButton('next', '›', () => stepPicture(1)),
    time,
    el(
      'select',
      {
        'aria-label': text('rate'),
        onchange: (event) => {
          report.rate = Number(event.target.value);
        },
      },
      ...RATES.map((rate) => el('option', { value: rate, selected: rate === report.rate }, `${rate}×`)),
    ),
    cameraChoice(),
  );
  host.replaceChildren(screen, slider, controls, now, el('p.hint', {}, text('keys')));

  let shown;
  return () => {
    const picture = pictureAt(report.cursorS);
    if (picture !== shown) {
      screen.replaceChildren(pictureView(picture));
      shown = picture;
      fetchNeighbours(picture);
    }
    slider.value = String(report.cursorS);
    play.textContent = report.playing ? '❚❚' : '►';
    play.setAttribute('aria-label', text(report.playing ? 'pause' : 'play'));
    play.title = text(report.playing ? 'pause' : 'play');
    const local = localTimeText(report.cursorS);
    time.replaceChildren(`${clockText(report.cursorS)} / ${clockText(durationS)}`);
    time.title = local ?? '';
    now.replaceChildren(...nowParts());
  };
}

function iconButton(name, glyph, onclick) {
  return el(
    `button.${name}`,
    { type: 'button', 'aria-label': text(name), title: text(name), onclick },
    glyph,
  );
}

function fetchNeighbours(picture) {
  if (picture === null) return;
  const pictures = picturesOf.get(picture.camera);
  const index = lastAtOrBefore(pictures, picture.t);
  for (const by of [1, 2, -1]) fetchAhead(pictures[index + by]);
}

function cameraChoice() {
  const cameras = [...picturesOf.keys()];
  if (cameras.length < 2) return null;
  return el(
    'select.camera',
    { 'aria-label': text('camera'), onchange: (event) => setCamera(event.target.value) },
    ...cameras.map((camera) => el('option', { value: camera, selected: camera === report.camera }, camera)),
  );
}

/** Value of a line at the cursor, in km/h; null where it has none. */
function valueAt({ t, kmh }) {
  const value = kmh[indexAtOrBefore(t, report.cursorS)];
  return value === undefined || Number.isNaN(value) ? null : value;
}

function figure(key, kmh) {
  if (kmh === null) return null;
  return el(
    'div.figure',
    { class: `figure ${key}` },
    el('b', {}, kmh.toFixed(0)),
    ' km/h',
    el('span', {}, text(key)),
  );
}

function nowParts() {
  const span = run.planner[lastAtOrBefore(run.planner, report.cursorS)];
  const moment = moments[lastAtOrBefore(moments, report.cursorS)];
  const reply = moment?.replies.findLast(({ t }) => t <= report.cursorS);
  const decided = moment?.verdicts.some(({ t }) => t <= report.cursorS) ? momentOutcome(moment) : null;
  return [
    el(
      'div.figures',
      {},
      figure('speed', valueAt(lines.speed)),
      figure('target', valueAt(lines.target)),
      figure('limit', valueAt(lines.limit)),
    ),
    span === undefined
      ? null
      : el(
          'p.doing',
          {},
          el(`span.chip.motion.${span.motion}`, {}, word('motion', span.motion)),
          ` ${word('behavior', span.behavior)}`,
          span.distanceM === undefined ? null : ` · ${span.distanceM.toFixed(0)} m`,
        ),
    moment === undefined
      ? el('p.quiet', {}, text('nothingSaid'))
      : el(
          'div.talk',
          {},
          el('p.bubble.said', { lang: moment.utterance?.language }, momentTitle(moment)),
          reply === undefined ? null : el('p.bubble.reply', { lang: reply.language }, reply.text),
          el(
            'p.line',
            {},
            decided === null ? null : el(`span.chip.verdict.${decided}`, {}, word('outcome', decided)),
            el(
              'button.quiet-button',
              { type: 'button', onclick: () => reveal(moment.id, report.cursorS) },
              text('showCard'),
            ),
          ),
        ),
  ].filter((part) => part !== null);
}
