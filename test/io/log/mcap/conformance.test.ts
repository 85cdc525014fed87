import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { openLog } from '../../../../src/io/log/drive-log.ts';
import { openRawLog } from '../../../../src/io/log/open-raw-log.ts';
import { need } from '../../../support/require.ts';
import { rangeServer } from '../range-server.ts';
import { corpus, expected, read, root } from './conformance-corpus.ts';

test('every file of the MCAP conformance corpus reads equal to its expected records', {
  skip: need('shared'),
}, async () => {
  const files = corpus();
  assert.equal(files.length, 416);
  for (const name of files) {
    const log = await openRawLog(`${root}/${name}`);
    assert.deepEqual(await read(log), expected(name), name);
    assert.deepEqual(log.damages, [], name);
    await log.close();
  }
});

test('over HTTP a sample of them reads the same, the small ones in one request', {
  skip: need('shared'),
}, async () => {
  const server = await rangeServer();
  for (const name of corpus().filter((_, index) => index % 16 === 0)) {
    server.files.set('/log', readFileSync(`${root}/${name}`));
    server.asked.length = 0;
    const log = await openRawLog(server.url('/log'));
    assert.deepEqual(await read(log), expected(name), name);
    assert.equal(server.asked.length, 1);
    await log.close();
  }
});

test('none of them is a drive: every topic says why it is not read', { skip: need('shared') }, async () => {
  for (const name of corpus().filter((_, index) => index % 8 === 0)) {
    const log = await openLog(`${root}/${name}`, { onDamage: (error) => assert.fail(error.message) });
    for (const topic of log.topics) {
      assert.equal(topic.role, null);
      assert.match(topic.why!, /encoding/, name);
    }
    for await (const message of log.messages()) assert.fail(`${name}: ${message.topic}`);
    await log.close();
  }
});
