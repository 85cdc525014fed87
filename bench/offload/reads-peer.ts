import { statSync } from 'node:fs';
import { DirectFile, fastBuffers } from '../../src/llm/executors/stream/direct-file.ts';
import { STREAMED_READ } from '../../src/llm/prepared/prepared-files.ts';

// Runs in a process of its own: reads-peer.ts FILE. Prints the bytes a second of direct reads with nothing else done:
// the most that streaming could reach.
const SECONDS = 1.5;

const { blockBytes, depth } = STREAMED_READ;
const path = process.argv[2] as string;
const file = await DirectFile.open(path);
const blocks = Math.floor(statSync(path).size / blockBytes);
const buffers = await fastBuffers(file, blocks * blockBytes, blockBytes, depth);
const startMs = performance.now();
let next = 0;
const lane = async (memory: Uint8Array): Promise<void> => {
  while (performance.now() - startMs < 1000 * SECONDS)
    await file.read(memory, (next++ % blocks) * blockBytes);
};
await Promise.all(buffers.map(lane));
console.log((next * blockBytes * 1000) / (performance.now() - startMs));
await file.close();
