import {
  Config,
  type Dialogue,
  type Language,
  type Proposal,
  type Scene,
  type Utterance,
} from '../../../src/domain/index.ts';
import { parseNotation } from '../../../src/evaluation/notation.ts';
import { type EarlierTurn, heardUtterance, talkOf } from '../../../src/evaluation/talk.ts';
import { referentsOf } from '../../../src/prompt/index.ts';
import type { Random } from './random.ts';
import { type SampledScene, sampleScene } from './scene-sampler.ts';
import { Slots } from './slots.ts';
import { spoken } from './speech.ts';
import { hasSlot, render, type Template, type TemplateTurn } from './template.ts';

/** One thing to learn: what the prompt is made of, and the answer. */
export interface Example {
  readonly template: string;
  readonly language: Language;
  readonly scene: Scene;
  readonly dialogue: Dialogue;
  readonly utterance: Utterance;
  /** With the objects' own ids. */
  readonly proposal: Proposal;
  /** As the model is to write it: with the short names of the prompt. */
  readonly answer: Proposal;
}

/** How often a scene is drawn anew when a template's slots find nothing in it. */
const MOST_TRIES = 12;

const CONFIG = Config.parse({});

/**
 * Draws one example of a template; undefined where no scene fits. The talk before is answered by the product's own
 * gate and words. Errors: BAD_ARGUMENT where the meaning can not be read.
 */
export function drawExample(random: Random, template: Template, language: Language): Example | undefined {
  const has = (...slots: string[]): boolean => hasSlot(template, slots);
  const needs = {
    poi: has('poi', 'place') || (has('nowhere') && random.chance(0.8)),
    vehicle: has('vehicle'),
    person: has('person'),
    worker: has('worker'),
    two: has('two'),
  };
  for (let attempt = 0; attempt < MOST_TRIES; attempt++) {
    const sampled = sampleScene(random, needs);
    const example = inScene(random, template, language, sampled);
    if (example !== undefined) return example;
  }
  return undefined;
}

function inScene(
  random: Random,
  template: Template,
  language: Language,
  sampled: SampledScene,
): Example | undefined {
  const slots = new Slots(random, sampled, language);
  const { scene } = sampled;
  const earlier: EarlierTurn[] = [];
  for (const [index, turn] of template.turns.entries()) {
    const utterance = say(random, turn, language, slots, `u${index}`, scene.stampNs);
    const meaning = slots.meaning(turn.meaning);
    if (utterance === undefined || meaning === undefined) return undefined;
    const proposal = parseNotation(meaning);
    const last = index === template.turns.length - 1;
    if (last) {
      const answer = withShortNames(proposal, scene);
      if (answer === undefined) return undefined;
      const dialogue = talkOf(earlier, scene, CONFIG);
      return { template: template.id, language, scene, dialogue, utterance, proposal, answer };
    }
    earlier.push({ utterance, meant: proposal });
  }
  return undefined;
}

function say(
  random: Random,
  turn: TemplateTurn,
  language: Language,
  slots: Slots,
  id: string,
  stampNs: bigint,
): Utterance | undefined {
  const names: string[] = [];
  let complete = true;
  const fill = (slot: string): string => {
    const said = slots.said(slot);
    if (said === undefined) complete = false;
    if (said !== undefined && /^(poi|dest|road)/.test(slot)) names.push(said);
    return said ?? '';
  };
  const [text, ...others] = turn.readings.map((reading) => tidy(render(reading, random, fill)));
  if (!complete || text === undefined || text === '') return undefined;
  const { voice } = turn;
  const heard = voice === 'say' ? spoken(random, text, language, names) : text;
  return heardUtterance({ id, stampNs, text: heard, language, voice, readings: others });
}

/** Without the blanks that a left-out word leaves. */
const tidy = (text: string): string => text.replace(/ {2,}/g, ' ').trim();

/** The proposal as the model is to write it; undefined where an object has no short name. */
export function withShortNames(proposal: Proposal, scene: Scene): Proposal | undefined {
  if (proposal.decision !== 'EXECUTE') return proposal;
  const referents = referentsOf(scene);
  let complete = true;
  const actions = proposal.actions.map((action) => {
    if (!('referent' in action) || action.referent === undefined) return action;
    const name = referents.nameOf(action.referent);
    if (name === undefined) complete = false;
    return { ...action, referent: name ?? '' };
  });
  return complete ? { ...proposal, actions } : undefined;
}
