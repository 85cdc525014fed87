import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import { openLog } from '../../src/io/log/mcap-reader.ts';
import { need, sharedData } from '../support/require.ts';

interface ExpectedRecord {
  readonly type: string;
}

test('every file of the MCAP conformance corpus opens whole, with as many messages as expected', {
  skip: need('shared'),
}, async () => {
  const root = sharedData('mcap-conformance', 'data');
  const files = readdirSync(root, { recursive: true, encoding: 'utf8' }).filter((name) =>
    name.endsWith('.mcap'),
  );
  assert.ok(files.length > 400);
  for (const name of files) {
    const file = `${root}/${name}`;
    const expected = JSON.parse(readFileSync(file.replace(/\.mcap$/, '.json'), 'utf8'));
    const messages = (expected.records as ExpectedRecord[]).filter(({ type }) => type === 'Message').length;
    const log = await openLog(file, { onDamage: (error) => assert.fail(error.message) });
    assert.equal(
      log.topics.reduce((sum, { count }) => sum + count, 0),
      messages,
      name,
    );
    // None is ROS 2: every topic says why it is not read.
    for (const topic of log.topics) assert.ok(topic.role === null && topic.why, name);
    for await (const message of log.messages()) assert.fail(`${name}: ${message.topic}`);
    await log.close();
  }
});
