import { el } from './dom.js';
import { filteredMoments } from './filters.js';
import { momentCard } from './moment-card.js';
import { currentMomentId } from './state.js';
import { text } from './strings.js';
import { virtualList } from './virtual-list.js';

/** About as high as a card with a reply, a verdict and an intent, pixels. */
const CARD_GUESS_PX = 360;

/** The list of moments that pass the filter: one card for each utterance, and for each sign that made an intent. */
export function drawMoments() {
  const shown = filteredMoments();
  if (shown.length === 0) return { element: el('p.quiet', {}, text('nothingPasses')), list: null, shown };
  const list = virtualList({
    count: shown.length,
    label: text('moments'),
    guessPx: CARD_GUESS_PX,
    draw: (index) => {
      const card = momentCard(shown[index]);
      markCard(card);
      return card;
    },
  });
  return { element: list.element, list, shown };
}

function markCard(card) {
  const current = card.dataset.moment === currentMomentId();
  card.classList.toggle('current', current);
  if (current) card.setAttribute('aria-current', 'true');
  else card.removeAttribute('aria-current');
}

/** Marks the card whose moment is chosen, or else the latest at the cursor. */
export function markCurrentMoment({ list }) {
  for (const card of list?.rows().values() ?? []) markCard(card);
}
