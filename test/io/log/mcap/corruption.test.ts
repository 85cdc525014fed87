import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { CodriverError } from '../../../../src/domain/index.ts';
import { parseChunkHeader } from '../../../../src/io/log/mcap/chunk.ts';
import { openMcap } from '../../../../src/io/log/mcap/mcap-log.ts';
import type { RawMessage } from '../../../../src/io/log/raw-log.ts';
import { need, sharedData } from '../../../support/require.ts';
import { BytesSource } from '../bytes-source.ts';

/**
 * Places and bytes for each file of a set: 200 of each in the acceptance run (`CODRIVER_CORRUPTION=200`), fewer
 * here so that it stays quick.
 */
const SETS: Readonly<Record<string, number>> = {
  'rosbag2-tests': 12,
  'mcap-real': 12,
  'mcap-conformance': 3,
};
/** Of the processor: how long it takes also depends on what else the machine does. */
const SLOWEST_CPU_MS = 5_000;

interface CorpusFile {
  readonly name: string;
  readonly bytes: Uint8Array;
  /** How often to damage it. */
  readonly times: number;
}

function corpus(): CorpusFile[] {
  return Object.entries(SETS).flatMap(([set, few]) => {
    const times = Number(process.env.CODRIVER_CORRUPTION ?? few);
    const names = readdirSync(sharedData(set), { recursive: true, encoding: 'utf8' });
    return names
      .filter((name) => name.endsWith('.mcap'))
      .sort()
      .map((name) => ({
        name,
        times,
        bytes: new Uint8Array(readFileSync(path.join(sharedData(set), name))),
      }));
  });
}

/** Numbers from 0 up to 1 that are the same in every run (mulberry32). */
function randomNumbers(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}

const keyOf = ({ channel, logTimeNs, publishTimeNs, sequence, data }: RawMessage): string =>
  [channel.topic, logTimeNs, publishTimeNs, sequence, createHash('sha1').update(data).digest('hex')].join();

interface Reading {
  readonly keys: string[];
  /** Told of damage, or refused. */
  readonly told: string[];
}

async function readAll(bytes: Uint8Array, label: string): Promise<Reading> {
  const started = process.cpuUsage();
  const keys: string[] = [];
  const told: string[] = [];
  let lastNs = 0n;
  try {
    const log = await openMcap(new BytesSource(bytes));
    told.push(...log.damages.map(({ why }) => why));
    for await (const message of log.messages({ onDamage: ({ why }) => told.push(why) })) {
      assert.ok(message.logTimeNs >= lastNs, `${label}: time goes back`);
      lastNs = message.logTimeNs;
      keys.push(keyOf(message));
    }
    await log.close();
  } catch (error) {
    if (!(error instanceof CodriverError)) throw error;
    assert.equal(error.code, 'LOG_UNREADABLE', label);
    assert.match(error.message, /byte \d+/, label);
    told.push(error.message);
  }
  const { user, system } = process.cpuUsage(started);
  assert.ok((user + system) / 1000 < SLOWEST_CPU_MS, `${label}: took ${(user + system) / 1000} ms`);
  return { keys, told };
}

/** Messages read that the undamaged file does not have. */
function strangers(truth: ReadonlyMap<string, number>, keys: readonly string[]): string[] {
  const left = new Map(truth);
  return keys.filter((key) => {
    const count = left.get(key) ?? 0;
    left.set(key, count - 1);
    return count <= 0;
  });
}

async function truthOf(bytes: Uint8Array, name: string): Promise<Map<string, number>> {
  const { keys, told } = await readAll(bytes, name);
  assert.deepEqual(told, [], name);
  return countsOf(keys);
}

function countsOf(keys: readonly string[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const key of keys) counts.set(key, (counts.get(key) ?? 0) + 1);
  return counts;
}

const allOf = (truth: ReadonlyMap<string, number>): string[] =>
  [...truth].flatMap(([key, count]) => Array.from({ length: count }, () => key));

/** Topic and log time of a message's key. */
const placeOf = (key: string): string => key.split(',').slice(0, 2).join();

/** Where the chunks of a whole file begin. */
function chunksOf(bytes: Uint8Array): number[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const chunks: number[] = [];
  for (let at = 8; at + 9 < bytes.length - 8; at += 9 + Number(view.getBigUint64(at + 1, true))) {
    if (bytes[at] === 6) chunks.push(at);
  }
  return chunks;
}

/** Ranges of bytes in chunks that were written without a CRC: what changes there, nobody can know. */
function uncovered(bytes: Uint8Array): [from: number, to: number][] {
  return chunksOf(bytes).flatMap((at) => {
    const { crc, recordsAt, recordsBytes } = parseChunkHeader(bytes.subarray(at));
    return crc === 0 ? [[at + recordsAt, at + recordsAt + recordsBytes]] : [];
  });
}

test('cut anywhere: the messages read are the first of the truth, and the cut is told', {
  skip: need('shared'),
}, async () => {
  const random = randomNumbers(4);
  for (const { name, bytes, times } of corpus()) {
    const truth = await truthOf(bytes, name);
    const total = [...truth.values()].reduce((sum, count) => sum + count, 0);
    for (let n = 0; n < times; n++) {
      const at = Math.floor(random() * bytes.length);
      const { keys, told } = await readAll(bytes.subarray(0, at), `${name} cut at ${at}`);
      assert.deepEqual(strangers(truth, keys), [], `${name} cut at ${at}`);
      assert.ok(told.length > 0, `${name} cut at ${at}: nothing is said, ${keys.length} of ${total} read`);
    }
  }
});

test('a byte flipped anywhere: nothing is read that is not true, and nothing is lost in silence', {
  skip: need('shared'),
}, async () => {
  const random = randomNumbers(44);
  for (const { name, bytes, times } of corpus()) {
    const truth = await truthOf(bytes, name);
    const total = [...truth.values()].reduce((sum, count) => sum + count, 0);
    const unknowable = uncovered(bytes);
    const chunked = chunksOf(bytes).length > 0;
    for (let n = 0; n < times; n++) {
      const at = Math.floor(random() * bytes.length);
      const flipped = bytes.slice();
      flipped[at]! ^= 1 + Math.floor(random() * 255);
      const label = `${name} flipped at ${at}`;
      const { keys, told } = await readAll(flipped, label);
      if (unknowable.some(([from, to]) => at >= from && at < to)) {
        // Without a CRC the message index still tells topic and time; the rest of a message nobody can know.
        assert.deepEqual(strangers(countsOf(allOf(truth).map(placeOf)), keys.map(placeOf)), [], label);
        assert.ok(keys.length === total || told.length > 0, label);
        continue;
      }
      // Outside chunks there is one CRC for the whole file: which message changed can't be known, only that one did.
      if (!chunked && told.length > 0) continue;
      assert.deepEqual(strangers(truth, keys), [], label);
      assert.ok(keys.length === total || told.length > 0, `${label}: ${keys.length} of ${total} in silence`);
    }
  }
});
