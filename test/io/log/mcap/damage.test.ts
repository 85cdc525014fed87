import assert from 'node:assert/strict';
import { copyFileSync, readFileSync, truncateSync, writeFileSync } from 'node:fs';
import { test } from 'node:test';
import { CodriverError } from '../../../../src/domain/index.ts';
import { openLog } from '../../../../src/io/log/drive-log.ts';
import { LogWriter } from '../../../../src/io/log/mcap-writer.ts';
import { need, sharedData } from '../../../support/require.ts';
import { temporaryFolder } from '../../temporary-folder.ts';

const at = temporaryFolder();
const COUNT = 300;

/** 300 vehicle states with about 40 chunks' worth of pictures between them. */
async function makeLog(name: string, compression: 'zstd' | 'none'): Promise<string> {
  const log = await LogWriter.create(at(name), { compression });
  for (let index = 0; index < COUNT; index++) {
    const stampNs = BigInt(index + 1) * 1_000_000n;
    await log.write('/v', { kind: 'vehicle', vehicle: { stampNs, speedMps: index } }, stampNs);
    const data = new Uint8Array(10_000);
    for (let i = 0; i < data.length; i++) data[i] = (i * 2654435761 + index * 40503) >>> 13;
    data.set([0xff, 0xd8, 0xff]);
    const picture = { frameId: 'c', camera: '/c', widthPx: 0, heightPx: 0, encoding: 'jpeg' as const };
    await log.write('/c', { kind: 'frame', frame: { stampNs, data, ...picture } }, stampNs);
  }
  await log.close();
  return at(name);
}

/** Speeds read, and the errors at the end; an error on opening counts too. */
async function readSpeeds(file: string): Promise<{ speeds: number[]; errors: CodriverError[]; bad: number }> {
  const errors: CodriverError[] = [];
  const speeds: number[] = [];
  let bad = 0;
  try {
    const log = await openLog(file, { onDamage: (e) => errors.push(e), onBadMessage: () => bad++ });
    for await (const { message } of log.messages()) {
      if (message.kind === 'vehicle') speeds.push(message.vehicle.speedMps);
    }
    await log.close();
  } catch (error) {
    assert.ok(error instanceof CodriverError, String(error));
    errors.push(error);
  }
  return { speeds, errors, bad };
}

for (const compression of ['zstd', 'none'] as const) {
  test(`cut at every tenth, ${compression}: all before the cut, then one error`, async () => {
    const whole = await makeLog(`whole-${compression}.mcap`, compression);
    const size = readFileSync(whole).length;
    const cut = at('cut.mcap');
    for (let tenth = 0; tenth < 10; tenth++) {
      copyFileSync(whole, cut);
      truncateSync(cut, Math.floor((size * tenth) / 10));
      const { speeds, errors } = await readSpeeds(cut);
      assert.equal(errors.length, 1, `tenth ${tenth}`);
      assert.equal(errors[0]!.code, 'LOG_UNREADABLE');
      assert.match(errors[0]!.message, /cut\.mcap.*byte \d+/);
      assert.ok(errors[0]!.remedy);
      assert.deepEqual(
        speeds,
        Array.from({ length: speeds.length }, (_, n) => n),
      );
      // Compressed, up to one chunk of 256 KiB (about 26 pictures) is lost; uncompressed, less than one message.
      const expected = (COUNT * tenth) / 10;
      const slack = compression === 'none' ? 8 : 34;
      assert.ok(
        speeds.length >= expected - slack && speeds.length <= expected + slack,
        `${speeds.length} at ${tenth}`,
      );
    }
  });
}

test('without onDamage the error is thrown after the last message', async () => {
  const whole = await makeLog('throws.mcap', 'zstd');
  truncateSync(whole, Math.floor(readFileSync(whole).length / 2));
  const log = await openLog(whole);
  let read = 0;
  await assert.rejects(
    async () => {
      for await (const _ of log.messages()) read++;
    },
    { code: 'LOG_UNREADABLE' },
  );
  assert.ok(read > 100);
  await log.close();
});

test('a file without its summary, cut exactly there, still gives everything', async () => {
  const whole = await makeLog('summary.mcap', 'zstd');
  truncateSync(whole, readFileSync(whole).length - 9);
  const { speeds, errors } = await readSpeeds(whole);
  assert.equal(speeds.length, COUNT);
  assert.equal(errors.length, 1);
});

test('flipped bytes anywhere: never a crash, never silence, never a wrong value', async () => {
  const whole = readFileSync(await makeLog('flip.mcap', 'zstd'));
  let damaged = 0;
  for (let n = 0; n < 60; n++) {
    const bytes = Buffer.from(whole);
    const offset = Math.floor(((n + 0.5) * whole.length) / 60);
    bytes[offset]! ^= 0xff;
    writeFileSync(at('flipped.mcap'), bytes);
    const { speeds, errors } = await readSpeeds(at('flipped.mcap'));
    assert.ok(errors.length <= 1);
    for (const speed of speeds) assert.ok(Number.isInteger(speed) && speed >= 0 && speed < COUNT);
    assert.deepEqual(
      speeds,
      speeds.toSorted((a, b) => a - b),
    );
    if (errors.length === 1) {
      damaged++;
      // One chunk is lost, not what follows it.
      assert.ok(speeds.length >= COUNT - 60, `${speeds.length} left after a flip at ${offset}`);
    } else assert.equal(speeds.length, COUNT, `silent loss after a flip at ${offset}`);
  }
  assert.ok(damaged > 50, `${damaged} of 60 noticed`);
});

test('empty, foreign and missing files', async () => {
  writeFileSync(at('empty.mcap'), '');
  await assert.rejects(openLog(at('empty.mcap')), { code: 'LOG_UNREADABLE', message: /empty\.mcap.*empty/ });
  writeFileSync(at('foreign.mcap'), 'a shopping list, say'.repeat(10));
  await assert.rejects(openLog(at('foreign.mcap')), {
    code: 'LOG_UNREADABLE',
    message: /foreign\.mcap.*first bytes.*byte 0/,
  });
  await assert.rejects(openLog(at('missing.mcap')), { code: 'NOT_FOUND', message: /missing\.mcap/ });
});

test('the real log cut in two keeps its readable half', { skip: need('shared') }, async () => {
  const bytes = readFileSync(sharedData('mcap-real', 'comma2k19_seg40.mcap'));
  writeFileSync(at('half.mcap'), bytes.subarray(0, Math.floor(bytes.length * 0.9)));
  const { speeds, errors } = await readSpeeds(at('half.mcap'));
  assert.ok(speeds.length > 2000 && speeds.length < 4974, String(speeds.length));
  assert.equal(errors.length, 1);
});
