import { run } from './data.js';
import { el } from './dom.js';
import { bytesText, msText, percentText } from './format.js';
import { text } from './strings.js';

/** Rows of the table: the word before it, and what it says of a tier; nothing where it does not apply. */
const TIER_FACTS = [
  ['segments', ({ segments }) => (segments === 'all' ? text('oneSession') : segments)],
  ['weights', ({ weightBytes }) => weightBytes && bytesText(weightBytes)],
  ['ring', ({ ringBytes }) => ringBytes && bytesText(ringBytes)],
  ['inUse', ({ budget }) => budget && budgetText(budget)],
  ['readInAll', ({ read }) => read && `${bytesText(read.bytes)} / ${msText(read.intervalMs)}`],
  ['readASecond', ({ read }) => read && `${bytesText(read.bytesPerS)}/s`],
  ['passesWaited', ({ read }) => read && msText(read.waitedMs)],
];

/** Where the model lives, a column each tier: tiers are few. Rows that say nothing of any are left out. */
export function drawTiers() {
  const facts = TIER_FACTS.filter(([, say]) => run.tiers.some((tier) => say(tier)));
  return el(
    'div.tiers',
    { tabindex: 0, role: 'region', 'aria-labelledby': 'tiers-title' },
    el(
      'table',
      {},
      el(
        'thead',
        {},
        el(
          'tr',
          {},
          el('th', { scope: 'col' }, text('tier')),
          ...run.tiers.map(({ tier }) => el('th', { scope: 'col' }, tier)),
        ),
      ),
      el('tbody', {}, ...facts.map(tierFactRow)),
    ),
  );
}

function tierFactRow([key, say]) {
  return el(
    'tr',
    {},
    el('th', { scope: 'row' }, text(key)),
    ...run.tiers.map((tier) => el('td', {}, say(tier) || '–')),
  );
}

function budgetText({ usedBytes, bytes }) {
  return `${bytesText(usedBytes)} / ${bytesText(bytes)} (${percentText(usedBytes / bytes)})`;
}
