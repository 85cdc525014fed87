import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { before, test } from 'node:test';
import { CodriverError } from '../../../src/domain/index.ts';
import { openRosbag1 } from '../../../src/io/log/rosbag1/rosbag1.ts';
import { need, pythonPeers } from '../../support/require.ts';
import { temporaryFolder } from '../temporary-folder.ts';
import { BytesSource } from './bytes-source.ts';
import { linesOf, MANY_CHUNKS_BAG, rosbag1Files, runPython, seeded } from './rosbag-peers.ts';

const at = temporaryFolder();
/** Of each file, so many cuts and so many flipped bytes. */
const PER_FILE = Number(process.env.CODRIVER_CORRUPTION ?? 4);

interface Reading {
  readonly lines: string[];
  readonly damages: string[];
}

/** Time, length and CRC-32 of a line, without topic and type. */
function contentOf(line: string): string {
  const [timeNs, , , bytes, crc] = line.split(' ');
  return [timeNs, bytes, crc].join(' ');
}

/** What is read of damaged bytes; null where they are refused as they should be. */
async function readDamaged(bytes: Uint8Array): Promise<Reading | null> {
  const source = new BytesSource(bytes, 'damaged.bag');
  try {
    const log = await openRosbag1(source);
    const damages = log.damages.map(({ why }) => why);
    const lines = await linesOf(log, (why) => damages.push(why));
    await log.close();
    return { lines, damages };
  } catch (error) {
    assert.ok(
      error instanceof CodriverError && error.code === 'LOG_UNREADABLE',
      String((error as Error).stack),
    );
    assert.equal(typeof error.details.offset, 'number', error.message);
    return null;
  } finally {
    assert.equal(source.closed, 1);
    const largest = Math.max(...source.reads.map(({ length }) => length));
    assert.ok(largest <= 256 * 1024 * 1024, `a read of ${largest} bytes`);
  }
}

const BAGS: [name: string, bytes: Buffer][] = [];

/** The real bags and, where Python is there, one of many small chunks for each compression. */
before(() => {
  if (need('shared') !== false) return;
  const files = rosbag1Files();
  if (need('python-peers') === false) {
    for (const compression of ['none', 'lz4', 'bz2']) {
      files.push(at(`${compression}.bag`));
      runPython(pythonPeers(), MANY_CHUNKS_BAG, [at(`${compression}.bag`), compression]);
    }
  }
  for (const file of files) BAGS.push([path.basename(file), readFileSync(file)]);
});

test('cut anywhere, a bag gives messages of its own and tells of the cut, or is refused', {
  skip: need('shared'),
}, async () => {
  const random = seeded(1);
  let read = 0;
  for (const [name, bytes] of BAGS) {
    const whole = new Set((await readDamaged(bytes))!.lines);
    for (let index = 0; index < PER_FILE; index++) {
      const length = Math.floor(random() * bytes.length);
      const reading = await readDamaged(bytes.subarray(0, length));
      if (reading === null) continue;
      read += reading.lines.length;
      assert.ok(reading.damages.length > 0, `${name} cut at ${length}`);
      const strange = reading.lines.filter((line) => !whole.has(line));
      assert.deepEqual(strange, [], `${name} cut at ${length}`);
    }
  }
  assert.ok(read > 1000, `${read} messages of cut bags`);
});

/*
 * A bag has no checksums but those of bz2 and, where the writer made them, of lz4. Whether a byte inside a
 * message changed, or one of its topic's name, nothing else can tell. Time and connection of a message are in
 * the index a second time: those are compared.
 */
test('with a byte flipped, a bag gives no message of another time, and none is missing unsaid', {
  skip: need('shared'),
}, async () => {
  const random = seeded(2);
  let [refused, told, silent] = [0, 0, 0];
  for (const [name, original] of BAGS) {
    const whole = (await readDamaged(original))!.lines;
    const times = new Set(whole.map((line) => line.split(' ')[0]));
    for (let index = 0; index < PER_FILE; index++) {
      const bytes = Buffer.from(original);
      const offset = Math.floor(random() * bytes.length);
      const mask = 1 + Math.floor(random() * 255);
      bytes[offset]! ^= mask;
      const where = `${name} byte ${offset} ^ ${mask}`;
      const reading = await readDamaged(bytes);
      if (reading === null) {
        refused += 1;
        continue;
      }
      assert.ok(
        reading.lines.every((line) => times.has(line.split(' ')[0])),
        where,
      );
      assert.ok(reading.lines.length <= whole.length, where);
      if (reading.damages.length > 0) told += 1;
      else {
        silent += 1;
        assert.equal(reading.lines.length, whole.length, where);
        // Messages in bz2 have a CRC: what changed in silence was none of them. Topics and types stand outside.
        if (name.includes('bz2')) assert.deepEqual(reading.lines.map(contentOf), whole.map(contentOf), where);
      }
    }
  }
  assert.ok(silent > 0 && told > 0, JSON.stringify({ refused, told, silent }));
});

test('numbers of the file are not believed: no length makes it read or allocate without a bound', {
  skip: need('shared'),
}, async () => {
  for (const [name, original] of BAGS.filter(([, bytes]) => bytes.length < 60_000)) {
    for (const field of [
      'index_pos=',
      'conn_count=',
      'chunk_count=',
      'chunk_pos=',
      'size=',
      'count=',
      'conn=',
    ]) {
      for (const value of [0xffffffffn, 0x7fffffffn, 1n]) {
        const bytes = Buffer.from(original);
        const found = bytes.indexOf(field);
        if (found < 0) continue;
        const wide = field.endsWith('pos=');
        if (wide) bytes.writeBigUInt64LE(value * 0x10001n, found + field.length);
        else bytes.writeUInt32LE(Number(value), found + field.length);
        const reading = await readDamaged(bytes);
        if (reading !== null && !bytes.equals(original)) {
          assert.ok(
            reading.damages.length > 0 || reading.lines.length > 0 || name === 'no-messages.bag',
            `${name} ${field}${value}`,
          );
        }
      }
    }
  }
});
