import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { parse } from '@foxglove/rosmsg';
import { MessageReader } from '@foxglove/rosmsg2-serialization';
import type { RawLog } from '../../../src/io/log/raw-log.ts';
import { openVideoFile } from '../../../src/io/log/video-file.ts';
import { packetFromCompressedVideo } from '../../../src/io/ros-messages/foxglove.ts';
import type { VideoPacket } from '../../../src/io/video/video-decoder.ts';

/** Pictures carry their number in black and white, a bit in each of ten columns, so that no codec can blur it. */
const BITS = 10;

export interface ClipOptions {
  readonly pictures: number;
  /** ffmpeg's options for the encoder and container. */
  readonly encode: readonly string[];
  readonly widthPx?: number;
  readonly heightPx?: number;
  readonly fps?: number;
  /** Number in the first picture. Default 0. */
  readonly firstNumber?: number;
}

/** Options for H.264 with a key picture every ten, each group on its own. */
export const H264 = ['-c:v', 'libx264', '-preset', 'ultrafast', '-g', '10', '-sc_threshold', '0'];
export const H265 = [
  '-c:v',
  'libx265',
  '-preset',
  'ultrafast',
  '-x265-params',
  'log-level=error:keyint=10:min-keyint=10',
];

/** Writes a clip of numbered pictures, 25 a second by default. */
export async function makeClip(file: string, options: ClipOptions): Promise<string> {
  const { pictures, encode, widthPx = 160, heightPx = 64, fps = 25, firstNumber = 0 } = options;
  const raw = Buffer.alloc(pictures * widthPx * heightPx);
  const column = widthPx / BITS;
  for (let picture = 0; picture < pictures; picture++) {
    for (let pixel = 0; pixel < widthPx * heightPx; pixel++) {
      const bit = Math.floor((pixel % widthPx) / column);
      raw[picture * widthPx * heightPx + pixel] = (((picture + firstNumber) >> bit) & 1) === 1 ? 220 : 30;
    }
  }
  const input = [
    '-f',
    'rawvideo',
    '-pix_fmt',
    'gray',
    '-s',
    `${widthPx}x${heightPx}`,
    '-r',
    `${fps}`,
    '-i',
    'pipe:0',
  ];
  const args = ['-v', 'error', '-y', ...input, '-pix_fmt', 'yuv420p', ...encode, file];
  const child = execFile('ffmpeg', args);
  let complaint = '';
  child.stderr?.on('data', (text: string) => {
    complaint += text;
  });
  // An encoder that refuses its options is told by its exit code.
  child.stdin?.on('error', () => undefined).end(raw);
  const [code] = (await once(child, 'close')) as [number];
  if (code !== 0) throw new Error(`ffmpeg could not make ${file}: ${complaint}`);
  return file;
}

/** The number in a decoded picture. */
export function numberIn(frame: { widthPx: number; heightPx: number; data: Uint8Array }): number {
  const column = frame.widthPx / BITS;
  let number = 0;
  for (let bit = 0; bit < BITS; bit++) {
    const x = Math.floor(bit * column + column / 2);
    const at = ((frame.heightPx >> 1) * frame.widthPx + x) * 3;
    if (frame.data[at]! > 128) number += 1 << bit;
  }
  return number;
}

/** Packets of a log of one video topic. */
export async function packetsOf(log: RawLog): Promise<VideoPacket[]> {
  const [channel] = log.channels;
  const reader = new MessageReader(parse(new TextDecoder().decode(channel!.schemaData), { ros2: true }));
  const packets: VideoPacket[] = [];
  for await (const { data, logTimeNs } of log.messages()) {
    const packet = packetFromCompressedVideo(reader.readMessage(data.slice()), {
      topic: channel!.topic,
      logTimeNs,
    });
    packets.push(packet);
  }
  return packets;
}

/** Packets of a clip file. */
export async function clipPackets(file: string): Promise<VideoPacket[]> {
  const log = await openVideoFile(file);
  try {
    return await packetsOf(log);
  } finally {
    await log.close();
  }
}

/** Ids of this process's children that are ffmpeg or ffprobe and still run. */
export function runningFfmpegs(): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .filter((name) => {
      try {
        // pid (name) state parent …
        const [, program, state, parent] = /^\d+ \((.*)\) (\S) (\d+)/.exec(
          readFileSync(`/proc/${name}/stat`, 'utf8'),
        )!;
        return Number(parent) === process.pid && /^ff(mpeg|probe)/.test(program!) && state !== 'Z';
      } catch {
        return false;
      }
    })
    .map(Number);
}
