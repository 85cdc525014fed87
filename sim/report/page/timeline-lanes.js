import { differences, durationS, moments, run } from './data.js';
import { filteredMoments, filteredSigns } from './filters.js';
import { maneuverText, momentTitle, signTitle } from './format.js';
import { report } from './state.js';
import { text } from './strings.js';
import { word } from './words.js';

/** Signs of outcomes that do not depend on colour. */
export const OUTCOME_GLYPHS = {
  EXECUTE: '✓',
  CONFIRM: '?',
  CLARIFY: '?',
  REFUSE: '✕',
  INFORM: 'i',
  DROPPED: '–',
};

/** Lane of what was said. */
export function utteranceMarks() {
  return filteredMoments()
    .filter(({ utterance }) => utterance !== null)
    .map((moment) => ({ t: moment.t, id: moment.id, kind: 'said', glyph: '', words: momentTitle(moment) }));
}

/** Lane of signs; each stands where it was first seen. */
export function signMarks() {
  return filteredSigns().map((sign) => ({
    t: sign.t,
    id: sign.id,
    kind: `sign.${sign.applies}`,
    glyph: sign.value === undefined ? '' : String(sign.value),
    words: signTitle(sign),
    more: `${word('applies', sign.applies)}: ${sign.reading[report.language]}`,
  }));
}

/** Lane of verdicts; folded ones stand at the first. */
export function verdictMarks() {
  return filteredMoments()
    .flatMap((moment) =>
      moment.verdicts.map((verdict) => ({
        t: verdict.t,
        id: moment.id,
        kind: `verdict.${verdict.outcome}`,
        glyph: OUTCOME_GLYPHS[verdict.outcome] ?? '',
        words: word('outcome', verdict.outcome),
        more: [momentTitle(moment), ...verdict.reasons.map(({ words }) => words[report.language])].join('\n'),
      })),
    )
    .sort((a, b) => a.t - b.t);
}

/** Lane of the places where two builds differ. */
export function differenceMarks() {
  const shown = new Set(filteredMoments().map(({ id }) => id));
  return moments
    .filter(({ id }) => differences.has(id) && shown.has(id))
    .map((moment) => ({
      t: moment.t,
      id: moment.id,
      kind: 'difference',
      glyph: '≠',
      words: momentTitle(moment),
      more: [
        ...differences.get(moment.id).changes.map(({ kind }) => word('change', kind)),
        differences.get(moment.id).note,
      ]
        .filter((part) => part !== undefined)
        .join(', '),
    }));
}

/** Lane of intents: from when they were sent until they were over. */
export function intentBars() {
  return filteredMoments()
    .flatMap((moment) => moment.intents.map((intent) => ({ moment, intent })))
    .sort((a, b) => a.intent.t - b.intent.t)
    .map(({ moment, intent }) => {
      const last = intent.phases.at(-1);
      const state = last?.phase ?? intent.delivery;
      const what = maneuverText(intent.maneuver);
      return {
        t: intent.t,
        endT: intent.endT ?? (last === undefined ? (intent.lastT ?? intent.t) : durationS),
        id: moment.id,
        kind: `intent.${state}`,
        words: intent.count === undefined ? what : `${what} ×${intent.count}`,
        more: last === undefined ? word('delivery', state) : word('phase', state),
      };
    });
}

/** Lane of what the planner did. */
export function plannerBars() {
  return run.planner.map((span, i) => ({
    t: span.t,
    endT: run.planner[i + 1]?.t ?? durationS,
    id: null,
    kind: `motion.${span.motion}`,
    words: word('behavior', span.behavior),
    more: word('motion', span.motion),
  }));
}

/** What a group of marks is called: how many of which, and the first of them. */
export function groupWords(marks) {
  const counts = new Map();
  for (const { words } of marks) counts.set(words, (counts.get(words) ?? 0) + 1);
  const most = [...counts].sort(([, a], [, b]) => b - a).slice(0, 3);
  return `${marks.length} ${text('together')}: ${most.map(([words, count]) => `${words} ×${count}`).join(', ')}`;
}
