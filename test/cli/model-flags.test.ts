import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type ModelFlags, withModelFlags } from '../../src/cli/model-flags.ts';
import { configOfB, parseWhatIf } from '../../src/cli/what-if-option.ts';
import { Config } from '../../src/domain/index.ts';
import { catalogueEntry, modelName } from '../../src/models/index.ts';

const config = Config.parse({ thought: { model: 'smollm2-135m-instruct', adapter: 'driving' } });
const chosen = (flags: ModelFlags): [string, string] => {
  const { model, adapter } = withModelFlags(config, flags).thought;
  return [model, adapter];
};

test('an adapter stays with the configured model, by whatever beginning it is called', () => {
  assert.deepEqual(chosen({}), ['smollm2-135m-instruct', 'driving']);
  assert.deepEqual(chosen({ model: 'smollm2-135m-instruct' }), ['smollm2-135m-instruct', 'driving']);
  assert.deepEqual(chosen({ model: 'smollm2-135m' }), ['smollm2-135m-instruct', 'driving']);
  assert.deepEqual(chosen({ model: false }), ['smollm2-135m-instruct', 'driving']);
  const short = Config.parse({ thought: { model: 'smollm2', adapter: 'driving' } });
  assert.equal(withModelFlags(short, { model: 'smollm2-135m-instruct' }).thought.adapter, 'driving');
});

test('another model has none, unless one is named', () => {
  assert.deepEqual(chosen({ model: './my.gguf' }), ['./my.gguf', 'none']);
  assert.deepEqual(chosen({ model: './my.gguf', adapter: './mine' }), ['./my.gguf', './mine']);
  assert.deepEqual(chosen({ adapter: 'none' }), ['smollm2-135m-instruct', 'none']);
  const whatIf = parseWhatIf('model=./my.gguf');
  assert.equal(configOfB(whatIf, config).thought.adapter, 'none');
});

test('a model may be called by the beginning of its name where that is one model', () => {
  assert.equal(modelName('smollm2-135m'), 'smollm2-135m-instruct');
  assert.equal(modelName('smollm2-135m-instruct'), 'smollm2-135m-instruct');
  assert.equal(modelName(''), '', 'the beginning of every name');
  assert.equal(modelName('135m'), '135m');
  assert.equal(modelName('./smollm2'), './smollm2');
  assert.equal(catalogueEntry('ppocr').kind, 'ocr');
  assert.throws(() => catalogueEntry('smollm3'), { code: 'NOT_FOUND', remedy: /smollm2-135m-instruct/ });
});
