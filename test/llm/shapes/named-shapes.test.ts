import assert from 'node:assert/strict';
import { test } from 'node:test';
import { expectedTensors } from '../../../src/llm/architectures/spec.ts';
import { namedShape, SHAPE_NAMES } from '../../../src/llm/shapes/index.ts';

/** Billions of weights as published: the papers' tables or the model cards. */
const PUBLISHED: Readonly<Record<string, number>> = {
  'llama-1b': 1.1,
  'qwen2.5-1.5b': 1.54,
  'qwen2.5-3b': 3.09,
  'llama-7b': 6.738,
  'llama-8b': 8.03,
  'llama-70b': 70.55,
  'opt-30b': 30,
  'opt-66b': 66,
  'opt-175b': 175,
  'bloom-176b': 176.247,
};

test('every shape has the published number of weights within 2 %', () => {
  assert.deepEqual([...SHAPE_NAMES].sort(), Object.keys(PUBLISHED).sort());
  for (const name of SHAPE_NAMES) {
    const spec = namedShape(name);
    assert.ok(spec, name);
    let weights = 0;
    for (const shape of expectedTensors(spec).values()) weights += shape.reduce((a, b) => a * b, 1);
    const published = 1e9 * (PUBLISHED[name] as number);
    assert.ok(Math.abs(weights / published - 1) < 0.02, `${name}: ${weights}, published ${published}`);
  }
});

test('grouped queries, tied heads and positions are those of the family', () => {
  assert.equal(namedShape('llama-70b')?.kvHeads, 8);
  assert.equal(namedShape('llama-70b')?.headSize, 128);
  assert.equal(namedShape('qwen2.5-1.5b')?.tiedHead, true);
  assert.equal(namedShape('qwen2.5-1.5b')?.biases, 'qkv');
  assert.equal(namedShape('opt-175b')?.learnedPositions, 2);
  assert.equal(namedShape('bloom-176b')?.alibi, true);
});

test('names that are not known, properties of objects among them, give undefined', () => {
  for (const name of ['', 'llama-9b', 'constructor', '__proto__']) assert.equal(namedShape(name), undefined);
});
