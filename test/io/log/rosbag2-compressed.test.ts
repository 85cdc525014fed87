import assert from 'node:assert/strict';
import { copyFileSync, cpSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import { compress, isLoaded } from '@foxglove/wasm-zstd';
import Database from 'libsql';
import { openRawLog } from '../../../src/io/log/open-raw-log.ts';
import { openCompressedFile } from '../../../src/io/log/rosbag2/compressed.ts';
import { openRosbag2Folder } from '../../../src/io/log/rosbag2/folder.ts';
import { openRosbag2Sqlite } from '../../../src/io/log/rosbag2/sqlite.ts';
import { need, pythonPeers, sharedData } from '../../support/require.ts';
import { temporaryFolder } from '../temporary-folder.ts';
import { linesOf, runPython, seeded } from './rosbag-peers.ts';

const at = temporaryFolder();
// What is unpacked lies in a folder of this test alone.
mkdirSync(at('temporary'));
process.env.TMPDIR = at('temporary');
const SHARED = { skip: need('shared') };
const WBAG = sharedData('rosbag2-tests/rosbag2_py/test/resources/sqlite3/wbag');
const TALKER = sharedData('rosbag2-tests/rosbag2_py/test/resources/mcap/talker/talker.mcap');

const zstd = async (bytes: Uint8Array): Promise<Uint8Array> => {
  await isLoaded;
  // Of its own memory: libsql binds a view's whole buffer.
  return new Uint8Array(compress(bytes, 3));
};

/** Unpacked logs that lie in the temporary folder now. */
const leftovers = (): string[] => readdirSync(tmpdir());

async function linesIn(location: string): Promise<string[]> {
  const log = await openRawLog(location);
  const lines = await linesOf(log, assert.fail);
  await log.close();
  return lines;
}

test('a file that was compressed whole gives the same, and leaves nothing behind', SHARED, async () => {
  for (const file of [path.join(WBAG, 'wbag_0.db3'), TALKER]) {
    const before = leftovers();
    const packed = at(`${path.basename(file)}.zstd`);
    writeFileSync(packed, await zstd(readFileSync(file)));
    const log = await openCompressedFile(packed, openRawLog);
    assert.equal(log.path, packed);
    assert.equal(log.sizeBytes, readFileSync(packed).length);
    assert.match(log.facts[0]!.join(), /zstd, the whole file: \d+ bytes unpacked/);
    assert.equal(leftovers().length, before.length + 1);
    assert.deepEqual(await linesOf(log, assert.fail), await linesIn(file));
    await log.close();
    await log.close();
    assert.deepEqual(leftovers(), before);
  }
});

test('frames of other writers: several, without a size, with a checksum, with a large window', {
  skip: need('shared', 'python-peers'),
}, async () => {
  const file = path.join(WBAG, 'wbag_0.db3');
  const script = `
import json, sys, zstandard
data = open(sys.argv[1], 'rb').read()
plain = zstandard.ZstdCompressor(level=3)
halves = plain.compress(data[:40000]) + plain.compress(data[40000:])
unsized = zstandard.ZstdCompressor(write_content_size=False, write_checksum=True).compress(data)
wide = zstandard.ZstdCompressor(compression_params=zstandard.ZstdCompressionParameters(window_log=26, write_content_size=0)).compressobj()
streamed = wide.compress(data) + wide.flush()
skipped = b'\\x50\\x2a\\x4d\\x18\\x04\\0\\0\\0note'
for name, content in (('halves', halves), ('unsized', unsized), ('streamed', streamed), ('noted', plain.compress(data) + skipped)):
    open(sys.argv[2] + name + '.db3.zstd', 'wb').write(content)
print('[]')`;
  runPython(pythonPeers(), script, [file, `${at('')}/`]);
  const expected = await linesIn(file);
  for (const name of ['halves', 'unsized', 'streamed', 'noted']) {
    const log = await openCompressedFile(at(`${name}.db3.zstd`), openRosbag2Sqlite);
    assert.deepEqual(log.damages, [], name);
    assert.deepEqual(await linesOf(log, assert.fail), expected, name);
    await log.close();
  }
});

test(
  'a folder with compression_mode FILE, and one with MESSAGE, give what the plain one gives',
  SHARED,
  async () => {
    const expected = await linesIn(WBAG);
    const metadata = readFileSync(path.join(WBAG, 'metadata.yaml'), 'utf8');
    const mode = (name: string): string =>
      metadata
        .replace('compression_format: ""', 'compression_format: zstd')
        .replace('compression_mode: ""', `compression_mode: ${name}`);
    mkdirSync(at('by-file'));
    cpSync(WBAG, at('by-message'), { recursive: true });
    for (const name of readdirSync(WBAG).filter((one) => one.endsWith('.db3'))) {
      writeFileSync(at(`by-file/${name}.zstd`), await zstd(readFileSync(path.join(WBAG, name))));
      const database = new Database(at(`by-message/${name}`));
      const update = database.prepare('UPDATE messages SET data = ? WHERE id = ?');
      const rows = database.prepare('SELECT id, data FROM messages').all() as {
        id: number;
        data: Uint8Array;
      }[];
      database.exec('BEGIN');
      for (const { id, data } of rows) update.run(await zstd(new Uint8Array(data)), id);
      database.exec('COMMIT');
      database.close();
    }
    writeFileSync(at('by-file/metadata.yaml'), mode('FILE').replaceAll('.db3', '.db3.zstd'));
    writeFileSync(at('by-message/metadata.yaml'), mode('MESSAGE'));
    const before = leftovers();
    for (const folder of ['by-file', 'by-message']) {
      const log = await openRosbag2Folder(at(folder), openRawLog);
      assert.deepEqual(log.damages, []);
      assert.ok(log.facts.some(([label, value]) => label === 'compression' && value.startsWith('zstd')));
      assert.deepEqual(await linesOf(log, assert.fail), expected, folder);
      await log.close();
    }
    assert.deepEqual(leftovers(), before);
  },
);

test('a message that does not unpack is left out and told; its size is not believed', SHARED, async () => {
  const file = at('messages.db3');
  copyFileSync(path.join(WBAG, 'wbag_0.db3'), file);
  const database = new Database(file);
  const packed = await zstd(Buffer.alloc(1000, 'x'));
  const huge = new Uint8Array(Buffer.from('28b52ffde000000000ff000000', 'hex'));
  const update = database.prepare('UPDATE messages SET data = ? WHERE id = ?');
  update.run(packed, 1);
  update.run(packed.slice(0, packed.length - 4), 2);
  update.run(huge, 3);
  database.exec(`CREATE TABLE metadata(id INTEGER PRIMARY KEY, metadata_version INTEGER, metadata TEXT);
    INSERT INTO metadata VALUES (1, 5, 'version: 5
compression_mode: MESSAGE
compression_format: zstd')`);
  database.close();
  const damages: string[] = [];
  const log = await openRosbag2Sqlite(file);
  const lines = await linesOf(log, (why) => damages.push(why));
  assert.equal(lines.length, 1244);
  assert.equal(lines.filter((line) => line.split(' ')[3] === '1000').length, 1);
  assert.equal(damages.length, 2);
  assert.match(damages.join('\n'), /does not unpack \(zstd\)[\s\S]*bytes are too many/);
  await log.close();
});

test(
  'cut or flipped, a compressed file gives what comes before, tells where, and leaves nothing behind',
  SHARED,
  async () => {
    const original = Buffer.from(await zstd(readFileSync(path.join(WBAG, 'wbag_0.db3'))));
    const expected = new Set(await linesIn(path.join(WBAG, 'wbag_0.db3')));
    const before = leftovers();
    const random = seeded(6);
    const count = Number(process.env.CODRIVER_CORRUPTION ?? 12);
    let [opened, refused] = [0, 0];
    for (let index = 0; index < count * 2; index++) {
      const bytes = Buffer.from(original);
      const offset = Math.floor(random() * bytes.length);
      bytes[offset]! ^= 1 + Math.floor(random() * 255);
      const cut = index % 2 === 0;
      writeFileSync(at('bad.db3.zstd'), cut ? original.subarray(0, offset) : bytes);
      try {
        const log = await openCompressedFile(at('bad.db3.zstd'), openRosbag2Sqlite);
        const damages = log.damages.map(({ why }) => why);
        const lines = await linesOf(log, (why) => damages.push(why));
        await log.close();
        opened += 1;
        if (cut)
          assert.ok(
            lines.every((line) => expected.has(line)),
            `cut at ${offset}`,
          );
        if (cut) assert.match(damages[0]!, /does not unpack \(zstd\)/);
      } catch (error) {
        assert.equal((error as { code?: string }).code, 'LOG_UNREADABLE', String(error));
        refused += 1;
      }
    }
    assert.ok(opened > 0 && refused > 0, JSON.stringify({ opened, refused }));
    assert.deepEqual(leftovers(), before);
  },
);

test('what needs more room or memory than there is is refused before it is unpacked', async () => {
  // One segment of 2^50 bytes; a window of 2^41 bytes.
  writeFileSync(at('room.db3.zstd'), Buffer.from('28b52ffdc058000000000000040000', 'hex'));
  await assert.rejects(openCompressedFile(at('room.db3.zstd'), openRosbag2Sqlite), {
    code: 'DISK_FULL',
    message: /room\.db3\.zstd needs 1125899906842624 bytes in .* and \d+ are free/,
    remedy: /TMPDIR/,
  });
  writeFileSync(at('window.db3.zstd'), Buffer.from('28b52ffd00f8000000000000', 'hex'));
  await assert.rejects(openCompressedFile(at('window.db3.zstd'), openRosbag2Sqlite), {
    code: 'LOG_UNREADABLE',
    message: /window of 2199023255552 bytes/,
  });
  writeFileSync(at('empty.db3.zstd'), '');
  await assert.rejects(openCompressedFile(at('empty.db3.zstd'), openRosbag2Sqlite), {
    message: /it is empty/,
  });
  await assert.rejects(openCompressedFile(at('none.db3.zstd'), openRosbag2Sqlite), { code: 'NOT_FOUND' });
});
