import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import { openLog } from '../../../../src/io/log/drive-log.ts';
import { openRawLog } from '../../../../src/io/log/open-raw-log.ts';
import type { RawLog } from '../../../../src/io/log/raw-log.ts';
import { need, sharedData } from '../../../support/require.ts';
import { allMessages } from '../bytes-source.ts';
import { rangeServer } from '../range-server.ts';

interface ExpectedRecord {
  readonly type: string;
  readonly fields: readonly (readonly [string, unknown])[];
}

const root = sharedData('mcap-conformance', 'data');

function corpus(): string[] {
  return readdirSync(root, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.mcap'))
    .sort();
}

/** What the corpus expects of a file, as a raw log says it. */
function expected(name: string) {
  const json = JSON.parse(readFileSync(`${root}/${name.replace(/\.mcap$/, '.json')}`, 'utf8'));
  const records = (json.records as ExpectedRecord[]).map(
    ({ type, fields }): Record<string, unknown> => ({ type, ...Object.fromEntries(fields) }),
  );
  const ofType = (type: string) => records.filter((record) => record.type === type);
  const channels = new Map(ofType('Channel').map((channel) => [String(channel.id), channel]));
  const schemas = new Map(ofType('Schema').map((schema) => [String(schema.id), schema]));
  return {
    messages: ofType('Message')
      .toSorted((a, b) => Number(a.log_time) - Number(b.log_time))
      .map((m) => ({
        topic: channels.get(String(m.channel_id))!.topic,
        data: m.data,
        logTimeNs: m.log_time,
        publishTimeNs: m.publish_time,
        sequence: m.sequence,
      })),
    channels: [...channels.values()].map((channel) => ({
      topic: channel.topic,
      messageEncoding: channel.message_encoding,
      metadata: channel.metadata,
      schemaName: schemas.get(String(channel.schema_id))?.name ?? '',
      schemaEncoding: schemas.get(String(channel.schema_id))?.encoding ?? '',
      schemaData: schemas.get(String(channel.schema_id))?.data ?? [],
      count: ofType('Message').filter((m) => m.channel_id === channel.id).length,
    })),
  };
}

async function read(log: RawLog) {
  const messages = await allMessages(log, { onDamage: ({ why }) => assert.fail(why) });
  return {
    messages: messages.map((m) => ({
      topic: m.channel.topic,
      data: [...m.data].map(String),
      logTimeNs: String(m.logTimeNs),
      publishTimeNs: String(m.publishTimeNs),
      sequence: String(m.sequence),
    })),
    channels: log.channels.map((channel) => ({
      topic: channel.topic,
      messageEncoding: channel.messageEncoding,
      metadata: Object.fromEntries(channel.metadata),
      schemaName: channel.schemaName,
      schemaEncoding: channel.schemaEncoding,
      schemaData: [...channel.schemaData].map(String),
      count: channel.count,
    })),
  };
}

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
