import { statSync } from 'node:fs';
import { DirectFile, fastBuffers } from '../../src/llm/executors/stream/direct-file.ts';
import { STREAMED_READ } from '../../src/llm/prepared/prepared-files.ts';

// Runs in a process of its own: reads-peer.ts FILE. Prints the bytes a second of direct reads with nothing else done:
// the most that streaming could reach. Rates depend on the buffers' pages; the best of several sets counts.
const SETS = 4;
const SECONDS = 0.6;

const { blockBytes, buffers: count } = STREAMED_READ;
const path = process.argv[2] as string;
const file = await DirectFile.open(path);
const blocks = Math.floor(statSync(path).size / blockBytes);
let best = 0;
for (let set = 0; set < SETS; set++) {
  const buffers = await fastBuffers(file, blocks * blockBytes, blockBytes, count);
  const startMs = performance.now();
  let next = 0;
  const lane = async (memory: Uint8Array): Promise<void> => {
    while (performance.now() - startMs < 1000 * SECONDS)
      await file.read(memory, (next++ % blocks) * blockBytes);
  };
  await Promise.all(buffers.map(lane));
  best = Math.max(best, (next * blockBytes * 1000) / (performance.now() - startMs));
}
console.log(best);
await file.close();
