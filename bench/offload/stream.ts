import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { describeModel } from '../../src/llm/architectures/describe.ts';
import { SegmentStream } from '../../src/llm/executors/stream/segment-stream.ts';
import { openModel } from '../../src/llm/formats/open-model.ts';
import { prepareModel } from '../../src/llm/prepared/prepare-model.ts';
import { STREAMED_READ } from '../../src/llm/prepared/prepared-files.ts';
import { openSlots } from '../../src/llm/prepared/slot-memory.ts';
import { type BenchRow, median } from '../row.ts';

const run = promisify(execFile);

/** Slots of the ring; nothing computes, so that one would do. */
const SLOTS = 3;

/** Passes that are read and thrown away, in each round; the first, which checks what it reads, is not counted. */
const PASSES = 4;

/** Ways in which fio has as many reads under way as the stream. */
const ENGINES = [
  ['--ioengine=libaio', `--iodepth=${STREAMED_READ.depth}`],
  ['--ioengine=psync', `--numjobs=${STREAMED_READ.depth}`, '--thread', '--group_reporting'],
] as const;

/**
 * Streams a whole model into slots with nobody computing, against fio on the same files with reads of the same size and
 * as many under way; in turns. The faster of fio's engines in each round is the peer.
 */
export async function streamRows(model: string, nvmeDir: string, rounds: number): Promise<BenchRow[]> {
  const source = await openModel(model);
  try {
    const prepared = await prepareModel(describeModel(source), nvmeDir);
    const segments = prepared.segments.map((segment) => segment.prepared);
    const kinds = [...new Set(prepared.segments.map(({ kind }) => kind))];
    const files = segments.map(({ name }) => prepared.files.segment(name).data);
    const slots = await openSlots(
      Array.from({ length: SLOTS }, () => kinds),
      prepared.files,
      2,
    );
    try {
      const rates: number[] = [];
      const ratios: number[] = [];
      for (let round = 0; round < rounds; round++) {
        const peers: number[] = [];
        for (const engine of ENGINES) peers.push(await fioBytesPerS(files, engine));
        const stream = await SegmentStream.open(segments, slots, prepared.files);
        let startMs = 0;
        for (let pass = 0; pass <= PASSES; pass++) {
          if (pass === 1) startMs = performance.now();
          for (const index of segments.keys()) {
            await stream.acquire(index);
            stream.release();
          }
        }
        const seconds = (performance.now() - startMs) / 1000;
        await stream.close();
        const bytes = PASSES * segments.reduce((sum, segment) => sum + segment.bytes, 0);
        rates.push(bytes / seconds);
        ratios.push(bytes / seconds / Math.max(...peers));
      }
      return [
        {
          bench: 'offload',
          case: 'stream',
          metric: 'read',
          value: median(rates) / 1e9,
          unit: 'GB/s',
          peer: `fio, ${STREAMED_READ.blockBytes / 1024} KiB, ${STREAMED_READ.depth} at a time`,
          ratio: median(ratios),
          rounds,
        },
      ];
    } finally {
      for (const slot of slots) await slot.close();
    }
  } finally {
    await source.close();
  }
}

async function fioBytesPerS(files: readonly string[], engine: readonly string[]): Promise<number> {
  const { stdout } = await run('fio', [
    '--name=stream',
    `--filename=${files.join(':')}`,
    '--file_service_type=sequential',
    '--rw=read',
    `--bs=${STREAMED_READ.blockBytes}`,
    '--direct=1',
    '--runtime=2',
    '--time_based',
    '--readonly',
    '--output-format=json',
    ...engine,
  ]);
  const { jobs } = JSON.parse(stdout.slice(stdout.indexOf('{'))) as {
    jobs: { read: { bw_bytes: number } }[];
  };
  return jobs.reduce((sum, { read }) => sum + read.bw_bytes, 0);
}
