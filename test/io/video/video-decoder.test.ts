import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';
import type { CodriverError } from '../../../src/domain/index.ts';
import { type DecodedFrame, decodeVideo, type VideoPacket } from '../../../src/io/video/video-decoder.ts';
import { need } from '../../support/require.ts';
import { temporaryFolder } from '../temporary-folder.ts';
import { clipPackets, H264, H265, makeClip, numberIn, runningFfmpegs } from './clips.ts';

const PERIOD_NS = 40_000_000n;

async function* from(packets: Iterable<VideoPacket>): AsyncGenerator<VideoPacket> {
  yield* packets;
}

/** Decodes all; the number and time of each picture. */
async function decode(
  packets: Iterable<VideoPacket>,
): Promise<{ frames: DecodedFrame[]; told: CodriverError[] }> {
  const frames: DecodedFrame[] = [];
  const told: CodriverError[] = [];
  const options = { camera: '/camera', onError: (error: CodriverError) => told.push(error) };
  for await (const decoded of decodeVideo(from(packets), options)) frames.push(decoded);
  assert.deepEqual(runningFfmpegs(), []);
  return { frames, told };
}

const numbers = (frames: readonly DecodedFrame[]): number[] => frames.map(({ frame }) => numberIn(frame));
const stamps = (frames: readonly DecodedFrame[]): bigint[] => frames.map(({ frame }) => frame.stampNs);
const range = (first: number, end: number): number[] =>
  Array.from({ length: end - first }, (_, i) => first + i);
const messages = (told: readonly CodriverError[]): string => told.map(({ message }) => message).join('\n');

describe('decoding video', { skip: need('ffmpeg') }, () => {
  const at = temporaryFolder();
  let plain: VideoPacket[];
  let reordered: VideoPacket[];
  let hevc: VideoPacket[];

  before(async () => {
    await Promise.all([
      makeClip(at('plain.mp4'), { pictures: 60, encode: [...H264, '-bf', '0'] }),
      makeClip(at('reordered.mp4'), { pictures: 60, encode: [...H264, '-bf', '3'] }),
      makeClip(at('hevc.mp4'), { pictures: 60, encode: [...H265, '-bf', '3'] }),
    ]);
    plain = await clipPackets(at('plain.mp4'));
    reordered = await clipPackets(at('reordered.mp4'));
    hevc = await clipPackets(at('hevc.mp4'));
  });

  test('every picture comes once, in its order, with its own time, packed RGB of the right size', async () => {
    for (const packets of [plain, reordered, hevc]) {
      const { frames, told } = await decode(packets);
      assert.deepEqual(numbers(frames), range(0, 60));
      assert.deepEqual(
        stamps(frames),
        range(0, 60).map((number) => BigInt(number) * PERIOD_NS),
      );
      assert.equal(messages(told), '');
      const { widthPx, heightPx, encoding, camera, data } = frames[0]!.frame;
      assert.deepEqual(
        { widthPx, heightPx, encoding, camera },
        { widthPx: 160, heightPx: 64, encoding: 'rgb8', camera: '/camera' },
      );
      assert.equal(data.length, 160 * 64 * 3);
    }
  });

  test('B-frames are in the clips, so that the above says something', () => {
    const backwards = (packets: VideoPacket[]) =>
      packets.some(({ stampNs }, index) => index > 0 && stampNs < packets[index - 1]!.stampNs);
    assert.deepEqual([plain, reordered, hevc].map(backwards), [false, true, true]);
  });

  test('stamps that are all equal, jump or go in the order of decoding stay with their packets', async () => {
    for (const junk of [(i: number) => BigInt(i), () => 5n, (i: number) => BigInt((i * 7919) % 60)]) {
      const marked = reordered.map((packet, index) => ({
        ...packet,
        stampNs: junk(index),
        logTimeNs: packet.stampNs,
      }));
      const { frames } = await decode(marked);
      assert.deepEqual(numbers(frames), range(0, 60));
      for (const { frame, logTimeNs } of frames) {
        const packet = marked.find((candidate) => candidate.logTimeNs === logTimeNs)!;
        assert.equal(BigInt(numberIn(frame)) * PERIOD_NS, logTimeNs);
        assert.equal(frame.stampNs, packet.stampNs);
      }
    }
  });

  test('uneven times are kept', async () => {
    const uneven = plain.map((packet, index) => ({ ...packet, stampNs: BigInt(index * index) * 1_234_567n }));
    const { frames } = await decode(uneven);
    assert.deepEqual(numbers(frames), range(0, 60));
    assert.deepEqual(
      stamps(frames),
      uneven.map(({ stampNs }) => stampNs),
    );
  });

  test('a start between key pictures: what cannot be decoded is left out and counted', async () => {
    for (const packets of [plain, reordered, hevc]) {
      const late = packets.slice(3);
      const firstKey = late.find(({ stampNs }) => stampNs === 10n * PERIOD_NS);
      const skipped = late.indexOf(firstKey!);
      const { frames, told } = await decode(late);
      assert.deepEqual(numbers(frames), range(10, 60));
      assert.deepEqual(
        stamps(frames),
        range(10, 60).map((number) => BigInt(number) * PERIOD_NS),
      );
      assert.match(messages(told), new RegExp(`${skipped} pictures before the first key picture left out`));
    }
  });

  test('lost packets shift no time, and pictures from the next key picture on are right', async () => {
    for (const packets of [plain, reordered, hevc]) {
      const lost = new Set([12, 13, 33]);
      const { frames } = await decode(packets.filter((_, index) => !lost.has(index)));
      const known = new Set(packets.filter((_, index) => !lost.has(index)).map(({ stampNs }) => stampNs));
      for (const stamp of stamps(frames)) assert.ok(known.has(stamp));
      assert.equal(new Set(stamps(frames)).size, frames.length);
      const whole = [...range(0, 10), ...range(20, 30), ...range(40, 60)];
      const shown = new Map(frames.map(({ frame }) => [frame.stampNs, numberIn(frame)]));
      for (const number of whole) assert.equal(shown.get(BigInt(number) * PERIOD_NS), number);
    }
  });

  test('flipped bytes: no time shifts, damage is told, two decodes give the same bytes', async () => {
    for (const packets of [plain, reordered, hevc]) {
      const damaged = packets.map((packet, index) => {
        if (index !== 14 && index !== 35) return packet;
        const data = packet.data.slice();
        for (let byte = 12; byte < data.length; byte += 3) data[byte]! ^= 0xa5;
        return { ...packet, data };
      });
      const { frames, told } = await decode(damaged);
      assert.match(messages(told), /could not be decoded|complained/);
      const shown = new Map(frames.map(({ frame }) => [frame.stampNs, numberIn(frame)]));
      for (const number of [...range(0, 10), ...range(20, 30), ...range(40, 60)]) {
        assert.equal(shown.get(BigInt(number) * PERIOD_NS), number);
      }
      assert.deepEqual((await decode(damaged)).frames, frames);
    }
  });

  test('a picture of another size is given in its own', async () => {
    const small = { pictures: 10, encode: [...H264, '-bf', '0'], widthPx: 80, heightPx: 32, firstNumber: 60 };
    const more = (await clipPackets(await makeClip(at('small.mp4'), small))).map((packet) => ({
      ...packet,
      stampNs: packet.stampNs + 60n * PERIOD_NS,
    }));
    const { frames } = await decode([...plain, ...more, ...plain.slice(0, 10)]);
    assert.deepEqual(numbers(frames), [...range(0, 70), ...range(0, 10)]);
    assert.deepEqual(
      frames.map(({ frame }) => frame.widthPx),
      range(0, 80).map((index) => (index >= 60 && index < 70 ? 80 : 160)),
    );
  });

  test('packets of another codec are left out and told', async () => {
    const { frames, told } = await decode([...plain, ...hevc]);
    assert.equal(frames.length, 60);
    assert.match(messages(told), /60 packets of another codec than h264/);
  });

  test('no packets, or none to start at, give no pictures', async () => {
    assert.deepEqual(await decode([]), { frames: [], told: [] });
    const { frames, told } = await decode(plain.slice(1, 10));
    assert.deepEqual(frames, []);
    assert.match(messages(told), /9 pictures before the first key picture/);
    const noise = plain.map((packet) => ({ ...packet, data: new Uint8Array(50).fill(0xab) }));
    assert.deepEqual((await decode(noise)).frames, []);
  });

  test('abort in the middle ends the process', async () => {
    const abort = new AbortController();
    let returned = false;
    async function* endless(): AsyncGenerator<VideoPacket> {
      try {
        for (;;) yield* plain;
      } finally {
        returned = true;
      }
    }
    let seen = 0;
    await assert.rejects(
      async () => {
        for await (const _ of decodeVideo(endless(), { camera: '/camera', signal: abort.signal })) {
          seen += 1;
          if (seen === 5) {
            assert.equal(runningFfmpegs().length, 1);
            abort.abort();
          }
        }
      },
      { code: 'ABORTED' },
    );
    assert.equal(seen, 5);
    assert.ok(returned);
    assert.deepEqual(runningFfmpegs(), []);
  });

  test('leaving early ends the process and the source, which was not read far ahead', async () => {
    let read = 0;
    let returned = false;
    async function* endless(): AsyncGenerator<VideoPacket> {
      try {
        for (;;) {
          for (const packet of plain) {
            read += 1;
            yield packet;
          }
        }
      } finally {
        returned = true;
      }
    }
    for await (const { frame } of decodeVideo(endless(), { camera: '/camera' })) {
      // Long enough for all buffers on the way to fill.
      await new Promise((resolve) => setTimeout(resolve, 500));
      assert.equal(numberIn(frame), 0);
      break;
    }
    assert.ok(returned);
    assert.ok(read < 20_000, `${read} packets were read for one picture`);
    assert.deepEqual(runningFfmpegs(), []);
  });

  test('an error of the source comes through, after the pictures before it', async () => {
    async function* broken(): AsyncGenerator<VideoPacket> {
      yield* plain.slice(0, 20);
      throw new Error('the disk is gone');
    }
    const frames: DecodedFrame[] = [];
    await assert.rejects(async () => {
      for await (const decoded of decodeVideo(broken(), { camera: '/camera' })) frames.push(decoded);
    }, /the disk is gone/);
    assert.deepEqual(numbers(frames), range(0, 20));
    assert.deepEqual(runningFfmpegs(), []);
  });

  test('without ffmpeg the error names the command that installs it', async () => {
    const before = process.env.FFMPEG_PATH;
    process.env.FFMPEG_PATH = at('no-such-ffmpeg');
    try {
      await assert.rejects(decode(plain), (error: CodriverError) => {
        assert.equal(error.code, 'NOT_FOUND');
        assert.match(error.remedy ?? '', /apt-get install ffmpeg/);
        return true;
      });
    } finally {
      if (before === undefined) delete process.env.FFMPEG_PATH;
      else process.env.FFMPEG_PATH = before;
    }
  });
});
