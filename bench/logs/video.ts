import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { parse } from '@foxglove/rosmsg';
import { MessageReader } from '@foxglove/rosmsg2-serialization';
import { openVideoFile } from '../../src/io/log/video-file.ts';
import { packetFromCompressedVideo } from '../../src/io/ros-messages/foxglove.ts';
import { decodeVideo, type VideoPacket } from '../../src/io/video/video-decoder.ts';
import { type BenchRow, median } from '../row.ts';

const PICTURES = 450;
const PICTURE_BYTES = 1280 * 720 * 3;

/**
 * Pictures a second from a 15 s clip of 720p H.264 through `decodeVideo`, against ffmpeg alone, with its own
 * choice of threads, writing the same bytes to a pipe whose reader drops them. In turns, so that both meet
 * the same machine.
 */
export async function videoRows(rounds: number): Promise<BenchRow[]> {
  const folder = mkdtempSync(path.join(tmpdir(), 'codriver-bench-'));
  try {
    const clip = path.join(folder, 'clip.mp4');
    const source = ['-f', 'lavfi', '-i', `testsrc2=s=1280x720:r=30:d=${PICTURES / 30}`];
    const encoder = ['-c:v', 'libx264', '-preset', 'veryfast', '-bf', '0', '-g', '30', '-pix_fmt', 'yuv420p'];
    execFileSync('ffmpeg', ['-v', 'error', ...source, ...encoder, clip]);
    const packets = await packetsOf(clip);
    const ours: number[] = [];
    const ratios: number[] = [];
    for (let round = 0; round < rounds; round++) {
      const alone = await perSecond(() => ffmpegAlone(clip));
      const through = await perSecond(() => throughDecoder(packets));
      ours.push(through);
      ratios.push(through / alone);
    }
    return [
      {
        bench: 'logs',
        case: 'video-720p-h264',
        metric: 'pictures_per_s',
        value: median(ours),
        unit: '1/s',
        peer: 'ffmpeg alone',
        ratio: median(ratios),
        rounds,
      },
    ];
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function perSecond(decode: () => Promise<number>): Promise<number> {
  const startedMs = performance.now();
  const pictures = await decode();
  if (pictures !== PICTURES) throw new Error(`${pictures} pictures of ${PICTURES}`);
  return (pictures * 1000) / (performance.now() - startedMs);
}

async function ffmpegAlone(clip: string): Promise<number> {
  const args = ['-v', 'error', '-nostdin', '-i', clip, '-f', 'rawvideo', '-pix_fmt', 'rgb24', 'pipe:1'];
  const child = spawn('ffmpeg', args, { stdio: ['ignore', 'pipe', 'inherit'] });
  let bytes = 0;
  child.stdout.on('data', (chunk: Uint8Array) => {
    bytes += chunk.length;
  });
  await once(child, 'close');
  return bytes / PICTURE_BYTES;
}

async function throughDecoder(packets: readonly VideoPacket[]): Promise<number> {
  async function* source(): AsyncGenerator<VideoPacket> {
    yield* packets;
  }
  let pictures = 0;
  for await (const { frame } of decodeVideo(source(), { camera: '/camera' })) {
    if (frame.data.length === PICTURE_BYTES) pictures += 1;
  }
  return pictures;
}

async function packetsOf(clip: string): Promise<VideoPacket[]> {
  const log = await openVideoFile(clip);
  const [channel] = log.channels;
  if (channel === undefined) throw new Error('the clip has no topic');
  const reader = new MessageReader(parse(new TextDecoder().decode(channel.schemaData), { ros2: true }));
  const packets: VideoPacket[] = [];
  for await (const { data, logTimeNs } of log.messages()) {
    packets.push(
      packetFromCompressedVideo(reader.readMessage(data.slice()), { topic: channel.topic, logTimeNs }),
    );
  }
  await log.close();
  return packets;
}
