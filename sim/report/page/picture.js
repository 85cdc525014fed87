import { picturesAreBeside, pictureUrl, run } from './data.js';
import { el, svg } from './dom.js';
import { text } from './strings.js';

/** A box belongs to a picture where it was found in that very picture; stamps agree to this, seconds. */
const SAME_PICTURE_S = 0.06;

/** Every sighting of every camera, in order of time: an hour has more of them than can be gone through each time. */
const sightingsOf = new Map();
for (const sign of run.signs) {
  for (const sighting of sign.sightings) {
    if (!sightingsOf.has(sighting.camera)) sightingsOf.set(sighting.camera, []);
    sightingsOf.get(sighting.camera).push({ t: sighting.t, sign, sighting });
  }
}
for (const sightings of sightingsOf.values()) sightings.sort((a, b) => a.t - b.t);

/** Signs that were found in this picture, with their boxes; each once. */
export function sightingsIn(picture) {
  const all = sightingsOf.get(picture.camera) ?? [];
  let low = 0;
  let high = all.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (all[middle].t < picture.t - SAME_PICTURE_S) low = middle + 1;
    else high = middle;
  }
  const found = new Map();
  for (; low < all.length && all[low].t <= picture.t + SAME_PICTURE_S; low++) {
    if (!found.has(all[low].sign)) found.set(all[low].sign, all[low]);
  }
  return [...found.values()];
}

/** Size of a camera's pictures in its own pixels. */
export function cameraSize(camera) {
  return run.cameras[camera] ?? { widthPx: 1280, heightPx: 720 };
}

/**
 * A picture as SVG in the camera's own pixels, so that boxes need no scaling.
 *
 * @param {{t: number, camera: string, index: number} | null} picture
 * @param {{view?: {x: number, y: number, width: number, height: number}}} [options] `view` shows a part, in camera pixels.
 */
export function pictureView(picture, { view } = {}) {
  if (picture === null) return el('div.no-picture', {}, text('noPicture'));
  const size = cameraSize(picture.camera);
  const { x, y, width, height } = view ?? { x: 0, y: 0, width: size.widthPx, height: size.heightPx };
  const shown = svg(
    'svg.picture',
    {
      viewBox: `${x} ${y} ${width} ${height}`,
      role: 'img',
      'aria-label': `${picture.camera} ${picture.t} s`,
    },
    svg('image', {
      href: pictureUrl(picture),
      width: size.widthPx,
      height: size.heightPx,
      preserveAspectRatio: 'none',
      onerror: () => shown.replaceWith(el('div.no-picture', {}, text('noPicture'))),
    }),
    ...sightingsIn(picture).map(({ sign, sighting }) =>
      svg(`rect.sign-box.${sign.applies}`, {
        x: sighting.box.xPx,
        y: sighting.box.yPx,
        width: sighting.box.widthPx,
        height: sighting.box.heightPx,
        'vector-effect': 'non-scaling-stroke',
      }),
    ),
  );
  return shown;
}

/** Pictures asked for ahead of time; a few are kept so that stepping and playing don't blink. */
const ahead = [];
const MOST_AHEAD = 8;

/** Asks for a picture beside the page before it is looked at. */
export function fetchAhead(picture) {
  if (!picturesAreBeside || picture === undefined) return;
  const image = new Image();
  image.src = pictureUrl(picture);
  ahead.push(image);
  if (ahead.length > MOST_AHEAD) ahead.shift();
}
