import { run } from './data.js';
import { el } from './dom.js';
import { filteredSigns } from './filters.js';
import { clockText, percentText, signTitle } from './format.js';
import { cameraSize, pictureView } from './picture.js';
import { pictureAt, report, select } from './state.js';
import { text } from './strings.js';
import { virtualList } from './virtual-list.js';
import { word } from './words.js';

const SIGN_ROW_GUESS_PX = 440;
const CARD_WIDTH_PX = 300;

/** Cards of the signs that were seen, with the plates under them as read; `widthPx` says how many beside each other. */
export function drawSigns(widthPx) {
  const shown = filteredSigns();
  if (shown.length === 0) {
    return {
      element: el('p.quiet', {}, text(run.signs.length === 0 ? 'empty' : 'nothingPasses')),
      list: null,
    };
  }
  const columns = Math.max(Math.floor((widthPx + 14) / (CARD_WIDTH_PX + 14)), 1);
  const list = virtualList({
    count: Math.ceil(shown.length / columns),
    label: text('signs'),
    guessPx: SIGN_ROW_GUESS_PX,
    draw: (index) =>
      el('div.sign-cards', {}, ...shown.slice(index * columns, (index + 1) * columns).map(signCard)),
  });
  return {
    element: list.element,
    list,
    rowOf: (id) => Math.floor(shown.findIndex((sign) => sign.id === id) / columns),
  };
}

function signCard(sign) {
  const close = closestSighting(sign);
  const jumpT = close?.picture.t ?? sign.t;
  return el(
    'article.card.sign',
    { 'data-sign': sign.id, tabindex: -1 },
    el(
      'div.crop',
      {},
      close === null
        ? pictureView(pictureAt(sign.t, sign.sightings[0]?.camera))
        : pictureView(close.picture, { view: around(sign, close) }),
    ),
    el(
      'div.card-body',
      {},
      el(
        'button.jump',
        { type: 'button', onclick: () => select(sign.id, jumpT) },
        el('span.time', {}, clockText(sign.t)),
        el('span.title', {}, signTitle(sign)),
      ),
      el(
        'p.line',
        {},
        el(`span.chip.applies.${sign.applies}`, {}, word('applies', sign.applies)),
        el('code', {}, sign.type),
        el('span.when', {}, `${text('confidence')} ${percentText(sign.confidence)}`),
      ),
      el('dl', {}, ...sign.plates.flatMap(plateRows), ...row('reading', sign.reading[report.language])),
      sign.why.length === 0 ? null : el('p.codes', {}, `${text('because')}: `, ...codes(sign.why)),
      ...sign.decisions
        .slice(0, -1)
        .map((decision) =>
          el(
            'p.codes.quiet',
            {},
            `${text('history')}, ${clockText(decision.t)}: ${word('applies', decision.applies)} (`,
            ...codes(decision.why),
            ')',
          ),
        ),
    ),
  );
}

/** Why it holds or not, in words; the code of each stands behind it. */
const codes = (why) =>
  why.flatMap((code, i) => [i === 0 ? null : ', ', el('span.why', { title: code }, word('why', code))]);

function row(key, value) {
  return value === '' ? [] : [el('dt', {}, text(key)), el('dd', {}, value)];
}

function plateRows(plate) {
  const confidence = plate.textConfidence === undefined ? '' : percentText(plate.textConfidence);
  const value =
    plate.text === undefined || plate.text === ''
      ? el('dd.quiet', {}, text('plateUnread'))
      : el(
          'dd',
          {},
          el('q.plate', { lang: 'ja' }, plate.text),
          el('span.when', {}, confidence),
          plate.type === undefined ? null : ' ',
          plate.type === undefined ? null : el('code', {}, plate.type),
        );
  return [el('dt', {}, text('plateAsRead')), value];
}

/** The largest sighting that has its own picture; null where none has. */
function closestSighting(sign) {
  let best = null;
  for (const sighting of sign.sightings) {
    if (best !== null && sighting.box.heightPx <= best.sighting.box.heightPx) continue;
    const picture = pictureAt(sighting.t + 0.06, sighting.camera);
    if (picture === null || Math.abs(picture.t - sighting.t) > 0.06) continue;
    best = { sighting, picture };
  }
  return best;
}

/** The part of the picture around a sign, 4:3, large enough to show what is about it. */
function around(sign, { sighting, picture }) {
  const size = cameraSize(picture.camera);
  const { xPx, yPx, widthPx, heightPx } = sighting.box;
  // Plates hang under the sign, so the part reaches further down than up.
  const bottom = yPx + heightPx * (1 + 0.7 * Math.max(sign.plates.length, 1));
  const height = Math.min(Math.max((bottom - yPx) * 1.7, 120), size.heightPx);
  const width = Math.min((height * 4) / 3, size.widthPx);
  const clamp = (value, most) => Math.min(Math.max(value, 0), most);
  return {
    x: clamp(xPx + widthPx / 2 - width / 2, size.widthPx - width),
    y: clamp((yPx + bottom) / 2 - height / 2, size.heightPx - height),
    width,
    height,
  };
}
