import { against, differences, moments } from './data.js';
import { el } from './dom.js';
import { facetCounts, filter, filteredMoments, setFilter, toggleFacet } from './filters.js';
import { maneuverText, msText, triggerText } from './format.js';
import { currentMomentId, report, reveal } from './state.js';
import { text } from './strings.js';
import { word } from './words.js';

/** What the report's own build is called. */
export const ownTitle = () => against.ownTitle ?? text('thisBuild');

const outcomes = (all) =>
  all.length === 0 ? text('none') : all.map((outcome) => word('outcome', outcome)).join(', ');

const asked = (all) =>
  all.length === 0
    ? text('none')
    : all
        .map(({ maneuver, trigger }) => `${maneuverText(maneuver)} ${triggerText(trigger)}`.trim())
        .join('; ');

const signViews = (decisions) =>
  decisions
    .map(
      ({ applies, why }) =>
        `${word('applies', applies)} (${why.map((code) => word('why', code)).join(', ')})`,
    )
    .join('; ');

/** One change in words: what it was in the other build and what it is in this one. */
function explainChange(change) {
  switch (change.kind) {
    case 'PRESENCE':
      return [el('span', {}, `${text('onlyIn')}: ${change.only === 'TO' ? ownTitle() : against.title}`)];
    case 'SIGN':
      return arrow(signViews(change.from), signViews(change.to));
    case 'OUTCOME':
      return arrow(outcomes(change.from), outcomes(change.to));
    case 'REASON':
      return [
        ...change.gone.map((reason) => reasonPart('gone', reason)),
        ...change.come.map((reason) => reasonPart('come', reason)),
      ];
    case 'REPLY':
      return arrow(change.from.join(' / ') || text('none'), change.to.join(' / ') || text('none'));
    case 'LATENCY':
      return arrow(msText(change.fromMs), msText(change.toMs));
    default:
      return arrow(asked(change.from), asked(change.to));
  }
}

const arrow = (from, to) => [
  el('del', {}, from),
  el('span', { 'aria-hidden': 'true' }, '→'),
  el('ins', {}, to),
];

function reasonPart(how, { code, words }) {
  return el(
    how === 'gone' ? 'del' : 'ins',
    {},
    el('span.hidden-words', {}, `${text(how)}: `),
    `${words[report.language]} `,
    el('code', {}, code),
  );
}

/** The explanation of how the builds differ over a moment; null where they don't. */
export function differenceBlock(id) {
  const difference = differences.get(id);
  if (difference === undefined) return null;
  return el(
    'ul.changes',
    { 'aria-label': text('differences') },
    difference.note === undefined ? null : el('li.note', {}, difference.note),
    ...difference.changes.map((change) =>
      el(
        'li',
        {},
        el('span.chip.change', {}, `≠ ${word('change', change.kind)}`),
        el('span.change-words', {}, ...explainChange(change)),
      ),
    ),
  );
}

/** How many moments differ, and in what; null where one build is shown alone. */
export function drawComparison() {
  if (against === null) return null;
  if (differences.size === 0) return el('p.comparison', {}, text('noDifferences'));
  return el(
    'div.comparison',
    {},
    el(
      'p',
      {},
      el('del', {}, against.title),
      ' → ',
      el('ins', {}, ownTitle()),
      ' · ',
      el('b', {}, `${differences.size} ${text('of')} ${moments.length} ${text('differ')}`),
    ),
    el(
      'p.facet-values',
      {},
      el(
        'button.facet',
        {
          type: 'button',
          'aria-pressed': String(filter.onlyDifferences),
          onclick: () => setFilter({ onlyDifferences: !filter.onlyDifferences }),
        },
        text('onlyDifferences'),
        el('b', {}, String(differences.size)),
      ),
      ...facetCounts('change').map(([kind, count]) =>
        el(
          'button.facet',
          {
            type: 'button',
            'aria-pressed': String(filter.change.has(kind)),
            onclick: () => toggleFacet('change', kind),
          },
          word('change', kind),
          el('b', {}, String(count)),
        ),
      ),
      el(
        'button.step',
        { type: 'button', title: `${text('previousDifference')} (p)`, onclick: () => stepDifference(-1) },
        `‹ ${text('previousDifference')}`,
      ),
      el(
        'button.step',
        { type: 'button', title: `${text('nextDifference')} (n)`, onclick: () => stepDifference(1) },
        `${text('nextDifference')} ›`,
      ),
    ),
  );
}

/** Goes to the next difference among those shown (1) or the one before (-1). */
export function stepDifference(by) {
  step(
    filteredMoments().filter(({ id }) => differences.has(id)),
    by,
  );
}

/** Goes to the next moment among those shown (1) or the one before (-1). */
export function stepMoment(by) {
  step(filteredMoments(), by);
}

function step(all, by) {
  if (all.length === 0) return;
  const current = currentMomentId();
  const at = all.findIndex(({ id }) => id === current);
  const later = all.findIndex(({ t }) => t > report.cursorS);
  const after = later < 0 ? all.length : later;
  const next = at >= 0 ? at + by : by > 0 ? after : after - 1;
  reveal(all[Math.min(Math.max(next, 0), all.length - 1)].id);
}
