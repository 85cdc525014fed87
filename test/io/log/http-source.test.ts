import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { type CodriverError, NS_PER_S } from '../../../src/domain/index.ts';
import { HttpSource } from '../../../src/io/log/http-source.ts';
import { openRawLog } from '../../../src/io/log/open-raw-log.ts';
import { need, sharedData } from '../../support/require.ts';
import { allMessages } from './bytes-source.ts';
import { rangeHeaders, rangeServer } from './range-server.ts';

const server = await rangeServer();
const QUICK = { retryDelayMs: 5, idleTimeoutMs: 5_000 };

/** Bytes that tell where they are from. */
function pattern(length: number): Uint8Array {
  const bytes = new Uint8Array(length);
  for (let index = 0; index < length; index++) bytes[index] = (index * 2654435761) >>> 24;
  return bytes;
}

function serve(name: string, bytes: Uint8Array): string {
  server.files.set(name, bytes);
  server.asked.length = 0;
  server.behave = () => true;
  return server.url(name);
}

const isUnreadable =
  (message: RegExp, remedy: RegExp) =>
  (error: CodriverError): boolean => {
    assert.equal(error.code, 'LOG_UNREADABLE');
    assert.match(error.message, message);
    assert.match(error.remedy ?? '', remedy);
    return true;
  };

test('any range equals the file, and reading forward asks for few ranges', async () => {
  const bytes = pattern(9_500_000);
  const source = await HttpSource.open(serve('/forward', bytes), QUICK);
  assert.equal(source.sizeBytes, bytes.length);
  for (const [offset, length] of [
    [0, 10],
    [1_048_570, 20],
    [9_499_990, 100],
    [9_500_000, 5],
    [3_000_000, 5_000_000],
    [0, 0],
  ] as const) {
    assert.deepEqual(await source.read(offset, length), bytes.slice(offset, offset + length));
  }
  await source.close();

  const forward = await HttpSource.open(serve('/forward', bytes), QUICK);
  for (let offset = 0; offset < bytes.length; offset += 50_000) {
    assert.deepEqual(await forward.read(offset, 50_000), bytes.slice(offset, offset + 50_000));
  }
  assert.ok(server.asked.length <= 6, `${server.asked.length} requests`);
  await forward.close();
});

test('a later read does not change what an earlier one gave', async () => {
  const bytes = pattern(3_000_000);
  const source = await HttpSource.open(serve('/kept', bytes), QUICK);
  const kept = await source.read(100, 1000);
  for (let offset = 0; offset < bytes.length; offset += 500_000) await source.read(offset, 500_000);
  assert.deepEqual(kept, bytes.slice(100, 1100));
  await source.close();
});

test('a connection that drops is taken up again where it ended', async () => {
  const bytes = pattern(4_000_000);
  const url = serve('/drops', bytes);
  let drops = 0;
  server.behave = ({ from, to, index }, response) => {
    if (index % 2 === 0) return true;
    drops += 1;
    response.writeHead(206, rangeHeaders(from, to, bytes.length));
    response.write(bytes.subarray(from, from + 100_000), () => response.destroy());
    return false;
  };
  const source = await HttpSource.open(url, QUICK);
  assert.deepEqual(await source.read(0, bytes.length), bytes);
  assert.ok(drops >= 1);
  await source.close();
});

test('a server that is overloaded for a while is asked again', async () => {
  const url = serve('/busy', pattern(1000));
  server.behave = ({ index }, response) => {
    if (index >= 3) return true;
    response.writeHead(503).end();
    return false;
  };
  const source = await HttpSource.open(url, QUICK);
  assert.equal(source.sizeBytes, 1000);
  assert.equal(server.asked.length, 4);
  await source.close();
});

test('a server that never sends is given up, with the byte', async () => {
  const url = serve('/silent', pattern(1000));
  server.behave = () => false;
  await assert.rejects(
    HttpSource.open(url, { retryDelayMs: 1, idleTimeoutMs: 20 }),
    isUnreadable(/silent.*byte 0.*20 ms/, /network/),
  );
});

test('a server without ranges is refused at once, and the whole is not loaded', async () => {
  const url = serve('/whole', pattern(2_000_000));
  server.behave = (_, response) => {
    response.writeHead(200, { 'content-length': '2000000' });
    response.write(pattern(100));
    return false;
  };
  await assert.rejects(HttpSource.open(url, QUICK), isUnreadable(/sends no ranges/, /[Dd]ownload/));
  assert.equal(server.asked.length, 1);
});

for (const [what, reply] of [
  ['answers the whole to If-Range', { status: 200, etag: '"2"', size: 5_000_000 }],
  ['has another tag', { status: 206, etag: '"2"', size: 5_000_000 }],
  ['is longer now', { status: 206, etag: '"1"', size: 6_000_000 }],
  ['is shorter now', { status: 416, etag: '"1"', size: 100 }],
] as const) {
  test(`a log that changed on the server is an error: ${what}`, async () => {
    const bytes = pattern(5_000_000);
    const url = serve('/changing', bytes);
    const source = await HttpSource.open(url, QUICK);
    server.behave = ({ from, to, request }, response) => {
      assert.equal(request.headers['if-range'], '"1"');
      const headers = { ...rangeHeaders(from, to, reply.size), etag: reply.etag };
      response.writeHead(reply.status, headers).end(bytes.subarray(from, to + 1));
      return false;
    };
    await assert.rejects(source.read(4_000_000, 100), isUnreadable(/changing.*changed/, /again/));
    await source.close();
  });
}

test('a missing log is NOT_FOUND, a refused one says why, a bad address is BAD_ARGUMENT', async () => {
  await assert.rejects(HttpSource.open(server.url('/none'), QUICK), { code: 'NOT_FOUND', message: /none/ });
  const url = serve('/secret', pattern(10));
  server.behave = (_, response) => {
    response.writeHead(403).end();
    return false;
  };
  await assert.rejects(HttpSource.open(url, QUICK), isUnreadable(/secret.*403/, /address/));
  await assert.rejects(HttpSource.open('http://', QUICK), { code: 'BAD_ARGUMENT' });
  await assert.rejects(HttpSource.open('http://127.0.0.1:1/log', QUICK), { code: 'LOG_UNREADABLE' });
});

test('an empty log and one of no known kind are refused by name; video and SQLite with the way out', async () => {
  await assert.rejects(openRawLog(serve('/empty', new Uint8Array(0))), isUnreadable(/empty.*byte 0/, /MCAP/));
  await assert.rejects(openRawLog(serve('/list', pattern(100))), isUnreadable(/list.*byte 0/, /MCAP.*\.bag/));
  const database = new TextEncoder().encode(`SQLite format 3\0${' '.repeat(100)}`);
  await assert.rejects(openRawLog(serve('/db3', database)), isUnreadable(/SQLite.*server/, /Download/));
  const film = Buffer.concat([Buffer.from([0, 0, 0, 24]), Buffer.from('ftypisom')]);
  await assert.rejects(openRawLog(serve('/film', film)), isUnreadable(/video.*server/, /Download/));
});

test('closing or the signal ends a read under way', async () => {
  const url = serve('/slow', pattern(3_000_000));
  const stop = new AbortController();
  const source = await HttpSource.open(url, { ...QUICK, idleTimeoutMs: 60_000, signal: stop.signal });
  server.behave = () => false;
  const read = source.read(2_000_000, 10);
  setTimeout(() => stop.abort(), 20);
  await assert.rejects(read, { code: 'ABORTED' });
  const other = source.read(2_500_000, 10);
  await Promise.all([assert.rejects(other, { code: 'ABORTED' }), source.close()]);
});

test('a real log is read over HTTP as from the disk, and a part of it without the rest', {
  skip: need('shared'),
}, async () => {
  const file = sharedData('mcap-real', 'udacity_solidWhiteRight_5fps.mcap');
  const local = await openRawLog(file);
  const remote = await openRawLog(serve('/udacity', readFileSync(file)));
  const strip = async (log: typeof local) =>
    (await allMessages(log)).map(({ channel, ...rest }) => ({ ...rest, topic: channel.topic }));
  assert.deepEqual(await strip(remote), await strip(local));
  assert.ok(server.asked.length <= 4, `${server.asked.length} requests`);
  const later = await allMessages(remote, { fromNs: remote.endNs - NS_PER_S });
  assert.ok(later.length >= 5 && later.length <= 6);
  await Promise.all([local.close(), remote.close()]);
});
