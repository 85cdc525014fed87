import { run } from './data.js';
import { el, svg } from './dom.js';
import { msText, percentile } from './format.js';
import { text } from './strings.js';
import { word } from './words.js';

const BINS = 32;

/** Percentiles and a histogram of every source of proposals. */
export function drawLatencies() {
  const filled = run.latencies.filter(({ ms }) => ms.length > 0);
  if (filled.length === 0) return el('p.quiet', {}, text('empty'));
  return el('div.cards.latency-cards', {}, ...filled.map(latencyCard));
}

function latencyCard({ source, kind, ms }) {
  const sorted = ms.toSorted((a, b) => a - b);
  const figures = [
    ['p50', percentile(sorted, 0.5)],
    ['p90', percentile(sorted, 0.9)],
    ['p99', percentile(sorted, 0.99)],
    [text('max'), sorted.at(-1)],
  ];
  return el(
    'article.card.latency',
    {},
    el('h3', {}, word('source', source), el('small', {}, ` · ${text(kind)} · ${text('count')} ${ms.length}`)),
    histogram(sorted),
    el(
      'dl.percentiles',
      {},
      ...figures.map(([name, value]) => el('div', {}, el('dt', {}, name), el('dd', {}, msText(value)))),
    ),
  );
}

function histogram(sorted) {
  const most = Math.max(sorted.at(-1), 1e-9);
  const bins = Array.from({ length: BINS }, () => 0);
  for (const value of sorted) bins[Math.min(Math.floor((value / most) * BINS), BINS - 1)] += 1;
  const tallest = Math.max(...bins);
  return el(
    'div.histogram',
    {},
    svg(
      'svg',
      { viewBox: `0 0 ${BINS * 10} 60`, preserveAspectRatio: 'none', 'aria-hidden': 'true' },
      ...bins.map((count, i) => {
        const height = count === 0 ? 0 : Math.max((count / tallest) * 58, 3);
        return svg('rect.bin', { x: i * 10 + 1, y: 60 - height, width: 8, height });
      }),
    ),
    el('p.ends', {}, el('span', {}, '0'), el('span', {}, msText(most))),
  );
}
