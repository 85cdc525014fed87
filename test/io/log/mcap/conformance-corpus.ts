import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import type { RawLog } from '../../../../src/io/log/raw-log.ts';
import { sharedData } from '../../../support/require.ts';
import { allMessages } from '../bytes-source.ts';

interface ExpectedRecord {
  readonly type: string;
  readonly fields: readonly (readonly [string, unknown])[];
}

/** Where the MCAP conformance corpus lies. */
export const root = sharedData('mcap-conformance', 'data');

/** The names of its files. */
export function corpus(): string[] {
  return readdirSync(root, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.mcap'))
    .sort();
}

/** What the corpus expects of a file, as a raw log says it. */
export function expected(name: string) {
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

/** What a raw log says, in the corpus's form. */
export async function read(log: RawLog) {
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
