import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { Tokenizer } from '../../../src/llm/tokenizer/tokenizer.ts';
import { readTokenizerJson } from '../../../src/llm/tokenizer/tokenizer-json.ts';
import { checkpoint } from './checkpoints.ts';

type Json = Record<string, unknown>;
const read = (name: string): Json =>
  JSON.parse(readFileSync(checkpoint(`tokenizers/${name}.json`), 'utf8')) as Json;
const expected = read('expected') as Record<string, [string, number[]][]>;

for (const [name, texts] of Object.entries(expected)) {
  test(`tokens are those of the tokenizers library: ${name}`, () => {
    const tokenizer = new Tokenizer(readTokenizerJson(read(name), [2], name));
    assert.ok(texts.length >= 10);
    for (const [text, ids] of texts) {
      assert.deepEqual(tokenizer.encodePrompt([{ text, special: true }]), ids, JSON.stringify(text));
      const plain = text.replaceAll('<|end|>', '');
      const back = tokenizer.decode(ids).replace(name === 'llama2' ? /^ / : '', '');
      assert.equal(back.normalize('NFC'), plain.normalize('NFC'));
    }
    assert.deepEqual(tokenizer.vocabulary.ends, [2]);
  });
}

test('what would be read otherwise is refused by name', () => {
  const cases: [Json, RegExp][] = [
    [{ model: { type: 'WordPiece' } }, /WordPiece/],
    [{ pre_tokenizer: { type: 'Whitespace' } }, /Whitespace/],
    [{ normalizer: { type: 'Lowercase' } }, /Lowercase/],
    [{ post_processor: { type: 'BertProcessing' } }, /BertProcessing/],
    [{ added_tokens: [{ id: 1, content: '<x>', lstrip: true }] }, /lstrip of the token <x>/],
  ];
  for (const [change, message] of cases) {
    assert.throws(() => readTokenizerJson({ ...read('gpt2'), ...change }, [], 'x'), {
      code: 'MODEL_UNSUPPORTED',
      message,
    });
  }
  for (const vocab of [{}, { a: -1 }, { a: 2 ** 40 }, { a: 'b' }]) {
    const model = { ...(read('gpt2').model as Json), vocab };
    assert.throws(() => readTokenizerJson({ ...read('gpt2'), model }, [], 'x'), { code: 'MODEL_CORRUPT' });
  }
});
