import { el, oncePerFrame } from './dom.js';

/** So far beyond the window rows are drawn already, pixels. */
const OVERSCAN_PX = 500;
/** Lists this short are drawn whole, so that the browser's own search finds everything in them. */
const DRAWN_WHOLE = 30;
const GAP_PX = 14;

/**
 * A list of rows of any height that scrolls with the window; only rows about the window
 * are in the document. Rows are measured once they are drawn, and what is above the
 * window is corrected without moving what the reader looks at. What was never drawn keeps its guess.
 *
 * @param {{count: number, draw: (index: number) => HTMLElement, guessPx: number, label: string}} options
 */
export function virtualList({ count, draw, guessPx, label }) {
  const element = el('div.virtual', { role: 'feed', 'aria-label': label });
  const heights = new Float64Array(count).fill(guessPx);
  const tops = new Float64Array(count + 1);
  const shown = new Map();
  let whole = count <= DRAWN_WHOLE;

  const place = () => {
    for (let i = 0; i < count; i++) tops[i + 1] = tops[i] + heights[i] + GAP_PX;
    element.style.height = `${Math.max(tops[count] - GAP_PX, 0)}px`;
    for (const [index, row] of shown) row.style.top = `${tops[index]}px`;
  };

  const indexAt = (y) => {
    let low = 0;
    let high = count;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (tops[middle + 1] <= y) low = middle + 1;
      else high = middle;
    }
    return Math.min(low, Math.max(count - 1, 0));
  };

  const add = (index) => {
    const row = draw(index);
    row.classList.add('row');
    row.dataset.index = String(index);
    row.setAttribute('aria-posinset', String(index + 1));
    row.setAttribute('aria-setsize', String(count));
    const next = [...element.children].find((other) => Number(other.dataset.index) > index);
    element.insertBefore(row, next ?? null);
    row.style.top = `${tops[index]}px`;
    shown.set(index, row);
    sizes.observe(row);
  };

  const remove = (index) => {
    const row = shown.get(index);
    sizes.unobserve(row);
    row.remove();
    shown.delete(index);
  };

  /** Takes over the heights of what is drawn; true where any was not as thought. */
  const measure = () => {
    const windowTop = -element.getBoundingClientRect().top;
    let shift = 0;
    let changed = false;
    for (const [index, row] of shown) {
      const height = row.offsetHeight;
      if (height === 0 || Math.abs(height - heights[index]) < 0.5) continue;
      if (tops[index] + heights[index] < windowTop) shift += height - heights[index];
      heights[index] = height;
      changed = true;
    }
    if (!changed) return false;
    place();
    if (shift !== 0) window.scrollBy({ top: shift, behavior: 'instant' });
    return true;
  };

  const render = () => {
    if (count === 0 || !element.isConnected) return;
    for (let round = 0; round < 4; round++) {
      const top = element.getBoundingClientRect().top;
      const first = whole ? 0 : indexAt(-top - OVERSCAN_PX);
      const last = whole ? count - 1 : indexAt(-top + window.innerHeight + OVERSCAN_PX);
      const outside = top > window.innerHeight + OVERSCAN_PX || top + tops[count] < -OVERSCAN_PX;
      for (const [index, row] of shown) {
        const needed = whole || (!outside && index >= first && index <= last);
        if (!needed && !row.contains(document.activeElement)) remove(index);
      }
      if (!outside || whole) {
        for (let index = first; index <= last; index++) if (!shown.has(index)) add(index);
      }
      if (!measure()) break;
    }
  };

  const soon = oncePerFrame(render);
  const sizes = new ResizeObserver(soon);
  window.addEventListener('scroll', soon, { passive: true });
  window.addEventListener('resize', soon);
  place();

  return {
    element,
    render,
    rows: () => shown,
    /** Brings a row below whatever sticks to the top of the window; returns it. */
    scrollTo(index, offsetPx) {
      for (let round = 0; round < 4; round++) {
        const y = element.getBoundingClientRect().top + window.scrollY + tops[index] - offsetPx;
        window.scrollTo({ top: y, behavior: 'instant' });
        render();
      }
      return shown.get(index);
    },
    /** Draws every row, for printing. */
    drawAll() {
      whole = true;
      render();
      // On paper rows follow each other as they come.
      element.style.height = 'auto';
    },
    close() {
      window.removeEventListener('scroll', soon);
      window.removeEventListener('resize', soon);
      sizes.disconnect();
    },
  };
}
