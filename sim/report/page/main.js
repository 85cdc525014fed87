import { el } from './dom.js';
import { clockText, localTimeText } from './format.js';
import { drawLatencies } from './latencies.js';
import { drawMoments, markCurrentMoment } from './moments.js';
import { drawPlayer } from './player.js';
import { drawSigns } from './signs.js';
import { followAddress, on, report, run, setLanguage, stepPicture, togglePlay } from './state.js';
import { text, word } from './strings.js';
import { drawTimeline } from './timeline.js';

const header = document.getElementById('header');
const player = document.getElementById('player');
const story = document.getElementById('story');
let updates = [];

function drawHeader() {
  const { title, mode, loop, model, durationS, complete } = run.run;
  const started = localTimeText(0);
  document.title = `${title === '' ? text('untitled') : title} · codriver`;
  const facts = [mode, loop].filter((fact) => fact !== null).map((fact) => text(fact));
  if (started !== null) facts.push(started);
  facts.push(`${text('duration')} ${clockText(durationS)}`);
  header.replaceChildren(
    el(
      'div.bar',
      {},
      el('span.brand', {}, 'codriver'),
      el(
        'div.languages',
        { role: 'group', 'aria-label': text('language') },
        languageButton('en', 'English'),
        languageButton('ja', '日本語'),
      ),
    ),
    el('h1', {}, title === '' ? text('untitled') : title),
    el('p.facts', {}, facts.join(' · ')),
    el(
      'p.facts',
      {},
      model === null
        ? el('strong.banner', {}, text('reflexOnly'))
        : el(
            'span',
            { title: `sha256 ${model.sha256}` },
            `${text('model')} ${model.name} `,
            el('code', {}, model.sha256.slice(0, 12)),
          ),
    ),
    ...(complete ? [] : [el('p', {}, el('strong.banner', {}, text('incomplete')))]),
    el(
      'ul.counts',
      {},
      ...Object.entries(run.counts).map(([key, count]) =>
        el('li', {}, el('b', {}, count.toLocaleString('en')), ` ${text(key)}`),
      ),
    ),
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

function section(id, ...children) {
  return el(
    'section',
    { id, 'aria-labelledby': `${id}-title` },
    el('h2', { id: `${id}-title` }, text(id)),
    ...children,
  );
}

function drawLegend() {
  const lines = ['speed', 'target', 'limit'].map((key) => el('span', {}, el(`i.key.${key}`), text(key)));
  const outcomes = ['EXECUTE', 'CONFIRM', 'CLARIFY', 'REFUSE', 'INFORM', 'DROPPED'].map((outcome) =>
    el('span', {}, el(`i.dot.${outcome}`), word('outcome', outcome)),
  );
  return el('p.legend', {}, ...lines, ...outcomes);
}

function drawHealth() {
  if (run.health.length === 0) return null;
  return section(
    'health',
    el(
      'ul.health',
      {},
      ...run.health.map(({ t, component, state, code, text: words }) =>
        el(
          'li',
          {},
          el('span.time', {}, clockText(t)),
          el(`span.chip.${state}`, {}, `${component} ${state}`),
          el('span', {}, words),
          el('code', {}, code),
        ),
      ),
    ),
  );
}

function drawAll() {
  drawHeader();
  const timeline = el('div.timeline-host');
  story.replaceChildren(
    ...[
      el('section.timeline-section', {}, timeline, drawLegend()),
      section('moments', drawMoments()),
      section('signs', drawSigns()),
      section('latencies', drawLatencies()),
      drawHealth(),
    ].filter((part) => part !== null),
  );
  const updatePlayer = drawPlayer(player);
  let updateTimeline = drawTimeline(timeline);
  let drawnWidth = timeline.clientWidth;
  new ResizeObserver(() => {
    if (timeline.clientWidth === drawnWidth) return;
    drawnWidth = timeline.clientWidth;
    updateTimeline = drawTimeline(timeline);
    updateTimeline();
  }).observe(timeline);
  updates = [updatePlayer, () => updateTimeline(), () => markCurrentMoment(story)];
  update();
}

function update() {
  for (const bringUpToDate of updates) bringUpToDate();
}

document.addEventListener('keydown', (event) => {
  if (event.altKey || event.ctrlKey || event.metaKey) return;
  const inChoice = event.target.closest('select') !== null;
  if ((event.key === 'ArrowLeft' || event.key === 'ArrowRight') && !inChoice) {
    event.preventDefault();
    stepPicture(event.key === 'ArrowLeft' ? -1 : 1);
  } else if (event.key === ' ' && event.target.closest('select, button, summary') === null) {
    event.preventDefault();
    togglePlay();
  }
});

on('cursor', update);
on('view', drawAll);
window.addEventListener('hashchange', followAddress);
document.documentElement.lang = report.language;
drawAll();
followAddress();
