import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { copyFileSync, mkdirSync, writeFileSync } from 'node:fs';
import { describe, test } from 'node:test';
import { FileSource } from '../../../src/io/log/file-source.ts';
import { sniffKind } from '../../../src/io/log/magic.ts';
import { openRawLog } from '../../../src/io/log/open-raw-log.ts';
import { need, sharedData } from '../../support/require.ts';
import { temporaryFolder } from '../temporary-folder.ts';
import { H265, makeClip } from '../video/clips.ts';
import { allMessages } from './bytes-source.ts';

const at = temporaryFolder();
const rosbag2 = (...names: string[]): string =>
  sharedData('rosbag2-tests', 'rosbag2_py', 'test', 'resources', ...names);

describe('a log is opened by its bytes, whatever its name', { skip: need('shared') }, () => {
  for (const [file, format, count] of [
    [sharedData('mcap-real', 'udacity_solidWhiteRight_5fps.mcap'), 'mcap', 45],
    [rosbag2('sqlite3', 'talker', 'talker.db3'), 'rosbag2-sqlite3', 20],
    [sharedData('rosbag1-fixtures', 'example.bag'), 'rosbag1', 8647],
  ] as const) {
    test(format, async () => {
      copyFileSync(file, at('log.txt'));
      const log = await openRawLog(at('log.txt'));
      assert.equal(log.format, format);
      assert.equal((await allMessages(log)).length, count);
      assert.equal(log.path, at('log.txt'));
      await log.close();
      await log.close();
    });
  }

  for (const storage of ['mcap', 'sqlite3']) {
    test(`a rosbag2 folder of ${storage}`, async () => {
      const log = await openRawLog(rosbag2(storage, 'wbag'));
      assert.equal(log.format, 'rosbag2-folder');
      const messages = await allMessages(log);
      assert.equal(messages.length, 6074);
      for (const [index, { logTimeNs }] of messages.entries()) {
        assert.ok(index === 0 || logTimeNs >= messages[index - 1]!.logTimeNs);
      }
      await log.close();
    });
  }
});

test('an H.265 stream as openpilot writes it, without any container', { skip: need('ffmpeg') }, async () => {
  await makeClip(at('fcamera.hevc'), { pictures: 20, encode: [...H265, '-f', 'hevc'] });
  const log = await openRawLog(at('fcamera.hevc'));
  assert.equal(log.format, 'video');
  assert.equal((await allMessages(log)).length, 20);
  await log.close();
});

test('first bytes and their kinds', () => {
  const head = (...bytes: (number | string)[]) =>
    Buffer.concat(
      bytes.map((part) => (typeof part === 'string' ? Buffer.from(part, 'latin1') : Buffer.from([part]))),
    );
  for (const [bytes, kind] of [
    [head(0x89, 'MCAP0\r\n'), 'mcap'],
    [head('#ROSBAG V2.0\n'), 'rosbag1'],
    [head('SQLite format 3\0'), 'sqlite'],
    [head(0x28, 0xb5, 0x2f, 0xfd), 'zstd'],
    [head(0, 0, 0, 0x20, 'ftypisom'), 'video'],
    [head(0x1a, 0x45, 0xdf, 0xa3), 'video'],
    [head('RIFF', 0, 0, 0, 0, 'AVI LIST'), 'video'],
    [head('RIFF', 0, 0, 0, 0, 'WAVEfmt '), null],
    [head(0, 0, 0, 1, 0x67, 0x64), 'video'],
    [head(0, 0, 0, 1, 0x40, 0x01), 'video'],
    [head(0, 0, 1, 0x09, 0xf0), 'video'],
    [head(0, 0, 1, 0xba), null],
    [head('PK', 3, 4), null],
    [head(), null],
  ] as const) {
    assert.equal(sniffKind(bytes), kind, bytes.toString('hex'));
  }
});

test('what is no log is refused by name, with what is read', async () => {
  writeFileSync(at('empty'), '');
  writeFileSync(at('notes.bag'), 'a shopping list');
  mkdirSync(at('folder'));
  await assert.rejects(openRawLog(at('empty')), {
    code: 'LOG_UNREADABLE',
    message: /empty.*byte 0/,
    remedy: /MCAP/,
  });
  await assert.rejects(openRawLog(at('notes.bag')), {
    code: 'LOG_UNREADABLE',
    message: /notes\.bag.*byte 0/,
    remedy: /MCAP.*rosbag2.*rosbag1.*video/,
  });
  await assert.rejects(openRawLog(at('none')), { code: 'NOT_FOUND', message: /none/ });
  execFileSync('mkfifo', [at('pipe')]);
  await assert.rejects(openRawLog(at('pipe')), { code: 'LOG_UNREADABLE', message: /pipe.*no regular file/ });
  await assert.rejects(openRawLog(at('folder')), (error: Error) => /folder/.test(error.message));
});

test('a file is read at any offset; what was read is not changed by later reads; a closed one says so', async () => {
  const bytes = Buffer.alloc(300_000, 0).map((_, index) => (index * 2654435761) >>> 24);
  writeFileSync(at('bytes'), bytes);
  const source = await FileSource.open(at('bytes'));
  const early = await source.read(10, 100);
  for (const [offset, length] of [
    [0, 1],
    [299_990, 100],
    [65_530, 10],
    [100, 200_000],
    [300_000, 1],
    [400_000, 1],
  ] as const) {
    assert.deepEqual(Buffer.from(await source.read(offset, length)), bytes.subarray(offset, offset + length));
  }
  assert.deepEqual(Buffer.from(early), bytes.subarray(10, 110));
  const offsets = Array.from({ length: 50 }, (_, index) => (index * 97_003) % 290_000);
  const reads = await Promise.all(offsets.map((offset) => source.read(offset, 100)));
  for (const [index, read] of reads.entries()) {
    assert.deepEqual(Buffer.from(read), bytes.subarray(offsets[index]!, offsets[index]! + 100));
  }
  await source.close();
  await source.close();
  await assert.rejects(source.read(200_000, 10), { code: 'LOG_UNREADABLE', message: /bytes.*closed/ });
});
