import { on } from './state.js';

let resolved = new Map();
let probe = null;

on('view', forgetColours);
matchMedia('(prefers-color-scheme: dark)').addEventListener('change', forgetColours);

function forgetColours() {
  resolved = new Map();
}

/** A colour of the theme, such as `--speed`, as a canvas takes it. */
export function colour(name) {
  if (!resolved.has(name)) {
    if (probe === null) {
      probe = document.createElement('i');
      probe.hidden = true;
      document.body.append(probe);
    }
    probe.style.color = `var(${name})`;
    resolved.set(name, getComputedStyle(probe).color);
  }
  return resolved.get(name);
}

/** Makes a canvas as sharp as the screen and returns its context, in CSS pixels. */
export function contextOf(canvas, widthPx, heightPx) {
  const ratio = window.devicePixelRatio || 1;
  canvas.width = Math.round(widthPx * ratio);
  canvas.height = Math.round(heightPx * ratio);
  canvas.style.width = `${widthPx}px`;
  canvas.style.height = `${heightPx}px`;
  const context = canvas.getContext('2d');
  context.setTransform(ratio, 0, 0, ratio, 0, 0);
  return context;
}
