import { differences, durationS, momentById, signById } from './data.js';
import { FACETS, filter, setFilter } from './filters.js';
import { isZoomed, on, report, reveal, setCursor, setLanguage, setView } from './state.js';

/** The cursor moves often; the address follows when it rests. */
const REST_MS = 250;

let timer = 0;
let following = false;

/** What the reader sees, as the part of an address after `#`. */
export function addressHash() {
  const parts = new URLSearchParams();
  parts.set('t', report.cursorS.toFixed(1));
  if (report.selected !== null) {
    parts.set(differences.has(report.selected) ? 'diff' : 'moment', report.selected);
  }
  for (const facet of FACETS) if (filter[facet].size > 0) parts.set(facet, [...filter[facet]].join(','));
  if (filter.minMs !== null || filter.maxMs !== null) {
    parts.set('latency', `${filter.minMs ?? ''}-${filter.maxMs ?? ''}`);
  }
  if (filter.onlyDifferences) parts.set('only', 'differences');
  if (filter.text !== '') parts.set('q', filter.text);
  if (isZoomed()) parts.set('zoom', `${report.viewFromS.toFixed(1)}-${report.viewToS.toFixed(1)}`);
  if (report.language !== document.documentElement.dataset.written) parts.set('lang', report.language);
  return `#${parts}`;
}

function write(how) {
  clearTimeout(timer);
  if (following) return;
  const hash = addressHash();
  if (hash === location.hash) return;
  if (how === 'push') history.pushState(null, '', hash);
  else history.replaceState(null, '', hash);
}

function writeAtRest() {
  clearTimeout(timer);
  timer = setTimeout(() => write('replace'), REST_MS);
}

const number = (text) => (/^\d+(?:\.\d+)?$/.test(text ?? '') ? Number(text) : null);
const range = (text) =>
  /^(\d*\.?\d*)-(\d*\.?\d*)$/
    .exec(text ?? '')
    ?.slice(1)
    .map(number) ?? [null, null];

/** Brings the page to what its address says; parts that say nothing sensible are passed over. */
export function followAddress() {
  following = true;
  const parts = new URLSearchParams(location.hash.slice(1));
  const language = parts.get('lang') ?? document.documentElement.dataset.written;
  if (language !== report.language && ['en', 'ja'].includes(language)) setLanguage(language);
  const [minMs, maxMs] = range(parts.get('latency'));
  setFilter({
    ...Object.fromEntries(
      FACETS.map((facet) => [
        facet,
        new Set((parts.get(facet) ?? '').split(',').filter((one) => one !== '')),
      ]),
    ),
    minMs,
    maxMs,
    onlyDifferences: parts.get('only') === 'differences',
    text: parts.get('q') ?? '',
  });
  const [fromS, toS] = range(parts.get('zoom'));
  setView(fromS ?? 0, toS ?? durationS);
  const t = number(parts.get('t'));
  const id = parts.get('moment') ?? parts.get('diff');
  if (momentById.has(id) || signById.has(id)) reveal(id, t ?? undefined);
  else if (t !== null) setCursor(t);
  following = false;
}

/** From here on the address follows the page, and the page its address. */
export function keepAddress() {
  on('cursor', writeAtRest);
  on('zoom', writeAtRest);
  on('view', writeAtRest);
  on('selection', () => write('push'));
  on('filter', () => write('push'));
  window.addEventListener('hashchange', followAddress);
  window.addEventListener('popstate', followAddress);
}

/** Copies the page's address with all that is chosen; false where the browser forbids it. */
export async function copyAddress() {
  write('replace');
  try {
    await navigator.clipboard.writeText(location.href);
    return true;
  } catch {
    return false;
  }
}
