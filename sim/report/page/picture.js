import { el, svg } from './dom.js';
import { run } from './state.js';
import { text } from './strings.js';

/** A box belongs to a picture where it was found in that very picture; stamps agree to this, seconds. */
const SAME_PICTURE_S = 0.06;

/** Signs that were found in this picture, with their boxes. */
export function sightingsIn(picture) {
  const found = [];
  for (const sign of run.signs) {
    const sighting = sign.sightings.find(
      ({ t, camera }) => camera === picture.camera && Math.abs(t - picture.t) <= SAME_PICTURE_S,
    );
    if (sighting !== undefined) found.push({ sign, sighting });
  }
  return found;
}

/**
 * A picture as SVG in the camera's own pixels, so that boxes need no scaling.
 *
 * @param {{t: number, camera: string, jpeg: string} | null} picture
 * @param {{view?: {x: number, y: number, width: number, height: number}}} [options] `view` shows a part, in camera pixels.
 */
export function pictureView(picture, { view } = {}) {
  if (picture === null) return el('div.no-picture', {}, text('noPicture'));
  const size = run.cameras[picture.camera] ?? { widthPx: 1280, heightPx: 720 };
  const { x, y, width, height } = view ?? { x: 0, y: 0, width: size.widthPx, height: size.heightPx };
  return svg(
    'svg.picture',
    {
      viewBox: `${x} ${y} ${width} ${height}`,
      role: 'img',
      'aria-label': `${picture.camera} ${picture.t} s`,
    },
    svg('image', {
      href: `data:image/jpeg;base64,${picture.jpeg}`,
      width: size.widthPx,
      height: size.heightPx,
      preserveAspectRatio: 'none',
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
}
