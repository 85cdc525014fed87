import { copyAddress } from './address.js';
import { against, run } from './data.js';
import { el } from './dom.js';
import { clockText, localTimeText } from './format.js';
import { openHelp } from './help.js';
import { report, setLanguage, setTheme } from './state.js';
import { text } from './strings.js';
import { keysOf, word } from './words.js';

const THEMES = ['auto', 'light', 'dark'];

/** The next of the themes. */
export function nextTheme() {
  setTheme(THEMES[(THEMES.indexOf(report.theme) + 1) % THEMES.length]);
}

/** What was run, on what, and the switches of the page. */
export function drawHeader(host) {
  const { title, mode, loop, model, durationS, complete } = run.run;
  const started = localTimeText(0);
  document.title = `${title === '' ? text('untitled') : title} · codriver`;
  const facts = [mode, loop].filter((fact) => fact !== null).map((fact) => text(fact));
  if (started !== null) facts.push(started);
  facts.push(`${text('duration')} ${clockText(durationS)}`);
  host.replaceChildren(
    el(
      'div.bar',
      {},
      el('span.brand', {}, 'codriver'),
      el(
        'div.switches',
        {},
        el(
          'button.copy',
          { type: 'button', title: `${text('copyLink')} (c)`, onclick: copyLink },
          text('copyLink'),
        ),
        el('button.keys', { type: 'button', title: `${text('help')} (?)`, onclick: openHelp }, '?'),
        el(
          'select.theme',
          { 'aria-label': text('theme'), onchange: (event) => setTheme(event.target.value) },
          ...THEMES.map((theme) =>
            el('option', { value: theme, selected: theme === report.theme }, text(theme)),
          ),
        ),
        el(
          'div.languages',
          { role: 'group', 'aria-label': text('language') },
          languageButton('en', 'English'),
          languageButton('ja', '日本語'),
        ),
      ),
    ),
    el('h1', {}, title === '' ? text('untitled') : title),
    el('p.facts', {}, facts.join(' · ')),
    // A journal without its first entry says nothing about a model.
    ...(mode === null ? [] : [el('p.facts', {}, modelPart(model))]),
    ...(against === null ? [] : [el('p.facts', {}, `${text('compared')}: ${against.title}`)]),
    ...(complete ? [] : [el('p', {}, el('strong.banner', {}, text('incomplete')))]),
    el(
      'ul.counts',
      {},
      ...keysOf('entry')
        .filter((key) => run.counts[key] > 0)
        .map((key) =>
          el('li', {}, el('b', {}, run.counts[key].toLocaleString('en')), ` ${word('entry', key)}`),
        ),
    ),
  );
}

function modelPart(model) {
  if (model === null) return el('strong.banner', {}, text('reflexOnly'));
  return el(
    'span',
    { title: `sha256 ${model.sha256}` },
    `${text('model')} ${model.name} `,
    el('code', {}, model.sha256.slice(0, 12)),
  );
}

function languageButton(language, label) {
  return el(
    'button',
    {
      type: 'button',
      lang: language,
      'aria-pressed': String(report.language === language),
      onclick: () => setLanguage(language),
    },
    label,
  );
}

/** Copies a link to what is shown, and says so. */
export async function copyLink() {
  const copied = await copyAddress();
  announce(text(copied ? 'copied' : 'copyByHand'));
}

let announceTimer = 0;

/** Says something for a moment, to readers of screens too. */
export function announce(words) {
  const toast = document.getElementById('toast');
  toast.textContent = words;
  toast.classList.add('said');
  clearTimeout(announceTimer);
  announceTimer = setTimeout(() => toast.classList.remove('said'), 2500);
}
