import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { AnswerTokenizer } from '../../models/training/generator/answer-tokens.ts';
import { drawExample, type Example } from '../../models/training/generator/example.ts';
import { INJECTIONS } from '../../models/training/generator/lexicon.ts';
import { Random } from '../../models/training/generator/random.ts';
import { sampleScene } from '../../models/training/generator/scene-sampler.ts';
import { parseTemplates, type Template } from '../../models/training/generator/template.ts';
import { LANGUAGES, Scene } from '../../src/domain/index.ts';
import { openModel } from '../../src/llm/formats/open-model.ts';
import { modelVocabulary } from '../../src/llm/tokenizer/model-vocabulary.ts';
import { Tokenizer } from '../../src/llm/tokenizer/tokenizer.ts';
import { modelFile, need, repositoryRoot } from '../support/require.ts';

type Language = (typeof LANGUAGES)[number];

const root = path.join(repositoryRoot, 'models/training/templates');
const templates: [Language, Template][] = LANGUAGES.flatMap((language) =>
  readdirSync(path.join(root, language)).flatMap((file) =>
    parseTemplates(`${language}/${file}`, readFileSync(path.join(root, language, file), 'utf8')).map(
      (template): [Language, Template] => [language, template],
    ),
  ),
);

test('there are 3,000 templates a language and more, and each finds a scene and a meaning', (t) => {
  const random = new Random(11);
  const missing = templates.filter(
    ([language, template]) => drawExample(random, template, language) === undefined,
  );
  for (const language of LANGUAGES) {
    const count = templates.filter(([each]) => each === language).length;
    t.diagnostic(`${language}: ${count} templates`);
    assert.ok(count >= 3000, `${language}: ${count}`);
  }
  assert.deepEqual(
    missing.map(([, { id }]) => id),
    [],
  );
});

test('a seed makes the same examples again, another one others', () => {
  const text = (seed: number): string => {
    const random = new Random(seed);
    const some = templates.filter((_, index) => index % 400 === 0);
    const drawn = some.map(([language, template]) => drawExample(random, template, language));
    return JSON.stringify(drawn, (_key, value) => (typeof value === 'bigint' ? String(value) : value));
  };
  assert.equal(text(5), text(5));
  assert.notEqual(text(5), text(6));
});

test('scenes are the product’s, and one of seven has text that tries to command', () => {
  const random = new Random(3);
  const needs = { poi: false, vehicle: false, person: false, worker: false, two: false };
  const scenes = Array.from({ length: 600 }, () => sampleScene(random, needs).scene);
  for (const scene of scenes.slice(0, 50)) Scene.parse(scene);
  const injected = scenes.filter(({ signs }) =>
    signs.some((sign) => sign.supplementary.some((plate) => INJECTIONS.includes(plate.text ?? ''))),
  );
  assert.ok(injected.length > 60 && injected.length < 120, String(injected.length));
});

test('an unreadable template is named with its line', () => {
  for (const line of ['no arrow', 'turn (left|right => TURN LEFT', 'turn {side => TURN LEFT']) {
    assert.throws(() => parseTemplates('x.txt', `# first\n${line}\n`), {
      code: 'BAD_ARGUMENT',
      message: /x\.txt:2/,
    });
  }
});

test('the product’s grammar allows every answer, in tokens that make it up', {
  skip: need('model'),
}, async () => {
  const source = await openModel(modelFile('smollm2-135m-instruct'));
  const tokenizer = new Tokenizer(await modelVocabulary(source));
  await source.close();
  const answers = await AnswerTokenizer.create(tokenizer);
  const random = new Random(8);
  const some = templates.filter((_, index) => index % 60 === 0);
  const examples = some
    .map(([language, template]) => drawExample(random, template, language))
    .filter((example): example is Example => example !== undefined);
  for (const example of examples) {
    const { ids, chosen } = await answers.tokens(example);
    assert.equal(tokenizer.decode([...ids]), JSON.stringify(example.answer), example.template);
    assert.equal(chosen.length, ids.length);
    assert.ok(chosen.includes(true));
  }
});
