import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { RECORDING_TOPICS } from '../../src/io/log/recording.ts';
import { messageDefinitions } from '../../src/io/ros-messages/message-texts.ts';
import { MESSAGES_PAGE, messagesPage } from '../../tools/messages-doc.ts';
import { READ_FIELDS, WRITTEN } from '../../tools/messages-tables.ts';

test('docs/messages.md is what `npm run docs:messages` writes', () => {
  assert.equal(readFileSync(MESSAGES_PAGE, 'utf8'), messagesPage());
});

test('every field that the page says is read is one of its type', () => {
  let checked = 0;
  for (const [type, { fields }] of Object.entries(READ_FIELDS)) {
    // Foxglove's, Autoware's and ffmpeg's definitions are not installed.
    if (!/^(sensor|geometry|nav|std)_msgs\//.test(type)) continue;
    const definitions = messageDefinitions(type);
    for (const field of fields) {
      let at = definitions[0];
      for (const name of field.split('.')) {
        const found = at?.definitions.find((definition) => definition.name === name);
        assert.ok(found !== undefined, `${type} has ${field}`);
        at = definitions.find((definition) => definition.name === found.type);
      }
      checked += 1;
    }
  }
  assert.ok(checked > 20);
});

test('every topic that is written stands on the page once', () => {
  const topics = WRITTEN.map(({ topic }) => topic);
  assert.deepEqual(topics.toSorted(), Object.values(RECORDING_TOPICS).toSorted());
  for (const topic of topics) assert.ok(messagesPage().includes(`| \`${topic}\` |`), topic);
});
