import { differences, moments, otherMoment, run, signById } from './data.js';
import { tell } from './state.js';

/** What the list of moments is narrowed to; empty sets and null narrow nothing. */
export const filter = {
  outcome: new Set(),
  source: new Set(),
  reason: new Set(),
  change: new Set(),
  minMs: null,
  maxMs: null,
  onlyDifferences: false,
  text: '',
};

/** Facets with a closed choice of values. */
export const FACETS = ['outcome', 'source', 'reason', 'change'];

/** The value of a moment that was never judged. */
export const NO_VERDICT = 'NONE';

const facts = new Map(moments.map((moment) => [moment, factsOf(moment)]));

function factsOf(moment) {
  const other = otherMoment(moment.id);
  const verdicts = [...moment.verdicts, ...(other?.verdicts ?? [])];
  const proposals = [...moment.proposals, ...(other?.proposals ?? [])];
  const outcomes = verdicts.map(({ outcome }) => outcome);
  return {
    outcome: new Set(outcomes.length === 0 ? [NO_VERDICT] : outcomes),
    source: new Set([...verdicts, ...proposals].map(({ source }) => source)),
    reason: new Set(verdicts.flatMap(({ reasons }) => reasons.map(({ code }) => code))),
    change: new Set((differences.get(moment.id)?.changes ?? []).map(({ kind }) => kind)),
    latencies: proposals.map(({ latencyMs }) => latencyMs),
    words: null,
  };
}

const plain = (words) => words.normalize('NFKC').toLowerCase();

/** All that can be searched of a moment; made when it is first needed. */
function wordsOf(moment) {
  const known = facts.get(moment);
  if (known.words === null) {
    const other = otherMoment(moment.id);
    known.words = plain(
      [moment, other]
        .filter((one) => one !== null)
        .flatMap((one) => [
          one.id,
          one.utterance?.text,
          ...one.replies.map(({ text }) => text),
          ...one.verdicts.flatMap(({ outcome, reasons }) => [
            outcome,
            ...reasons.flatMap(({ code, causeId, words }) => [code, causeId, words.en, words.ja]),
          ]),
          ...one.intents.flatMap(({ id, maneuver }) => [id, JSON.stringify(maneuver)]),
          ...one.proposals.map(({ rule }) => rule),
          ...signWordsOf(signById.get(one.id)),
        ])
        .filter((part) => part !== undefined)
        .join('\n'),
    );
  }
  return known.words;
}

function signWordsOf(sign) {
  if (sign === undefined) return [];
  const { id, type, name, reading, why, plates } = sign;
  return [id, type, name.en, name.ja, reading.en, reading.ja, ...why, ...plates.map(({ text }) => text)];
}

/** Whether a moment passes the filter; `except` leaves one part of it out. */
export function passes(moment, except = '') {
  const known = facts.get(moment);
  for (const facet of FACETS) {
    if (facet === except || filter[facet].size === 0) continue;
    if (![...filter[facet]].some((value) => known[facet].has(value))) return false;
  }
  if (except !== 'latency' && (filter.minMs !== null || filter.maxMs !== null)) {
    const [least, most] = [filter.minMs ?? 0, filter.maxMs ?? Number.POSITIVE_INFINITY];
    if (!known.latencies.some((ms) => ms >= least && ms <= most)) return false;
  }
  if (except !== 'onlyDifferences' && filter.onlyDifferences && !differences.has(moment.id)) return false;
  return filter.text === '' || wordsOf(moment).includes(plain(filter.text));
}

/** How many moments each value of a facet would show with the rest of the filter as it is, most first. */
export function facetCounts(facet) {
  const counts = new Map();
  for (const [moment, known] of facts) {
    for (const value of known[facet]) if (!counts.has(value)) counts.set(value, 0);
    if (!passes(moment, facet)) continue;
    for (const value of known[facet]) counts.set(value, counts.get(value) + 1);
  }
  return [...counts].sort(([a, countA], [b, countB]) => countB - countA || a.localeCompare(b));
}

let shownMoments = null;
let shownSigns = null;

/** The moments that pass. */
export function filteredMoments() {
  shownMoments ??= moments.filter((moment) => passes(moment));
  return shownMoments;
}

/** The signs whose words pass the search; the other parts of the filter are of moments. */
export function filteredSigns() {
  shownSigns ??=
    filter.text === ''
      ? run.signs
      : run.signs.filter((sign) =>
          plain(
            signWordsOf(sign)
              .filter((part) => part !== undefined)
              .join('\n'),
          ).includes(plain(filter.text)),
        );
  return shownSigns;
}

/** Whether anything is narrowed. */
export function isFiltering() {
  return (
    FACETS.some((facet) => filter[facet].size > 0) ||
    filter.minMs !== null ||
    filter.maxMs !== null ||
    filter.onlyDifferences ||
    filter.text !== ''
  );
}

/** Changes parts of the filter. */
export function setFilter(changes) {
  Object.assign(filter, changes);
  shownMoments = null;
  shownSigns = null;
  tell('filter');
}

/** Takes a value into a facet, or out of it. */
export function toggleFacet(facet, value) {
  const values = new Set(filter[facet]);
  if (!values.delete(value)) values.add(value);
  setFilter({ [facet]: values });
}

/** Shows everything again. */
export function clearFilter() {
  setFilter({
    outcome: new Set(),
    source: new Set(),
    reason: new Set(),
    change: new Set(),
    minMs: null,
    maxMs: null,
    onlyDifferences: false,
    text: '',
  });
}
