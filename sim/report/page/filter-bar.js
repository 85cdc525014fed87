import { moments } from './data.js';
import { el } from './dom.js';
import {
  clearFilter,
  facetCounts,
  filter,
  filteredMoments,
  isFiltering,
  setFilter,
  toggleFacet,
} from './filters.js';
import { text } from './strings.js';
import { word } from './words.js';

/** Values of a facet beyond these stand behind "more". */
const MOST_VALUES = 8;
/** Typing rests so long before the list follows, milliseconds. */
const TYPING_MS = 200;

let opened = false;

/** Search, facets with how many moments each would show, a range of latency. Returns what redraws the counts. */
export function drawFilterBar() {
  let timer = 0;
  const search = el('input', {
    type: 'search',
    id: 'search',
    placeholder: text('searchHint'),
    'aria-label': text('search'),
    value: filter.text,
    oninput: () => {
      clearTimeout(timer);
      timer = setTimeout(() => setFilter({ text: search.value.trim() }), TYPING_MS);
    },
  });
  const least = latencyInput('minMs', 'from');
  const most = latencyInput('maxMs', 'to');
  const facets = el('div.facets');
  const summary = el('p.filter-summary', { role: 'status' });
  const element = el(
    'div.filters',
    { role: 'search', 'aria-label': text('filter') },
    el(
      'div.filter-line',
      {},
      search,
      el('span.latency-range', {}, `${text('latencyMs')} `, least, '–', most),
      summary,
    ),
    facets,
  );
  const update = () => {
    if (document.activeElement !== search) search.value = filter.text;
    for (const [input, value] of [
      [least, filter.minMs],
      [most, filter.maxMs],
    ]) {
      if (document.activeElement !== input) input.value = value ?? '';
    }
    const held = document.activeElement?.dataset?.facet;
    facets.replaceChildren(
      facetRow('outcome', (value) => word('outcome', value)),
      facetRow('source', (value) => word('source', value)),
      facetRow(
        'reason',
        (value) => value,
        () => update(),
      ),
    );
    if (held !== undefined) facets.querySelector(`[data-facet="${CSS.escape(held)}"]`)?.focus();
    summary.replaceChildren(
      `${filteredMoments().length} ${text('of')} ${moments.length} ${text('shown')} `,
      ...(isFiltering() ? [el('button', { type: 'button', onclick: clearFilter }, text('clear'))] : []),
    );
  };
  update();
  return { element, update };
}

function latencyInput(key, label) {
  const input = el('input.number', {
    type: 'number',
    min: 0,
    step: 50,
    inputmode: 'numeric',
    'aria-label': `${text('latencyMs')} ${text(label)}`,
    placeholder: text(label),
    value: filter[key] ?? '',
    onchange: () => {
      const value = input.value === '' ? null : Number(input.value);
      setFilter({ [key]: value !== null && value >= 0 ? value : null });
    },
  });
  return input;
}

function facetRow(facet, nameOf, redraw = null) {
  const all = facetCounts(facet);
  const values = redraw === null || opened ? all : all.slice(0, MOST_VALUES);
  // What is chosen stays in sight, so that it can be taken back.
  for (const one of all) if (filter[facet].has(one[0]) && !values.includes(one)) values.push(one);
  return el(
    'div.facet-row',
    { role: 'group', 'aria-label': text(facet) },
    el('span.facet-name', {}, text(facet)),
    el(
      'span.facet-values',
      {},
      ...values.map(([value, count]) =>
        el(
          `button.facet.${value}`,
          {
            type: 'button',
            'data-facet': `${facet} ${value}`,
            'aria-pressed': String(filter[facet].has(value)),
            onclick: () => toggleFacet(facet, value),
          },
          nameOf(value),
          el('b', {}, count.toLocaleString('en')),
        ),
      ),
      redraw === null || all.length <= MOST_VALUES
        ? null
        : el(
            'button.step',
            {
              type: 'button',
              'aria-expanded': String(opened),
              onclick: () => {
                opened = !opened;
                redraw();
              },
            },
            opened ? text('fewer') : `${text('more')} (${all.length - MOST_VALUES})`,
          ),
    ),
  );
}
