import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { before, describe, test } from 'node:test';
import { parse } from '@foxglove/rosmsg';
import { MessageReader } from '@foxglove/rosmsg2-serialization';
import sharp from 'sharp';
import type { CodriverError } from '../../../src/domain/index.ts';
import type { Damage, RawFilter, RawLog } from '../../../src/io/log/raw-log.ts';
import { openVideoFile } from '../../../src/io/log/video-file.ts';
import { decodeVideo, type VideoPacket } from '../../../src/io/video/video-decoder.ts';
import { need, sharedData } from '../../support/require.ts';
import { temporaryFolder } from '../temporary-folder.ts';
import { H264, H265, makeClip, numberIn, packetsOf, runningFfmpegs } from './clips.ts';

const START_NS = 1_700_000_000_000_000_000n;
const START = '2023-11-14T22:13:20Z';
const PERIOD_NS = 40_000_000n;
const PICTURES = 40;

/** Number and stamp of every picture of an open log, which is closed. */
async function picturesOf(log: RawLog): Promise<[number, bigint][]> {
  async function* source(): AsyncGenerator<VideoPacket> {
    yield* await packetsOf(log);
  }
  const pictures: [number, bigint][] = [];
  for await (const { frame } of decodeVideo(source(), { camera: '/camera' })) {
    pictures.push([numberIn(frame), frame.stampNs]);
  }
  await log.close();
  return pictures;
}

const every = (periodNs: bigint, startNs: bigint, count = PICTURES): [number, bigint][] =>
  Array.from({ length: count }, (_, index) => [index, startNs + BigInt(index) * periodNs]);

async function times(log: RawLog, filter?: RawFilter): Promise<string[]> {
  const seen: string[] = [];
  for await (const { logTimeNs, publishTimeNs, data } of log.messages(filter)) {
    seen.push(`${logTimeNs} ${publishTimeNs} ${data.length}`);
  }
  return seen;
}

describe('video files as logs', { skip: need('ffmpeg') }, () => {
  const at = temporaryFolder();
  const clip = (name: string, encode: readonly string[]) =>
    makeClip(at(name), { pictures: PICTURES, encode });

  before(async () => {
    await clip('b.mp4', [...H264, '-bf', '3']);
    for (const container of ['mkv', 'mov', 'ts']) {
      execFileSync('ffmpeg', ['-v', 'error', '-y', '-i', at('b.mp4'), '-c', 'copy', at(`b.${container}`)]);
    }
    await clip('plain.avi', [...H264, '-bf', '0']);
    await clip('plain.h264', [...H264, '-bf', '0']);
    await clip('plain.hevc', [...H265.slice(0, -1), `${H265.at(-1)}:bframes=0`]);
    await clip('still.avi', ['-c:v', 'mjpeg', '-pix_fmt', 'yuvj420p']);
    await clip('old.mkv', ['-c:v', 'mpeg4', '-q:v', '3', '-bf', '0']);
  });

  test('every container: each picture with its own time, counted from the start in the sidecar', async () => {
    for (const name of ['b.mp4', 'b.mkv', 'b.mov', 'b.ts', 'plain.avi']) {
      writeFileSync(`${at(name)}.yaml`, `start: ${START}\ntopic: /camera/front\nframeId: front\n`);
      const log = await openVideoFile(at(name));
      assert.equal(log.format, 'video', name);
      assert.equal(log.startNs, START_NS, name);
      assert.equal(log.endNs, START_NS + 39n * PERIOD_NS, name);
      const [channel] = log.channels;
      assert.equal(channel?.topic, '/camera/front');
      assert.equal(channel.schemaName, 'foxglove_msgs/msg/CompressedVideo');
      assert.ok(channel.count === null || channel.count === PICTURES, `${name}: ${channel.count}`);
      assert.deepEqual(await picturesOf(log), every(PERIOD_NS, START_NS), name);
    }
    assert.deepEqual(runningFfmpegs(), []);
  });

  test('log times never go back, and no packet is logged before its stamp', async () => {
    const log = await openVideoFile(at('b.mp4'));
    let last = 0n;
    for await (const { logTimeNs, publishTimeNs } of log.messages()) {
      assert.ok(logTimeNs >= last && logTimeNs >= publishTimeNs);
      last = logTimeNs;
    }
    await log.close();
  });

  test('a pass from anywhere gives what a whole pass gives from there', async () => {
    await makeClip(at('long.mp4'), { pictures: 400, encode: [...H264, '-bf', '2'] });
    for (const container of ['mkv', 'ts']) {
      execFileSync('ffmpeg', [
        '-v',
        'error',
        '-y',
        '-i',
        at('long.mp4'),
        '-c',
        'copy',
        at(`long.${container}`),
      ]);
    }
    for (const name of ['long.mp4', 'long.mkv', 'long.ts']) {
      const log = await openVideoFile(at(name));
      const all = await times(log);
      assert.equal(all.length, 400, name);
      for (const fromNs of [log.startNs + 7_130_000_000n, log.endNs]) {
        const wanted = all.filter((line) => BigInt(line.split(' ')[0]!) >= fromNs);
        assert.deepEqual(await times(log, { fromNs }), wanted, name);
      }
      const toNs = log.startNs + 1_000_000_000n;
      assert.deepEqual(
        await times(log, { toNs }),
        all.filter((line) => BigInt(line.split(' ')[0]!) <= toNs),
        name,
      );
      assert.deepEqual(await times(log, { channelIds: new Set() }), []);
      await log.close();
    }
    assert.deepEqual(runningFfmpegs(), []);
  });

  test('uneven times are kept to the millisecond', async () => {
    const filter = [
      '-vf',
      'settb=1/1000,setpts=N*N*3+N*20',
      '-fps_mode',
      'passthrough',
      '-enc_time_base',
      '1/1000',
    ];
    await clip('uneven.mkv', [...filter, ...H264, '-bf', '2']);
    const pictures = await picturesOf(await openVideoFile(at('uneven.mkv')));
    assert.deepEqual(
      pictures,
      Array.from({ length: PICTURES }, (_, n) => [n, BigInt(n * n * 3 + n * 20) * 1_000_000n]),
    );
  });

  test('bare streams: 20 pictures a second, or what the sidecar says', async () => {
    for (const name of ['plain.h264', 'plain.hevc']) {
      const log = await openVideoFile(at(name));
      assert.equal(log.endNs, 39n * 50_000_000n);
      assert.equal(log.channels[0]?.count, PICTURES);
      assert.deepEqual(await picturesOf(log), every(50_000_000n, 0n), name);
    }
    writeFileSync(at('plain.yaml'), `start: ${START_NS}\nfps: 12.5\n`);
    assert.deepEqual(await picturesOf(await openVideoFile(at('plain.h264'))), every(80_000_000n, START_NS));
  });

  test("frameTimes, a list or a CSV, replace the file's times, in the order of showing", async () => {
    const taken = Array.from(
      { length: PICTURES },
      (_, index) => START_NS + BigInt(index * index) * 1_000_001n,
    );
    const expected = taken.map((time, index) => [index, time]);
    execFileSync('cp', [at('b.mp4'), at('taken.mp4')]);
    writeFileSync(at('taken.yaml'), `frameTimes: [${taken.join(', ')}]\n`);
    assert.deepEqual(await picturesOf(await openVideoFile(at('taken.mp4'))), expected);
    writeFileSync(at('times.csv'), `stamp_ns,exposure\n${taken.map((time) => `${time},1.5`).join('\n')}\n`);
    writeFileSync(at('taken.yaml'), 'frameTimes: times.csv\n');
    const log = await openVideoFile(at('taken.mp4'));
    const all = await times(log);
    const fromNs = taken[30]!;
    assert.deepEqual(
      await times(log, { fromNs }),
      all.filter((line) => BigInt(line.split(' ')[0]!) >= fromNs),
    );
    assert.deepEqual(await picturesOf(log), expected);
  });

  test('a sidecar that is wrong is refused, by file and field', async () => {
    execFileSync('cp', [at('b.mp4'), at('wrong.mp4')]);
    for (const [text, why] of [
      ['begin: 5\n', /begin/],
      ['start: 2023-11-14T22:13:20\n', /start: .*offset/],
      ['start: 1.5\n', /start/],
      ['fps: 0\n', /fps/],
      ['fps: 20\nframeTimes: [1, 2]\n', /leave start and fps out/],
      ['frameTimes: [5, 5]\n', /number 2 is not later/],
      ['frameTimes: nowhere.csv\n', /no file .*nowhere\.csv/],
      ['topic: camera\n', /topic/],
      ['a: [\n', /wrong\.yaml/],
      ['frameTimes: [1, 2, 3]\n', /3 frameTimes, and video .* has 40 pictures/],
    ] as const) {
      writeFileSync(at('wrong.yaml'), text);
      await assert.rejects(openVideoFile(at('wrong.mp4')), (error: CodriverError) => {
        assert.equal(error.code, 'BAD_CONFIG', text);
        assert.match(error.message, why);
        assert.match(error.message, /wrong\.yaml/);
        return true;
      });
    }
  });

  test('without a sidecar the creation time counts; without one times begin at 0, and the facts say so', async () => {
    const stamped = ['-metadata', `creation_time=${START}`];
    execFileSync('ffmpeg', [
      '-v',
      'error',
      '-y',
      '-i',
      at('b.mp4'),
      '-c',
      'copy',
      ...stamped,
      at('created.mp4'),
    ]);
    const created = await openVideoFile(at('created.mp4'));
    assert.equal(created.startNs, START_NS);
    assert.match(created.facts.flat().join(' '), /creation_time/);
    execFileSync('cp', [at('b.mkv'), at('untimed.mkv')]);
    const untimed = await openVideoFile(at('untimed.mkv'));
    assert.equal(untimed.startNs, 0n);
    assert.match(untimed.facts.flat().join(' '), /nothing says when it was recorded/);
  });

  test('codecs that no message carries come as JPEGs, Motion JPEG unchanged', async () => {
    for (const name of ['still.avi', 'old.mkv']) {
      const log = await openVideoFile(at(name));
      const [channel] = log.channels;
      assert.equal(channel?.schemaName, 'sensor_msgs/msg/CompressedImage');
      const reader = new MessageReader<{ data: Uint8Array; format: string }>(
        parse(new TextDecoder().decode(channel.schemaData), { ros2: true }),
      );
      let number = 0;
      for await (const { data, logTimeNs } of log.messages()) {
        const image = reader.readMessage(data);
        assert.equal(image.format, 'jpeg');
        const picture = await sharp(image.data).raw().toBuffer({ resolveWithObject: true });
        assert.equal(picture.info.channels, 3);
        const frame = { widthPx: picture.info.width, heightPx: picture.info.height, data: picture.data };
        assert.equal(numberIn(frame), number, name);
        assert.equal(logTimeNs, BigInt(number) * PERIOD_NS, name);
        number += 1;
      }
      assert.equal(number, PICTURES, name);
      await log.close();
    }
  });

  test('files that are no video, or none any more, are refused by name', async () => {
    writeFileSync(at('text.mp4'), 'this is no video, whatever its name says\n'.repeat(100));
    writeFileSync(at('headless.mp4'), readFileSync(at('b.mp4')).subarray(0, 2000));
    const tone = ['-f', 'lavfi', '-i', 'sine=d=1', at('tone.mka')];
    execFileSync('ffmpeg', ['-v', 'error', '-y', ...tone]);
    for (const name of ['text.mp4', 'headless.mp4', 'tone.mka']) {
      await assert.rejects(openVideoFile(at(name)), (error: CodriverError) => {
        assert.equal(error.code, 'LOG_UNREADABLE', `${name}: ${error.message}`);
        assert.ok(error.message.includes(at(name)));
        return true;
      });
    }
    await assert.rejects(openVideoFile(at('nowhere.mp4')), { code: 'NOT_FOUND' });
    assert.deepEqual(runningFfmpegs(), []);
  });

  test('a file that is cut short or damaged gives what is left, with the true times', async () => {
    const pictures = 200;
    const damages: Damage[] = [];
    const onDamage = (damage: Damage) => damages.push(damage);
    for (const container of ['mkv', 'ts']) {
      const file = at(`damaged.${container}`);
      const whole = readFileSync(
        await makeClip(at(`whole.${container}`), { pictures, encode: [...H264, '-bf', '2'] }),
      );
      for (const share of [0.5, 0.9]) {
        writeFileSync(file, whole.subarray(0, Math.floor(whole.length * share)));
        const log = await openVideoFile(file);
        const seen = await times(log, { onDamage });
        assert.ok(
          seen.length > pictures * (share - 0.3) && seen.length < pictures,
          `${container}: ${seen.length} of ${share}`,
        );
        for (const [number, stampNs] of await picturesOf(log))
          assert.equal(stampNs, BigInt(number) * PERIOD_NS);
      }
      const holed = Uint8Array.from(whole);
      holed.fill(0, whole.length >> 1, (whole.length >> 1) + 800);
      writeFileSync(file, holed);
      const log = await openVideoFile(file);
      damages.length = 0;
      const left = (await times(log, { onDamage })).length;
      assert.ok(left > pictures / 4 && left < pictures, `${container}: ${left} behind a hole`);
      assert.ok(damages.length > 0, `${container}: a hole is told`);
      const offset = damages[0]?.offset ?? null;
      if (container === 'mkv') assert.ok(offset !== null && Math.abs(offset - (whole.length >> 1)) < 800);
      await log.close();
    }
    assert.deepEqual(runningFfmpegs(), []);
  });

  test('closing, and leaving a pass, end its process', async () => {
    const log = await openVideoFile(at('b.mp4'));
    for await (const _ of log.messages()) break;
    assert.deepEqual(runningFfmpegs(), []);
    const pass = log.messages()[Symbol.asyncIterator]();
    await pass.next();
    await log.close();
    assert.deepEqual(runningFfmpegs(), []);
    await log.close();
  });

  test('the dashcam clip has 221 pictures, 40 ms apart, from its creation time', {
    skip: need('shared'),
  }, async () => {
    const log = await openVideoFile(sharedData('udacity-dashcam', 'test_videos', 'solidWhiteRight.mp4'));
    assert.equal(log.startNs, 1_472_418_968_000_000_000n);
    const packets = await packetsOf(log);
    assert.equal(packets.length, 221);
    assert.equal(log.endNs - log.startNs, 220n * PERIOD_NS);
    const stamps = packets.map(({ stampNs }) => stampNs).toSorted((a, b) => (a < b ? -1 : 1));
    assert.ok(stamps.every((stampNs, index) => stampNs === log.startNs + BigInt(index) * PERIOD_NS));
    await log.close();
  });
});
