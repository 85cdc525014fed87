import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { parse } from 'yaml';
import { Config, type Place, type Proposal } from '../../src/domain/index.ts';
import { readEvalSet } from '../../src/evaluation/eval-set.ts';
import { notation, parseNotation } from '../../src/evaluation/notation.ts';
import { judgeProposal } from '../../src/evaluation/talk.ts';
import { repositoryRoot } from '../support/require.ts';

const config = Config.parse({});
const cases = readEvalSet('dev', config);

for (const language of ['en', 'ja'] as const) {
  test(`dev-${language} has at least 300 utterances, all in that language`, () => {
    const own = readEvalSet(`dev-${language}`, config);
    assert.ok(own.length >= 300, `${own.length}`);
    // Utterances in foreign languages are told from English by their script alone.
    const others = own.filter(
      ({ utterance, category }) => utterance.language !== language && category !== 'foreign',
    );
    assert.deepEqual(
      others.map(({ id, utterance }) => `${id} ${utterance.text}`),
      [],
    );
  });
}

test('ids are unique over both languages, and no utterance stands twice in one scene', () => {
  assert.equal(new Set(cases.map(({ id }) => id)).size, cases.length);
  const said = cases.map(({ utterance, scene, dialogue }) =>
    JSON.stringify([
      utterance.text,
      utterance.live,
      utterance.seat,
      scene.objects.map(({ id }) => id),
      scene.route?.pois.map(({ name }) => name),
      dialogue.turns.map(({ text }) => text),
    ]),
  );
  const twice = said.filter((one, index) => said.indexOf(one) !== index);
  assert.deepEqual(twice, []);
});

test('answers are written as notation() writes them', () => {
  for (const file of ['dev-en.yaml', 'dev-ja.yaml']) {
    const entries = parse(readFileSync(path.join(repositoryRoot, 'models/eval', file), 'utf8')) as {
      expect: string[];
      before?: { meant: string }[];
    }[];
    for (const { expect, before = [] } of entries)
      for (const line of [...expect, ...before.map(({ meant }) => meant)])
        assert.equal(notation(parseNotation(line)), line);
  }
});

const placesOf = (proposal: Proposal): Place[] =>
  proposal.decision !== 'EXECUTE'
    ? []
    : proposal.actions.flatMap((action) => [
        ...('place' in action && action.place !== undefined ? [action.place] : []),
        ...(action.trigger?.type === 'AT' ? [action.trigger.place] : []),
      ]);

test('every object and place of an accepted answer is in its scene', () => {
  const missing = cases.flatMap(({ id, scene, accepted }) => {
    const objects = new Set(scene.objects.map((object) => object.id));
    // A junction or the destination may be meant by its name too.
    const { pois = [], junctions = [], destination } = scene.route ?? {};
    const places = new Set<string | undefined>([...pois, ...junctions].map(({ name }) => name));
    places.add(destination);
    return accepted.flatMap((proposal) => [
      ...placesOf(proposal).flatMap((place) =>
        'poi' in place && !places.has(place.poi) ? [`${id} ${place.poi}`] : [],
      ),
      ...(proposal.decision === 'EXECUTE' ? proposal.actions : []).flatMap((action) =>
        'referent' in action && action.referent !== undefined && !objects.has(action.referent)
          ? [`${id} #${action.referent}`]
          : [],
      ),
    ]);
  });
  assert.deepEqual(missing, []);
});

test('no answer twice; what must be refused has no answer that acts', () => {
  for (const { id, accepted, mustRefuse } of cases) {
    assert.equal(new Set(accepted.map(notation)).size, accepted.length, id);
    if (mustRefuse) assert.ok(!accepted.some(({ decision }) => decision === 'EXECUTE'), id);
  }
});

test('the gate takes every accepted answer for a proposal', () => {
  for (const { utterance, scene, accepted } of cases) {
    for (const proposal of accepted) {
      const { reasons } = judgeProposal(proposal, utterance, scene, config);
      assert.ok(!reasons.some(({ code }) => code === 'SCHEMA_INVALID'), utterance.id);
    }
  }
});
