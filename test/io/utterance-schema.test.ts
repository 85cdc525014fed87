import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { parse } from 'yaml';
import { z } from 'zod';
import { UTTERANCE_SCHEMA_FILE, utteranceSchemaText } from '../../tools/utterance-schema.ts';

const text = readFileSync(UTTERANCE_SCHEMA_FILE, 'utf8');

test('generating the schema of utterance scripts again changes nothing', () => {
  assert.equal(text, utteranceSchemaText());
});

test('the schema takes what the reader takes and refuses what it refuses', () => {
  const schema = z.fromJSONSchema(JSON.parse(text));
  const takes = (yaml: string): boolean => schema.safeParse(parse(yaml)).success;
  const modeline = '# yaml-language-server: $schema=../config/schemas/utterances.schema.json\n';
  assert.ok(takes(`${modeline}- {at: 2.5, text: 止まって}\n`));
  assert.ok(
    takes('- {at: "2026-11-24T09:00:00+09:00", text: stop, seat: REAR_LEFT, confidence: 0.4, live: false}'),
  );
  assert.ok(takes('[]'));
  for (const bad of [
    '- {text: stop}',
    '- {at: soon, text: stop}',
    '- {at: -1, text: stop}',
    '- {at: 1, text: ""}',
    '- {at: 1, text: stop, volume: 3}',
    '- {at: 1, text: stop, confidence: 2}',
    '- {at: 1, text: stop, seat: ROOF}',
    'at: 1',
  ]) {
    assert.ok(!takes(bad), bad);
  }
});
