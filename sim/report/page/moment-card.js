import { differenceBlock, ownTitle } from './changes.js';
import { against, differences, isMissingHere, otherMoment } from './data.js';
import { el } from './dom.js';
import {
  clockText,
  foldText,
  maneuverText,
  momentTitle,
  msText,
  offsetText,
  percentText,
  triggerText,
} from './format.js';
import { pictureView } from './picture.js';
import { pictureAt, report, select } from './state.js';
import { text } from './strings.js';
import { OUTCOME_GLYPHS } from './timeline-lanes.js';
import { word } from './words.js';

/** Everything of one moment: what was said, answered, judged and driven, in both builds where they differ. */
export function momentCard(moment) {
  const picture = pictureAt(moment.t);
  return el(
    'article.card.moment',
    { 'data-moment': moment.id, tabindex: -1, 'aria-label': `${clockText(moment.t)} ${momentTitle(moment)}` },
    el(
      'div.card-head',
      {},
      el(
        'button.jump',
        { type: 'button', onclick: () => select(moment.id) },
        el('span.time', {}, clockText(moment.t)),
        el('span.title', { lang: moment.utterance?.language }, momentTitle(moment)),
      ),
      el('p.meta', {}, ...speakerParts(moment.utterance)),
      differenceBlock(moment.id),
    ),
    picture === null ? null : el('div.thumb', {}, pictureView(picture)),
    el('div.card-body', {}, ...buildParts(moment)),
  );
}

/** What came of it; in two columns where two builds differ. */
function buildParts(moment) {
  if (!differences.has(moment.id)) return momentParts(moment);
  const other = otherMoment(moment.id);
  const own = isMissingHere(moment) ? null : moment;
  if (other === null && own === null) return [];
  const column = (kind, title, one) =>
    el(
      `div.build.${kind}`,
      {},
      el('h3', {}, title),
      ...(one === null ? [el('p.quiet', {}, text('nothingHere'))] : momentParts(one)),
    );
  return [el('div.builds', {}, column('from', against.title, other), column('to', ownTitle(), own))];
}

function momentParts(moment) {
  return [
    ...moment.replies.map((reply) => replyLine(moment, reply)),
    ...moment.verdicts.map((verdict) => verdictBlock(moment, verdict)),
    moment.verdicts.length === 0 && moment.utterance !== null ? el('p.quiet', {}, text('noVerdict')) : null,
    ...moment.intents.map((intent) => intentBlock(moment, intent)),
    ...moment.proposals.map((proposal) => proposalDetails(moment, proposal)),
    ...moment.prompts.map((prompt) =>
      fold(`${text('prompt')} · ${prompt.promptTokens} ${text('tokens')}`, prompt.text),
    ),
  ];
}

function speakerParts(utterance) {
  if (utterance === null) return [];
  const facts = [
    `${word('authority', utterance.authority)}, ${word('seat', utterance.seat)}`,
    `${text('heardWith')} ${percentText(utterance.confidence)}`,
  ];
  if (!utterance.live) facts.push(text('loudspeaker'));
  if (utterance.alternatives.length > 0) {
    facts.push(`${text('alternatives')}: ${utterance.alternatives.map((other) => other.text).join(' / ')}`);
  }
  return [facts.join(' · ')];
}

function replyLine(moment, reply) {
  return el(
    'p.reply-line',
    {},
    el('span.when', {}, `${offsetText(reply.t, moment.t)} ${word('stage', reply.stage)}`),
    el(
      'span',
      {},
      el(`span.bubble.reply.${reply.stage}`, { lang: reply.language }, reply.text),
      foldMark(reply),
    ),
  );
}

function verdictBlock(moment, verdict) {
  return el(
    'div.verdict-block',
    {},
    el(
      'p.line',
      {},
      el(
        `span.chip.verdict.${verdict.outcome}`,
        {},
        `${OUTCOME_GLYPHS[verdict.outcome] ?? ''} ${word('outcome', verdict.outcome)}`,
      ),
      el('span.when', {}, `${offsetText(verdict.t, moment.t)} · ${word('source', verdict.source)}`),
      foldMark(verdict),
    ),
    el(
      'ul.reasons',
      {},
      ...verdict.reasons.map((reason) =>
        el(
          'li',
          {},
          el(`span.effect.${reason.effect}`, {}, word('effect', reason.effect)),
          el('span', {}, reason.words[report.language]),
          el('code', {}, reason.causeId === undefined ? reason.code : `${reason.code} ← ${reason.causeId}`),
        ),
      ),
    ),
  );
}

function intentBlock(moment, intent) {
  const trigger = triggerText(intent.trigger);
  return el(
    'div.intent-block',
    {},
    el(
      'p.line',
      {},
      el('span.number', {}, `#${intent.sequence}`),
      el('strong', {}, maneuverText(intent.maneuver)),
      trigger === '' ? null : el('span.trigger', {}, trigger),
      el(
        'span.when',
        {},
        intent.count === undefined
          ? `${offsetText(intent.t, moment.t)} · ${text('validFor')} ${(intent.validUntilT - intent.t).toFixed(1)} s`
          : offsetText(intent.t, moment.t),
      ),
      foldMark(intent),
    ),
    el(
      'ol.phases',
      {},
      el(`li.phase.${intent.delivery}`, { title: intent.deliveryDetail }, word('delivery', intent.delivery)),
      ...intent.phases.map((phase) =>
        el(
          `li.phase.${phase.phase}`,
          { title: phase.detail },
          word('phase', phase.phase),
          el('small', {}, `${offsetText(phase.t, moment.t)} · ${word('behavior', phase.reason)}`),
        ),
      ),
      intent.phases.length === 0 ? el('li.quiet', {}, text('noNews')) : null,
    ),
    intent.delivery === 'SENT' || intent.deliveryDetail === ''
      ? null
      : el('p.quiet', {}, intent.deliveryDetail),
  );
}

function proposalDetails(moment, proposal) {
  const facts = [
    word('source', proposal.source),
    `${text('latency')} ${msText(proposal.latencyMs)}`,
    offsetText(proposal.t, moment.t),
  ];
  if (proposal.rule !== undefined) facts.push(`${text('rule')} ${proposal.rule}`);
  if (proposal.decodedTokens !== undefined) {
    facts.push(`${proposal.decodedTokens} ${text('tokens')} ${text('decoded')}`);
  }
  if (proposal.appendedTokens !== undefined) facts.push(`${proposal.appendedTokens} ${text('appended')}`);
  if (proposal.count !== undefined) facts.push(foldText(proposal));
  return fold(`${text('proposal')} · ${facts.join(' · ')}`, proposalText(proposal.proposal), true);
}

/** How often a folded row happened. */
function foldMark(row) {
  return row.count === undefined ? null : el('span.folded', {}, foldText(row));
}

/** One line where it fits; most proposals are short. */
function proposalText(proposal) {
  const line = JSON.stringify(proposal);
  return line.length <= 160 ? line : JSON.stringify(proposal, null, 2);
}

function fold(title, body, open = false) {
  return el('details', { open }, el('summary', {}, title), el('pre', {}, body));
}
