import assert from 'node:assert/strict';
import { test } from 'node:test';
import { looseSchema } from '../../src/llm/decoding/loose-schema.ts';
import { canReach, inRange } from '../../src/llm/decoding/number-range.ts';
import {
  allTokensIn,
  greedyMaskedToken,
  greedyToken,
  keepTokens,
  maskWithout,
  onlyToken,
} from '../../src/llm/decoding/sampler.ts';
import { ValueGuard } from '../../src/llm/decoding/value-guard.ts';

const range = (low: number, high: number) => ({ low, high, lowOpen: false, highOpen: false });

test('a number prefix is refused as soon as no continuation fits', () => {
  const cases: [string, number, number, boolean][] = [
    ['3', 0, 30, true],
    ['30.', 0, 30, true],
    ['30.0', 0, 30, true],
    ['30.5', 0, 30, false],
    ['31', 0, 30, false],
    ['4', 50, 90, false],
    ['5', 50, 90, true],
    ['0', 5, 9, false],
    ['0.', 0, 1, true],
    ['1.5', 0, 1, false],
    ['-', 0, 10, false],
    ['-', -5, 10, true],
    ['-6', -5, 10, false],
    ['-4.9', -5, 10, true],
    ['1e', 0, 1e9, false],
    ['30.4', 30.5, 31, false],
    ['30.5', 30.5, 31, true],
    ['1', 150, 151, true],
    ['16', 150, 155, false],
  ];
  for (const [text, low, high, fits] of cases)
    assert.equal(canReach(text, range(low, high)), fits, `${text} in ${low}..${high}`);
  assert.ok(inRange('30.0', range(0, 30)) && !inRange('30.01', range(0, 30)));
  assert.ok(!inRange('0', { ...range(0, 30), lowOpen: true }));
});

/** Whether the guard takes the whole text in, piece by piece. */
function accepts(schema: Record<string, unknown>, text: string): boolean {
  const guard = new ValueGuard(schema);
  for (const byte of Buffer.from(text)) {
    const piece = Uint8Array.of(byte);
    if (!guard.allows(piece)) return false;
    guard.push(piece);
  }
  return guard.mayEnd();
}

const action = (kind: string, value: Record<string, unknown>) => ({
  type: 'object',
  properties: { kind: { const: kind }, value },
  required: ['kind', 'value'],
  additionalProperties: false,
});

test('limits follow the branch of a union that the text has chosen', () => {
  const schema = {
    type: 'object',
    properties: {
      list: {
        type: 'array',
        items: {
          anyOf: [
            action('SPEED', { type: 'number', minimum: 0, maximum: 130 }),
            action('GAP', { type: 'number', minimum: 0.5, exclusiveMaximum: 5 }),
            action('NAME', { $ref: '#/$defs/name' }),
          ],
        },
      },
    },
    $defs: { name: { type: 'string', maxLength: 4 } },
  };
  const text = (...items: string[]) => `{"list":[${items.join(',')}]}`;
  assert.ok(accepts(schema, text('{"kind":"SPEED","value":130}', '{"kind":"GAP","value":4.9}')));
  assert.ok(!accepts(schema, text('{"kind":"SPEED","value":131}')));
  assert.ok(!accepts(schema, text('{"kind":"GAP","value":5}')));
  assert.ok(!accepts(schema, text('{"kind":"SPEED","value":1}', '{"kind":"GAP","value":0.2}')));
  assert.ok(accepts(schema, text('{"kind":"NAME","value":"名前名前"}')));
  assert.ok(!accepts(schema, text('{"kind":"NAME","value":"名前名前名"}')));
  assert.ok(accepts({ type: 'number', maximum: 3 }, '3') && !accepts({ type: 'number', minimum: 20 }, '2'));
});

test('escapes and nested values do not confuse the guard', () => {
  const schema = {
    type: 'object',
    properties: {
      a: { type: 'string', maxLength: 6 },
      b: { type: 'array', items: { type: 'string', maxLength: 1 } },
    },
  };
  assert.ok(accepts(schema, '{"a":"x\\"y\\\\","b":["1","2"]}'));
  assert.ok(!accepts(schema, '{"a":"x","b":["1","22"]}'));
  assert.ok(accepts(schema, '{"a":"}]","b":[]}'));
});

test('what cannot be enforced is refused, annotations and guarded limits are dropped', () => {
  for (const schema of [
    { type: 'string', not: { const: 'a' } },
    { type: 'object', properties: { a: { type: 'array', uniqueItems: true } } },
    { anyOf: [{ allOf: [{ type: 'string' }] }] },
    { type: 'number', multipleOf: 5 },
  ]) {
    assert.throws(() => looseSchema(schema), { code: 'GRAMMAR_UNSUPPORTED' });
  }
  assert.deepEqual(
    looseSchema({
      $schema: 'x',
      type: 'object',
      properties: {
        description: { type: 'string', maxLength: 9, description: 'd' },
        not: { type: 'integer', minimum: 1, maximum: 3 },
        n: { type: 'number', minimum: 1 },
      },
    }),
    {
      type: 'object',
      properties: {
        description: { type: 'string' },
        not: { type: 'integer', minimum: 1, maximum: 3 },
        n: { type: 'number' },
      },
    },
  );
});

test('masks: the best of the allowed, the only one, the end only', () => {
  const logits = Float32Array.from({ length: 70 }, (_, i) => (i === 40 ? 9 : i === 69 ? 8 : -i));
  const mask = Int32Array.of(1 << 31, 0, 1 << 5);
  assert.equal(greedyToken(logits), 40);
  assert.equal(greedyMaskedToken(logits, mask), 69);
  assert.equal(greedyMaskedToken(logits, maskWithout(mask, 69)), 31);
  assert.equal(greedyMaskedToken(logits, new Int32Array(3)), -1);
  assert.equal(onlyToken(mask), undefined);
  assert.equal(onlyToken(maskWithout(mask, 69)), 31);
  assert.equal(onlyToken(new Int32Array(3)), undefined);
  assert.deepEqual([...keepTokens(mask, [69, 3])], [0, 0, 1 << 5]);
  assert.ok(allTokensIn(mask, [31, 69]) && !allTokensIn(mask, [31]));
});

test('a string at its limit is closed only behind a whole character, and no escape begins that has no room', () => {
  const schema = { type: 'object', properties: { s: { type: 'string', maxLength: 3 } } };
  const at = (text: string | Uint8Array) => {
    const guard = new ValueGuard(schema);
    assert.equal(guard.push(Buffer.from('{"s":"')), true);
    assert.equal(guard.push(typeof text === 'string' ? Buffer.from(text) : text), true);
    return guard;
  };
  const half = at(Uint8Array.of(0x61, 0x62, 0xe2, 0x86));
  assert.equal(half.mustCloseString, false);
  assert.equal(half.mayCloseLimitedString, false);
  assert.equal(half.allows(Uint8Array.of(0x92)), true);
  assert.equal(half.allows(Uint8Array.of(0x92, 0x61)), false);
  assert.equal(at('ab→').mustCloseString, true);
  assert.equal(at('ab').mayCloseLimitedString, true);
  for (const character of ['é', '角', '🚗']) assert.equal(at(`ab${character}`).mustCloseString, true);
  const backslash = Buffer.from(String.fromCharCode(92));
  assert.equal(at('ab').allows(backslash), false);
  assert.equal(at('a').allows(backslash), true);
  assert.equal(at('').allows(Buffer.concat([backslash, Buffer.from('n')])), true);
  assert.equal(at('').allows(Buffer.concat([backslash, Buffer.from('u')])), false);
});
